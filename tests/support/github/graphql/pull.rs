//! Pull requests in the graph, their reviews, comments and places in queues.

use serde_json::Value;

use super::super::merge::decision;
use super::super::model::{Pull, Review, Role, node_id};
use super::connection::part;
use super::execute::{Arguments, Execution, Problem};
use super::node::{Node, Resolved};

/// `PullRequestState`.
pub(super) fn state(pull: &Pull) -> &'static str {
    match (pull.open, &pull.merge) {
        (true, _) => "OPEN",
        (false, Some(_)) => "MERGED",
        (false, None) => "CLOSED",
    }
}

impl Execution<'_> {
    pub(super) fn pull(
        &mut self,
        at: usize,
        number: u64,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Problem> {
        if let Some(list) = self.pull_list(at, number, name, arguments) {
            return list;
        }
        match name {
            "mergeable" => {
                return Ok(Resolved::leaf(match self.world.mergeable(at, number) {
                    None => "UNKNOWN",
                    Some(true) => "MERGEABLE",
                    Some(false) => "CONFLICTING",
                }));
            }
            "mergeStateStatus" => return Ok(Resolved::leaf(self.world.merge_state(at, number))),
            "additions" | "deletions" | "changedFiles" => {
                let files = &self.world.change(at, number).files;
                return Ok(Resolved::leaf(match name {
                    "additions" => files.iter().map(|file| file.additions).sum(),
                    "deletions" => files.iter().map(|file| file.deletions).sum(),
                    _ => files.len() as u64,
                }));
            }
            _ => {}
        }
        let repository = &self.world.repositories[at];
        let pull = &repository.pulls[&number];
        let person = |login: &str| Resolved::One(Node::Person(login.to_owned()));
        Ok(match name {
            "author" => person(&pull.author),
            "mergedBy" => Resolved::maybe(pull.merge.as_ref().map(|merge| Node::Person(merge.by.clone()))),
            "headRepositoryOwner" => person(&pull.head_owner),
            "headRepository" => Resolved::maybe(self.world.find_id(pull.head_repository).map(Node::Repository)),
            "repository" | "baseRepository" => Resolved::One(Node::Repository(at)),
            "mergeCommit" => Resolved::maybe(pull.merge.as_ref().map(|merge| Node::Commit(at, merge.commit.clone()))),
            "milestone" => Resolved::maybe(pull.milestone.map(|number| Node::Milestone(at, number))),
            "mergeQueueEntry" => Resolved::maybe(pull.queued.as_ref().map(|_| Node::QueueEntry(at, number))),
            "autoMergeRequest" => Resolved::maybe(pull.auto_merge.as_ref().map(|_| Node::AutoMerge(at, number))),
            "headRef" => self.branch_of(pull.head_repository, &pull.head_branch),
            "baseRef" => self.branch_of(repository.id, &pull.base_branch),
            "statusCheckRollup" => {
                let there = repository.checks.heads.get(&pull.head).is_some_and(|head| !head.runs.is_empty());
                Resolved::maybe(there.then(|| Node::Rollup(at, pull.head.clone())))
            }
            _ => Resolved::Value(self.pull_leaf(at, pull, name)?),
        })
    }

    fn branch_of(&self, repository: u64, branch: &str) -> Resolved {
        let at = self.world.find_id(repository);
        let there = at.filter(|&at| self.world.repositories[at].store.branch(branch).is_some());
        Resolved::maybe(there.map(|at| Node::Ref(at, format!("refs/heads/{branch}"))))
    }

    fn pull_leaf(&self, at: usize, pull: &Pull, name: &str) -> Result<Value, Problem> {
        let repository = &self.world.repositories[at];
        Ok(match name {
            "id" => pull.node_id().into(),
            "databaseId" => pull.id.into(),
            "number" => pull.number.into(),
            "url" => format!("{}/{}/pull/{}", self.origin, repository.full_name(), pull.number).into(),
            "state" => state(pull).into(),
            "isDraft" => pull.draft.into(),
            "closed" => (!pull.open).into(),
            "merged" => pull.merge.is_some().into(),
            "title" => pull.title.clone().into(),
            "body" => pull.body.clone().unwrap_or_default().into(),
            "headRefName" => pull.head_branch.clone().into(),
            "headRefOid" => pull.head.clone().into(),
            "baseRefName" => pull.base_branch.clone().into(),
            "baseRefOid" => pull.base.clone().into(),
            "createdAt" => pull.created_at.to_string().into(),
            "updatedAt" => pull.updated_at.to_string().into(),
            "closedAt" => pull.closed_at.map(|time| time.to_string()).into(),
            "mergedAt" => pull.merge.as_ref().map(|merge| merge.at.to_string()).into(),
            "reviewDecision" => decision(repository, pull).into(),
            "isInMergeQueue" => pull.queued.is_some().into(),
            "isMergeQueueEnabled" => repository.protection(&pull.base_branch).merge_queue.into(),
            "isCrossRepository" => (pull.head_repository != repository.id).into(),
            "maintainerCanModify" => pull.maintainer_can_modify.into(),
            "locked" => false.into(),
            _ => return Err(Problem::Unknown),
        })
    }

    /// The lists that a pull request has; `None` where the field is none of them.
    fn pull_list(
        &mut self,
        at: usize,
        number: u64,
        name: &str,
        arguments: &Arguments,
    ) -> Option<Result<Resolved, Problem>> {
        if name == "files" {
            let files = self.world.change(at, number).files.len();
            let nodes: Vec<Node> = (0..files).map(|index| Node::File(at, number, index)).collect();
            return Some(part("PullRequestChangedFileConnection", name, &nodes, arguments));
        }
        if name == "commits" {
            let commits = &self.world.change(at, number).commits;
            let nodes: Vec<Node> = commits.iter().map(|sha| Node::PullCommit(at, sha.clone())).collect();
            return Some(part("PullRequestCommitConnection", name, &nodes, arguments));
        }
        let pull = &self.world.repositories[at].pulls[&number];
        let people = |logins: &[String]| logins.iter().map(|login| Node::Person(login.clone())).collect();
        let place = |review: &Review| pull.reviews.iter().position(|one| one.id == review.id).unwrap_or(0);
        let reviews = |chosen: Vec<&Review>| -> Vec<Node> {
            chosen.into_iter().map(|review| Node::Review(at, number, place(review))).collect()
        };
        let (kind, nodes): (_, Vec<Node>) = match name {
            "labels" => ("LabelConnection", pull.labels.iter().map(|label| Node::Label(at, label.clone())).collect()),
            "assignees" => ("UserConnection", people(&pull.assignees)),
            "reviewRequests" => {
                let people = pull.reviewers.iter().map(|login| Node::Person(login.clone()));
                let teams = pull.teams.iter().map(|slug| Node::Team(slug.clone()));
                ("ReviewRequestConnection", people.chain(teams).map(|one| Node::ReviewRequest(Box::new(one))).collect())
            }
            "latestReviews" => ("PullRequestReviewConnection", reviews(pull.latest_reviews())),
            "latestOpinionatedReviews" => ("PullRequestReviewConnection", reviews(pull.opinions())),
            "reviews" => {
                let states = arguments.texts("states");
                let counts = |review: &&Review| {
                    states.as_ref().is_none_or(|states| states.iter().any(|state| state == review.verdict.name()))
                };
                ("PullRequestReviewConnection", reviews(pull.reviews.iter().filter(counts).collect()))
            }
            "comments" => (
                "IssueCommentConnection",
                (0..pull.comments.len()).map(|index| Node::Comment(at, number, index)).collect(),
            ),
            _ => return None,
        };
        Some(part(kind, name, &nodes, arguments))
    }

    pub(super) fn pull_part(&mut self, node: &Node, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        match node {
            Node::Review(at, number, index) => {
                let review = &self.world.repositories[*at].pulls[number].reviews[*index];
                Ok(match name {
                    "author" => Resolved::One(Node::Person(review.author.clone())),
                    "commit" => Resolved::One(Node::Commit(*at, review.commit.clone())),
                    "state" => Resolved::leaf(review.verdict.name()),
                    "body" => Resolved::leaf(review.body.as_str()),
                    "submittedAt" => Resolved::leaf(review.submitted_at.to_string()),
                    "id" => Resolved::leaf(node_id("PRR", review.id)),
                    "databaseId" => Resolved::leaf(review.id),
                    "authorAssociation" => {
                        let role = self.world.repositories[*at].role(&review.author);
                        Resolved::leaf(if role > Some(Role::Read) { "MEMBER" } else { "CONTRIBUTOR" })
                    }
                    "authorCanPushToRepository" => {
                        let role = self.world.repositories[*at].role(&review.author);
                        Resolved::leaf(role.is_some_and(|role| role >= Role::Write))
                    }
                    // On whose behalf somebody reviews: the teams that were asked and that they are in.
                    "onBehalfOf" => {
                        let pull = &self.world.repositories[*at].pulls[number];
                        let is_in = |slug: &&String| {
                            self.world.teams.get(*slug).is_some_and(|team| team.members.contains(&review.author))
                        };
                        let teams =
                            pull.teams.iter().filter(is_in).map(|slug| Node::Team(slug.clone())).collect::<Vec<_>>();
                        return part("TeamConnection", name, &teams, arguments);
                    }
                    _ => return Err(Problem::Unknown),
                })
            }
            Node::File(at, number, index) => {
                let change = self.world.change(*at, *number);
                let file = change.files.get(*index).ok_or(Problem::Unknown)?;
                Ok(match name {
                    "path" => Resolved::leaf(file.path.as_str()),
                    "additions" => Resolved::leaf(file.additions),
                    "deletions" => Resolved::leaf(file.deletions),
                    "changeType" => Resolved::leaf(match file.status {
                        "added" => "ADDED",
                        "removed" => "DELETED",
                        _ => "MODIFIED",
                    }),
                    _ => return Err(Problem::Unknown),
                })
            }
            Node::Comment(at, number, index) => {
                let comment = &self.world.repositories[*at].pulls[number].comments[*index];
                Ok(match name {
                    "author" => Resolved::One(Node::Person(comment.author.clone())),
                    "body" => Resolved::leaf(comment.body.as_str()),
                    "createdAt" => Resolved::leaf(comment.created_at.to_string()),
                    "updatedAt" => Resolved::leaf(comment.updated_at.to_string()),
                    "id" => Resolved::leaf(node_id("IC", comment.id)),
                    "databaseId" => Resolved::leaf(comment.id),
                    _ => return Err(Problem::Unknown),
                })
            }
            Node::ReviewRequest(who) => match name {
                "requestedReviewer" => Ok(Resolved::One((**who).clone())),
                "asCodeOwner" => Ok(Resolved::leaf(false)),
                _ => Err(Problem::Unknown),
            },
            Node::QueueEntry(at, number) => self.queue_entry(*at, *number, name),
            Node::AutoMerge(at, number) => {
                let auto = self.world.repositories[*at].pulls[number].auto_merge.clone().ok_or(Problem::Unknown)?;
                Ok(match name {
                    "mergeMethod" => Resolved::leaf(auto.method.name().to_uppercase()),
                    "enabledAt" => Resolved::leaf(auto.at.to_string()),
                    "enabledBy" => Resolved::One(Node::Person(auto.by)),
                    _ => return Err(Problem::Unknown),
                })
            }
            _ => Err(Problem::Unknown),
        }
    }

    fn queue_entry(&self, at: usize, number: u64, name: &str) -> Result<Resolved, Problem> {
        let repository = &self.world.repositories[at];
        let pull = &repository.pulls[&number];
        let entry = pull.queued.as_ref().ok_or(Problem::Unknown)?;
        let before =
            repository.open_pulls().filter_map(|other| other.queued.as_ref()).filter(|other| other.id < entry.id);
        let position = before.count();
        Ok(match name {
            "id" => Resolved::leaf(node_id("MQE", entry.id)),
            "position" => Resolved::leaf(position),
            "state" => Resolved::leaf(if position > 0 {
                "QUEUED"
            } else if entry.looks_left > 1 {
                "AWAITING_CHECKS"
            } else {
                "MERGEABLE"
            }),
            "enqueuedAt" => Resolved::leaf(entry.at.to_string()),
            "pullRequest" => Resolved::One(Node::Pull(at, number)),
            _ => return Err(Problem::Unknown),
        })
    }
}
