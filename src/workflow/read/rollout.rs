//! Reads `rollout`: waves, limits and windows, with everything that cannot be meant.

use std::num::NonZeroUsize;

use super::super::document::{Entry, Kind, Node};
use super::super::findings::Findings;
use super::super::{Effect, Milestone, RolloutOptions, WaveSize};
use super::{StepPlaces, settings, window};
use crate::connector::Patterns;

/// The keys of `rollout`.
const KEYS: &[&str] = &[
    "waves",
    "canary",
    "advance",
    "after",
    "max-open",
    "max-pending-checks",
    "max-unreviewed",
    "stuck-after",
    "max-failures",
    "windows",
];

/// `rollout`
pub(super) fn read(entry: &Entry, steps: &[StepPlaces<'_>], findings: &mut Findings<'_>) -> Option<RolloutOptions> {
    let fields = findings.fields(&entry.value, "`rollout`", KEYS)?;
    let publishes = |step: &StepPlaces<'_>| match step.spec {
        Some(spec) => spec.effect == Effect::Publish,
        None => step.uses.is_some(),
    };
    if !steps.iter().any(publishes) {
        let message = "no step publishes anything that could be rolled out in waves";
        let finding = crate::diagnostic::Diagnostic::warning("nothing-published", message);
        let finding = finding.at(findings.source, entry.key_span.clone());
        findings.add(finding.hint("Add a step such as `uses: pull-request.open`, or remove `rollout`."));
    }
    let waves = fields.get("waves").map_or_else(Vec::new, |node| waves(node, findings));
    let canary = fields.get("canary").map_or_else(Vec::new, |node| canary(node, findings));
    let advance = fields.get("advance").and_then(|node| findings.word(node, "`advance`", &Milestone::ALL));
    let mut duration = |key: &str| findings.duration(fields.get(key)?, &format!("`{key}`"));
    let (after, stuck_after) = (duration("after"), duration("stuck-after"));
    let mut number = |key: &str| findings.positive(fields.get(key)?, &format!("`{key}`"));
    let (max_open, max_pending_checks, max_unreviewed) =
        (number("max-open"), number("max-pending-checks"), number("max-unreviewed"));
    Some(RolloutOptions {
        waves,
        canary,
        advance: advance.unwrap_or_default(),
        after,
        max_open,
        max_pending_checks,
        max_unreviewed,
        stuck_after,
        max_failures: fields.get("max-failures").and_then(|node| settings::max_failures(node, findings)),
        windows: fields.get("windows").map_or_else(Vec::new, |node| window::read(node, findings)),
    })
}

/// Names and globs; a `!` would say nothing about what goes first.
fn canary(node: &Node, findings: &mut Findings<'_>) -> Vec<String> {
    let named = findings.texts(node, "`canary`");
    for (text, node) in &named {
        if text.starts_with('!') {
            let message = format!("`{text}` takes connectors out, and `canary` names those that go first");
            let finding = findings.error("invalid-pattern", node.span.clone(), message);
            findings.add(finding.hint("Name the connectors that go into the first wave."));
        } else if let Err(error) = Patterns::new([text]) {
            let finding = findings.error("invalid-pattern", node.span.clone(), error.to_string());
            findings.add(finding.hint("Write a connector's name, or a glob such as `source-google-*`."));
        }
    }
    named.into_iter().map(|(text, _)| text).collect()
}

/// The waves' sizes: `rest` comes last, and percentages do not add up to more than all.
fn waves(node: &Node, findings: &mut Findings<'_>) -> Vec<WaveSize> {
    let items = match &node.kind {
        Kind::Sequence(items) if !items.is_empty() => items,
        Kind::Sequence(_) => {
            let empty = findings.error("empty-value", node.span.clone(), "`waves` is an empty list");
            findings.add(empty.hint("Name at least one wave, such as `[10, 10%, rest]`, or remove the key."));
            return Vec::new();
        }
        _ => {
            let hint = "Write the size of each wave, such as `[10, 10%, 50%, rest]`.".to_owned();
            findings.wrong_type(node, "`waves`", "a list", Some(hint));
            return Vec::new();
        }
    };
    let sizes: Vec<(WaveSize, &Node)> =
        items.iter().filter_map(|item| Some((wave_size(item, findings)?, item))).collect();
    let mut percent = 0_u32;
    for (at, (size, item)) in sizes.iter().enumerate() {
        match size {
            WaveSize::Rest if at + 1 < sizes.len() => {
                let message = "`rest` takes every connector that is left, so no wave can come after it";
                let finding = findings.error("misplaced-rest", item.span.clone(), message);
                findings.add(finding.hint("Write it last, or give this wave a number or a percentage."));
            }
            WaveSize::Percent(share) => {
                percent += u32::from(*share);
                if percent > 100 {
                    let message = format!("the waves up to this one are {percent}% of the connectors");
                    let finding = findings.error("waves-too-large", item.span.clone(), message);
                    findings.add(finding.hint(
                        "Each percentage is a share of all connectors, not of those left; `rest` takes what is left.",
                    ));
                    break;
                }
            }
            WaveSize::Rest | WaveSize::Count(_) => {}
        }
    }
    sizes.into_iter().map(|(size, _)| size).collect()
}

fn wave_size(node: &Node, findings: &mut Findings<'_>) -> Option<WaveSize> {
    let text = node.as_scalar().map_or("", |scalar| scalar.text.trim());
    let size = match text.strip_suffix('%') {
        _ if text == "rest" => Some(WaveSize::Rest),
        Some(percent) => percent.trim().parse().ok().filter(|share| (1..=100).contains(share)).map(WaveSize::Percent),
        None => text.parse::<NonZeroUsize>().ok().map(WaveSize::Count),
    };
    if size.is_none() {
        let hint = "Write `10` for ten connectors, `10%` for a tenth of all, or `rest` for those that are left.";
        findings.wrong_type(
            node,
            "the size of a wave",
            "a number from 1, a percentage up to 100%, or `rest`",
            Some(hint.to_owned()),
        );
    }
    size
}
