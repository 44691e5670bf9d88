//! Which steps a step needs, and the fixed order in which steps take turns.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::texts::visit_texts;
use super::{EnvValue, Step, StepAction};
use crate::expression::{Expression, Reference, Template};

/// The indices of the steps that a step needs directly, ascending: those in its `needs` and those whose outputs
/// its `with`, `env`, `run` or `if` reads.
pub fn dependencies(steps: &[Step], index: usize) -> Vec<usize> {
    let step = &steps[index];
    let named = step.needs.iter().filter_map(|need| steps.iter().position(|other| other.id == *need));
    let read = references(step).into_iter().filter_map(|reference| step_read(steps, &reference));
    named.chain(read).collect::<BTreeSet<usize>>().into_iter().collect()
}

/// The order in which the steps of a unit that change files take turns: every step after those it needs; of those
/// that could come next, the one that stands first in the file. Steps on a cycle, which [`load`](super::load)
/// refuses, are left out.
pub fn order(steps: &[Step]) -> Vec<usize> {
    let needs: Vec<Vec<usize>> = (0..steps.len()).map(|index| dependencies(steps, index)).collect();
    topological(&needs)
}

/// Kahn's algorithm over the indices; of those that are ready the smallest comes first.
pub(super) fn topological(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut dependents = vec![Vec::new(); needs.len()];
    for (index, needed) in needs.iter().enumerate() {
        for needed in needed {
            dependents[*needed].push(index);
        }
    }
    let ready = (0..needs.len()).filter(|index| missing[*index] == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(Reverse).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for dependent in &dependents[index] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    order
}

/// The step whose output a reference reads.
pub(super) fn step_read(steps: &[Step], reference: &Reference) -> Option<usize> {
    match reference.path.as_slice() {
        [root, name, ..] if root == "steps" => steps.iter().position(|step| step.id.identifier() == *name),
        _ => None,
    }
}

/// What the texts of a step refer to. Texts that do not parse, which [`load`](super::load) refuses, refer to nothing.
pub(super) fn references(step: &Step) -> Vec<Reference> {
    let mut templates: Vec<&str> = Vec::new();
    match &step.action {
        StepAction::Uses { with, .. } => {
            with.values().for_each(|value| visit_texts(value, &mut |text| templates.push(text)));
        }
        StepAction::Run { command } => templates.push(command),
    }
    templates.extend(step.env.iter().filter_map(|(_, value)| match value {
        EnvValue::Text(text) => Some(text.as_str()),
        EnvValue::Secret(_) => None,
    }));
    let condition = step.if_.as_deref().and_then(|text| Expression::parse(text).ok());
    let condition = condition.map_or_else(Vec::new, |expression| expression.references());
    let with_references = templates.into_iter().filter(|text| text.contains("${{"));
    let templates = with_references.filter_map(|text| Template::parse(text).ok());
    condition.into_iter().chain(templates.flat_map(|template| template.references())).collect()
}
