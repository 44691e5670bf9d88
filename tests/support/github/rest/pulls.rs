//! Pull requests: opened, listed, changed, merged, kept up to date.

use serde_json::{Value, json};

use super::super::access::Actor;
use super::super::answer::{Answer, Answered};
use super::super::call::Call;
use super::super::merge::Wish;
use super::super::model::{Method, Pull, Role};
use super::super::open::Opening;
use super::super::search;
use super::super::world::World;
use super::pull_view::{full, issue, simple_with};
use super::view::{self, api};
use super::{Ask, branches, number};

/// Answers what is asked about pull requests.
pub(super) fn answer(mut ask: Ask<'_>, rest: &[&str]) -> Answered {
    ask.permit("pull_requests")?;
    match (ask.method, rest) {
        ("GET", ["pulls"]) => list(&ask),
        ("POST", ["pulls"]) => create(&mut ask),
        ("GET", ["pulls", n]) => {
            let n = number(n)?;
            ask.world.pull(ask.at, n)?;
            ask.world.look(ask.at, n);
            Ok(show(&mut ask, n, 200))
        }
        ("PATCH", ["pulls", n]) => update(&mut ask, number(n)?),
        ("GET", ["pulls", n, "merge"]) => {
            let merged = ask.world.pull(ask.at, number(n)?)?.merge.is_some();
            if merged { Ok(Answer::no_content()) } else { Err(Answer::not_found()) }
        }
        ("PUT", ["pulls", n, "merge"]) => merge(&mut ask, number(n)?),
        ("GET", ["pulls", n, "files"]) => files(&mut ask, number(n)?),
        ("GET", ["pulls", n, "commits"]) => {
            let n = number(n)?;
            ask.world.pull(ask.at, n)?;
            let change = ask.world.change(ask.at, n);
            Ok(ask.page(&change.commits, |id| branches::commit(&ask, id)))
        }
        ("PUT", ["pulls", n, "update-branch"]) => update_branch(&mut ask, number(n)?),
        _ => Err(Answer::not_found()),
    }
}

fn show(ask: &mut Ask<'_>, number: u64, status: u16) -> Answer {
    let origin = ask.origin().to_owned();
    Answer::json(status, full(ask.world, ask.at, number, &origin))
}

fn list(ask: &Ask<'_>) -> Answered {
    let at = ask.repository();
    let state = ask.call.parameter("state").unwrap_or("open");
    if !["open", "closed", "all"].contains(&state) {
        return Err(Answer::invalid("PullRequest", "state", "invalid"));
    }
    // GitHub ignores a head without an owner, and lists all.
    let head = ask.call.parameter("head").filter(|head| head.contains(':'));
    let base = ask.call.parameter("base");
    let wanted = |pull: &&Pull| {
        (state == "all" || pull.open == (state == "open"))
            && head.is_none_or(|head| pull.head_label().eq_ignore_ascii_case(head))
            && base.is_none_or(|base| pull.base_branch == base)
    };
    let mut found: Vec<&Pull> = at.pulls.values().filter(wanted).collect();
    match ask.call.parameter("sort") {
        Some("updated") => found.sort_by_key(|pull| (pull.updated_at, pull.number)),
        _ => found.sort_by_key(|pull| pull.number),
    }
    let upwards = ask.call.parameter("sort").is_some() && ask.call.parameter("direction") != Some("desc");
    if ask.call.parameter("direction") != Some("asc") && !upwards {
        found.reverse();
    }
    let repository = view::repository(ask.world, at, ask.origin());
    Ok(ask.page(&found, |pull| simple_with(ask.world, at, pull, ask.origin(), &repository)))
}

/// What the description of the API requires of a body, in the words of GitHub's check.
fn required<'a>(body: &'a Value, field: &str) -> Result<&'a str, Answer> {
    body[field]
        .as_str()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Answer::message(422, &format!("Invalid request.\n\n\"{field}\" wasn't supplied.")))
}

fn create(ask: &mut Ask<'_>) -> Answered {
    let body = ask.call.json()?;
    let (head, base) = (required(&body, "head")?, required(&body, "base")?);
    let opening = Opening {
        head: head.to_owned(),
        base: base.to_owned(),
        title: required(&body, "title")?.to_owned(),
        body: body["body"].as_str().map(str::to_owned),
        draft: body["draft"].as_bool().unwrap_or(false),
        author: ask.login(),
        maintainer_can_modify: body["maintainer_can_modify"].as_bool().unwrap_or(true),
    };
    let number = ask.world.open(ask.at, &opening)?;
    let url = format!("{}/repos/{}/pulls/{number}", api(ask.origin()), ask.repository().full_name());
    Ok(show(ask, number, 201).with("location", url))
}

fn update(ask: &mut Ask<'_>, number: u64) -> Answered {
    let body = ask.call.json()?;
    let author = ask.world.pull(ask.at, number)?.author == ask.login();
    if !author {
        ask.require(Role::Write)?;
    }
    if let Some(title) = body["title"].as_str() {
        if title.trim().is_empty() {
            return Err(Answer::invalid("PullRequest", "title", "missing_field"));
        }
        title.clone_into(&mut ask.world.pull_mut(ask.at, number)?.title);
    }
    if let Some(text) = body.get("body") {
        ask.world.pull_mut(ask.at, number)?.body = text.as_str().map(str::to_owned);
    }
    if let Some(base) = body["base"].as_str() {
        let tip = ask.repository().store.branch(base).map(str::to_owned);
        let tip = tip.ok_or_else(|| Answer::invalid("PullRequest", "base", "invalid"))?;
        let pull = ask.world.pull_mut(ask.at, number)?;
        base.clone_into(&mut pull.base_branch);
        pull.base = tip;
    }
    match body["state"].as_str() {
        Some("closed") => ask.world.close(ask.at, number, &ask.login())?,
        Some("open") => ask.world.reopen(ask.at, number)?,
        Some(_) => return Err(Answer::invalid("PullRequest", "state", "invalid")),
        None => {}
    }
    ask.world.touch(ask.at, number);
    Ok(show(ask, number, 200))
}

fn merge(ask: &mut Ask<'_>, number: u64) -> Answered {
    ask.permit("contents")?;
    let pull = ask.world.pull(ask.at, number)?.clone();
    ask.require(Role::Write)?;
    let body = ask.call.json()?;
    let method = match body["merge_method"].as_str() {
        None => Method::Merge,
        Some(name) => {
            let method = Method::parse(name).filter(|method| method.name() == name);
            method.ok_or_else(|| Answer::message(422, "Invalid request.\n\nmerge_method is not a possible value."))?
        }
    };
    if pull.open && body["sha"].as_str().is_some_and(|sha| sha != pull.head) {
        return Err(Answer::message(409, "Head branch was modified. Review and try the merge again."));
    }
    if pull.open && ask.repository().protection(&pull.base_branch).merge_queue {
        let words = "Repository rule violations found\n\nChanges must be made through the merge queue\n\n";
        return Err(Answer::message(405, words));
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let wish = Wish { method, title: text("commit_title"), message: text("commit_message"), by: ask.login() };
    let sha = ask.world.merge(ask.at, number, &wish)?;
    Ok(Answer::ok(json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" })))
}

fn files(ask: &mut Ask<'_>, number: u64) -> Answered {
    let head = ask.world.pull(ask.at, number)?.head.clone();
    let change = ask.world.change(ask.at, number);
    let full = ask.repository().full_name();
    let origin = ask.origin();
    Ok(ask.page(&change.files, |file| {
        json!({
            "sha": file.blob,
            "filename": file.path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{origin}/{full}/blob/{head}/{}", file.path),
            "raw_url": format!("{origin}/{full}/raw/{head}/{}", file.path),
            "contents_url": format!("{}/repos/{full}/contents/{}?ref={head}", api(origin), file.path),
        })
    }))
}

/// Merges the base into the head.
fn update_branch(ask: &mut Ask<'_>, number: u64) -> Answered {
    ask.permit("contents")?;
    let expected = ask.call.json()?["expected_head_sha"].as_str().map(str::to_owned);
    let pull = ask.world.pull(ask.at, number)?.clone();
    if expected.is_some_and(|expected| expected != pull.head) {
        return Err(Answer::message(422, "expected head sha didn’t match current head ref."));
    }
    ask.world.update_branch(ask.at, number, &ask.login())?;
    let url = format!("{}/repos/{}/pulls/{number}", api(ask.origin()), ask.repository().full_name());
    Ok(Answer::json(202, json!({ "message": "Updating pull request branch.", "url": url })))
}

/// `GET /search/issues`: the search that GraphQL has too.
pub(super) fn search(world: &World, actor: &Actor, call: &Call) -> Answered {
    let Some(query) = call.parameter("q") else { return Err(Answer::invalid("Search", "q", "missing")) };
    let found = search::pulls(world, actor, query);
    let (shown, link) = super::cut(call, &found);
    let items: Value = shown
        .iter()
        .map(|&(at, number)| {
            let repository = &world.repositories[at];
            let mut item = issue(world, repository, &repository.pulls[&number], &call.origin);
            item["score"] = json!(1.0);
            item
        })
        .collect();
    let answer = Answer::ok(
        json!({ "total_count": found.len(), "incomplete_results": false, "search_type": "lexical", "items": items }),
    );
    Ok(match link {
        Some(link) => answer.with("link", link),
        None => answer,
    })
}
