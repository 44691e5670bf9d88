//! Pull requests as issues: labels, assignees, milestone, comments.

use serde_json::Value;

use super::super::answer::{Answer, Answered};
use super::super::model::{Comment, Role};
use super::pull_view::{comment, issue};
use super::view::labels;
use super::{Ask, number, strings};

/// GitHub takes no more people than this.
const MOST_ASSIGNEES: usize = 10;

/// Answers what is asked about a pull request as an issue.
pub(super) fn answer(mut ask: Ask<'_>, rest: &[&str]) -> Answered {
    if ask.permit("issues").is_err() {
        ask.permit("pull_requests")?;
    }
    if let ("PATCH", ["issues", "comments", id]) = (ask.method, rest) {
        return edit_comment(&mut ask, number(id)?);
    }
    let n = number(rest.get(1).copied().unwrap_or_default())?;
    ask.world.pull(ask.at, n)?;
    match (ask.method, &rest[2..]) {
        ("GET", []) => Ok(show(&ask, n, 200)),
        ("PATCH", []) => update(&mut ask, n),
        ("GET", ["labels"]) => Ok(Answer::ok(named(&ask, n))),
        ("POST", ["labels"]) => add_labels(&mut ask, n, false),
        ("PUT", ["labels"]) => add_labels(&mut ask, n, true),
        ("DELETE", ["labels", name]) => remove_label(&mut ask, n, name),
        ("POST" | "DELETE", ["assignees"]) => assign(&mut ask, n),
        ("GET", ["comments"]) => {
            let all: Vec<usize> = (0..ask.world.pull(ask.at, n)?.comments.len()).collect();
            Ok(ask.page(&all, |&index| comment(ask.world, ask.repository(), n, index, ask.origin())))
        }
        ("POST", ["comments"]) => add_comment(&mut ask, n),
        _ => Err(Answer::not_found()),
    }
}

fn show(ask: &Ask<'_>, n: u64, status: u16) -> Answer {
    Answer::json(status, issue(ask.world, ask.repository(), &ask.repository().pulls[&n], ask.origin()))
}

fn named(ask: &Ask<'_>, n: u64) -> Value {
    labels(&ask.repository().pulls[&n].labels, ask.repository(), ask.origin())
}

/// Checks all before it changes anything, as GitHub does.
fn update(ask: &mut Ask<'_>, n: u64) -> Answered {
    let body = ask.call.json()?;
    if ask.world.pull(ask.at, n)?.author != ask.login() {
        ask.require(Role::Triage)?;
    }
    let assignees = body["assignees"].as_array().map(|_| strings(&body["assignees"]));
    let strange = |login: &&String| !ask.world.is_collaborator(ask.at, login);
    if let Some(login) = assignees.iter().flatten().find(strange) {
        return Err(Answer::invalid_value("Issue", "assignees", &Value::String(login.clone())));
    }
    let milestone = body.get("milestone");
    if let Some(number) = milestone.and_then(Value::as_u64)
        && ask.world.milestone(ask.at, number).is_none()
    {
        return Err(Answer::invalid_value("Issue", "milestone", &number.into()));
    }
    let wanted = body["labels"].as_array().map(|list| names(list));
    // Only people who may triage set these; GitHub drops them silently for others.
    let may = ask.require(Role::Triage).is_ok();
    if let Some(wanted) = wanted.filter(|_| may) {
        set_labels(ask, n, wanted, true)?;
    }
    let pull = ask.world.pull_mut(ask.at, n)?;
    if let Some(title) = body["title"].as_str() {
        title.clone_into(&mut pull.title);
    }
    if let Some(text) = body.get("body") {
        pull.body = text.as_str().map(str::to_owned);
    }
    if may {
        if let Some(assignees) = assignees {
            pull.assignees = assignees.into_iter().take(MOST_ASSIGNEES).collect();
        }
        if let Some(milestone) = milestone {
            pull.milestone = milestone.as_u64();
        }
    }
    match body["state"].as_str() {
        Some("closed") => ask.world.close(ask.at, n, &ask.login())?,
        Some("open") => ask.world.reopen(ask.at, n)?,
        _ => {}
    }
    ask.world.touch(ask.at, n);
    Ok(show(ask, n, 200))
}

/// Labels come as names or as objects with a name.
fn names(list: &[Value]) -> Vec<String> {
    let name = |entry: &Value| entry.as_str().or_else(|| entry["name"].as_str()).map(str::to_owned);
    list.iter().filter_map(name).collect()
}

fn add_labels(ask: &mut Ask<'_>, n: u64, replace: bool) -> Answered {
    ask.require(Role::Triage)?;
    let body = ask.call.json()?;
    let list = body.as_array().or_else(|| body["labels"].as_array());
    let Some(wanted) = list.map(|list| names(list)) else {
        return Err(Answer::message(422, "Invalid request.\n\n\"labels\" wasn't supplied."));
    };
    set_labels(ask, n, wanted, replace)?;
    ask.world.touch(ask.at, n);
    Ok(Answer::ok(named(ask, n)))
}

/// A label that the repository has not is made, grey.
fn set_labels(ask: &mut Ask<'_>, n: u64, wanted: Vec<String>, replace: bool) -> Result<(), Answer> {
    if let Some(long) = wanted.iter().find(|name| name.is_empty() || name.chars().count() > 50) {
        return Err(Answer::invalid_value("Label", "name", &Value::String(long.clone())));
    }
    if replace {
        ask.world.pull_mut(ask.at, n)?.labels.clear();
    }
    for name in wanted {
        ask.world.add_label(ask.at, &name);
        let spelled = ask.repository().label(&name).map_or(name, |label| label.name.clone());
        let pull = ask.world.pull_mut(ask.at, n)?;
        if !pull.labels.contains(&spelled) {
            pull.labels.push(spelled);
        }
    }
    Ok(())
}

fn remove_label(ask: &mut Ask<'_>, n: u64, name: &str) -> Answered {
    ask.require(Role::Triage)?;
    let pull = ask.world.pull_mut(ask.at, n)?;
    let before = pull.labels.len();
    pull.labels.retain(|label| !label.eq_ignore_ascii_case(name));
    if pull.labels.len() == before {
        return Err(Answer::message(404, "Label does not exist"));
    }
    ask.world.touch(ask.at, n);
    Ok(Answer::ok(named(ask, n)))
}

/// Here GitHub leaves out silently whom it cannot assign.
fn assign(ask: &mut Ask<'_>, n: u64) -> Answered {
    ask.require(Role::Triage)?;
    let wanted = strings(&ask.call.json()?["assignees"]);
    let known: Vec<String> = wanted.into_iter().filter(|login| ask.world.is_collaborator(ask.at, login)).collect();
    let add = ask.method == "POST";
    let pull = ask.world.pull_mut(ask.at, n)?;
    pull.assignees.retain(|login| !known.contains(login));
    if add {
        pull.assignees.extend(known);
        pull.assignees.truncate(MOST_ASSIGNEES);
    }
    ask.world.touch(ask.at, n);
    Ok(show(ask, n, if add { 201 } else { 200 }))
}

fn add_comment(ask: &mut Ask<'_>, n: u64) -> Answered {
    let body = ask.call.json()?;
    let Some(text) = body["body"].as_str().filter(|text| !text.trim().is_empty()) else {
        return Err(Answer::invalid("IssueComment", "body", "missing_field"));
    };
    let login = ask.login();
    ask.world.comment(ask.at, n, &login, text)?;
    let last = ask.world.pull(ask.at, n)?.comments.len() - 1;
    Ok(Answer::json(201, comment(ask.world, ask.repository(), n, last, ask.origin())))
}

fn edit_comment(ask: &mut Ask<'_>, id: u64) -> Answered {
    let body = ask.call.json()?;
    let text = body["body"].as_str().ok_or_else(|| Answer::invalid("IssueComment", "body", "missing_field"))?;
    let now = ask.world.now();
    let place = ask
        .repository()
        .pulls
        .values()
        .find_map(|pull| Some((pull.number, pull.comments.iter().position(|comment: &Comment| comment.id == id)?)));
    let (n, index) = place.ok_or_else(Answer::not_found)?;
    let edited = &mut ask.world.pull_mut(ask.at, n)?.comments[index];
    text.clone_into(&mut edited.body);
    edited.updated_at = now;
    Ok(Answer::ok(comment(ask.world, ask.repository(), n, index, ask.origin())))
}
