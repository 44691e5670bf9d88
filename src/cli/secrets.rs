//! The secrets that a workflow declares: read from the environment, masked everywhere else.

use std::collections::BTreeMap;

use crate::base::Redactor;
use crate::plan::{CompiledEnv, Migration};

use super::failed::Failed;
use super::github;
use super::publishing::PublishingPlace;

/// Every declared secret with its value, and what hides them and the forge's credential. One that is not set ends the command before anything runs.
pub(super) fn read(migration: &Migration) -> Result<(BTreeMap<String, String>, Redactor), Failed> {
    let mut secrets = BTreeMap::new();
    for step in &migration.compiled.steps {
        for (name, value) in &step.env {
            let CompiledEnv::Secret(variable) = value else { continue };
            let value = std::env::var(variable).map_err(|_| {
                Failed::usage(format!("the environment variable {variable}, a secret of step {}, is not set", step.id))
                    .hint(format!("`export {variable}=…` sets it; the step sees it as ${name}"))
            })?;
            secrets.insert(variable.clone(), value);
        }
    }
    let credential = github::secret(&PublishingPlace::of(&migration.frozen));
    let redactor = Redactor::new(secrets.values().cloned().chain(credential));
    Ok((secrets, redactor))
}
