//! `cutover doctor`: what was looked at, how it stands, what to do.

use serde_json::{Value, json};

use super::layout::{columns, filled, padded};
use super::style::{Ink, Style};
use super::{hint, schema};
use crate::forge::{Finding, FindingState};

/// A line for each finding, below it what to do.
pub fn text(findings: &[Finding], style: &Style) -> String {
    let width = findings.iter().map(|finding| columns(&finding.what)).max().unwrap_or(0);
    let indent = width + 4;
    let mut text = String::new();
    for Finding { what, state, says, hint } in findings {
        let (sign, ink) = match state {
            FindingState::Fine => ("✓", Ink::Good),
            FindingState::Notice => ("!", Ink::Attention),
            FindingState::Problem => ("✗", Ink::Bad),
        };
        let told = filled(&format!("{sign} {}  ", padded(what, width)), says, style.width);
        text.push_str(&told.replacen(sign, &style.paint(ink, sign), 1));
        if let Some(hint) = hint {
            text.push_str(&filled(&" ".repeat(indent), &hint::body(hint), style.width));
        }
    }
    let problems = findings.iter().filter(|finding| finding.state == FindingState::Problem).count();
    let verdict = match problems {
        0 => "Nothing stands".to_owned(),
        1 => "One thing stands".to_owned(),
        many => format!("{many} things stand"),
    };
    text + &verdict + " in the way of a run."
}

/// `{"schema": "cutover.doctor/1", "findings": [{what, state, says, hint}]}`.
pub fn json(findings: &[Finding]) -> Value {
    json!({ "schema": schema("doctor"), "findings": findings })
}
