//! Checks as REST tells them.

use serde_json::{Value, json};

use super::super::checks::{CheckRun, Head, Progress};
use super::super::model::node_id;
use super::view::{self, api};
use super::{Ask, branches};

fn parts(progress: &Progress) -> (&'static str, Value) {
    match progress {
        Progress::InProgress => ("in_progress", Value::Null),
        Progress::Completed(conclusion) => ("completed", conclusion.clone().into()),
    }
}

/// A check run; of Actions, as most are.
pub(super) fn check_run(ask: &Ask<'_>, head: &Head, run: &CheckRun) -> Value {
    let now = ask.world.now();
    let progress = head.progress(run, now);
    let (status, conclusion) = parts(&progress);
    let (at, origin) = (ask.repository(), ask.origin());
    let url = format!("{}/repos/{}", api(origin), at.full_name());
    let web = format!("{origin}/{}/actions/runs/{}/job/{}", at.full_name(), head.workflow_run, run.id);
    json!({
        "id": run.id,
        "head_sha": run.sha,
        "node_id": node_id("CR", run.id),
        "external_id": run.id.to_string(),
        "url": format!("{url}/check-runs/{}", run.id),
        "html_url": web,
        "details_url": web,
        "status": status,
        "conclusion": conclusion,
        "started_at": run.started_at.to_string(),
        "completed_at": progress.conclusion().map(|_| now.to_string()),
        "output": { "title": null, "summary": null, "text": null, "annotations_count": 0,
            "annotations_url": format!("{url}/check-runs/{}/annotations", run.id) },
        "name": run.plan.name,
        "check_suite": { "id": head.suite },
        "app": app(ask),
        "pull_requests": [],
    })
}

fn app(ask: &Ask<'_>) -> Value {
    json!({
        "id": 15368,
        "slug": "github-actions",
        "node_id": "A_kwDO15368",
        "owner": view::person(ask.world, &ask.repository().owner, ask.origin()),
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": "https://help.github.com/en/actions",
        "html_url": format!("{}/apps/github-actions", ask.origin()),
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2019-12-10T19:04:12Z",
        "permissions": { "checks": "write", "metadata": "read" },
        "events": [],
    })
}

/// What a commit's runs come to: done when all are, and passed when all have.
fn whole(ask: &Ask<'_>, head: &Head) -> (&'static str, Value) {
    let states: Vec<Progress> = head
        .states(ask.world.now())
        .into_iter()
        .filter(|(run, _)| !run.plan.status)
        .map(|(_, progress)| progress)
        .collect();
    if states.contains(&Progress::InProgress) {
        ("in_progress", Value::Null)
    } else {
        ("completed", if states.iter().all(Progress::passed) { "success" } else { "failure" }.into())
    }
}

pub(super) fn check_suite(ask: &Ask<'_>, sha: &str) -> Value {
    let at = ask.repository();
    let head = &at.checks.heads[sha];
    let (status, conclusion) = whole(ask, head);
    let url = format!("{}/repos/{}/check-suites/{}", api(ask.origin()), at.full_name(), head.suite);
    json!({
        "id": head.suite,
        "node_id": node_id("CS", head.suite),
        "head_branch": head.branch,
        "head_sha": sha,
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": null,
        "after": sha,
        "pull_requests": [],
        "app": app(ask),
        "repository": view::repository(ask.world, at, ask.origin()),
        "created_at": at.created_at.to_string(),
        "updated_at": at.pushed_at.to_string(),
        "head_commit": short_commit(ask, sha),
        "latest_check_runs_count": head.runs.iter().filter(|run| !run.plan.status).count(),
        "check_runs_url": format!("{url}/check-runs"),
        "rerequestable": true,
        "runs_rerequestable": true,
    })
}

fn short_commit(ask: &Ask<'_>, sha: &str) -> Value {
    let commit = branches::commit(ask, sha);
    let person = |of: &Value| json!({ "name": of["name"], "email": of["email"] });
    json!({
        "id": sha,
        "tree_id": commit["commit"]["tree"]["sha"],
        "message": commit["commit"]["message"],
        "timestamp": ask.repository().pushed_at.to_string(),
        "author": person(&commit["commit"]["author"]),
        "committer": person(&commit["commit"]["committer"]),
    })
}

pub(super) fn workflow_run(ask: &Ask<'_>, sha: &str) -> Value {
    let (at, origin) = (ask.repository(), ask.origin());
    let head = &at.checks.heads[sha];
    let (status, conclusion) = whole(ask, head);
    let repository = view::repository(ask.world, at, origin);
    let api = format!("{}/repos/{}", api(origin), at.full_name());
    let url = format!("{api}/actions/runs/{}", head.workflow_run);
    let attempt = head.runs.iter().filter(|run| !run.plan.status).map(|run| run.attempt).max().unwrap_or(1);
    json!({
        "id": head.workflow_run,
        "name": "CI",
        "node_id": node_id("WFR", head.workflow_run),
        "check_suite_id": head.suite,
        "check_suite_node_id": node_id("CS", head.suite),
        "head_branch": head.branch,
        "head_sha": sha,
        "path": ".github/workflows/ci.yml",
        "run_number": 1,
        "run_attempt": attempt,
        "event": "pull_request",
        "status": status,
        "conclusion": conclusion,
        "workflow_id": 1,
        "url": url,
        "html_url": format!("{origin}/{}/actions/runs/{}", at.full_name(), head.workflow_run),
        "pull_requests": [],
        "created_at": at.created_at.to_string(),
        "updated_at": at.pushed_at.to_string(),
        "run_started_at": at.pushed_at.to_string(),
        "actor": view::person(ask.world, &at.owner, origin),
        "triggering_actor": view::person(ask.world, &at.owner, origin),
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": format!("{api}/check-suites/{}", head.suite),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": null,
        "workflow_url": format!("{api}/actions/workflows/1"),
        "head_commit": short_commit(ask, sha),
        "repository": repository.clone(),
        "head_repository": repository,
        "display_title": "CI",
    })
}

pub(super) fn job(ask: &Ask<'_>, head: &Head, run: &CheckRun) -> Value {
    let now = ask.world.now();
    let progress = head.progress(run, now);
    let (status, conclusion) = parts(&progress);
    let (at, origin) = (ask.repository(), ask.origin());
    let api = format!("{}/repos/{}", api(origin), at.full_name());
    json!({
        "id": run.id,
        "run_id": head.workflow_run,
        "run_url": format!("{api}/actions/runs/{}", head.workflow_run),
        "run_attempt": run.attempt,
        "node_id": node_id("CR", run.id),
        "head_sha": run.sha,
        "url": format!("{api}/actions/jobs/{}", run.id),
        "html_url": format!("{origin}/{}/actions/runs/{}/job/{}", at.full_name(), head.workflow_run, run.id),
        "status": status,
        "conclusion": conclusion,
        "created_at": run.started_at.to_string(),
        "started_at": run.started_at.to_string(),
        "completed_at": progress.conclusion().map(|_| now.to_string()),
        "name": run.plan.name,
        "steps": [],
        "check_run_url": format!("{api}/check-runs/{}", run.id),
        "labels": ["ubuntu-latest"],
        "runner_id": null,
        "runner_name": null,
        "runner_group_id": null,
        "runner_group_name": null,
        "workflow_name": "CI",
        "head_branch": head.branch,
    })
}

/// A commit status.
pub(super) fn status(ask: &Ask<'_>, run: &CheckRun, progress: &Progress) -> Value {
    let state = match progress {
        Progress::InProgress => "pending",
        done if done.passed() => "success",
        Progress::Completed(conclusion) if conclusion == "error" => "error",
        Progress::Completed(_) => "failure",
    };
    let url = format!("{}/repos/{}/statuses/{}", api(ask.origin()), ask.repository().full_name(), run.sha);
    json!({
        "url": url,
        "avatar_url": null,
        "id": run.id,
        "node_id": node_id("SC", run.id),
        "state": state,
        "description": null,
        "target_url": format!("{}/status/{}", ask.origin(), run.id),
        "context": run.plan.name,
        "created_at": run.started_at.to_string(),
        "updated_at": run.started_at.to_string(),
    })
}
