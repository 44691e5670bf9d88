//! Failures grouped by what they have in common: the step, the class and the cause.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::base::{StepId, count};
use crate::connector::Connector;
use crate::event::{Failure, FailureClass};

use super::hint;
use super::layout::{filled, harmless, names, one_line};
use super::line::{Alike, alike};
use super::style::{Ink, Style};

/// How many members of a cause show the end of their log.
const TAILS: usize = 2;

/// How many members tell their own story where their stories differ.
const ONE_BY_ONE: usize = 6;

/// How many lines of a log are shown.
const TAIL_LINES: usize = 6;

/// One failed connector.
pub(super) struct Member<'a> {
    pub(super) connector: &'a Connector,
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

impl Cause<'_> {
    /// What to do, where the members' hints are alike; otherwise each has its own.
    pub(super) fn hints(&self) -> Vec<Alike<'_>> {
        let hints = self.members.iter().filter_map(|member| Some((member.connector, member.failure.hint.as_deref()?)));
        alike(hints)
    }

    /// What the members say, in the words that several share.
    pub(super) fn messages(&self) -> Vec<Alike<'_>> {
        alike(self.members.iter().map(|member| (member.connector, member.failure.message.as_str())))
    }

    /// Whether each member's own words are shown: they say something, and there are few.
    pub(super) fn is_told_one_by_one(&self) -> bool {
        let differs = |alike: &Alike<'_>| alike.line.differs_in_numbers();
        self.members.len() <= ONE_BY_ONE && (self.messages().iter().any(differs) || self.hints().iter().any(differs))
    }

    /// `build: it ended with exit code 1`.
    pub(super) fn title(&self) -> String {
        let words = one_line(self.words);
        match (self.step, self.class) {
            (Some(step), _) => format!("{step}: {words}"),
            (None, FailureClass::Unmet) => format!("not done: {words}"),
            (None, _) => words,
        }
    }

    /// For JSON.
    pub(super) fn json(&self) -> Value {
        let hints = self.hints();
        json!({
            "cause": self.words,
            "class": self.class.as_str(),
            "step": self.step.map(StepId::as_str),
            "hint": hints.first().filter(|_| hints.len() == 1).map(|hint| hint::body(&hint.line.text())),
            "connectors": self.members.iter().map(|member| member.connector.name.as_str()).collect::<Vec<_>>(),
        })
    }
}

/// Groups failures; the cause with most connectors first.
pub(super) fn causes<'a>(
    failures: impl IntoIterator<Item = (&'a Connector, Option<&'a StepId>, &'a Failure)>,
) -> Vec<Cause<'a>> {
    let mut causes: Vec<Cause<'a>> = Vec::new();
    let mut places: HashMap<(Option<&StepId>, FailureClass, &str), usize> = HashMap::new();
    for (connector, step, failure) in failures {
        let place = *places.entry((step, failure.class, failure.group())).or_insert_with(|| {
            causes.push(Cause { step, class: failure.class, words: failure.group(), members: Vec::new() });
            causes.len() - 1
        });
        causes[place].members.push(Member { connector, failure });
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
        for line in filled("  ", &format!("{}{number}", cause.title()), style.width).lines() {
            let _ = writeln!(text, "{}", style.paint(Ink::Bad, line));
        }
        if cause.is_told_one_by_one() {
            one_by_one(&mut text, cause, style);
        } else {
            members(&mut text, cause, style);
            for hint in cause.hints() {
                text.push_str(&filled("    ", &hint::sentence(&hint.line.text()), style.width));
            }
        }
    }
    text
}

fn one_by_one(text: &mut String, cause: &Cause<'_>, style: Style) {
    for (at, Member { connector, failure }) in cause.members.iter().enumerate() {
        text.push_str(&filled("    ", &format!("{}: {}", connector.name, failure.message), style.width));
        if let Some(hint) = &failure.hint {
            text.push_str(&filled("      ", &hint::sentence(hint), style.width));
        }
        if at < TAILS {
            tail(text, &failure.tail, style);
        }
    }
}

fn members(text: &mut String, cause: &Cause<'_>, style: Style) {
    for group in cause.messages() {
        let message = group.line.text();
        let all: Vec<&str> = group.connectors.iter().map(|connector| connector.name.as_str()).collect();
        match all.as_slice() {
            _ if message == one_line(cause.words) => text.push_str(&names(&all, 4, style.width)),
            [one] => text.push_str(&filled("    ", &format!("{one}: {message}"), style.width)),
            all => {
                text.push_str(&filled("    ", &message, style.width));
                text.push_str(&names(all, 6, style.width));
            }
        }
    }
    let logged = cause.members.iter().filter(|member| !member.failure.tail.is_empty());
    for member in logged.take(TAILS) {
        if cause.members.len() > 1 {
            let _ = writeln!(text, "    The log of {} ends:", harmless(member.connector.name.as_str()));
        }
        tail(text, &member.failure.tail, style);
    }
}

fn tail(text: &mut String, lines: &[String], style: Style) {
    for line in &lines[lines.len().saturating_sub(TAIL_LINES)..] {
        let line = format!("      | {}", harmless(line));
        let _ = writeln!(text, "{}", style.paint(Ink::Faint, line.trim_end()));
    }
}

/// The same words about a step of several connectors, once, and of whom they are said: not by name if it is all.
pub(super) fn alike_text(step: &str, said: &Alike<'_>, all: usize, style: Style) -> String {
    let words = said.line.text();
    let names_of: Vec<&str> = said.connectors.iter().map(|connector| connector.name.as_str()).collect();
    match names_of.as_slice() {
        [one] => filled("  ", &format!("{one}, {step}: {words}"), style.width),
        some => {
            let number = count(some.len(), "connector");
            let (number, names) = if some.len() == all {
                (format!("all {number}"), String::new())
            } else {
                (number, names(some, 4, style.width))
            };
            filled("  ", &format!("{step}: {words} ({number})"), style.width) + &names
        }
    }
}
