//! The waves of a run: how many connectors of each are where.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::base::count;
use crate::event::{Counts, UnitIndex};
use crate::rollout::Rollout;

use super::super::layout::filled;
use super::super::style::Style;
use super::Facts;
use super::text::numbers;

/// A wave as it stands.
struct Wave {
    number: usize,
    counts: Counts,
    done: Option<jiff::Timestamp>,
}

/// The rollout of a run, if it has one; what cannot be made ready is told by the run itself.
pub(super) fn rollout(facts: &Facts<'_>) -> Option<Rollout> {
    facts.migration.rollout()?.ok()
}

/// The wave that a unit is in, from 1.
pub(super) fn wave_of(rollout: &Rollout, unit: UnitIndex) -> usize {
    rollout.wave_of(unit.position() - 1) + 1
}

fn waves(facts: &Facts<'_>, rollout: &Rollout) -> Vec<Wave> {
    let done = facts.state.waves_done();
    let wave = |at: usize| Wave { number: at + 1, counts: Counts::default(), done: done.get(at).copied() };
    let mut waves: Vec<Wave> = (0..rollout.waves()).map(wave).collect();
    for (unit, _) in facts.state.connectors() {
        waves[wave_of(rollout, unit) - 1].counts.add(&facts.state.outcome(unit));
    }
    waves
}

/// A line for each wave; none where there is only one.
pub(super) fn text(facts: &Facts<'_>, style: Style) -> String {
    let Some(rollout) = rollout(facts).filter(|rollout| rollout.waves() > 1) else { return String::new() };
    let mut text = String::new();
    for Wave { number, counts, done } in waves(facts, &rollout) {
        let mut line = format!("wave {number}: {}", count(counts.total(), "connector"));
        if let Some(done) = done {
            let _ = write!(line, ", done on {}", done.strftime("%Y-%m-%d %H:%M (UTC)"));
        }
        let _ = write!(line, ": {}", numbers(&counts));
        text.push_str(&filled("  ", &line, style.width));
    }
    text
}

/// The same for scripts; `null` without a rollout.
pub(super) fn json(facts: &Facts<'_>) -> Value {
    let Some(rollout) = rollout(facts) else { return Value::Null };
    let waves = waves(facts, &rollout).into_iter().map(|Wave { number, counts, done }| {
        json!({ "wave": number, "connectors": counts.total(), "done_at": done.map(|done| done.to_string()), "summary": counts })
    });
    Value::Array(waves.collect())
}
