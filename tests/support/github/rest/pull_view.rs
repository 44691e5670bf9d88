//! Pull requests as REST tells them: short in lists, long by number, and as issues.

use serde_json::{Value, json};

use super::super::model::{Pull, Repository, node_id};
use super::super::world::World;
use super::view::{api, association, labels, milestone, permissions, person, repository, team};

/// A pull request as lists have it.
pub(crate) fn simple(world: &World, at: &Repository, pull: &Pull, origin: &str) -> Value {
    let base = repository(world, at, origin);
    simple_with(world, at, pull, origin, &base)
}

/// The same, with the repository told once for all of a list.
pub(crate) fn simple_with(world: &World, at: &Repository, pull: &Pull, origin: &str, base: &Value) -> Value {
    let full = at.full_name();
    let url = format!("{}/repos/{full}/pulls/{}", api(origin), pull.number);
    let issue = format!("{}/repos/{full}/issues/{}", api(origin), pull.number);
    let web = format!("{origin}/{full}/pull/{}", pull.number);
    let people = |logins: &[String]| logins.iter().map(|login| person(world, login, origin)).collect::<Value>();
    let assignees = people(&pull.assignees);
    let teams = pull.teams.iter().filter_map(|slug| world.teams.get(slug)).map(|known| team(known, &at.owner, origin));
    let mut view = json!({
        "url": url,
        "id": pull.id,
        "node_id": pull.node_id(),
        "html_url": web,
        "diff_url": format!("{web}.diff"),
        "patch_url": format!("{web}.patch"),
        "issue_url": issue,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": format!("{}/repos/{full}/pulls/comments{{/number}}", api(origin)),
        "comments_url": format!("{issue}/comments"),
        "statuses_url": format!("{}/repos/{full}/statuses/{}", api(origin), pull.head),
        "number": pull.number,
        "state": if pull.open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "user": person(world, &pull.author, origin),
        "body": pull.body,
        "labels": labels(&pull.labels, at, origin),
        "milestone": pull.milestone.and_then(|number| at.milestones.iter().find(|known| known.number == number))
            .map(|known| milestone(world, known, at, origin)),
        "active_lock_reason": null,
        "created_at": pull.created_at.to_string(),
        "updated_at": pull.updated_at.to_string(),
        "closed_at": pull.closed_at.map(|time| time.to_string()),
        "merged_at": pull.merge.as_ref().map(|merge| merge.at.to_string()),
        "merge_commit_sha": pull.merge.as_ref().map(|merge| &merge.commit),
        "assignee": assignees.get(0).cloned().unwrap_or(Value::Null),
        "assignees": assignees,
        "requested_reviewers": people(&pull.reviewers),
        "requested_teams": teams.collect::<Value>(),
        "head": head(world, pull, origin, base),
        "base": {
            "label": format!("{}:{}", at.owner, pull.base_branch),
            "ref": pull.base_branch,
            "sha": pull.base,
            "user": person(world, &at.owner, origin),
            "repo": base,
        },
        "author_association": association(at, &pull.author),
        "auto_merge": pull.auto_merge.as_ref().map(|auto| json!({
            "enabled_by": person(world, &auto.by, origin),
            "merge_method": auto.method.name(),
            "commit_title": pull.title,
            "commit_message": "",
        })),
        "draft": pull.draft,
    });
    let links = [
        "self:url",
        "html:html_url",
        "issue:issue_url",
        "comments:comments_url",
        "commits:commits_url",
        "review_comments:review_comments_url",
        "review_comment:review_comment_url",
        "statuses:statuses_url",
    ];
    let links = links.iter().filter_map(|link| link.split_once(':'));
    let links = links.map(|(name, field)| (name.to_owned(), json!({ "href": view[field] }))).collect();
    view["_links"] = Value::Object(links);
    view
}

/// Where the change comes from; a fork is told as itself, and not at all once it is gone.
fn head(world: &World, pull: &Pull, origin: &str, base: &Value) -> Value {
    let from = world.repositories.iter().find(|repository| repository.id == pull.head_repository);
    let repo = match from {
        Some(own) if base["id"] == own.id => base.clone(),
        Some(fork) => repository(world, fork, origin),
        None => Value::Null,
    };
    json!({
        "label": pull.head_label(),
        "ref": pull.head_branch,
        "sha": pull.head,
        "user": person(world, &pull.head_owner, origin),
        "repo": repo,
    })
}

/// A pull request by its number.
pub(crate) fn full(world: &mut World, index: usize, number: u64, origin: &str) -> Value {
    let (mergeable, state) = if world.repositories[index].pulls[&number].open {
        (world.mergeable(index, number), world.merge_state(index, number).to_ascii_lowercase())
    } else {
        (None, "unknown".to_owned())
    };
    let change = world.change(index, number);
    let at = &world.repositories[index];
    let pull = &at.pulls[&number];
    let mut view = simple(world, at, pull, origin);
    let more = json!({
        "merged": pull.merge.is_some(),
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "merged_by": pull.merge.as_ref().map(|merge| person(world, &merge.by, origin)),
        "comments": pull.comments.len(),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": change.commits.len(),
        "additions": change.files.iter().map(|file| file.additions).sum::<u64>(),
        "deletions": change.files.iter().map(|file| file.deletions).sum::<u64>(),
        "changed_files": change.files.len(),
    });
    if let (Value::Object(view), Value::Object(more)) = (&mut view, more) {
        view.extend(more);
    }
    view
}

/// A pull request as the issue that it is too.
pub(crate) fn issue(world: &World, at: &Repository, pull: &Pull, origin: &str) -> Value {
    let full = at.full_name();
    let url = format!("{}/repos/{full}/issues/{}", api(origin), pull.number);
    let web = format!("{origin}/{full}/pull/{}", pull.number);
    let assignees: Value = pull.assignees.iter().map(|login| person(world, login, origin)).collect();
    json!({
        "id": pull.id,
        "node_id": pull.node_id(),
        "url": url,
        "repository_url": format!("{}/repos/{full}", api(origin)),
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "html_url": web,
        "number": pull.number,
        "state": if pull.open { "open" } else { "closed" },
        "state_reason": null,
        "title": pull.title,
        "body": pull.body,
        "user": person(world, &pull.author, origin),
        "labels": labels(&pull.labels, at, origin),
        "assignee": assignees.get(0).cloned().unwrap_or(Value::Null),
        "assignees": assignees,
        "milestone": pull.milestone.and_then(|number| at.milestones.iter().find(|known| known.number == number))
            .map(|known| milestone(world, known, at, origin)),
        "locked": false,
        "active_lock_reason": null,
        "comments": pull.comments.len(),
        "draft": pull.draft,
        "pull_request": {
            "url": format!("{}/repos/{full}/pulls/{}", api(origin), pull.number),
            "html_url": web,
            "diff_url": format!("{web}.diff"),
            "patch_url": format!("{web}.patch"),
            "merged_at": pull.merge.as_ref().map(|merge| merge.at.to_string()),
        },
        "closed_at": pull.closed_at.map(|time| time.to_string()),
        "created_at": pull.created_at.to_string(),
        "updated_at": pull.updated_at.to_string(),
        "closed_by": pull.closed_by.as_ref().map(|login| person(world, login, origin)),
        "author_association": association(at, &pull.author),
    })
}

/// A comment on a pull request.
pub(crate) fn comment(world: &World, at: &Repository, number: u64, index: usize, origin: &str) -> Value {
    let comment = &at.pulls[&number].comments[index];
    let full = at.full_name();
    json!({
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "url": format!("{}/repos/{full}/issues/comments/{}", api(origin), comment.id),
        "html_url": format!("{origin}/{full}/pull/{number}#issuecomment-{}", comment.id),
        "body": comment.body,
        "user": person(world, &comment.author, origin),
        "created_at": comment.created_at.to_string(),
        "updated_at": comment.updated_at.to_string(),
        "issue_url": format!("{}/repos/{full}/issues/{number}", api(origin)),
        "author_association": association(at, &comment.author),
        "performed_via_github_app": null,
    })
}

/// The repository as `GET /repos/{owner}/{repo}` tells it.
pub(crate) fn full_repository(
    world: &World,
    index: usize,
    role: Option<super::super::model::Role>,
    origin: &str,
) -> Value {
    use super::super::model::Method;
    let at = &world.repositories[index];
    let mut view = repository(world, at, origin);
    view["allow_merge_commit"] = at.methods.contains(&Method::Merge).into();
    view["allow_squash_merge"] = at.methods.contains(&Method::Squash).into();
    view["allow_rebase_merge"] = at.methods.contains(&Method::Rebase).into();
    view["allow_auto_merge"] = at.allow_auto_merge.into();
    view["delete_branch_on_merge"] = at.delete_branch_on_merge.into();
    view["allow_update_branch"] = true.into();
    view["subscribers_count"] = 1.into();
    view["network_count"] = 0.into();
    view["temp_clone_token"] = "".into();
    if let Some(role) = role {
        view["permissions"] = permissions(role);
    }
    let parent = at.fork_of.and_then(|id| world.find_id(id));
    if let Some(parent) = parent {
        let parent = repository(world, &world.repositories[parent], origin);
        view["parent"] = parent.clone();
        view["source"] = parent;
    }
    view
}
