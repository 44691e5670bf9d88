//! The roots of the graph, repositories, refs, people, labels.

use serde_json::{Value, json};

use super::super::access::Actor;
use super::super::model::{Method, Pull, node_id};
use super::super::search;
use super::connection::part;
use super::execute::{Arguments, Execution, Problem};
use super::node::{Node, Resolved};

impl Execution<'_> {
    pub(super) fn query(&mut self, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        match name {
            "viewer" => Ok(Resolved::One(Node::Person(self.actor.login().to_owned()))),
            "rateLimit" => Ok(Resolved::One(Node::RateLimit)),
            "repository" => {
                let (owner, name) =
                    (arguments.text("owner").unwrap_or_default(), arguments.text("name").unwrap_or_default());
                let at = self.world.find(&owner, &name).or_else(|| self.world.find_former(&owner, &name));
                let seen = at.filter(|&at| self.world.role(at, self.actor).is_some());
                seen.map(|at| Resolved::One(Node::Repository(at))).ok_or_else(|| {
                    let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
                    Problem::typed("NOT_FOUND", &message)
                })
            }
            "node" => {
                let id = arguments.text("id").unwrap_or_default();
                self.node(&id).map(Resolved::One)
            }
            "nodes" => {
                let mut nodes = Vec::new();
                for id in arguments.texts("ids").unwrap_or_default() {
                    nodes.push(self.node(&id)?);
                }
                Ok(Resolved::Many(nodes))
            }
            "search" => {
                let found = search::pulls(self.world, self.actor, &arguments.text("query").unwrap_or_default());
                let nodes: Vec<Node> = found.into_iter().map(|(at, number)| Node::Pull(at, number)).collect();
                part("SearchResultItemConnection", name, &nodes, arguments)
            }
            _ => Err(Problem::Unknown),
        }
    }

    fn node(&self, id: &str) -> Result<Node, Problem> {
        let pull = self.world.find_pull(id).map(|(at, number)| Node::Pull(at, number));
        let repository = || {
            let at = self.world.repositories.iter().position(|repository| node_id("R", repository.id) == id);
            at.map(Node::Repository)
        };
        let message = || format!("Could not resolve to a node with the global id of '{id}'");
        pull.or_else(repository).ok_or_else(|| Problem::typed("NOT_FOUND", &message()))
    }

    pub(super) fn repository_part(
        &mut self,
        node: &Node,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Problem> {
        match node {
            Node::Repository(at) => self.repository(*at, name, arguments),
            Node::Person(login) => self.person(login, name),
            Node::Team(slug) => match name {
                "slug" | "name" => Ok(Resolved::leaf(slug.as_str())),
                "combinedSlug" => Ok(Resolved::leaf(format!("{}/{slug}", self.world.repositories[0].owner))),
                "id" => Ok(Resolved::leaf(self.world.teams.get(slug).map(|team| node_id("T", team.id)))),
                _ => Err(Problem::Unknown),
            },
            Node::Label(at, label) => {
                let known = self.world.repositories[*at].label(label).ok_or(Problem::Unknown)?;
                match name {
                    "name" => Ok(Resolved::leaf(known.name.as_str())),
                    "color" => Ok(Resolved::leaf(known.color.as_str())),
                    "description" => Ok(Resolved::leaf(known.description.clone())),
                    "id" => Ok(Resolved::leaf(node_id("LA", known.id))),
                    _ => Err(Problem::Unknown),
                }
            }
            Node::Milestone(at, number) => {
                let known = self.world.milestone(*at, *number).ok_or(Problem::Unknown)?;
                match name {
                    "title" => Ok(Resolved::leaf(known.title.as_str())),
                    "number" => Ok(Resolved::leaf(known.number)),
                    "id" => Ok(Resolved::leaf(node_id("MI", known.id))),
                    "state" => Ok(Resolved::leaf(if known.open { "OPEN" } else { "CLOSED" })),
                    _ => Err(Problem::Unknown),
                }
            }
            Node::Ref(at, full) => self.reference(*at, full, name),
            Node::Protection(at, branch) => {
                let rules = self.world.repositories[*at].protection(branch);
                match name {
                    "requiresApprovingReviews" => Ok(Resolved::leaf(rules.required_approvals > 0)),
                    "requiredApprovingReviewCount" => Ok(Resolved::leaf(rules.required_approvals)),
                    "requiresStatusChecks" => Ok(Resolved::leaf(!rules.required_checks.is_empty())),
                    "requiredStatusCheckContexts" => Ok(Resolved::leaf(rules.required_checks)),
                    "requiresStrictStatusChecks" => Ok(Resolved::leaf(rules.strict)),
                    "dismissesStaleReviews" => Ok(Resolved::leaf(rules.dismiss_stale_reviews)),
                    "requiresLinearHistory" => Ok(Resolved::leaf(rules.linear_history)),
                    "pattern" => Ok(Resolved::leaf(branch.as_str())),
                    _ => Err(Problem::Unknown),
                }
            }
            Node::RateLimit => {
                let now = self.world.clock.precise();
                let (limit, used, remaining, reset) = self.world.limits.tell(self.actor.key(), "graphql", now);
                match name {
                    "cost" => Ok(Resolved::leaf(self.cost)),
                    "limit" => Ok(Resolved::leaf(limit)),
                    "used" => Ok(Resolved::leaf(used)),
                    "remaining" => Ok(Resolved::leaf(remaining)),
                    "nodeCount" => Ok(Resolved::leaf(0)),
                    "resetAt" => Ok(Resolved::leaf(
                        jiff::Timestamp::from_second(reset.as_second())
                            .map_or_else(|_| String::new(), |time| time.to_string()),
                    )),
                    _ => Err(Problem::Unknown),
                }
            }
            _ => Err(Problem::Unknown),
        }
    }

    fn person(&self, login: &str, name: &str) -> Result<Resolved, Problem> {
        let user = self.world.user(login);
        match name {
            "login" => Ok(Resolved::leaf(user.map_or(login, |user| user.login.as_str()))),
            "name" => Ok(Resolved::Value(Value::Null)),
            "id" => Ok(Resolved::leaf(user.map(|user| node_id("U", user.id)))),
            "databaseId" => Ok(Resolved::leaf(user.map(|user| user.id))),
            "url" => Ok(Resolved::leaf(format!("{}/{login}", self.origin))),
            _ => Err(Problem::Unknown),
        }
    }

    fn repository(&mut self, at: usize, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        let repository = &self.world.repositories[at];
        let value: Value = match name {
            "id" => node_id("R", repository.id).into(),
            "databaseId" => repository.id.into(),
            "name" => repository.name.clone().into(),
            "nameWithOwner" => repository.full_name().into(),
            "url" => format!("{}/{}", self.origin, repository.full_name()).into(),
            "isArchived" => repository.archived.into(),
            "isPrivate" => repository.private.into(),
            "isFork" => repository.fork_of.is_some().into(),
            "mergeCommitAllowed" => repository.methods.contains(&Method::Merge).into(),
            "squashMergeAllowed" => repository.methods.contains(&Method::Squash).into(),
            "rebaseMergeAllowed" => repository.methods.contains(&Method::Rebase).into(),
            "autoMergeAllowed" => repository.allow_auto_merge.into(),
            "deleteBranchOnMerge" => repository.delete_branch_on_merge.into(),
            "viewerPermission" => self.world.role(at, self.actor).map(|role| role.name().to_uppercase()).into(),
            "viewerDefaultMergeMethod" => repository.methods.first().map(|method| method.name().to_uppercase()).into(),
            "owner" => return Ok(Resolved::One(Node::Person(repository.owner.clone()))),
            "defaultBranchRef" => {
                let full = format!("refs/heads/{}", repository.store.default_branch());
                return Ok(Resolved::maybe(repository.store.refs().contains_key(&full).then_some(Node::Ref(at, full))));
            }
            "ref" => {
                let wanted = arguments.text("qualifiedName").unwrap_or_default();
                let names = [wanted.clone(), format!("refs/heads/{wanted}"), format!("refs/tags/{wanted}")];
                let found = names.into_iter().find(|name| repository.store.refs().contains_key(name));
                return Ok(Resolved::maybe(found.map(|full| Node::Ref(at, full))));
            }
            "object" => {
                let wanted = arguments.text("oid").or_else(|| arguments.text("expression")).unwrap_or_default();
                return Ok(Resolved::maybe(repository.store.resolve(&wanted).map(|sha| Node::Commit(at, sha))));
            }
            "parent" => {
                let parent = repository.fork_of.and_then(|id| self.world.find_id(id));
                return Ok(Resolved::maybe(parent.map(Node::Repository)));
            }
            "label" => {
                let label = repository.label(&arguments.text("name").unwrap_or_default());
                return Ok(Resolved::maybe(label.map(|label| Node::Label(at, label.name.clone()))));
            }
            "labels" => {
                let all: Vec<Node> =
                    repository.labels.iter().map(|label| Node::Label(at, label.name.clone())).collect();
                return part("LabelConnection", name, &all, arguments);
            }
            "milestones" => {
                let all: Vec<Node> =
                    repository.milestones.iter().map(|milestone| Node::Milestone(at, milestone.number)).collect();
                return part("MilestoneConnection", name, &all, arguments);
            }
            "pullRequest" => {
                let number = arguments.number("number").unwrap_or_default();
                if !repository.pulls.contains_key(&number) {
                    let message = format!("Could not resolve to a PullRequest with the number of {number}.");
                    return Err(Problem::typed("NOT_FOUND", &message));
                }
                self.world.look(at, number);
                return Ok(Resolved::One(Node::Pull(at, number)));
            }
            "pullRequests" => return self.pulls(at, arguments),
            _ => return Err(Problem::Unknown),
        };
        Ok(Resolved::Value(value))
    }

    fn pulls(&mut self, at: usize, arguments: &Arguments) -> Result<Resolved, Problem> {
        let states = arguments.texts("states");
        let (head, base) = (arguments.text("headRefName"), arguments.text("baseRefName"));
        let labels = arguments.texts("labels");
        let wanted = |pull: &&Pull| {
            states.as_ref().is_none_or(|states| states.iter().any(|state| state == super::pull::state(pull)))
                && head.as_ref().is_none_or(|head| pull.head_branch == *head)
                && base.as_ref().is_none_or(|base| pull.base_branch == *base)
                && labels.as_ref().is_none_or(|labels| labels.iter().any(|label| pull.labels.contains(label)))
        };
        let mut found: Vec<&Pull> = self.world.repositories[at].pulls.values().filter(wanted).collect();
        let order = arguments.get("orderBy");
        if order["field"] == "UPDATED_AT" {
            found.sort_by_key(|pull| (pull.updated_at, pull.number));
        }
        if order["direction"] == "DESC" {
            found.reverse();
        }
        let nodes: Vec<Node> = found.into_iter().map(|pull| Node::Pull(at, pull.number)).collect();
        let shown = part("PullRequestConnection", "pullRequests", &nodes, arguments)?;
        if let Resolved::One(Node::Connection(connection)) = &shown {
            for node in &connection.nodes {
                if let Node::Pull(at, number) = node {
                    self.world.look(*at, *number);
                }
            }
        }
        Ok(shown)
    }

    fn reference(&self, at: usize, full: &str, name: &str) -> Result<Resolved, Problem> {
        let repository = &self.world.repositories[at];
        let short = full.strip_prefix("refs/heads/").or(full.strip_prefix("refs/tags/")).unwrap_or(full);
        let tip = repository.store.refs().get(full).cloned();
        Ok(match name {
            "id" => Resolved::leaf(format!("REF_{full}")),
            "name" => Resolved::leaf(short),
            "prefix" => Resolved::leaf(full.strip_suffix(short).unwrap_or_default()),
            "target" => Resolved::maybe(tip.map(|sha| Node::Commit(at, sha))),
            "branchProtectionRule" => {
                let classic = repository.protections.get(short).filter(|rules| !rules.ruleset);
                Resolved::maybe(classic.map(|_| Node::Protection(at, short.to_owned())))
            }
            _ => return Err(Problem::Unknown),
        })
    }

    /// Refuses an actor whose token does not reach this.
    pub(super) fn permit(&self, at: usize, area: &str) -> Result<(), Problem> {
        match self.world.permit(at, self.actor, area, true) {
            Ok(()) if self.world.repositories[at].archived => {
                Err(Problem::typed("UNPROCESSABLE", "Repository was archived so is read-only."))
            }
            Ok(()) => Ok(()),
            Err(answer) if answer.status == 404 => {
                let words = "Your token has not been granted the required scopes to execute this query.";
                Err(Problem::Error(json!({ "type": "INSUFFICIENT_SCOPES", "message": words })))
            }
            Err(answer) => Err(Problem::from_answer(&answer)),
        }
    }

    /// Who asks.
    pub(super) fn login(&self) -> String {
        Actor::login(self.actor).to_owned()
    }
}
