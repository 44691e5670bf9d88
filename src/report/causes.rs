//! Failures grouped by what they have in common: the step, the class and the cause.

use std::fmt::Write as _;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::base::{StepId, UnitName, count};
use crate::event::{Failure, FailureClass};

use super::hint;
use super::layout::{columns, filled, harmless, names, one_line};
use super::style::{Ink, Style};

/// How many members of a cause show the end of their log.
const TAILS: usize = 2;

/// How many lines of a log are shown.
const TAIL_LINES: usize = 6;

/// One failed connector.
pub(super) struct Member<'a> {
    pub(super) name: &'a UnitName,
    pub(super) failure: &'a Failure,
}

/// Failures with the same step, class and cause.
pub(super) struct Cause<'a> {
    pub(super) step: Option<&'a StepId>,
    pub(super) class: FailureClass,
    /// What they share, in words.
    pub(super) words: &'a str,
    pub(super) members: Vec<Member<'a>>,
}

impl<'a> Cause<'a> {
    /// The hint, if all members have the same.
    pub(super) fn hint(&self) -> Option<&'a str> {
        let first = self.members.first()?.failure.hint.as_deref()?;
        self.members.iter().all(|member| member.failure.hint.as_deref() == Some(first)).then_some(first)
    }

    /// `step build: it ended with exit code 1`.
    fn title(&self) -> String {
        let cause = one_line(self.words);
        match (self.step, self.class) {
            (Some(step), _) => format!("{step}: {cause}"),
            (None, FailureClass::Unmet) => format!("not done: {cause}"),
            (None, _) => cause,
        }
    }

    /// For JSON.
    pub(super) fn json(&self) -> Value {
        json!({
            "cause": self.words,
            "class": self.class.as_str(),
            "step": self.step.map(StepId::as_str),
            "hint": self.hint().map(hint::body),
            "connectors": self.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(),
        })
    }
}

/// Groups failures; the cause with most connectors first.
pub(super) fn causes<'a>(
    failures: impl IntoIterator<Item = (&'a UnitName, Option<&'a StepId>, &'a Failure)>,
) -> Vec<Cause<'a>> {
    let mut causes: Vec<Cause<'a>> = Vec::new();
    let mut places: HashMap<(Option<&StepId>, FailureClass, &str), usize> = HashMap::new();
    for (name, step, failure) in failures {
        let place = *places.entry((step, failure.class, failure.group())).or_insert_with(|| {
            causes.push(Cause { step, class: failure.class, words: failure.group(), members: Vec::new() });
            causes.len() - 1
        });
        causes[place].members.push(Member { name, failure });
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.members.len()));
    causes
}

/// The causes as people read them: each with its connectors, their messages where these say more, and what to do.
pub(super) fn text(causes: &[Cause<'_>], style: Style) -> String {
    let mut text = String::new();
    for cause in causes {
        let number = cause.members.len();
        let number = if number == 1 { String::new() } else { format!(" ({})", count(number, "connector")) };
        let title = format!("{}{number}", cause.title());
        for line in filled("  ", &title, style.width).lines() {
            text.push_str(&style.paint(Ink::Bad, line));
            text.push('\n');
        }
        members(&mut text, cause, style);
        if let Some(hint) = cause.hint() {
            text.push_str(&filled("    ", &hint::sentence(hint), style.width));
        }
    }
    text
}

fn members(text: &mut String, cause: &Cause<'_>, style: Style) {
    let says_more = |member: &Member<'_>| {
        let common_hint = cause.hint().is_some() || member.failure.hint.is_none();
        member.failure.message != cause.words || !member.failure.tail.is_empty() || !common_hint
    };
    if !cause.members.iter().any(says_more) {
        let all: Vec<&str> = cause.members.iter().map(|member| member.name.as_str()).collect();
        text.push_str(&names(&all, 4, style.width));
        return;
    }
    for (at, member) in cause.members.iter().enumerate() {
        let message = one_line(&member.failure.message);
        if member.failure.message == cause.words {
            let _ = writeln!(text, "    {}", harmless(member.name.as_str()));
        } else {
            text.push_str(&filled("    ", &format!("{}: {message}", member.name), style.width));
        }
        if cause.hint().is_none()
            && let Some(own) = &member.failure.hint
        {
            text.push_str(&filled("      ", &hint::sentence(own), style.width));
        }
        if at < TAILS {
            tail(text, &member.failure.tail, style);
        }
    }
}

fn tail(text: &mut String, lines: &[String], style: Style) {
    for line in &lines[lines.len().saturating_sub(TAIL_LINES)..] {
        let line = harmless(line);
        let line = format!("      | {}", line.trim_end());
        debug_assert!(columns(&line) >= 8);
        text.push_str(&style.paint(Ink::Faint, line.trim_end()));
        text.push('\n');
    }
}
