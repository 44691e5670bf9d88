//! A cause of failures as documents tell it: what happened, to whom, what to do, how the logs end.

use super::super::causes::{Cause, Member};
use super::super::hint;
use super::super::layout::one_line;

/// How many members of a cause show the end of their log.
const TAILS: usize = 2;

/// A cause of failures, told.
pub(super) struct Story<'a> {
    pub(super) title: String,
    /// Of how many connectors.
    pub(super) number: usize,
    /// Who it happened to, by what they say.
    pub(super) groups: Vec<Group<'a>>,
    /// What to do about all of them, as sentences.
    pub(super) hints: Vec<String>,
    /// Ends of logs, each with its connector.
    pub(super) tails: Vec<(&'a str, &'a [String])>,
}

/// Connectors that say the same.
pub(super) struct Group<'a> {
    /// What they say, where it is more than the title.
    pub(super) message: Option<String>,
    pub(super) names: Vec<&'a str>,
    /// What to do about this one.
    pub(super) hint: Option<String>,
}

impl<'a> Story<'a> {
    pub(super) fn of(cause: &'a Cause<'a>) -> Self {
        let one_by_one = cause.is_told_one_by_one();
        let logged = cause.members.iter().filter(|member| !member.failure.tail.is_empty());
        let hints = || cause.hints().iter().map(|hint| hint::body(&one_line(&hint.line.text()))).collect();
        Self {
            title: cause.title(),
            number: cause.members.len(),
            groups: if one_by_one { cause.members.iter().map(own).collect() } else { alike(cause) },
            hints: if one_by_one { Vec::new() } else { hints() },
            tails: logged.take(TAILS).map(|member| (name(member), member.failure.tail.as_slice())).collect(),
        }
    }
}

fn name<'a>(member: &Member<'a>) -> &'a str {
    member.connector.name.as_str()
}

fn own<'a>(member: &Member<'a>) -> Group<'a> {
    let hint = member.failure.hint.as_deref().map(|text| hint::body(&one_line(text)));
    Group { message: Some(one_line(&member.failure.message)), names: vec![name(member)], hint }
}

fn alike<'a>(cause: &'a Cause<'a>) -> Vec<Group<'a>> {
    let words = one_line(cause.words);
    let group = |said: &super::super::line::Alike<'a>| Group {
        message: Some(said.line.text()).filter(|message| *message != words),
        names: said.connectors.iter().map(|connector| connector.name.as_str()).collect(),
        hint: None,
    };
    cause.messages().iter().map(group).collect()
}
