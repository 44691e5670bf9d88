//! What may be done next: one pure function of the folded state.

use super::{RunState, StepIndex, StepState, Stop, UnitIndex};

/// Something that may be done for a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// Start this step (or its next try).
    Start(StepIndex),
    /// Commit the unit's edits to its branch.
    Commit,
    /// Push the unit's commit.
    Push,
    /// Check the definition of done.
    Verify,
}

/// What may be done for a unit now. What is under way already (a running process, a commit being
/// written, a pause before a retry) is for the caller to leave out, and so is a waiting step that was just looked at;
/// the state cannot know it.
pub fn next(run: &RunState, unit: UnitIndex) -> Vec<Next> {
    let state = run.unit(unit);
    if state.refused.is_some() || state.held.is_some() {
        return Vec::new();
    }
    match run.stopping() {
        Some(Stop::Interrupted) => return Vec::new(),
        Some(_) if !state.has_begun() => return Vec::new(),
        _ => {}
    }
    let mut next: Vec<Next> = Vec::new();
    let hides = run.hides_for_nothing(unit);
    for step in run.steps_of(unit) {
        let open = matches!(
            state.steps[step.position()],
            StepState::Pending | StepState::Retrying { .. } | StepState::Waiting(_)
        );
        if !open || !run.may_begin(unit, step) {
            continue;
        }
        // What is published must be committed first, and pushed.
        let publishes = run.graph().node(step).effect == crate::workflow::Effect::Publish;
        let action = match publishes {
            true if hides || !state.uncommitted.is_empty() => Next::Commit,
            true if run.graph().pushes() && !state.is_pushed() => Next::Push,
            _ => Next::Start(step),
        };
        if !next.contains(&action) {
            next.push(action);
        }
    }
    if unit != UnitIndex::RUN && next.is_empty() {
        next.extend(closing(run, unit));
    }
    next
}

/// The last acts of a unit whose steps are all done: the final commit, its push where an earlier one was pushed, then
/// the definition of done.
/// A unit with a failed step gets neither: its edits are not all there.
fn closing(run: &RunState, unit: UnitIndex) -> Option<Next> {
    let state = run.unit(unit);
    let done = run.steps_of(unit).all(|step| match &state.steps[step.position()] {
        StepState::Succeeded(_) | StepState::Skipped { .. } => true,
        StepState::Failed(_) => run.graph().node(step).continue_on_error,
        _ => false,
    });
    match (&state.unmet, state.uncommitted.is_empty()) {
        _ if !done => None,
        (_, false) => Some(Next::Commit),
        _ if run.hides_for_nothing(unit) => Some(Next::Commit),
        _ if run.graph().pushes() && state.pushed.is_some() && !state.is_pushed() => Some(Next::Push),
        (None, true) => Some(Next::Verify),
        (Some(_), true) => None,
    }
}
