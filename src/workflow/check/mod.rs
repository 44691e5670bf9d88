//! The checks that need the whole workflow: needs, references, arguments of actions, branches.

mod arguments;
mod branch;
mod needs;
mod references;

use super::findings::Findings;
use super::read::Draft;
use super::{Effect, Scope, StepAction};

/// Checks a draft and adds what is wrong.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let readings = references::check(draft, findings);
    needs::check(draft, &readings, findings);
    arguments::check(draft, findings);
    branch::check(draft, findings);
    effects(draft, findings);
}

/// What an action's effect class forbids.
fn effects(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    for (step, places) in draft.workflow.steps.iter().zip(&draft.steps) {
        let Some(spec) = places.spec else { continue };
        if let (Scope::Run, Effect::Edit | Effect::Publish, Some(span)) = (step.scope, spec.effect, &places.scope) {
            let message = format!("`{}` acts on one connector and cannot have `scope: run`", spec.name);
            let finding = findings.error("wrong-scope", span.clone(), message);
            findings.add(finding.hint("Remove `scope`: the step then takes place once for each connector."));
        }
        if let (Effect::Edit, Some(span), StepAction::Uses { .. }) = (spec.effect, &places.env, &step.action) {
            let message = format!("`{}` starts no process that could read `env`", spec.name);
            let finding = findings.error("conflicting-keys", span.clone(), message);
            findings.add(finding.hint("Remove `env`; values reach an edit through `with`."));
        }
    }
}
