//! People, repositories and what is in them as REST tells them, with every field that GitHub's
//! description of its API requires.

use serde_json::{Value, json};

use super::super::model::{Label, Milestone, Pull, Repository, Review, Role, Team, User, node_id};
use super::super::world::World;

/// Where the API is.
pub(crate) fn api(origin: &str) -> String {
    format!("{origin}/api/v3")
}

pub(crate) fn user(user: &User, origin: &str) -> Value {
    let (api, login) = (api(origin), &user.login);
    let url = format!("{api}/users/{login}");
    json!({
        "login": login,
        "id": user.id,
        "node_id": node_id("U", user.id),
        "avatar_url": format!("{origin}/avatars/u/{}", user.id),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{origin}/{login}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": user.kind,
        "site_admin": false,
    })
}

/// Somebody by login; whoever has gone is GitHub's ghost.
pub(crate) fn person(world: &World, login: &str, origin: &str) -> Value {
    let ghost = User { id: 10137, login: login.to_owned(), kind: "User" };
    user(world.user(login).unwrap_or(&ghost), origin)
}

pub(crate) fn team(team: &Team, owner: &str, origin: &str) -> Value {
    let url = format!("{}/organizations/{owner}/team/{}", api(origin), team.id);
    json!({
        "id": team.id,
        "node_id": node_id("T", team.id),
        "url": url,
        "html_url": format!("{origin}/orgs/{owner}/teams/{}", team.slug),
        "name": team.slug,
        "slug": team.slug,
        "description": null,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "type": "organization",
        "organization_id": 1001,
        "members_url": format!("{url}/members{{/member}}"),
        "repositories_url": format!("{url}/repos"),
        "parent": null,
    })
}

/// The addresses of a repository's parts.
const PARTS: [(&str, &str); 36] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("hooks_url", "/hooks"),
];

/// A repository as pull requests and check suites have it.
pub(crate) fn repository(world: &World, at: &Repository, origin: &str) -> Value {
    let full = at.full_name();
    let url = format!("{}/repos/{full}", api(origin));
    let web = format!("{origin}/{full}");
    let host = origin.split("//").nth(1).unwrap_or_default();
    let open = at.open_pulls().count();
    let mut view = json!({
        "id": at.id,
        "node_id": node_id("R", at.id),
        "name": at.name,
        "full_name": full,
        "owner": person(world, &at.owner, origin),
        "private": at.private,
        "visibility": if at.private { "private" } else { "public" },
        "html_url": web,
        "description": null,
        "fork": at.fork_of.is_some(),
        "url": url,
        "git_url": format!("git://{host}/{full}.git"),
        "ssh_url": format!("git@{host}:{full}.git"),
        "clone_url": format!("{web}.git"),
        "mirror_url": null,
        "svn_url": web,
        "homepage": null,
        "language": "Python",
        "license": null,
    });
    let counted = json!({
        "forks_count": 0,
        "forks": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "watchers": 0,
        "size": 1024,
        "default_branch": at.store.default_branch(),
        "open_issues_count": open,
        "open_issues": open,
        "is_template": false,
        "topics": [],
        "has_issues": true,
        "has_projects": true,
        "has_wiki": true,
        "has_pages": false,
        "has_downloads": true,
        "has_discussions": false,
        "archived": at.archived,
        "disabled": false,
        "allow_forking": at.allow_forking,
        "web_commit_signoff_required": false,
        "pushed_at": at.pushed_at.to_string(),
        "created_at": at.created_at.to_string(),
        "updated_at": at.pushed_at.to_string(),
    });
    extend(&mut view, counted);
    for (name, path) in PARTS {
        view[name] = Value::String(format!("{url}{path}"));
    }
    view
}

/// Adds fields to an object.
pub(crate) fn extend(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// What a role may do, as repositories tell it.
pub(crate) fn permissions(role: Role) -> Value {
    json!({
        "admin": role >= Role::Admin,
        "maintain": role >= Role::Maintain,
        "push": role >= Role::Write,
        "triage": role >= Role::Triage,
        "pull": role >= Role::Read,
    })
}

pub(crate) fn label(label: &Label, at: &Repository, origin: &str) -> Value {
    json!({
        "id": label.id,
        "node_id": node_id("LA", label.id),
        "url": format!("{}/repos/{}/labels/{}", api(origin), at.full_name(), label.name.replace(' ', "%20")),
        "name": label.name,
        "color": label.color,
        "default": false,
        "description": label.description,
    })
}

/// The labels that a pull request has.
pub(crate) fn labels(names: &[String], at: &Repository, origin: &str) -> Value {
    names.iter().filter_map(|name| at.label(name)).map(|known| label(known, at, origin)).collect()
}

pub(crate) fn milestone(world: &World, milestone: &Milestone, at: &Repository, origin: &str) -> Value {
    let url = format!("{}/repos/{}/milestones/{}", api(origin), at.full_name(), milestone.number);
    let count = at.open_pulls().filter(|pull| pull.milestone == Some(milestone.number)).count();
    json!({
        "url": url,
        "html_url": format!("{origin}/{}/milestone/{}", at.full_name(), milestone.number),
        "labels_url": format!("{url}/labels"),
        "id": milestone.id,
        "node_id": node_id("MI", milestone.id),
        "number": milestone.number,
        "title": milestone.title,
        "description": null,
        "creator": person(world, &at.owner, origin),
        "open_issues": count,
        "closed_issues": 0,
        "state": if milestone.open { "open" } else { "closed" },
        "created_at": milestone.created_at.to_string(),
        "updated_at": milestone.created_at.to_string(),
        "due_on": null,
        "closed_at": null,
    })
}

pub(crate) fn review(world: &World, review: &Review, pull: &Pull, at: &Repository, origin: &str) -> Value {
    let url = format!("{}/repos/{}/pulls/{}", api(origin), at.full_name(), pull.number);
    let web = format!("{origin}/{}/pull/{}#pullrequestreview-{}", at.full_name(), pull.number, review.id);
    json!({
        "id": review.id,
        "node_id": node_id("PRR", review.id),
        "user": person(world, &review.author, origin),
        "body": review.body,
        "state": review.verdict.name(),
        "html_url": web,
        "pull_request_url": url,
        "author_association": association(at, &review.author),
        "_links": { "html": { "href": web }, "pull_request": { "href": url } },
        "submitted_at": review.submitted_at.to_string(),
        "commit_id": review.commit,
    })
}

/// How somebody is related to the repository.
pub(crate) fn association(at: &Repository, login: &str) -> &'static str {
    if at.owner.eq_ignore_ascii_case(login) {
        "OWNER"
    } else if at.collaborators.contains_key(login) {
        "MEMBER"
    } else {
        "CONTRIBUTOR"
    }
}

/// An error page's `Link` to the other pages of a list.
pub(crate) fn pages(address: &str, query: &[(String, String)], page: usize, last: usize) -> Option<String> {
    let to = |number: usize| {
        let kept = query.iter().filter(|(name, _)| name != "page").map(|(name, value)| format!("{name}={value}"));
        let parameters: Vec<String> = kept.chain([format!("page={number}")]).collect();
        format!("<{address}?{}>", parameters.join("&"))
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("{}; rel=\"prev\"", to(page - 1)));
    }
    if page < last {
        links.push(format!("{}; rel=\"next\"", to(page + 1)));
        links.push(format!("{}; rel=\"last\"", to(last)));
    }
    if page > 1 {
        links.push(format!("{}; rel=\"first\"", to(1)));
    }
    (!links.is_empty()).then(|| links.join(", "))
}
