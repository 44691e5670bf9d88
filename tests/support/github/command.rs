//! The control port, `POST /_double/…`: the handle's verbs for tests in other languages and for the hand.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::access::Token;
use super::answer::{Answer, Content};
use super::call::Call;
use super::checks::CheckPlan;
use super::fault::{Fault, Wanted};
use super::model::{Method, Protection, Role, Verdict};
use super::server::Shared;

/// Carries a command out; a wrong one is told in words.
pub(crate) fn run(shared: &Arc<Shared>, call: &Call) -> Answer {
    let verb = call.segments.get(1).map(String::as_str).unwrap_or_default();
    if call.method == "GET" && verb == "log" {
        let lines: Vec<String> = shared.log().iter().map(|exchange| json!(exchange).to_string() + "\n").collect();
        return Answer { status: 200, headers: Vec::new(), content: Content::Text(lines.concat()) };
    }
    let body = match call.json() {
        Ok(body) if call.method == "POST" => body,
        Ok(_) => return wrong("commands are sent with POST"),
        Err(refusal) => return refusal,
    };
    match command(shared, verb, &body) {
        Ok(value) => Answer::ok(value),
        Err(message) => wrong(&message),
    }
}

fn wrong(message: &str) -> Answer {
    Answer::json(400, json!({ "message": message }))
}

/// A field of a command.
fn field<T: DeserializeOwned>(body: &Value, name: &str) -> Result<T, String> {
    serde_json::from_value(body[name].clone()).map_err(|error| format!("`{name}`: {error}"))
}

fn command(shared: &Shared, verb: &str, body: &Value) -> Result<Value, String> {
    let text = |name: &str| field::<String>(body, name);
    let number = || field::<u64>(body, "number");
    match verb {
        "checks" => {
            let plans: Vec<CheckPlan> = field(body, "checks")?;
            match body["number"].as_u64() {
                Some(number) => shared.set_checks_of(number, plans),
                None => shared.set_checks(plans),
            }
        }
        "review" => {
            let verdict: Verdict = field(body, "state")?;
            at_pull(shared, number()?)?;
            shared.review(number()?, &text("login")?, verdict);
        }
        "comment" => {
            at_pull(shared, number()?)?;
            shared.comment(number()?, &text("login")?, &text("body")?);
        }
        "edit" => {
            at_pull(shared, number()?)?;
            shared.edit(number()?, body["title"].as_str(), body["body"].as_str());
        }
        "close" => {
            at_pull(shared, number()?)?;
            shared.close(number()?, &text("login")?);
        }
        "merge" => {
            let method: Method = field(body, "method")?;
            let merged = shared.followed().merge_by_force(number()?, &text("login")?, method);
            let sha = merged.map_err(|refusal| format!("{:?}", refusal.content))?;
            return Ok(json!({ "sha": sha }));
        }
        "push" => {
            let sha = shared.push(&text("branch")?, &text("login")?, &text("path")?, &text("content")?);
            return Ok(json!({ "sha": sha }));
        }
        "protect" => shared.protect(&text("branch")?, field::<Protection>(body, "rules")?),
        "collaborator" => shared.collaborator(&text("login")?, field::<Role>(body, "role")?),
        "team" => {
            let members: Vec<String> = field(body, "members")?;
            shared.team(&text("slug")?, &members.iter().map(String::as_str).collect::<Vec<_>>());
        }
        "label" => shared.label(&text("name")?),
        "milestone" => return Ok(json!({ "number": shared.milestone(&text("title")?) })),
        "token" => {
            let scopes: Vec<String> = field(body, "scopes")?;
            let token = Token::classic(&text("login")?, &scopes.iter().map(String::as_str).collect::<Vec<_>>());
            shared.grant(&text("token")?, token, field::<Role>(body, "role")?);
        }
        "expire" => shared.expire(&text("token")?, Duration::from_secs(field(body, "seconds")?)),
        "archive" => shared.archive(field(body, "archived")?),
        "rename" => shared.rename(&text("name")?),
        "methods" => shared.allow_methods(&field::<Vec<Method>>(body, "methods")?),
        "advance" => shared.advance(Duration::from_secs(field(body, "seconds")?)),
        "limit" => shared.limit_content(field(body, "minute")?, field(body, "hour")?),
        "fault" => {
            let wanted: Wanted = serde_json::from_value(body.clone()).map_err(|error| error.to_string())?;
            shared.fault(Fault::try_from(wanted).map_err(|error| error.to_string())?);
        }
        "clear-faults" => return Ok(json!({ "happened": shared.clear_faults() })),
        other => return Err(format!("there is no command `{other}`")),
    }
    Ok(json!({}))
}

/// A number that no pull request has is the caller's mistake, not a panic.
fn at_pull(shared: &Shared, number: u64) -> Result<(), String> {
    let there = shared.followed().pull(0, number).is_ok();
    if there { Ok(()) } else { Err(format!("there is no pull request {number}")) }
}
