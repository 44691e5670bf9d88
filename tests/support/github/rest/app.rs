//! Who one is, how much one may still ask, and what apps do for themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::access::{Actor, Kind, Token};
use super::super::answer::{Answer, Answered};
use super::super::call::Call;
use super::super::world::World;
use super::pull_view::full_repository;
use super::view;

/// `GET /user`.
pub(super) fn me(world: &World, actor: &Actor, call: &Call) -> Answered {
    match actor {
        Actor::Anonymous => Err(Answer::message(401, "Requires authentication")),
        Actor::App => Err(Answer::message(401, "A JSON web token could not be decoded")),
        Actor::Token { installation: true, .. } => Err(Answer::forbidden("Resource not accessible by integration")),
        Actor::Token { login, .. } => somebody(world, login, call),
    }
}

/// `GET /users/{username}`.
pub(super) fn somebody(world: &World, login: &str, call: &Call) -> Answered {
    let user = world.user(login).ok_or_else(Answer::not_found)?;
    let mut shown = view::user(user, &call.origin);
    let public = json!({
        "name": user.login,
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "public_repos": 1,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
    });
    view::extend(&mut shown, public);
    Ok(Answer::ok(shown))
}

/// `GET /rate_limit`, which costs nothing.
pub(super) fn rate_limit(world: &mut World, actor: &Actor) -> Answer {
    let now = world.clock.precise();
    let core = world.limits.view(actor.key(), "core", now);
    let graphql = world.limits.view(actor.key(), "graphql", now);
    let search =
        json!({ "limit": 30, "used": 0, "remaining": 30, "reset": now.as_second() + 60, "resource": "search" });
    Answer::ok(json!({ "resources": { "core": core, "graphql": graphql, "search": search }, "rate": core }))
}

/// `GET /app`.
pub(super) fn app(world: &World, actor: &Actor, call: &Call) -> Answered {
    if *actor != Actor::App {
        return Err(Answer::message(401, "A JSON web token could not be decoded"));
    }
    let owner = world.repositories[0].owner.clone();
    Ok(Answer::ok(json!({
        "id": 7,
        "slug": "cutover",
        "node_id": "A_kwDO7",
        "client_id": "Iv1.0000000000000007",
        "owner": view::person(world, &owner, &call.origin),
        "name": "cutover",
        "description": null,
        "external_url": "https://example.com",
        "html_url": format!("{}/apps/cutover", call.origin),
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": permissions(),
        "events": [],
    })))
}

/// What an installation may do unless it asks for less.
fn permissions() -> BTreeMap<String, String> {
    let areas = ["actions", "checks", "contents", "issues", "pull_requests", "statuses", "workflows"];
    let write = areas.map(|area| (area.to_owned(), "write".to_owned()));
    write.into_iter().chain([("metadata".to_owned(), "read".to_owned())]).collect()
}

/// `POST /app/installations/{id}/access_tokens`.
pub(super) fn access_token(world: &mut World, actor: &Actor, call: &Call) -> Answered {
    if *actor != Actor::App {
        return Err(Answer::message(401, "A JSON web token could not be decoded"));
    }
    let id = call.segments.get(2).map(String::as_str).unwrap_or_default();
    if id != world.installation.to_string() {
        return Err(Answer::not_found());
    }
    let wanted: BTreeMap<String, String> =
        serde_json::from_value(call.json()?["permissions"].clone()).unwrap_or_else(|_| permissions());
    let life = u64::try_from(world.installation_token_life).unwrap_or(0);
    let expires = world.now() + Duration::from_secs(life);
    let token = format!("ghs_{:036}", world.fresh_id());
    let kind = Kind::Installation(wanted.clone());
    world.add_user("cutover[bot]", "Bot");
    world.tokens.insert(token.clone(), Token { login: "cutover[bot]".to_owned(), kind, expires: Some(expires) });
    Ok(Answer::json(
        201,
        json!({
            "token": token,
            "expires_at": expires.to_string(),
            "permissions": wanted,
            "repository_selection": "all",
        }),
    ))
}

/// `GET /installation/repositories`.
pub(super) fn repositories(world: &World, actor: &Actor, call: &Call) -> Answered {
    let Actor::Token { installation: true, .. } = actor else {
        return Err(Answer::forbidden(
            "You must authenticate with an installation access token in order to list repositories for an installation.",
        ));
    };
    let own = (0..world.repositories.len()).filter(|&at| world.repositories[at].fork_of.is_none());
    let shown: Vec<Value> = own.map(|at| full_repository(world, at, world.role(at, actor), &call.origin)).collect();
    Ok(Answer::ok(json!({ "total_count": shown.len(), "repository_selection": "all", "repositories": shown })))
}

/// `GET /orgs/{org}/teams/{slug}`.
pub(super) fn team(world: &World, slug: &str, call: &Call) -> Answered {
    let team = world.teams.get(slug).ok_or_else(Answer::not_found)?;
    let owner = &world.repositories[0].owner;
    let mut shown = view::team(team, owner, &call.origin);
    let organization = world.user(owner).map(|user| view::user(user, &call.origin));
    let mut organization = organization.unwrap_or_default();
    view::extend(
        &mut organization,
        json!({
            "hooks_url": "", "issues_url": "", "events_url": format!("{}/orgs/{owner}/events", view::api(&call.origin)), "members_url": "", "public_members_url": "", "description": null,
            "has_organization_projects": true, "has_repository_projects": true, "public_repos": 1, "public_gists": 0,
            "followers": 0, "following": 0, "archived_at": null, "name": owner, "company": "", "blog": "https://example.com", "location": "",
            "email": "office@example.com", "is_verified": false, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        }),
    );
    view::extend(
        &mut shown,
        json!({
            "members_count": team.members.len(), "repos_count": 1, "organization": organization,
            "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        }),
    );
    Ok(Answer::ok(shown))
}
