//! Check runs, statuses and workflow runs of a commit, their logs, and running them again.

use serde_json::{Value, json};

use super::super::answer::{Answer, Answered, Content};
use super::super::checks::{CheckRun, Progress};
use super::super::model::Pull;
use super::checks_view::{check_run, check_suite, job, status, workflow_run};
use super::pull_view::simple;
use super::view::api;
use super::{Ask, branches, number, view};

/// Answers what is asked about checks.
pub(super) fn answer(mut ask: Ask<'_>, rest: &[&str]) -> Answered {
    match (ask.method, rest) {
        ("GET", ["commits", name @ .., "check-runs"]) => runs_of(&mut ask, &name.join("/")),
        ("GET", ["commits", name @ .., "check-suites"]) => suites_of(&mut ask, &name.join("/")),
        ("GET", ["commits", sha]) => {
            ask.permit("contents")?;
            let sha = self::sha(&ask, sha)?;
            Ok(Answer::ok(branches::commit(&ask, &sha)))
        }
        ("GET", ["commits", sha, "pulls"]) => {
            ask.permit("pull_requests")?;
            let at = ask.repository();
            let of: Vec<&Pull> = at.pulls.values().filter(|pull| pull.head == *sha).collect();
            Ok(ask.page(&of, |pull| simple(ask.world, at, pull, ask.origin())))
        }
        ("GET", ["commits", name @ .., "status"]) => combined(&mut ask, &name.join("/")),
        ("GET", ["check-runs", id]) => {
            ask.permit("checks")?;
            let (head, run) = ask.repository().checks.run(number(id)?).ok_or_else(Answer::not_found)?;
            Ok(Answer::ok(check_run(&ask, head, run)))
        }
        ("POST", ["check-runs", id, "rerequest"]) => {
            ask.permit("checks")?;
            let id = number(id)?;
            let sha = ask.repository().checks.run(id).ok_or_else(Answer::not_found)?.1.sha.clone();
            Ok(again(&mut ask, &sha, |run, _| run.id == id))
        }
        ("POST", ["check-suites", id, "rerequest"]) => {
            ask.permit("checks")?;
            let id = number(id)?;
            let sha = ask.repository().checks.sha_where(|head| head.suite == id).ok_or_else(Answer::not_found)?;
            Ok(again(&mut ask, &sha, |run, _| !run.plan.status))
        }
        ("GET", ["actions", "runs"]) => workflow_runs(&ask),
        ("GET", ["actions", "runs", id]) => {
            ask.permit("actions")?;
            let id = number(id)?;
            let sha =
                ask.repository().checks.sha_where(|head| head.workflow_run == id).ok_or_else(Answer::not_found)?;
            Ok(Answer::ok(workflow_run(&ask, &sha)))
        }
        ("GET", ["actions", "jobs", id]) => {
            ask.permit("actions")?;
            let (head, run) = ask.repository().checks.run(number(id)?).ok_or_else(Answer::not_found)?;
            Ok(Answer::ok(job(&ask, head, run)))
        }
        ("GET", ["check-suites", id]) => {
            ask.permit("checks")?;
            let id = number(id)?;
            let sha = ask.repository().checks.sha_where(|head| head.suite == id).ok_or_else(Answer::not_found)?;
            Ok(Answer::ok(check_suite(&ask, &sha)))
        }
        ("GET", ["actions", "runs", id, "jobs"]) => jobs(&ask, number(id)?),
        ("POST", ["actions", "runs", id, "rerun-failed-jobs"]) => {
            ask.permit("actions")?;
            let id = number(id)?;
            let sha =
                ask.repository().checks.sha_where(|head| head.workflow_run == id).ok_or_else(Answer::not_found)?;
            let now = ask.world.now();
            let head = &ask.repository().checks.heads[&sha];
            let states = head.states(now);
            if states.iter().any(|(run, progress)| !run.plan.status && *progress == Progress::InProgress) {
                return Err(Answer::message(403, "This workflow is already running"));
            }
            if states.iter().all(|(run, progress)| run.plan.status || progress.passed()) {
                return Err(Answer::message(403, "This workflow run has no failed jobs"));
            }
            Ok(again(&mut ask, &sha, |run, progress| !run.plan.status && !progress.passed()))
        }
        ("POST", ["actions", "jobs", id, "rerun"]) => {
            ask.permit("actions")?;
            let id = number(id)?;
            let sha = ask.repository().checks.run(id).ok_or_else(Answer::not_found)?.1.sha.clone();
            Ok(again(&mut ask, &sha, |run, _| run.id == id))
        }
        ("GET", ["actions", "jobs", id, "logs"]) => log(&ask, number(id)?),
        ("GET", ["actions", "log", id]) => {
            let (_, run) = ask.repository().checks.run(number(id)?).ok_or_else(Answer::not_found)?;
            Ok(Answer { status: 200, headers: Vec::new(), content: Content::Text(run.plan.log.clone()) })
        }
        _ => Err(Answer::not_found()),
    }
}

fn sha(ask: &Ask<'_>, name: &str) -> Result<String, Answer> {
    let unknown = || Answer::message(422, &format!("No commit found for SHA: {name}"));
    ask.repository().store.resolve(name).ok_or_else(unknown)
}

fn runs_of(ask: &mut Ask<'_>, name: &str) -> Answered {
    ask.permit("checks")?;
    let sha = sha(ask, name)?;
    ask.world.repositories[ask.at].checks.poll(&sha);
    let Some(head) = ask.repository().checks.heads.get(&sha) else {
        return Ok(Answer::ok(json!({ "total_count": 0, "check_runs": [] })));
    };
    let mut runs: Vec<CheckRun> = head.runs.clone();
    if ask.call.parameter("filter") == Some("all") {
        runs.extend(head.former.clone());
    }
    let wanted = ask.call.parameter("check_name");
    runs.retain(|run| !run.plan.status && wanted.is_none_or(|name| run.plan.name == name));
    if let Some(status) = ask.call.parameter("status") {
        let now = ask.world.now();
        runs.retain(|run| (head.progress(run, now) == Progress::InProgress) == (status != "completed"));
    }
    Ok(ask.counted("check_runs", &runs, |run| check_run(ask, head, run)))
}

fn suites_of(ask: &mut Ask<'_>, name: &str) -> Answered {
    ask.permit("checks")?;
    let sha = sha(ask, name)?;
    let suites: Vec<String> = ask.repository().checks.heads.contains_key(&sha).then_some(sha).into_iter().collect();
    Ok(ask.counted("check_suites", &suites, |sha| check_suite(ask, sha)))
}

fn combined(ask: &mut Ask<'_>, name: &str) -> Answered {
    ask.permit("statuses")?;
    let sha = sha(ask, name)?;
    ask.world.repositories[ask.at].checks.poll(&sha);
    let (now, at) = (ask.world.now(), ask.repository());
    let states: Vec<(CheckRun, Progress)> = at
        .checks
        .heads
        .get(&sha)
        .map(|head| head.states(now))
        .unwrap_or_default()
        .into_iter()
        .filter(|(run, _)| run.plan.status)
        .map(|(run, progress)| (run.clone(), progress))
        .collect();
    let state = if states.iter().any(|(_, progress)| progress.conclusion().is_some() && !progress.passed()) {
        "failure"
    } else if states.is_empty() || states.iter().any(|(_, progress)| *progress == Progress::InProgress) {
        "pending"
    } else {
        "success"
    };
    let url = format!("{}/repos/{}/commits/{sha}", api(ask.origin()), at.full_name());
    let shown: Value = states.iter().map(|(run, progress)| status(ask, run, progress)).collect();
    Ok(Answer::ok(json!({
        "state": state,
        "statuses": shown,
        "sha": sha,
        "total_count": states.len(),
        "repository": view::repository(ask.world, at, ask.origin()),
        "commit_url": url,
        "url": format!("{url}/status"),
    })))
}

fn workflow_runs(ask: &Ask<'_>) -> Answered {
    ask.permit("actions")?;
    let wanted = ask.call.parameter("head_sha");
    let branch = ask.call.parameter("branch");
    let suite = ask.call.parameter("check_suite_id");
    let shas: Vec<String> = ask
        .repository()
        .checks
        .heads
        .iter()
        .filter(|(sha, head)| {
            wanted.is_none_or(|wanted| *sha == wanted)
                && branch.is_none_or(|branch| head.branch == branch)
                && suite.is_none_or(|suite| head.suite.to_string() == suite)
                && head.runs.iter().any(|run| !run.plan.status)
        })
        .map(|(sha, _)| sha.clone())
        .collect();
    Ok(ask.counted("workflow_runs", &shas, |sha| workflow_run(ask, sha)))
}

fn jobs(ask: &Ask<'_>, id: u64) -> Answered {
    ask.permit("actions")?;
    let sha = ask.repository().checks.sha_where(|head| head.workflow_run == id).ok_or_else(Answer::not_found)?;
    let head = &ask.repository().checks.heads[&sha];
    let runs: Vec<CheckRun> = head.runs.iter().filter(|run| !run.plan.status).cloned().collect();
    Ok(ask.counted("jobs", &runs, |run| job(ask, head, run)))
}

/// The text of a log is elsewhere, at an address that is good for a minute.
fn log(ask: &Ask<'_>, id: u64) -> Answered {
    ask.permit("actions")?;
    let (head, run) = ask.repository().checks.run(id).ok_or_else(Answer::not_found)?;
    if head.progress(run, ask.world.now()) == Progress::InProgress {
        return Err(Answer::not_found());
    }
    let to = format!("{}/repos/{}/actions/log/{id}", api(ask.origin()), ask.repository().full_name());
    Ok(Answer { status: 302, headers: Vec::new(), content: Content::Empty }.with("location", to))
}

fn again(ask: &mut Ask<'_>, sha: &str, chosen: impl Fn(&CheckRun, &Progress) -> bool) -> Answer {
    let now = ask.world.now();
    let world = &mut *ask.world;
    world.repositories[ask.at].checks.again(sha, now, &mut world.next_id, chosen);
    Answer::json(201, json!({}))
}
