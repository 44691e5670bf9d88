//! A run for people: every connector once, grouped by outcome and by cause of failure.

use std::fmt::Write as _;

use crate::base::{StepId, count};
use crate::connector::Connector;
use crate::event::{Counts, Failure, UnitOutcome};

use super::super::causes::{self, alike_text, causes};
use super::super::hint;
use super::super::layout::{duration, filled, names, one_line};
use super::super::line::Alike;
use super::super::style::{Ink, Style};
use super::Facts;
use super::unit::{UnitFacts, run_failure, units, warnings};

/// Where the run stands: its connectors by outcome, failures by cause, how many of each, and the commands to type next.
pub fn text(facts: &Facts<'_>, style: &Style) -> String {
    let style = *style;
    let units = units(facts);
    let mut text = heading(facts, style);
    let mut section = |title: &str, ink: Ink, body: String| {
        if !body.is_empty() {
            let _ = write!(text, "\n{}\n{body}", style.paint(ink, title));
        }
    };
    let titled = |title: &str, outcome: &str| {
        format!("{title} ({})", units.iter().filter(|unit| unit.outcome.as_str() == outcome).count())
    };
    section(&titled("Merged", "merged"), Ink::Good, plain(&units, "merged", style));
    section(&titled("Changed", "changed"), Ink::Good, plain(&units, "changed", style));
    section(&titled("Already as wanted", "unchanged"), Ink::Heading, plain(&units, "unchanged", style));
    section(&titled("Skipped", "skipped"), Ink::Heading, by_reason(facts, &units, "skipped", style));
    section(&titled("Not begun", "pending"), Ink::Heading, plain(&units, "pending", style));
    section(&titled("Under way", "unfinished"), Ink::Heading, under_way(facts, &units, style));
    section(
        &titled("Left to the person who edited it", "edited-by-human"),
        Ink::Attention,
        edited(facts, &units, style),
    );
    section(
        &titled("Left closed", "closed-by-human"),
        Ink::Attention,
        one_by_one(facts, &units, "closed-by-human", style),
    );
    section(&titled("Closed", "closed"), Ink::Attention, plain(&units, "closed", style));
    section("Waves", Ink::Heading, super::waves::text(facts, style));
    section("Failed for the whole run", Ink::Bad, of_the_run(facts, style));
    section(&titled("Blocked", "blocked"), Ink::Attention, by_reason(facts, &units, "blocked", style));
    section(&titled("Failed", "failed"), Ink::Bad, failed(facts, &units, style));
    section("Warnings", Ink::Attention, warned(facts, &units, style));
    text.push('\n');
    text.push_str(&filled("", &summary(&facts.state.counts()), style.width));
    if !facts.next.is_empty() {
        text.push_str("\nnext:\n");
        for command in facts.next {
            let _ = writeln!(text, "  {}", style.paint(Ink::Place, command));
        }
    }
    text
}

fn heading(facts: &Facts<'_>, style: Style) -> String {
    let frozen = &facts.migration.frozen;
    let mut title = format!("Run {} of {} {}", frozen.run, frozen.workflow.name, facts.standing().words());
    if let Some(holder) = facts.state.holder().filter(|_| facts.running) {
        let _ = write!(title, " (process {} on {})", holder.pid, one_line(&holder.host));
    }
    if let Some(elapsed) = facts.elapsed {
        let _ = write!(title, " after {}", duration(elapsed));
    }
    format!("{}\n", style.paint(Ink::Heading, title))
}

fn of<'a, 'b>(units: &'b [UnitFacts<'a>], outcome: &'b str) -> impl Iterator<Item = &'b UnitFacts<'a>> {
    units.iter().filter(move |unit| unit.outcome.as_str() == outcome)
}

/// The name, with the pull request's number if there is one.
fn named(unit: &UnitFacts<'_>) -> String {
    let name = one_line(unit.connector.name.as_str());
    unit.pull_request.map_or_else(|| name.clone(), |found| format!("{name} #{}", found.number))
}

fn plain(units: &[UnitFacts<'_>], outcome: &str, style: Style) -> String {
    let all: Vec<String> = of(units, outcome).map(named).collect();
    if all.is_empty() { String::new() } else { names(&all, 2, style.width) }
}

fn by_reason(facts: &Facts<'_>, units: &[UnitFacts<'_>], outcome: &str, style: Style) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for unit in of(units, outcome) {
        let reason = one_line(&unit.reason(facts).unwrap_or_default());
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, members)) => members.push(named(unit)),
            None => groups.push((reason, vec![named(unit)])),
        }
    }
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    let group =
        |(reason, members): &(String, Vec<String>)| filled("  ", reason, style.width) + &names(members, 4, style.width);
    groups.iter().map(group).collect()
}

/// A commit's id as people say it.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn one_by_one(facts: &Facts<'_>, units: &[UnitFacts<'_>], outcome: &str, style: Style) -> String {
    let line = |unit: &UnitFacts<'_>| {
        let reason = match &unit.outcome {
            UnitOutcome::EditedByHuman { branch, found } => {
                format!("branch {branch} has commit {}, which this run did not make", short(found))
            }
            _ => unit.reason(facts).unwrap_or_default(),
        };
        filled("  ", &format!("{}: {}", unit.connector.name, one_line(&reason)), style.width)
    };
    of(units, outcome).map(line).collect()
}

fn edited(facts: &Facts<'_>, units: &[UnitFacts<'_>], style: Style) -> String {
    let mut text = one_by_one(facts, units, "edited-by-human", style);
    if let Some(first) = of(units, "edited-by-human").next() {
        let (run, name) = (&facts.migration.frozen.run, &first.connector.name);
        let hint = format!("`cutover resume {run} --adopt {name}` takes the branch as the connector's work.");
        text.push_str(&filled("    ", &hint::sentence(&hint), style.width));
    }
    text
}

fn under_way(facts: &Facts<'_>, units: &[UnitFacts<'_>], style: Style) -> String {
    let line = |unit: &UnitFacts<'_>| {
        let name = named(unit);
        match unit.at(facts) {
            Some((step, "pending")) => filled("  ", &format!("{name}: before {step}"), style.width),
            Some((step, state)) => filled("  ", &format!("{name}: {step} ({state})"), style.width),
            None => filled("  ", &format!("{name}: all steps are done, its end is not written down yet"), style.width),
        }
    };
    of(units, "unfinished").map(line).collect()
}

fn failed(facts: &Facts<'_>, units: &[UnitFacts<'_>], style: Style) -> String {
    let failures: Vec<(&Connector, Option<&StepId>, &Failure)> = units
        .iter()
        .filter_map(|unit| {
            let (step, failure) = unit.failure(facts)?;
            Some((unit.connector, step, failure))
        })
        .collect();
    causes::text(&causes(failures.iter().copied()), style)
}

/// A step of the run itself that failed: everything waits for it.
fn of_the_run(facts: &Facts<'_>, style: Style) -> String {
    let Some((id, failure)) = run_failure(facts) else { return String::new() };
    let mut text = filled("  ", &format!("{id}: {}", one_line(&failure.message)), style.width);
    if let Some(hint) = &failure.hint {
        text.push_str(&filled("    ", &hint::sentence(hint), style.width));
    }
    text
}

/// What a person should look at; the same words of several connectors once.
fn warned(facts: &Facts<'_>, units: &[UnitFacts<'_>], style: Style) -> String {
    let line = |(step, said): &(&StepId, Alike<'_>)| alike_text(step.as_str(), said, units.len(), style);
    warnings(facts, units).iter().map(line).collect()
}

/// `291 connectors: 240 changed, 6 failed.`
fn summary(counts: &Counts) -> String {
    format!("{}: {}.", count(counts.total(), "connector"), numbers(counts))
}

/// `240 changed, 6 failed`: the outcomes that there are.
pub(crate) fn numbers(counts: &Counts) -> String {
    let named = [
        (counts.merged, "merged"),
        (counts.changed, "changed"),
        (counts.unchanged, "already as wanted"),
        (counts.skipped, "skipped"),
        (counts.failed, "failed"),
        (counts.blocked - counts.waiting, "blocked"),
        (counts.waiting, "waiting"),
        (counts.edited_by_human, "edited by a person"),
        (counts.closed_by_human, "closed by a person"),
        (counts.closed, "closed"),
        (counts.unfinished, "under way"),
        (counts.pending, "not begun"),
    ];
    let parts: Vec<String> =
        named.iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!("{number} {words}")).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}
