//! Commits and their checks in the graph.

use super::super::checks::{CheckRun, Head, Progress};
use super::super::merge::required_checks;
use super::super::model::node_id;
use super::connection::part;
use super::execute::{Arguments, Execution, Problem};
use super::node::{Node, Resolved};

impl Execution<'_> {
    pub(super) fn checks(&mut self, node: &Node, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        match node {
            Node::PullCommit(at, sha) => match name {
                "commit" => Ok(Resolved::One(Node::Commit(*at, sha.clone()))),
                "id" => Ok(Resolved::leaf(format!("PRC_{sha}"))),
                _ => Err(Problem::Unknown),
            },
            Node::Commit(at, sha) => self.commit(*at, sha, name),
            Node::Rollup(at, sha) => self.rollup(*at, sha, name, arguments),
            Node::CheckRun(at, id) => self.check_run(*at, *id, name, arguments),
            Node::StatusContext(at, id) => self.status(*at, *id, name, arguments),
            Node::Suite(at, sha) => self.suite(*at, sha, name),
            Node::Workflow => match name {
                "id" => Ok(Resolved::leaf(node_id("W", 1))),
                "databaseId" => Ok(Resolved::leaf(1)),
                "name" => Ok(Resolved::leaf("CI")),
                _ => Err(Problem::Unknown),
            },
            Node::WorkflowRun(at, sha) => match name {
                "workflow" => Ok(Resolved::One(Node::Workflow)),
                "event" => Ok(Resolved::leaf("pull_request")),
                "runNumber" => Ok(Resolved::leaf(1)),
                "databaseId" => Ok(Resolved::leaf(self.head(*at, sha)?.workflow_run)),
                "id" => Ok(Resolved::leaf(node_id("WFR", self.head(*at, sha)?.workflow_run))),
                "url" => {
                    let (full, id) = (self.world.repositories[*at].full_name(), self.head(*at, sha)?.workflow_run);
                    Ok(Resolved::leaf(format!("{}/{full}/actions/runs/{id}", self.origin)))
                }
                _ => Err(Problem::Unknown),
            },
            _ => Err(Problem::Unknown),
        }
    }

    fn head(&self, at: usize, sha: &str) -> Result<&Head, Problem> {
        self.world.repositories[at].checks.heads.get(sha).ok_or(Problem::Unknown)
    }

    fn commit(&mut self, at: usize, sha: &str, name: &str) -> Result<Resolved, Problem> {
        if name == "statusCheckRollup" {
            let there = self.world.repositories[at].checks.poll(sha).is_some_and(|head| !head.runs.is_empty());
            return Ok(Resolved::maybe(there.then(|| Node::Rollup(at, sha.to_owned()))));
        }
        if matches!(name, "oid" | "id" | "url") {
            let full = self.world.repositories[at].full_name();
            return Ok(Resolved::leaf(match name {
                "oid" => sha.to_owned(),
                "id" => format!("C_{sha}"),
                _ => format!("{}/{full}/commit/{sha}", self.origin),
            }));
        }
        let text = self.world.repositories[at].store.read_commit(sha).ok_or(Problem::Unknown)?;
        Ok(match name {
            "message" => Resolved::leaf(text.message.trim_end()),
            "messageHeadline" => Resolved::leaf(text.message.lines().next().unwrap_or_default()),
            "committedDate" => Resolved::leaf(text.committer[2].as_str()),
            "authoredDate" => Resolved::leaf(text.author[2].as_str()),
            _ => return Err(Problem::Unknown),
        })
    }

    fn rollup(&self, at: usize, sha: &str, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        let head = self.head(at, sha)?;
        match name {
            "id" => Ok(Resolved::leaf(node_id("SCR", head.suite))),
            "state" => {
                let states = head.states(self.world.now());
                let failed =
                    |(_, progress): &(&CheckRun, Progress)| progress.conclusion().is_some() && !progress.passed();
                Ok(Resolved::leaf(if states.iter().any(failed) {
                    "FAILURE"
                } else if states.iter().any(|(_, progress)| *progress == Progress::InProgress) {
                    "PENDING"
                } else {
                    "SUCCESS"
                }))
            }
            "contexts" => {
                let node = |run: &CheckRun| {
                    if run.plan.status { Node::StatusContext(at, run.id) } else { Node::CheckRun(at, run.id) }
                };
                let all: Vec<Node> = head.runs.iter().map(node).collect();
                part("StatusCheckRollupContextConnection", name, &all, arguments)
            }
            _ => Err(Problem::Unknown),
        }
    }

    fn check_run(&self, at: usize, id: u64, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        let (head, run) = self.world.repositories[at].checks.run(id).ok_or(Problem::Unknown)?;
        let (now, full) = (self.world.now(), self.world.repositories[at].full_name());
        let progress = head.progress(run, now);
        Ok(match name {
            "databaseId" => Resolved::leaf(run.id),
            "id" => Resolved::leaf(node_id("CR", run.id)),
            "name" => Resolved::leaf(run.plan.name.as_str()),
            "status" => Resolved::leaf(if progress == Progress::InProgress { "IN_PROGRESS" } else { "COMPLETED" }),
            "conclusion" => Resolved::leaf(progress.conclusion().map(str::to_uppercase)),
            "startedAt" => Resolved::leaf(run.started_at.to_string()),
            "completedAt" => Resolved::leaf(progress.conclusion().map(|_| now.to_string())),
            "detailsUrl" | "url" => {
                Resolved::leaf(format!("{}/{full}/actions/runs/{}/job/{}", self.origin, head.workflow_run, run.id))
            }
            "isRequired" => Resolved::leaf(self.is_required(at, &run.plan.name, arguments)),
            "checkSuite" => Resolved::One(Node::Suite(at, run.sha.clone())),
            "title" | "summary" | "text" => Resolved::Value(serde_json::Value::Null),
            _ => return Err(Problem::Unknown),
        })
    }

    fn status(&self, at: usize, id: u64, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        let (head, run) = self.world.repositories[at].checks.run(id).ok_or(Problem::Unknown)?;
        let progress = head.progress(run, self.world.now());
        Ok(match name {
            "id" => Resolved::leaf(node_id("SC", run.id)),
            "context" => Resolved::leaf(run.plan.name.as_str()),
            "state" => Resolved::leaf(match &progress {
                Progress::InProgress => "PENDING",
                done if done.passed() => "SUCCESS",
                Progress::Completed(conclusion) if conclusion == "error" => "ERROR",
                Progress::Completed(_) => "FAILURE",
            }),
            "targetUrl" => Resolved::leaf(format!("{}/status/{}", self.origin, run.id)),
            "description" => Resolved::Value(serde_json::Value::Null),
            "createdAt" => Resolved::leaf(run.started_at.to_string()),
            "isRequired" => Resolved::leaf(self.is_required(at, &run.plan.name, arguments)),
            _ => return Err(Problem::Unknown),
        })
    }

    fn is_required(&self, at: usize, context: &str, arguments: &Arguments) -> bool {
        let repository = &self.world.repositories[at];
        let by_id = || self.world.find_pull(&arguments.text("pullRequestId")?).map(|(_, number)| number);
        let number = arguments.number("pullRequestNumber").or_else(by_id);
        let pull = number.and_then(|number| repository.pulls.get(&number));
        pull.is_some_and(|pull| required_checks(repository, pull).iter().any(|name| name == context))
    }

    fn suite(&self, at: usize, sha: &str, name: &str) -> Result<Resolved, Problem> {
        let head = self.head(at, sha)?;
        Ok(match name {
            "databaseId" => Resolved::leaf(head.suite),
            "id" => Resolved::leaf(node_id("CS", head.suite)),
            "workflowRun" => Resolved::One(Node::WorkflowRun(at, sha.to_owned())),
            "commit" => Resolved::One(Node::Commit(at, sha.to_owned())),
            _ => return Err(Problem::Unknown),
        })
    }
}
