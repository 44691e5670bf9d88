//! The objects of the graph that a query walks, as addresses into the world.

use serde_json::Value;

/// An object, by where it is.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Query,
    Mutation,
    Repository(usize),
    Pull(usize, u64),
    /// Anybody with a login.
    Person(String),
    Team(String),
    Label(usize, String),
    Milestone(usize, u64),
    Ref(usize, String),
    Protection(usize, String),
    Commit(usize, String),
    /// A commit as one of a pull request's.
    PullCommit(usize, String),
    Rollup(usize, String),
    CheckRun(usize, u64),
    StatusContext(usize, u64),
    Suite(usize, String),
    WorkflowRun(usize, String),
    /// The one that all checks are of.
    Workflow,
    /// A file that a pull request changes, by its place among them.
    File(usize, u64, usize),
    Review(usize, u64, usize),
    Comment(usize, u64, usize),
    ReviewRequest(Box<Node>),
    QueueEntry(usize, u64),
    AutoMerge(usize, u64),
    RateLimit,
    Connection(Box<Connection>),
    Edge(Box<Node>, usize),
    PageInfo {
        start: usize,
        end: usize,
        total: usize,
    },
    /// What a mutation gives back: its type and its fields.
    Payload(String, Vec<(&'static str, Resolved)>),
}

/// A part of a list.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) kind: &'static str,
    pub(super) nodes: Vec<Node>,
    /// Where the part begins in the list.
    pub(super) start: usize,
    pub(super) total: usize,
}

/// What a field comes to.
#[derive(Clone, Debug)]
pub(super) enum Resolved {
    Value(Value),
    One(Node),
    Many(Vec<Node>),
}

impl Resolved {
    /// An object, or null.
    pub(super) fn maybe(node: Option<Node>) -> Self {
        node.map_or(Self::Value(Value::Null), Self::One)
    }

    /// A leaf.
    pub(super) fn leaf(value: impl Into<Value>) -> Self {
        Self::Value(value.into())
    }
}

impl Node {
    /// The type's name in GitHub's schema. Who somebody is, only the world knows.
    pub(super) fn type_name(&self, person: impl Fn(&str) -> &'static str) -> String {
        let name = match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::Repository(_) => "Repository",
            Self::Pull(..) => "PullRequest",
            Self::Person(login) => person(login),
            Self::Team(_) => "Team",
            Self::Label(..) => "Label",
            Self::Milestone(..) => "Milestone",
            Self::Ref(..) => "Ref",
            Self::Protection(..) => "BranchProtectionRule",
            Self::Commit(..) => "Commit",
            Self::PullCommit(..) => "PullRequestCommit",
            Self::Rollup(..) => "StatusCheckRollup",
            Self::CheckRun(..) => "CheckRun",
            Self::StatusContext(..) => "StatusContext",
            Self::Suite(..) => "CheckSuite",
            Self::WorkflowRun(..) => "WorkflowRun",
            Self::Workflow => "Workflow",
            Self::File(..) => "PullRequestChangedFile",
            Self::Review(..) => "PullRequestReview",
            Self::Comment(..) => "IssueComment",
            Self::ReviewRequest(_) => "ReviewRequest",
            Self::QueueEntry(..) => "MergeQueueEntry",
            Self::AutoMerge(..) => "AutoMergeRequest",
            Self::RateLimit => "RateLimit",
            Self::Connection(connection) => connection.kind,
            Self::Edge(..) => "Edge",
            Self::PageInfo { .. } => "PageInfo",
            Self::Payload(name, _) => name,
        };
        name.to_owned()
    }

    /// Whether a fragment on this type is about this object: its own, an interface, or a union with it.
    pub(super) fn is(&self, condition: &str, own: &str) -> bool {
        let wider: &[&str] = match self {
            Self::Person(_) => &["Actor", "Node", "RequestedReviewer", "RepositoryOwner", "Assignee"],
            Self::Team(_) => &["Node", "RequestedReviewer"],
            Self::Pull(..) => {
                &["Node", "SearchResultItem", "Comment", "Closable", "Labelable", "Assignable", "IssueOrPullRequest"]
            }
            Self::Repository(_) => &["Node", "SearchResultItem"],
            Self::CheckRun(..) | Self::StatusContext(..) => {
                &["Node", "StatusCheckRollupContext", "RequirableByPullRequest"]
            }
            Self::Commit(..) => &["Node", "GitObject"],
            Self::Review(..) | Self::Comment(..) => &["Node", "Comment"],
            Self::Label(..) | Self::Ref(..) | Self::Milestone(..) => &["Node"],
            _ => &[],
        };
        condition == own || wider.contains(&condition)
    }
}
