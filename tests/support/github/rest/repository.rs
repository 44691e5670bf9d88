//! A repository itself: its settings, forks, labels, milestones and collaborators.

use serde_json::{Value, json};

use super::super::answer::{Answer, Answered};
use super::super::model::{Label, Role};
use super::pull_view::full_repository;
use super::{Ask, view};

/// Answers what is asked about a repository itself.
pub(super) fn answer(mut ask: Ask<'_>, rest: &[&str]) -> Answered {
    match (ask.method, rest) {
        ("GET", []) => {
            let role = ask.world.role(ask.at, ask.actor);
            Ok(Answer::ok(full_repository(ask.world, ask.at, role, ask.origin())))
        }
        ("GET", ["installation"]) => installation(&ask),
        ("POST", ["forks"]) => fork(&mut ask),
        ("GET", ["labels"]) => {
            let at = ask.repository();
            Ok(ask.page(&at.labels, |label| view::label(label, at, ask.origin())))
        }
        ("POST", ["labels"]) => create_label(&mut ask),
        ("GET", ["labels", name]) => {
            let at = ask.repository();
            let label = at.label(name).ok_or_else(Answer::not_found)?;
            Ok(Answer::ok(view::label(label, at, ask.origin())))
        }
        ("GET", ["milestones"]) => Ok(milestones(&ask)),
        ("GET", ["collaborators", login]) => {
            ask.require(Role::Write)?;
            if ask.world.is_collaborator(ask.at, login) { Ok(Answer::no_content()) } else { Err(Answer::not_found()) }
        }
        ("GET", ["collaborators", login, "permission"]) => permission(&ask, login),
        ("GET", ["teams"]) => {
            let (owner, teams) = (&ask.repository().owner, ask.world.teams.values().cloned().collect::<Vec<_>>());
            Ok(ask.page(&teams, |team| view::team(team, owner, ask.origin())))
        }
        ("GET", ["codeowners", "errors"]) => Ok(Answer::ok(json!({ "errors": [] }))),
        _ => Err(Answer::not_found()),
    }
}

fn installation(ask: &Ask<'_>) -> Answered {
    if *ask.actor != super::super::access::Actor::App {
        return Err(Answer::message(401, "A JSON web token could not be decoded"));
    }
    let (id, origin) = (ask.world.installation, ask.origin());
    Ok(Answer::ok(json!({
        "id": id,
        "account": view::person(ask.world, &ask.repository().owner, origin),
        "repository_selection": "all",
        "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", view::api(origin)),
        "repositories_url": format!("{}/installation/repositories", view::api(origin)),
        "html_url": format!("{origin}/organizations/{}/settings/installations/{id}", ask.repository().owner),
        "app_id": 7,
        "app_slug": "cutover",
        "target_id": 1001,
        "target_type": "Organization",
        "permissions": { "contents": "write", "pull_requests": "write", "metadata": "read" },
        "events": [],
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "single_file_name": null,
        "suspended_by": null,
        "suspended_at": null,
    })))
}

fn fork(ask: &mut Ask<'_>) -> Answered {
    ask.permit("administration")?;
    let body = ask.call.json()?;
    let (parent, name) = (ask.repository(), body["name"].as_str().unwrap_or(&ask.repository().name).to_owned());
    let login = body["organization"].as_str().map_or_else(|| ask.login(), str::to_owned);
    if !parent.allow_forking || parent.owner == login {
        return Err(Answer::forbidden("The repository exists, but forking is disabled."));
    }
    let at = ask.world.fork(ask.at, &login, &name).map_err(|error| Answer::message(500, &error))?;
    let role = ask.world.role(at, ask.actor);
    Ok(Answer::json(202, full_repository(ask.world, at, role, ask.origin())))
}

fn create_label(ask: &mut Ask<'_>) -> Answered {
    ask.permit("issues")?;
    ask.require(Role::Write)?;
    let body = ask.call.json()?;
    let Some(name) = body["name"].as_str().filter(|name| !name.is_empty()) else {
        return Err(Answer::invalid("Label", "name", "missing_field"));
    };
    if ask.repository().label(name).is_some() {
        return Err(Answer::invalid("Label", "name", "already_exists"));
    }
    let color = body["color"].as_str().unwrap_or("ededed").to_owned();
    if color.len() != 6 || !color.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Answer::invalid("Label", "color", "invalid"));
    }
    let id = ask.world.fresh_id();
    let description = body["description"].as_str().map(str::to_owned);
    let label = Label { id, name: name.to_owned(), color, description };
    ask.world.repositories[ask.at].labels.push(label.clone());
    Ok(Answer::json(201, view::label(&label, ask.repository(), ask.origin())))
}

fn milestones(ask: &Ask<'_>) -> Answer {
    let at = ask.repository();
    let state = ask.call.parameter("state").unwrap_or("open");
    let shown: Vec<_> =
        at.milestones.iter().filter(|one| state == "all" || one.open == (state == "open")).cloned().collect();
    ask.page(&shown, |one| view::milestone(ask.world, one, at, ask.origin()))
}

fn permission(ask: &Ask<'_>, login: &str) -> Answered {
    let user = ask.world.user(login).ok_or_else(Answer::not_found)?;
    let role = ask.repository().role(login);
    let permission = match role {
        Some(Role::Admin) => "admin",
        Some(Role::Write | Role::Maintain) => "write",
        Some(_) => "read",
        None => "none",
    };
    let mut shown: Value = view::user(user, ask.origin());
    if let Some(role) = role {
        shown["permissions"] = view::permissions(role);
    }
    shown["role_name"] = role.map_or("none", Role::name).into();
    Ok(Answer::ok(json!({ "permission": permission, "role_name": role.map_or("none", Role::name), "user": shown })))
}
