//! The commands that a person would type next: the last lines of what a run, or its status, says.

use camino::Utf8Path;

use crate::base::count;
use crate::event::{FailureClass, RunState, Stop, UnitIndex, UnitOutcome};
use crate::plan::{Frozen, Migration};

use super::{shell, workflow_file};

/// How many connectors a command names one by one.
const NAMED: usize = 4;

/// The commands, the most useful first.
pub(super) fn commands(migration: &Migration, state: &RunState, stopped: Option<Stop>, repo: &str) -> Vec<String> {
    let run = &migration.frozen.run;
    let place = if repo == "." { String::new() } else { format!(" --repo {}", shell::quoted(repo)) };
    let counts = state.counts();
    let (in_files, elsewhere) = failed(state);
    let mut next = Vec::new();
    if stopped.is_some() || counts.open() > 0 {
        next.push(format!("cutover resume{place} {run}  # go on with {}", count(counts.open(), "connector")));
    }
    if elsewhere.len() + counts.blocked - counts.waiting > 0 {
        next.push(format!("cutover resume{place} {run} --retry-failed  # once what stood in the way is mended"));
    }
    if !in_files.is_empty() {
        next.push(anew(&migration.frozen, &in_files, &place, repo));
    }
    let with_log = state.connectors().find_map(|(unit, _)| match state.outcome(unit) {
        UnitOutcome::Failed { step: Some(step), failure } if !failure.tail.is_empty() => Some((unit, step)),
        _ => None,
    });
    if let Some((unit, step)) = with_log {
        let name = &migration.frozen.unit(unit).connector.name;
        let step = &migration.compiled.graph.node(step).id;
        next.push(format!("cutover logs{place} {run} {name} {step}  # the whole output of a failed step"));
    }
    if counts.edited_by_human > 0 {
        next.push(format!("cutover resume{place} {run} --adopt NAME  # take a branch that a person changed as it is"));
    }
    next.push(format!("cutover status{place} {run}"));
    next
}

/// The connectors that failed: those whose files in the base commit are the cause, and the others.
fn failed(state: &RunState) -> (Vec<UnitIndex>, Vec<UnitIndex>) {
    let failed = state.connectors().filter_map(|(unit, _)| match state.outcome(unit) {
        UnitOutcome::Failed { failure, .. } => Some((unit, failure.class)),
        _ => None,
    });
    let (in_files, elsewhere): (Vec<_>, Vec<_>) = failed.partition(|(_, class)| lies_in_files(*class));
    let units = |failed: Vec<(UnitIndex, FailureClass)>| failed.into_iter().map(|(unit, _)| unit).collect();
    (units(in_files), units(elsewhere))
}

/// Whether trying again on the same commit would find the same.
fn lies_in_files(class: FailureClass) -> bool {
    matches!(class, FailureClass::Edit | FailureClass::Expression)
}

/// A run keeps to its commit: connectors whose files must be mended get a run of their own.
fn anew(frozen: &Frozen, units: &[UnitIndex], place: &str, repo: &str) -> String {
    let name = &frozen.workflow.name;
    let workflow = if workflow_file::is_known(name, Utf8Path::new(repo)) { name } else { "WORKFLOW" };
    let (names, whom) = if units.len() <= NAMED {
        let names = units.iter().map(|unit| format!(" --name {}", frozen.unit(*unit).connector.name));
        (names.collect::<String>(), "once the files are mended".to_owned())
    } else {
        (
            " --name NAME".to_owned(),
            format!("for each of {}, once its files are mended", count(units.len(), "connector")),
        )
    };
    format!("cutover run{place} {workflow}{names}{}  # {whom} in a new commit", inputs(frozen))
}

/// The inputs that were given, as options.
fn inputs(frozen: &Frozen) -> String {
    let given = frozen.workflow.inputs.iter().filter_map(|input| {
        let value = frozen.inputs.get(&input.identifier()).filter(|value| !value.is_null())?;
        let is_default = input.default.as_ref() == Some(value);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (!is_default).then(|| format!(" --input {}", shell::quoted(&format!("{}={text}", input.name))))
    });
    given.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_files_needs_a_new_commit() {
        let in_files: Vec<FailureClass> = FailureClass::ALL.into_iter().filter(|class| lies_in_files(*class)).collect();
        assert_eq!(in_files, [FailureClass::Edit, FailureClass::Expression]);
    }
}
