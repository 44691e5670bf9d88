//! Faults on demand: which calls they meet, when in a row, and what happens to those instead.

use regex::Regex;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::limits::SECONDARY;

/// What happens to a call that a fault meets.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    /// This status instead of the effect.
    Status(u16),
    /// This status although the effect has happened.
    StatusAfter(u16),
    /// The connection closes before an answer, and nothing has happened.
    HangUp,
    /// The connection closes before the answer, but the effect has happened.
    HangUpAfter,
    /// The connection closes in the middle of the answer; the effect has happened.
    HangUpWithin,
    /// 403 by a secondary limit, with `Retry-After` if so many seconds are given.
    Secondary(Option<u64>),
    /// 403 with an hour's budget used up, which is there again in so many seconds.
    Primary(u64),
    /// 401, as for a token that has ended.
    Unauthorized,
    /// The effect and the answer come so many milliseconds later.
    Slow(u64),
    /// The effect comes at once, the answer so many milliseconds later.
    SlowAfter(u64),
    /// A list without its entries.
    EmptyPage,
    /// Only the first half of the JSON.
    Truncated,
    /// This answer instead of the effect: status and message.
    Refuse(u16, String),
}

/// Which calls a fault meets. What is not given meets all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    method: Option<String>,
    path: Option<Regex>,
    graphql: Option<String>,
    writes: Option<bool>,
}

impl Calls {
    /// Every call.
    pub(crate) fn any() -> Self {
        Self::default()
    }

    /// Calls that change something, GraphQL mutations included.
    pub(crate) fn writes() -> Self {
        Self { writes: Some(true), ..Self::default() }
    }

    /// Calls that only read.
    pub(crate) fn reads() -> Self {
        Self { writes: Some(false), ..Self::default() }
    }

    /// Calls of REST with this method and a path that the pattern finds something in.
    pub(crate) fn rest(method: &str, path: &str) -> Self {
        let path = Regex::new(path).expect("a test's pattern is a pattern");
        Self { method: Some(method.to_owned()), path: Some(path), ..Self::default() }
    }

    /// Calls of GraphQL whose document contains this name of an operation or field.
    pub(crate) fn graphql(name: &str) -> Self {
        Self { graphql: Some(name.to_owned()), ..Self::default() }
    }

    fn meets(&self, call: &Call) -> bool {
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&call.method))
            && self.path.as_ref().is_none_or(|path| path.is_match(&call.path))
            && self.graphql.as_ref().is_none_or(|name| call.graphql().is_some_and(|text| has_word(&text, name)))
            && self.writes.is_none_or(|writes| writes == call.writes())
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// A fault: after some calls that it lets pass, it happens to some.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    calls: Calls,
    effect: Effect,
    pass: u64,
    times: u64,
    /// How often it has happened.
    pub(crate) happened: u64,
}

impl Fault {
    /// It happens to the first such call, once.
    pub(crate) fn new(calls: Calls, effect: Effect) -> Self {
        Self { calls, effect, pass: 0, times: 1, happened: 0 }
    }

    /// It happens to the nth such call, counted from 1.
    pub(crate) fn at(self, nth: u64) -> Self {
        Self { pass: nth.saturating_sub(1), ..self }
    }

    /// It happens so often in a row.
    pub(crate) fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }

    /// It does not stop.
    pub(crate) fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// What happens to this call, which is counted.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Effect> {
        if self.happened >= self.times || !self.calls.meets(call) {
            return None;
        }
        if self.pass > 0 {
            self.pass -= 1;
            return None;
        }
        self.happened += 1;
        Some(self.effect.clone())
    }
}

/// A fault as the control port takes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    method: Option<String>,
    path: Option<String>,
    graphql: Option<String>,
    writes: Option<bool>,
    effect: Effect,
    #[serde(default = "one")]
    nth: u64,
    #[serde(default = "one")]
    times: u64,
}

fn one() -> u64 {
    1
}

impl TryFrom<Wanted> for Fault {
    type Error = regex::Error;

    fn try_from(wanted: Wanted) -> Result<Self, regex::Error> {
        let path = wanted.path.as_deref().map(Regex::new).transpose()?;
        let calls = Calls { method: wanted.method, path, graphql: wanted.graphql, writes: wanted.writes };
        Ok(Self::new(calls, wanted.effect).at(wanted.nth).times(wanted.times))
    }
}

impl Effect {
    /// Whether the call is carried out nevertheless.
    pub(crate) fn takes_place(&self) -> bool {
        matches!(
            self,
            Self::StatusAfter(_)
                | Self::HangUpAfter
                | Self::HangUpWithin
                | Self::Slow(_)
                | Self::SlowAfter(_)
                | Self::EmptyPage
                | Self::Truncated
        )
    }

    /// What is answered instead, unless the connection just closes or the answer itself is changed.
    pub(crate) fn answer(&self, now: jiff::Timestamp) -> Option<Answer> {
        Some(match self {
            Self::Status(status) | Self::StatusAfter(status) => broken(*status),
            Self::Secondary(after) => {
                let refusal = Answer::forbidden(SECONDARY);
                match after {
                    Some(seconds) => refusal.with("retry-after", seconds.to_string()),
                    None => refusal,
                }
            }
            Self::Primary(seconds) => {
                let reset = now.as_second() + i64::try_from(*seconds).unwrap_or(3600);
                Answer::forbidden("API rate limit exceeded for user ID 1001.")
                    .with("x-ratelimit-remaining", "0")
                    .with("x-ratelimit-reset", reset.to_string())
            }
            Self::Unauthorized => Answer::bad_credentials(),
            Self::Refuse(status, message) => Answer::message(*status, message),
            Self::HangUp
            | Self::HangUpAfter
            | Self::HangUpWithin
            | Self::Slow(_)
            | Self::SlowAfter(_)
            | Self::EmptyPage
            | Self::Truncated => {
                return None;
            }
        })
    }
}

/// What GitHub's front sends when what is behind it does not answer.
fn broken(status: u16) -> Answer {
    match status {
        500 => Answer::json(500, json!({ "message": "Server Error" })),
        502 => Answer::json(502, json!({ "message": "Server Error" })),
        503 => Answer::json(
            503,
            json!({
                "message": "Service unavailable. Please try again later.",
                "documentation_url": "https://docs.github.com/rest",
                "code": "503",
            }),
        ),
        other => Answer::message(other, "This is a fault that the test asked for."),
    }
}
