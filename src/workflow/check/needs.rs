//! `needs` and the graph that they make together with the outputs that steps read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use super::super::findings::{Findings, in_code, suggestion};
use super::super::order::topological;
use super::super::read::Draft;
use super::super::{Scope, Step};
use super::references::Reading;

/// For each step, the steps it needs and one place that says so.
type Edges = Vec<BTreeMap<usize, Range<usize>>>;

/// Checks `needs` and that nothing waits for itself.
pub(super) fn check(draft: &Draft<'_>, readings: &[Reading], findings: &mut Findings<'_>) {
    let mut edges = named(draft, findings);
    for reading in readings {
        edges[reading.reader].entry(reading.read).or_insert_with(|| reading.span.clone());
    }
    cycles(&draft.workflow.steps, &edges, findings);
}

/// The edges of `needs`, those that are wrong reported and left out.
fn named(draft: &Draft<'_>, findings: &mut Findings<'_>) -> Edges {
    let steps = &draft.workflow.steps;
    let mut edges: Edges = vec![BTreeMap::new(); steps.len()];
    for (index, (step, places)) in steps.iter().zip(&draft.steps).enumerate() {
        for (need, span) in &places.needs {
            let Some(needed) = steps.iter().position(|other| other.id.as_str() == need) else {
                let others = steps.iter().map(|other| other.id.as_str()).filter(|id| *id != step.id.as_str());
                let hint = suggestion(need, others, "other steps");
                let message = format!("the workflow has no step `{need}`");
                findings.add(findings.error("unknown-step", span.clone(), message).hint(hint));
                continue;
            };
            if needed == index {
                let message = format!("the step `{need}` needs itself");
                findings
                    .add(findings.error("self-need", span.clone(), message).hint("Remove it from its own `needs`."));
            } else if step.scope == Scope::Run && steps[needed].scope == Scope::Unit {
                let message =
                    format!("a step of `scope: run` cannot need `{need}`, which runs once for each connector");
                let finding = findings.error("wrong-scope", span.clone(), message);
                findings.add(finding.hint(format!("Give `{need}` the `scope: run` too, or take it away here.")));
            } else {
                edges[index].insert(needed, span.clone());
            }
        }
    }
    edges
}

/// Reports each cycle once: all members in order, each with the place that ties it to the next.
fn cycles(steps: &[Step], edges: &Edges, findings: &mut Findings<'_>) {
    let needs: Vec<Vec<usize>> = edges.iter().map(|needed| needed.keys().copied().collect()).collect();
    let sorted: BTreeSet<usize> = topological(&needs).into_iter().collect();
    let mut left: BTreeSet<usize> = (0..steps.len()).filter(|index| !sorted.contains(index)).collect();
    while let Some(start) = left.pop_first() {
        let Some(cycle) = shortest_cycle(start, edges) else { continue };
        left.retain(|member| !cycle.contains(member));
        report(&cycle, steps, edges, findings);
    }
}

/// The shortest way from a step back to itself, by what each needs.
fn shortest_cycle(start: usize, edges: &Edges) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for needed in edges[at].keys().copied() {
            if needed == start {
                let mut way: Vec<usize> =
                    std::iter::successors(Some(at), |step| came_from.get(step).copied()).collect();
                way.reverse();
                return Some(way);
            }
            came_from.entry(needed).or_insert_with(|| {
                queue.push_back(needed);
                at
            });
        }
    }
    None
}

fn report(cycle: &[usize], steps: &[Step], edges: &Edges, findings: &mut Findings<'_>) {
    let tie = |position: usize| {
        let (member, next) = (cycle[position], cycle[(position + 1) % cycle.len()]);
        let label = format!("`{}` needs `{}`", steps[member].id, steps[next].id);
        (edges[member][&next].clone(), label)
    };
    let names: Vec<&str> = cycle.iter().map(|member| steps[*member].id.as_str()).collect();
    let message = format!("the steps {} wait for each other", in_code(&names));
    let (span, label) = tie(0);
    let finding = findings.error("cycle", span, message).label(label);
    let finding = (1..cycle.len()).map(tie).fold(finding, |finding, (span, label)| finding.also(span, label));
    findings.add(finding.hint("Take one of these needs away."));
}
