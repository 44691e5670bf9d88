//! Checks of a commit: as GitHub tells them, run again, and the end of their logs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Check, CheckState, ForgeError};
use super::Inner;
use super::http::Request;
use super::log::{LINES, last_lines};
use super::pull::Nodes;
use super::refusal::GitHubError;
use super::refuse::refuse;

/// How much of a log is fetched.
const TAIL: usize = 64 << 10;

const ACTIONS: &str = "the permission “Actions: write” (a classic token: the scope `repo`)";
const CHECKS: &str = "the permission “Checks: write” (a classic token: the scope `repo`)";

/// The fields by which a document asks for a pull request's checks; `after` is empty or names a cursor.
pub(super) fn fields(number: u64, after: &str) -> String {
    format!(
        "commits(last: 1) {{ nodes {{ commit {{ oid statusCheckRollup {{ contexts(first: 100{after}) {{ \
         pageInfo {{ hasNextPage endCursor }} nodes {{ __typename \
         ... on CheckRun {{ databaseId name status conclusion detailsUrl isRequired(pullRequestNumber: {number}) \
         checkSuite {{ workflowRun {{ databaseId }} }} }} \
         ... on StatusContext {{ context state targetUrl isRequired(pullRequestNumber: {number}) }} }} }} }} }} }} }}"
    )
}

/// The checks' place in an answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Checked {
    pub(super) commits: Option<Nodes<CommitNode>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CommitNode {
    commit: RolledUp,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RolledUp {
    status_check_rollup: Option<Rollup>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Rollup {
    contexts: Nodes<Context>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    #[serde(rename = "__typename")]
    kind: String,
    database_id: Option<u64>,
    name: String,
    status: String,
    conclusion: Option<String>,
    details_url: Option<String>,
    is_required: bool,
    check_suite: Option<Suite>,
    #[serde(rename = "context")]
    status_name: String,
    state: String,
    target_url: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Suite {
    workflow_run: Option<WorkflowRun>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WorkflowRun {
    database_id: Option<u64>,
}

impl Checked {
    /// The checks of this page, and where the next begins.
    pub(super) fn page(self) -> (Vec<Check>, Option<String>) {
        let commit = self.commits.unwrap_or_default().nodes.pop();
        let contexts = commit.and_then(|node| node.commit.status_check_rollup).unwrap_or_default().contexts;
        let next = contexts.page_info.next().map(str::to_owned);
        (contexts.nodes.into_iter().map(Check::from).collect(), next)
    }
}

impl From<Context> for Check {
    fn from(context: Context) -> Self {
        if context.kind == "StatusContext" {
            let state = match context.state.as_str() {
                "SUCCESS" => CheckState::Passed,
                "FAILURE" | "ERROR" => CheckState::Failed,
                _ => CheckState::Pending,
            };
            let (id, name) = (CheckId::Status.to_string(), context.status_name);
            return Self { id, name, state, required: context.is_required, url: context.target_url };
        }
        let state = match (context.status.as_str(), context.conclusion.as_deref()) {
            ("COMPLETED", Some("SUCCESS" | "NEUTRAL")) => CheckState::Passed,
            ("COMPLETED", Some("SKIPPED")) => CheckState::Skipped,
            // A job that waits for an environment's reviewers is not completed.
            ("COMPLETED", Some("ACTION_REQUIRED")) | ("WAITING", _) => CheckState::ActionRequired,
            ("COMPLETED", _) => CheckState::Failed,
            _ => CheckState::Pending,
        };
        let run = context.check_suite.and_then(|suite| suite.workflow_run).and_then(|run| run.database_id);
        let id = match (context.database_id, run) {
            (Some(job), Some(run)) => CheckId::Job { job, run },
            (Some(check), None) => CheckId::Run(check),
            (None, _) => CheckId::Status,
        };
        Self { id: id.to_string(), name: context.name, state, required: context.is_required, url: context.details_url }
    }
}

/// What a check's opaque id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckId {
    /// A job of GitHub Actions, and the workflow run that it is part of.
    Job { job: u64, run: u64 },
    /// Another App's check run.
    Run(u64),
    /// A commit status, or nothing that can be asked about.
    Status,
}

impl std::fmt::Display for CheckId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Job { job, run } => write!(f, "job/{job}/{run}"),
            Self::Run(check) => write!(f, "check/{check}"),
            Self::Status => f.write_str("status"),
        }
    }
}

impl CheckId {
    fn parse(id: &str) -> Self {
        let parts: Vec<&str> = id.split('/').collect();
        let number = |text: &str| text.parse::<u64>().ok();
        match parts[..] {
            ["job", job, run] => number(job).zip(number(run)).map(|(job, run)| Self::Job { job, run }),
            ["check", check] => number(check).map(Self::Run),
            _ => None,
        }
        .unwrap_or(Self::Status)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CheckRunView {
    output: Output,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Annotation {
    path: String,
    start_line: u64,
    message: Option<String>,
}

impl Inner {
    /// Runs a check again: of GitHub Actions, all failed jobs of its workflow run at once, because a run takes no
    /// second request until it has ended.
    pub(super) async fn rerun(&self, check: &Check) -> Result<(), ForgeError> {
        let cannot = |message: String| ForgeError::from(GitHubError::CannotRerun { name: check.name.clone(), message });
        let repository = self.client.repository();
        let (target, needs) = match CheckId::parse(&check.id) {
            CheckId::Status => {
                return Err(cannot("it is a commit status, which only what set it can set again".to_owned()));
            }
            CheckId::Run(id) => (format!("/repos/{repository}/check-runs/{id}/rerequest"), CHECKS),
            CheckId::Job { run, .. } => (format!("/repos/{repository}/actions/runs/{run}/rerun-failed-jobs"), ACTIONS),
        };
        self.known.writable(&self.client).await?;
        let reply = self.client.write(&Request::new(http::Method::POST, target, json!({}))).await?;
        match refuse_unless_done(&reply, &self.client.asker(needs)) {
            None => Ok(()),
            // By us before a crash, or by a person: either way it is on its way.
            Some(GitHubError::Forbidden { message, .. }) if message.contains("already running") => Ok(()),
            Some(GitHubError::Forbidden { message, .. }) if message.contains("cannot be retried") => {
                Err(cannot(message))
            }
            Some(GitHubError::Invalid(message)) => Err(cannot(message)),
            Some(error) => Err(error.into()),
        }
    }

    /// The end of a check's log.
    pub(super) async fn check_log(&self, check: &Check) -> Result<Vec<String>, ForgeError> {
        match CheckId::parse(&check.id) {
            CheckId::Status => Ok(Vec::new()),
            CheckId::Job { job, .. } => self.job_log(job).await,
            CheckId::Run(id) => self.report(id).await,
        }
    }

    async fn job_log(&self, job: u64) -> Result<Vec<String>, ForgeError> {
        let target = format!("/repos/{}/actions/jobs/{job}/logs", self.client.repository());
        let request = Request { tail: Some(TAIL), ..Request::get(target) };
        let reply = self.client.read(&request).await?;
        match reply.status {
            200 | 206 => Ok(last_lines(&String::from_utf8_lossy(&reply.body), reply.body.len() >= TAIL)),
            // Not written yet, or deleted after its time.
            404 | 410 => Ok(Vec::new()),
            _ => Err(refuse(&reply, &self.client.asker("the permission “Actions: read”")).into()),
        }
    }

    /// What another App reports of its check: title, summary, text, and the places it names.
    async fn report(&self, id: u64) -> Result<Vec<String>, ForgeError> {
        let target = format!("/repos/{}/check-runs/{id}", self.client.repository());
        let reply = self.client.read(&Request::get(&target)).await?;
        if matches!(reply.status, 404 | 410) {
            return Ok(Vec::new());
        }
        let CheckRunView { output } = self.client.parse(&reply, "the permission “Checks: read”")?;
        let texts = [output.title, output.summary, output.text].into_iter().flatten();
        let mut lines: Vec<String> = texts.flat_map(|text| last_lines(&text, false)).collect();
        let reply = self.client.read(&Request::get(format!("{target}/annotations?per_page=100"))).await?;
        if reply.status == 200 {
            let annotations: Vec<Annotation> = self.client.parse(&reply, "")?;
            lines.extend(
                annotations
                    .into_iter()
                    .map(|one| format!("{}:{}: {}", one.path, one.start_line, one.message.unwrap_or_default().trim())),
            );
        }
        lines.truncate(LINES);
        Ok(lines)
    }
}

fn refuse_unless_done(reply: &super::http::Reply, asker: &super::refuse::Asker<'_>) -> Option<GitHubError> {
    (!(200..300).contains(&reply.status)).then(|| refuse(reply, asker))
}

/// Reads a page of further checks.
pub(super) fn further(value: Value) -> Result<(Vec<Check>, Option<String>), serde_json::Error> {
    serde_json::from_value::<Checked>(value).map(Checked::page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(context: Value) -> Check {
        serde_json::from_value::<Context>(context).unwrap().into()
    }

    #[test]
    fn each_end_of_a_check_run_is_told_apart() {
        let state = |status: &str, conclusion: Option<&str>| {
            check(json!({"__typename": "CheckRun", "name": "ci", "status": status, "conclusion": conclusion})).state
        };
        for conclusion in ["SUCCESS", "NEUTRAL"] {
            assert_eq!(state("COMPLETED", Some(conclusion)), CheckState::Passed);
        }
        for conclusion in ["FAILURE", "CANCELLED", "TIMED_OUT", "STARTUP_FAILURE", "STALE", "NEW_ONE"] {
            assert_eq!(state("COMPLETED", Some(conclusion)), CheckState::Failed);
        }
        assert_eq!(state("COMPLETED", Some("SKIPPED")), CheckState::Skipped);
        assert_eq!(state("COMPLETED", Some("ACTION_REQUIRED")), CheckState::ActionRequired);
        assert_eq!(state("WAITING", None), CheckState::ActionRequired);
        for status in ["QUEUED", "IN_PROGRESS", "PENDING", "REQUESTED"] {
            assert_eq!(state(status, None), CheckState::Pending);
        }
    }

    #[test]
    fn a_commit_status_is_a_check() {
        let status = |state: &str| {
            let context =
                json!({"__typename": "StatusContext", "context": "legal", "state": state, "isRequired": true});
            check(context)
        };
        assert_eq!(status("EXPECTED").state, CheckState::Pending);
        assert_eq!(status("ERROR").state, CheckState::Failed);
        let passed = status("SUCCESS");
        assert_eq!((passed.name.as_str(), passed.required, passed.id.as_str()), ("legal", true, "status"));
    }

    #[test]
    fn an_id_is_read_as_it_was_written() {
        for id in [CheckId::Job { job: 7, run: 9 }, CheckId::Run(7), CheckId::Status] {
            assert_eq!(CheckId::parse(&id.to_string()), id);
        }
        for text in ["", "job/7", "job/x/y", "check/", "7"] {
            assert_eq!(CheckId::parse(text), CheckId::Status);
        }
        let job = json!({"__typename": "CheckRun", "databaseId": 7, "name": "ci", "status": "QUEUED",
            "checkSuite": {"workflowRun": {"databaseId": 9}}});
        assert_eq!(check(job).id, "job/7/9");
    }
}
