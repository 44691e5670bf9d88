//! Branches, their rules, and refs.

use serde_json::{Value, json};

use super::super::answer::{Answer, Answered};
use super::super::model::{Protection, Role, node_id};
use super::Ask;
use super::view::api;

/// Answers what is asked about branches and refs.
pub(super) fn answer(mut ask: Ask<'_>, rest: &[&str]) -> Answered {
    match (ask.method, rest) {
        ("GET", ["branches"]) => Ok(list(&ask)),
        ("GET", ["branches", branch @ .., "protection"]) if !branch.is_empty() => protection(&ask, &branch.join("/")),
        ("GET", ["branches", branch @ ..]) => one(&ask, &branch.join("/")),
        ("GET", ["rules", "branches", branch @ ..]) => Ok(rules(&ask, &branch.join("/"))),
        ("GET", ["git", "ref", name @ ..]) => {
            ask.permit("contents")?;
            let name = format!("refs/{}", name.join("/"));
            let id = ask.repository().store.refs().get(&name).ok_or_else(Answer::not_found)?;
            Ok(Answer::ok(reference(&ask, &name, id)))
        }
        ("GET", ["git", "matching-refs", name @ ..]) => {
            let start = format!("refs/{}", name.join("/"));
            let found: Vec<(String, String)> = ask
                .repository()
                .store
                .refs()
                .iter()
                .filter(|(name, _)| name.starts_with(&start))
                .map(|(name, id)| (name.clone(), id.clone()))
                .collect();
            Ok(ask.page(&found, |(name, id)| reference(&ask, name, id)))
        }
        ("POST", ["git", "refs"]) => create(&mut ask),
        ("DELETE", ["git", "refs", name @ ..]) => delete(&mut ask, &format!("refs/{}", name.join("/"))),
        _ => Err(Answer::not_found()),
    }
}

fn list(ask: &Ask<'_>) -> Answer {
    let at = ask.repository();
    let branches: Vec<(String, String)> = at
        .store
        .refs()
        .iter()
        .filter_map(|(name, id)| Some((name.strip_prefix("refs/heads/")?.to_owned(), id.clone())))
        .collect();
    let url = format!("{}/repos/{}", api(ask.origin()), at.full_name());
    ask.page(&branches, |(name, id)| {
        json!({
            "name": name,
            "commit": { "sha": id, "url": format!("{url}/commits/{id}") },
            "protected": at.protections.contains_key(name),
        })
    })
}

fn one(ask: &Ask<'_>, branch: &str) -> Answered {
    ask.permit("contents")?;
    let at = ask.repository();
    let Some(tip) = at.store.branch(branch) else { return Err(Answer::message(404, "Branch not found")) };
    let url = format!("{}/repos/{}/branches/{branch}", api(ask.origin()), at.full_name());
    let rules = at.protections.get(branch).filter(|rules| !rules.ruleset);
    let required = rules.filter(|rules| !rules.required_checks.is_empty());
    Ok(Answer::ok(json!({
        "name": branch,
        "commit": commit(ask, tip),
        "_links": { "self": url, "html": format!("{}/{}/tree/{branch}", ask.origin(), at.full_name()) },
        "protected": rules.is_some(),
        "protection": {
            "enabled": rules.is_some(),
            "required_status_checks": {
                "enforcement_level": if required.is_some() { "non_admins" } else { "off" },
                "contexts": required.map(|rules| rules.required_checks.clone()).unwrap_or_default(),
                "checks": required.map(contexts).unwrap_or_default(),
            },
        },
        "protection_url": format!("{url}/protection"),
    })))
}

fn contexts(rules: &Protection) -> Vec<Value> {
    rules.required_checks.iter().map(|name| json!({ "context": name, "app_id": null })).collect()
}

/// A commit as branches and lists of commits have it.
pub(super) fn commit(ask: &Ask<'_>, id: &str) -> Value {
    let at = ask.repository();
    let url = format!("{}/repos/{}", api(ask.origin()), at.full_name());
    let web = format!("{}/{}", ask.origin(), at.full_name());
    let text = at.store.read_commit(id);
    let (tree, parents, message) =
        text.as_ref().map_or(("", &[][..], ""), |text| (&text.tree, &text.parents, text.message.trim_end()));
    let person =
        |of: Option<&[String; 3]>| of.map(|[name, email, date]| json!({ "name": name, "email": email, "date": date }));
    let parents: Value = parents.iter()
        .map(|sha| json!({ "sha": sha, "url": format!("{url}/commits/{sha}"), "html_url": format!("{web}/commit/{sha}") })).collect();
    json!({
        "sha": id,
        "node_id": format!("C_{id}"),
        "commit": {
            "author": person(text.as_ref().map(|text| &text.author)),
            "committer": person(text.as_ref().map(|text| &text.committer)),
            "message": message,
            "tree": { "sha": tree, "url": format!("{url}/git/trees/{tree}") },
            "url": format!("{url}/git/commits/{id}"),
            "comment_count": 0,
        },
        "url": format!("{url}/commits/{id}"),
        "html_url": format!("{web}/commit/{id}"),
        "comments_url": format!("{url}/commits/{id}/comments"),
        "author": null,
        "committer": null,
        "parents": parents,
    })
}

/// Only administrators see a classic protection; to others there is nothing.
fn protection(ask: &Ask<'_>, branch: &str) -> Answered {
    ask.permit("administration")?;
    if ask.repository().store.branch(branch).is_none() {
        return Err(Answer::message(404, "Branch not found"));
    }
    ask.require(Role::Admin).map_err(|_| Answer::not_found())?;
    let at = ask.repository();
    let Some(rules) = at.protections.get(branch).filter(|rules| !rules.ruleset) else {
        return Err(Answer::message(404, "Branch not protected"));
    };
    let url = format!("{}/repos/{}/branches/{branch}/protection", api(ask.origin()), at.full_name());
    let mut shown = json!({
        "url": url,
        "enforce_admins": { "url": format!("{url}/enforce_admins"), "enabled": true },
        "required_linear_history": { "enabled": rules.linear_history },
        "allow_force_pushes": { "enabled": false },
        "allow_deletions": { "enabled": false },
    });
    if !rules.required_checks.is_empty() || rules.strict {
        shown["required_status_checks"] = json!({
            "url": format!("{url}/required_status_checks"),
            "strict": rules.strict,
            "contexts": rules.required_checks,
            "contexts_url": format!("{url}/required_status_checks/contexts"),
            "checks": contexts(rules),
        });
    }
    if rules.required_approvals > 0 {
        shown["required_pull_request_reviews"] = json!({
            "url": format!("{url}/required_pull_request_reviews"),
            "dismiss_stale_reviews": rules.dismiss_stale_reviews,
            "require_code_owner_reviews": false,
            "required_approving_review_count": rules.required_approvals,
            "require_last_push_approval": false,
        });
    }
    Ok(Answer::ok(shown))
}

/// Rulesets are seen by whoever may read; a classic protection is not one.
fn rules(ask: &Ask<'_>, branch: &str) -> Answer {
    let at = ask.repository();
    let Some(rules) = at.protections.get(branch).filter(|rules| rules.ruleset) else {
        return Answer::ok(json!([]));
    };
    let mut shown = Vec::new();
    if rules.required_approvals > 0 {
        shown.push(json!({ "type": "pull_request", "parameters": {
            "required_approving_review_count": rules.required_approvals,
            "dismiss_stale_reviews_on_push": rules.dismiss_stale_reviews,
            "require_code_owner_review": false,
            "require_last_push_approval": false,
            "required_review_thread_resolution": false,
            "allowed_merge_methods": at.methods.iter().map(|method| method.name()).collect::<Vec<_>>(),
        } }));
    }
    if !rules.required_checks.is_empty() {
        let checks: Value = rules.required_checks.iter().map(|name| json!({ "context": name })).collect();
        shown.push(json!({ "type": "required_status_checks", "parameters": {
            "required_status_checks": checks, "strict_required_status_checks_policy": rules.strict,
        } }));
    }
    if rules.linear_history {
        shown.push(json!({ "type": "required_linear_history" }));
    }
    if rules.merge_queue {
        shown.push(json!({ "type": "merge_queue", "parameters": {
            "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
            "max_entries_to_merge": 5, "merge_method": "SQUASH", "min_entries_to_merge": 1,
            "min_entries_to_merge_wait_minutes": 5,
        } }));
    }
    for rule in &mut shown {
        rule["ruleset_source_type"] = "Repository".into();
        rule["ruleset_source"] = at.full_name().into();
        rule["ruleset_id"] = 1.into();
    }
    ask.page(&shown, Value::clone)
}

fn reference(ask: &Ask<'_>, name: &str, id: &str) -> Value {
    let url = format!("{}/repos/{}/git", api(ask.origin()), ask.repository().full_name());
    json!({
        "ref": name,
        "node_id": node_id("REF", name.len() as u64),
        "url": format!("{url}/{name}"),
        "object": { "type": "commit", "sha": id, "url": format!("{url}/commits/{id}") },
    })
}

fn create(ask: &mut Ask<'_>) -> Answered {
    ask.permit("contents")?;
    ask.require(Role::Write)?;
    let body = ask.call.json()?;
    let (name, id) =
        (body["ref"].as_str().unwrap_or_default().to_owned(), body["sha"].as_str().unwrap_or_default().to_owned());
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(Answer::message(422, "Reference name must start with 'refs' and have at least two slashes."));
    }
    let store = &mut ask.world.repositories[ask.at].store;
    if store.refs().contains_key(&name) {
        return Err(Answer::message(422, "Reference already exists"));
    }
    if store.git(&["cat-file", "-e", &id]).is_err() {
        return Err(Answer::message(422, "Object does not exist"));
    }
    store.set(&name, &id, None).map_err(|error| Answer::message(422, &error))?;
    ask.world.follow_refs();
    Ok(Answer::json(201, reference(ask, &name, &id)))
}

fn delete(ask: &mut Ask<'_>, name: &str) -> Answered {
    ask.permit("contents")?;
    ask.require(Role::Write)?;
    let store = &mut ask.world.repositories[ask.at].store;
    if !store.refs().contains_key(name) {
        return Err(Answer::message(422, "Reference does not exist"));
    }
    store.delete(name).map_err(|error| Answer::message(422, &error))?;
    ask.world.follow_refs();
    Ok(Answer::no_content())
}
