//! REST: which handler answers which method and path.

mod app;
mod branches;
mod checks;
mod checks_view;
mod issues;
mod pull_view;
mod pulls;
mod repository;
mod reviews;
mod view;

use serde_json::{Value, json};

use super::access::Actor;
use super::answer::{Answer, Answered};
use super::call::Call;
use super::model::{Repository, Role};
use super::world::World;

/// A request about one repository that may be seen by who asks.
pub(super) struct Ask<'a> {
    pub(super) world: &'a mut World,
    pub(super) actor: &'a Actor,
    pub(super) call: &'a Call,
    /// Which repository.
    pub(super) at: usize,
    /// The method, with HEAD as GET.
    pub(super) method: &'a str,
}

impl Ask<'_> {
    pub(super) fn repository(&self) -> &Repository {
        &self.world.repositories[self.at]
    }

    pub(super) fn origin(&self) -> &str {
        &self.call.origin
    }

    pub(super) fn login(&self) -> String {
        self.actor.login().to_owned()
    }

    /// Refuses a token that does not reach this area.
    pub(super) fn permit(&self, area: &str) -> Result<(), Answer> {
        self.world.permit(self.at, self.actor, area, self.method != "GET")
    }

    /// Refuses somebody whose role is too small.
    pub(super) fn require(&self, role: Role) -> Result<(), Answer> {
        self.world.require(self.at, self.actor, role)
    }

    /// One page of a list, with the way to the others.
    pub(super) fn page<T: Clone>(&self, entries: &[T], view: impl Fn(&T) -> Value) -> Answer {
        let (shown, link) = cut(self.call, entries);
        let answer = Answer::ok(shown.iter().map(view).collect());
        match link {
            Some(link) => answer.with("link", link),
            None => answer,
        }
    }

    /// The same where the list has a name and a count.
    pub(super) fn counted<T: Clone>(&self, name: &str, entries: &[T], view: impl Fn(&T) -> Value) -> Answer {
        let (shown, link) = cut(self.call, entries);
        let shown: Value = shown.iter().map(view).collect();
        let answer = Answer::ok(json!({ "total_count": entries.len(), name: shown }));
        match link {
            Some(link) => answer.with("link", link),
            None => answer,
        }
    }
}

/// The part of a list that was asked for, and the header that leads to the rest.
fn cut<T: Clone>(call: &Call, entries: &[T]) -> (Vec<T>, Option<String>) {
    let number =
        |name: &str, default: usize| call.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (size, page) = (number("per_page", 30).clamp(1, 100), number("page", 1).max(1));
    let last = entries.len().div_ceil(size).max(1);
    let shown = entries.iter().skip((page - 1) * size).take(size).cloned().collect();
    let address = format!("{}{}", call.origin, call.path);
    (shown, view::pages(&address, &call.query, page, last))
}

/// Answers a request to REST.
pub(super) fn answer(world: &mut World, actor: &Actor, call: &Call) -> Answered {
    let method = if call.method == "HEAD" { "GET" } else { call.method.as_str() };
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (method, &segments[..]) {
        ("GET", ["user"]) => app::me(world, actor, call),
        ("GET", ["users", login]) => app::somebody(world, login, call),
        ("GET", ["rate_limit"]) => Ok(app::rate_limit(world, actor)),
        ("GET", ["meta"]) => Ok(Answer::ok(json!({ "verifiable_password_authentication": false }))),
        ("GET", ["app"]) => app::app(world, actor, call),
        ("POST", ["app", "installations", _, "access_tokens"]) => app::access_token(world, actor, call),
        ("GET", ["installation", "repositories"]) => app::repositories(world, actor, call),
        ("GET", ["search", "issues"]) => pulls::search(world, actor, call),
        ("GET", ["orgs", _, "teams", slug]) => app::team(world, slug, call),
        (_, ["repos", owner, name, rest @ ..]) => {
            let Some(at) = world.find(owner, name) else { return moved(world, owner, name, rest, call) };
            within(world, actor, call, at, method, rest)
        }
        (_, ["repositories", id, rest @ ..]) => {
            let at = id.parse().ok().and_then(|id| world.find_id(id)).ok_or_else(Answer::not_found)?;
            within(world, actor, call, at, method, rest)
        }
        _ => Err(Answer::not_found()),
    }
}

/// Leads from a name that the repository had before to its number.
fn moved(world: &World, owner: &str, name: &str, rest: &[&str], call: &Call) -> Answered {
    let at = world.find_former(owner, name).ok_or_else(Answer::not_found)?;
    let path = [&[""], rest].concat().join("/");
    let query = if call.query.is_empty() { String::new() } else { "?".to_owned() + &join(&call.query) };
    let url = format!("{}{}/repositories/{}{path}{query}", call.origin, call.prefix(), world.repositories[at].id);
    let (status, message) = if call.method == "GET" { (301, "Moved Permanently") } else { (307, "Temporary Redirect") };
    let body = json!({ "message": message, "url": url, "documentation_url": "https://docs.github.com/rest" });
    Err(Answer::json(status, body).with("location", url))
}

fn join(query: &[(String, String)]) -> String {
    query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Answers about one repository.
fn within(world: &mut World, actor: &Actor, call: &Call, at: usize, method: &str, rest: &[&str]) -> Answered {
    if world.role(at, actor).is_none() {
        return Err(Answer::not_found());
    }
    if *actor == Actor::App && rest != ["installation"] {
        return Err(Answer::message(401, "A JSON web token could not be decoded"));
    }
    if method != "GET" && world.repositories[at].archived {
        world.permit(at, actor, "metadata", false)?;
        return Err(Answer::forbidden("Repository was archived so is read-only."));
    }
    let ask = Ask { world, actor, call, at, method };
    match rest {
        [] | ["forks" | "installation" | "collaborators" | "labels" | "milestones" | "teams" | "codeowners", ..] => {
            repository::answer(ask, rest)
        }
        ["branches" | "rules" | "git", ..] => branches::answer(ask, rest),
        ["pulls", _, "reviews" | "requested_reviewers", ..] => reviews::answer(ask, rest),
        ["pulls", ..] => pulls::answer(ask, rest),
        ["issues", ..] => issues::answer(ask, rest),
        ["commits" | "check-runs" | "check-suites" | "actions", ..] => checks::answer(ask, rest),
        _ => Err(Answer::not_found()),
    }
}

/// A number in a path; what is none leads nowhere.
fn number(text: &str) -> Result<u64, Answer> {
    text.parse().map_err(|_| Answer::not_found())
}

/// The strings of a list in a body.
fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
