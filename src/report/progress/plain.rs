//! Progress without a terminal: one line for each end.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::{Observer, Progress};
use crate::event::{UnitIndex, UnitOutcome};
use crate::plan::Migration;

use super::super::layout::one_line;
use super::tally::Tally;
use super::words;

pub(super) fn observer(migration: Arc<Migration>, out: Arc<Mutex<dyn Write + Send>>) -> Observer {
    let tally = Mutex::new(Tally::new(Instant::now(), None));
    Arc::new(move |progress| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines(&migration, &mut tally, &progress, Instant::now()) {
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(out, "{line}");
        }
    })
}

/// The lines that something gives rise to, mostly none.
pub(super) fn lines(migration: &Migration, tally: &mut Tally, progress: &Progress<'_>, now: Instant) -> Vec<String> {
    let took = tally.take(progress, now);
    match progress {
        Progress::Working { .. } => Vec::new(),
        Progress::Event(event) => {
            let mut remarks = words::remarks(migration, event);
            remarks.retain(|remark| tally.first(remark.key.clone()));
            remarks.into_iter().map(|remark| remark.text).collect()
        }
        Progress::Waits { unit, waiting } => {
            let line = format!("{} {}", words::name(migration, *unit), one_line(&waiting.to_string()));
            if tally.first(line.clone()) { vec![line] } else { Vec::new() }
        }
        Progress::Moved { to } => {
            let line = words::moved(to);
            if tally.first(line.clone()) { vec![line] } else { Vec::new() }
        }
        Progress::Paced { until } => {
            let line = words::paced(*until);
            if tally.first(line.clone()) { vec![line] } else { Vec::new() }
        }
        Progress::Ended { unit, outcome, state } => {
            vec![ended(migration, tally.ended(), *unit, outcome, &words::pull_request(state.unit(*unit)), took)]
        }
    }
}

fn ended(
    migration: &Migration,
    ended: usize,
    unit: UnitIndex,
    outcome: &UnitOutcome,
    pull_request: &str,
    took: Option<Duration>,
) -> String {
    let total = migration.frozen.units.len().to_string();
    let name = words::name(migration, unit);
    let said = words::outcome(migration, outcome);
    format!("[{ended:>width$}/{total}] {name}: {said}{pull_request}{}", words::took(took), width = total.len())
}
