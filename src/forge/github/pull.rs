//! A pull request as GitHub tells it, and what it is to everybody else.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::super::{Mark, PullRequest, PullRequestState};

/// Teams that are asked for a review; left out for tokens that may not see teams.
pub(super) const TEAM: &str = "... on Team { slug } ";

/// What every reader of a pull request asks for.
pub(super) const BRIEF: &str = "id number url state isDraft title body author { login } headRefName headRefOid baseRefName createdAt \
isCrossRepository headRepositoryOwner { login } labels(first: 100) { nodes { name } } \
assignees(first: 20) { nodes { login } } milestone { title } \
reviewRequests(first: 100) { nodes { requestedReviewer { __typename ... on Team { slug } \
... on User { login } ... on Bot { login } ... on Mannequin { login } } } }";

/// How much is asked of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// What everybody asks for.
    Brief,
    /// Also who has reviewed it.
    People,
    /// Also whether it can be merged, and where it was.
    Merge,
    /// Also what we said below it last.
    Comments,
    /// Everything that decides about merging.
    Standing,
}

impl Part {
    /// The fields, as a document names them for the pull request with this number.
    pub(super) fn fields(self, number: u64) -> String {
        match self {
            Self::Brief => BRIEF.to_owned(),
            Self::People => format!("{BRIEF} latestReviews(first: 100) {{ nodes {{ author {{ login }} }} }}"),
            Self::Merge => {
                format!("{BRIEF} isMergeQueueEnabled isInMergeQueue mergeCommit {{ oid }} mergeable mergeStateStatus")
            }
            Self::Comments => format!("{BRIEF} comments(last: 50) {{ nodes {{ body author {{ login }} }} }}"),
            Self::Standing => {
                format!("{BRIEF} {} {}", super::standing::FIELDS, super::checks::fields(number, ""))
            }
        }
    }
}

/// A list as GraphQL tells it. Entries that the credential may not see are null.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub(super) struct Nodes<T> {
    #[serde(default = "Vec::new", deserialize_with = "present")]
    pub(super) nodes: Vec<T>,
    #[serde(default)]
    pub(super) page_info: PageInfo,
}

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), page_info: PageInfo::default() }
    }
}

/// Whether there is more of a list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl PageInfo {
    /// Where the next page begins, if there is one.
    pub(super) fn next(&self) -> Option<&str> {
        self.end_cursor.as_deref().filter(|_| self.has_next_page)
    }
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let all: Option<Vec<Option<T>>> = Deserialize::deserialize(from)?;
    Ok(all.unwrap_or_default().into_iter().flatten().collect())
}

/// Somebody, or nobody any more.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Actor {
    pub(super) login: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Titled {
    title: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReviewRequest {
    requested_reviewer: Option<Requested>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Requested {
    login: Option<String>,
    slug: Option<String>,
}

/// A commit's id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Commit {
    pub(super) oid: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ReviewNode {
    author: Option<Actor>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Comment {
    body: String,
    author: Option<Actor>,
}

impl Comment {
    /// Whether this person or App has said just this.
    pub(super) fn is(&self, viewer: &str, text: &str) -> bool {
        // GraphQL calls the authors of comments that are Apps without the suffix that a viewer has.
        let name = |login: &str| login.trim_end_matches("[bot]").to_lowercase();
        let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        let by_them = self.author.as_ref().is_some_and(|author| name(&author.login) == name(viewer));
        by_them && plain(&self.body) == plain(text)
    }
}

/// A pull request as GraphQL tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "they are GitHub's")]
pub(super) struct PullNode {
    /// The id by which mutations name it.
    pub(super) id: String,
    pub(super) number: u64,
    url: String,
    pub(super) state: String,
    pub(super) is_draft: bool,
    pub(super) title: String,
    #[serde(default)]
    pub(super) body: Option<String>,
    #[serde(default)]
    author: Option<Actor>,
    head_ref_name: String,
    #[serde(default)]
    pub(super) head_ref_oid: Option<String>,
    base_ref_name: String,
    #[serde(default)]
    created_at: Option<Timestamp>,
    #[serde(default)]
    is_cross_repository: bool,
    #[serde(default)]
    head_repository_owner: Option<Actor>,
    #[serde(default)]
    labels: Option<Nodes<Named>>,
    #[serde(default)]
    assignees: Option<Nodes<Actor>>,
    #[serde(default)]
    milestone: Option<Titled>,
    #[serde(default)]
    review_requests: Option<Nodes<ReviewRequest>>,
    #[serde(default)]
    latest_reviews: Option<Nodes<ReviewNode>>,
    #[serde(default)]
    pub(super) is_merge_queue_enabled: bool,
    #[serde(default)]
    pub(super) is_in_merge_queue: bool,
    #[serde(default)]
    pub(super) merge_commit: Option<Commit>,
    #[serde(default)]
    pub(super) comments: Option<Nodes<Comment>>,
}

impl PullNode {
    /// Whether it comes from this branch: of the repository itself, or as `OWNER:BRANCH` of somebody's fork. A branch
    /// of the same name in a fork is another one: its text could have been copied from ours.
    pub(super) fn comes_from(&self, head: &str) -> bool {
        let owner = self.head_repository_owner.as_ref().map(|owner| owner.login.as_str());
        match head.split_once(':') {
            Some((fork, branch)) => {
                self.head_ref_name == branch && owner.is_some_and(|owner| owner.eq_ignore_ascii_case(fork))
            }
            None => self.head_ref_name == head && !self.is_cross_repository,
        }
    }

    /// Who has reviewed it.
    pub(super) fn reviewed_by(&self) -> impl Iterator<Item = &str> {
        let reviews = self.latest_reviews.iter().flat_map(|reviews| &reviews.nodes);
        reviews.filter_map(|review| Some(review.author.as_ref()?.login.as_str()))
    }

    pub(super) fn state(&self) -> PullRequestState {
        match self.state.as_str() {
            "MERGED" => PullRequestState::Merged,
            "CLOSED" => PullRequestState::Closed,
            _ => PullRequestState::Open,
        }
    }
}

impl From<PullNode> for PullRequest {
    fn from(node: PullNode) -> Self {
        let state = node.state();
        let body = node.body.unwrap_or_default();
        let asked: Vec<Requested> = node
            .review_requests
            .unwrap_or_default()
            .nodes
            .into_iter()
            .filter_map(|asked| asked.requested_reviewer)
            .collect();
        let owner = node.head_repository_owner.filter(|_| node.is_cross_repository);
        Self {
            number: node.number,
            url: node.url,
            state,
            title: node.title,
            mark: Mark::parse(&body),
            body,
            author: node.author.map(|author| author.login),
            head: owner.map_or(node.head_ref_name.clone(), |owner| format!("{}:{}", owner.login, node.head_ref_name)),
            head_commit: node.head_ref_oid,
            base: node.base_ref_name,
            draft: node.is_draft,
            labels: node.labels.unwrap_or_default().nodes.into_iter().map(|label| label.name).collect(),
            reviewers: asked.iter().filter_map(|one| one.login.clone()).collect(),
            teams: asked.iter().filter_map(|one| one.slug.clone()).collect(),
            assignees: node.assignees.unwrap_or_default().nodes.into_iter().map(|one| one.login).collect(),
            milestone: node.milestone.map(|milestone| milestone.title),
            created_at: node.created_at,
        }
    }
}

/// A pull request as REST tells it: the answer to a write.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PullView {
    pub(super) number: u64,
    html_url: String,
    state: String,
    title: String,
    body: Option<String>,
    #[serde(default)]
    user: Option<Actor>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    merged_at: Option<Timestamp>,
    head: Side,
    base: Side,
    #[serde(default)]
    labels: Vec<Named>,
    #[serde(default)]
    requested_reviewers: Vec<Actor>,
    #[serde(default)]
    requested_teams: Vec<Team>,
    #[serde(default)]
    assignees: Vec<Actor>,
    milestone: Option<Titled>,
    created_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    /// `OWNER:BRANCH`.
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    repo: Option<Id>,
}

#[derive(Debug, Clone, Deserialize)]
struct Id {
    id: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Team {
    slug: String,
}

impl From<PullView> for PullRequest {
    fn from(view: PullView) -> Self {
        let body = view.body.unwrap_or_default();
        let id = |side: &Side| side.repo.as_ref().map(|repository| repository.id);
        let crosses = id(&view.head) != id(&view.base);
        Self {
            number: view.number,
            url: view.html_url,
            state: match (view.merged_at, view.state.as_str()) {
                (Some(_), _) => PullRequestState::Merged,
                (None, "closed") => PullRequestState::Closed,
                _ => PullRequestState::Open,
            },
            title: view.title,
            mark: Mark::parse(&body),
            body,
            author: view.user.map(|user| user.login.trim_end_matches("[bot]").to_owned()),
            head: view.head.label.filter(|_| crosses).unwrap_or(view.head.branch),
            head_commit: Some(view.head.sha),
            base: view.base.branch,
            draft: view.draft,
            labels: view.labels.into_iter().map(|label| label.name).collect(),
            reviewers: view.requested_reviewers.into_iter().map(|one| one.login).collect(),
            teams: view.requested_teams.into_iter().map(|team| team.slug).collect(),
            assignees: view.assignees.into_iter().map(|one| one.login).collect(),
            milestone: view.milestone.map(|milestone| milestone.title),
            created_at: view.created_at,
        }
    }
}
