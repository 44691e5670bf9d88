//! How long publishing takes: the timetable of the waves, or one line.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::base::count;
use crate::plan::Schedule;

use super::super::layout::{about, filled, grouped, span, table};
use super::super::style::{Ink, Style};

/// A section of its own.
pub(super) fn text(schedule: &Schedule, style: Style) -> String {
    let (title, body) =
        if schedule.has_rollout { ("Rollout", waves(schedule, style)) } else { ("Publishing", String::new()) };
    let mut text = format!("\n{}\n{body}", style.paint(Ink::Heading, title));
    text.push_str(&filled("  ", &writes(schedule), style.width));
    text.push_str(&filled("  ", &end(schedule), style.width));
    text
}

/// A line for each wave.
fn waves(schedule: &Schedule, style: Style) -> String {
    let rows: Vec<Vec<String>> = schedule
        .timetable
        .waves
        .iter()
        .map(|wave| {
            vec![
                format!("  wave {}", wave.wave),
                count(wave.connectors, "connector"),
                format!("opened {} to {}", clock(schedule, wave.begins), clock(schedule, wave.opened)),
                format!("merged by {}", clock(schedule, wave.ends)),
            ]
        })
        .collect();
    table(&rows, style.width).into_iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

/// `500 pull requests, 1,500 writes: about 2 h 00 min at 80 a minute and 500 an hour`
fn writes(schedule: &Schedule) -> String {
    let table = &schedule.timetable;
    let mut text = format!("{} pull requests, {} writes", grouped(table.pull_requests), grouped(table.writes));
    if table.pull_requests == 1 {
        text = format!("1 pull request, {} writes", grouped(table.writes));
    }
    let Some(limits) = schedule.limits else { return format!("{text}: nothing limits how fast they go out.") };
    if let (Some((first, last)), false) = (table.publishing, schedule.has_rollout) {
        let takes = Duration::try_from(last.duration_since(first)).unwrap_or_default();
        let _ = write!(text, ": about {}", about(takes));
    }
    format!(
        "{text} at {} a minute and {} an hour.",
        grouped(limits.per_minute as usize),
        grouped(limits.per_hour as usize)
    )
}

/// When the last one is merged, and what that takes for granted.
fn end(schedule: &Schedule) -> String {
    let assumed = format!(
        "if it begins now, nothing fails, checks take {} and a review {}",
        span(schedule.assumptions.checks),
        span(schedule.assumptions.review)
    );
    match (&schedule.timetable.halted, schedule.timetable.ends()) {
        (Some(waiting), _) => format!("The rollout would come to a halt: it {waiting}."),
        (None, ends) => format!("The last is merged by {}, {assumed}.", zoned(schedule, ends)),
    }
}

fn clock(schedule: &Schedule, at: Option<Timestamp>) -> String {
    let words = |at: Timestamp| at.to_zoned(schedule.zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string();
    at.map_or_else(|| "never".to_owned(), words)
}

fn zoned(schedule: &Schedule, at: Option<Timestamp>) -> String {
    format!("{} ({})", clock(schedule, at), schedule.zone.iana_name().unwrap_or("UTC"))
}

/// `rollout` and `publishing` of the plan.
pub(super) fn json(schedule: &Schedule) -> (Value, Value) {
    let table = &schedule.timetable;
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let waves = table.waves.iter().map(|wave| {
        json!({
            "wave": wave.wave,
            "connectors": wave.connectors,
            "begins": moment(wave.begins),
            "opened": moment(wave.opened),
            "ends": moment(wave.ends),
        })
    });
    let rollout = if schedule.has_rollout { Value::Array(waves.collect()) } else { Value::Null };
    let publishing = json!({
        "pull_requests": table.pull_requests,
        "writes": table.writes,
        "begins": moment(table.publishing.map(|(first, _)| first)),
        "ends": moment(table.publishing.map(|(_, last)| last)),
        "merged_by": moment(table.ends()),
        "writes_per_minute": schedule.limits.map(|limits| limits.per_minute),
        "writes_per_hour": schedule.limits.map(|limits| limits.per_hour),
        "assumed_check_seconds": schedule.assumptions.checks.as_secs(),
        "assumed_review_seconds": schedule.assumptions.review.as_secs(),
        "halts": table.halted.as_ref().map(ToString::to_string),
    });
    (rollout, publishing)
}
