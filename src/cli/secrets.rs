//! The secrets that a workflow declares: read from the environment, masked everywhere else.

use std::collections::BTreeMap;

use crate::base::Redactor;
use crate::plan::{Compiled, CompiledEnv};

use super::failed::Failed;

/// Every declared secret with its value. One that is not set ends the command before anything runs.
pub(super) fn read(compiled: &Compiled) -> Result<(BTreeMap<String, String>, Redactor), Failed> {
    let mut secrets = BTreeMap::new();
    for step in &compiled.steps {
        for (name, value) in &step.env {
            let CompiledEnv::Secret(variable) = value else { continue };
            let value = std::env::var(variable).map_err(|_| {
                Failed::usage(format!("the environment variable {variable}, a secret of step {}, is not set", step.id))
                    .hint(format!("`export {variable}=…` sets it; the step sees it as ${name}"))
            })?;
            secrets.insert(variable.clone(), value);
        }
    }
    let redactor = Redactor::new(secrets.values().cloned());
    Ok((secrets, redactor))
}
