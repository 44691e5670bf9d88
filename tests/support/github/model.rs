//! What GitHub knows about a repository besides its objects: people, pull requests, labels, rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::store::{Change, Store};

/// Somebody, or something, with a login.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
    /// `User`, `Bot` or `Organization`.
    pub(crate) kind: &'static str,
}

/// A team of the organization that owns the repositories.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) slug: String,
    pub(crate) members: BTreeSet<String>,
}

/// What a collaborator may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

impl Role {
    /// As REST spells it: `write`; GraphQL has it in capitals.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Milestone {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) open: bool,
    pub(crate) created_at: Timestamp,
}

/// The rules of a branch.
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick in GitHub's settings")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Protection {
    /// Contexts that must have succeeded on the head.
    pub(crate) required_checks: Vec<String>,
    /// The head must contain the tip of the base.
    pub(crate) strict: bool,
    /// So many people with write access must have approved.
    pub(crate) required_approvals: u64,
    /// A push dismisses approvals.
    pub(crate) dismiss_stale_reviews: bool,
    /// Merge commits are refused, whatever the repository allows.
    pub(crate) linear_history: bool,
    /// Merging goes through the queue.
    pub(crate) merge_queue: bool,
    /// It is a ruleset (seen at `rules/branches`), not a classic protection (seen at `protection`).
    pub(crate) ruleset: bool,
}

/// How a pull request gets into its base.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    Merge,
    Squash,
    Rebase,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }

    /// From either spelling, REST's or GraphQL's.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Merge, Self::Squash, Self::Rebase].into_iter().find(|method| method.name().eq_ignore_ascii_case(text))
    }
}

/// What a review says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Verdict {
    Approved,
    ChangesRequested,
    Commented,
    Dismissed,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Commented => "COMMENTED",
            Self::Dismissed => "DISMISSED",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) verdict: Verdict,
    pub(crate) body: String,
    pub(crate) commit: String,
    pub(crate) submitted_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// That, how and by whom a pull request was merged.
#[derive(Clone, Debug)]
pub(crate) struct Merge {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) commit: String,
}

#[derive(Clone, Debug)]
pub(crate) struct AutoMerge {
    pub(crate) by: String,
    pub(crate) method: Method,
    pub(crate) at: Timestamp,
}

/// A place in the merge queue.
#[derive(Clone, Debug)]
pub(crate) struct QueueEntry {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    /// How often the pull request is still to be looked at before the queue merges it.
    pub(crate) looks_left: u64,
}

/// What was found out about merging one pair of tips.
#[derive(Clone, Debug)]
pub(crate) struct Mergeability {
    pub(crate) base: String,
    pub(crate) head: String,
    /// Absent while GitHub would still be computing it.
    pub(crate) clean: Option<bool>,
    /// In which request it was first asked for.
    pub(crate) asked: u64,
}

/// What a head changes on a base.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    pub(crate) base: String,
    pub(crate) head: String,
    pub(crate) change: Arc<Change>,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: String,
    /// The repository that has the head branch; absent once a fork is gone.
    pub(crate) head_repository: u64,
    pub(crate) head_owner: String,
    pub(crate) head_branch: String,
    pub(crate) head: String,
    pub(crate) base_branch: String,
    /// The tip of the base when this was last opened or pushed to.
    pub(crate) base: String,
    pub(crate) open: bool,
    pub(crate) draft: bool,
    pub(crate) merge: Option<Merge>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) closed_by: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) assignees: Vec<String>,
    pub(crate) milestone: Option<u64>,
    pub(crate) reviewers: Vec<String>,
    pub(crate) teams: Vec<String>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) auto_merge: Option<AutoMerge>,
    pub(crate) queued: Option<QueueEntry>,
    pub(crate) mergeability: Option<Mergeability>,
    /// What it changes, for the tips that were last asked about.
    pub(crate) change: Option<Changed>,
    pub(crate) maintainer_can_modify: bool,
}

impl Pull {
    /// `acme:branch`, as `head` filters and messages have it.
    pub(crate) fn head_label(&self) -> String {
        format!("{}:{}", self.head_owner, self.head_branch)
    }

    /// The global id that GraphQL addresses it by.
    pub(crate) fn node_id(&self) -> String {
        node_id("PR", self.id)
    }

    /// Each reviewer's last review that says yes or no, in the order in which they came.
    pub(crate) fn opinions(&self) -> Vec<&Review> {
        self.latest(|review| review.verdict != Verdict::Commented)
    }

    /// Each reviewer's last review.
    pub(crate) fn latest_reviews(&self) -> Vec<&Review> {
        self.latest(|_| true)
    }

    fn latest(&self, counts: impl Fn(&Review) -> bool) -> Vec<&Review> {
        let mut latest: Vec<&Review> = Vec::new();
        for review in self.reviews.iter().filter(|review| counts(review)) {
            latest.retain(|earlier| earlier.author != review.author);
            latest.push(review);
        }
        latest
    }
}

/// A repository and what happens in it.
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick in GitHub's settings")]
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    /// `owner/name` that it had before; they lead here.
    pub(crate) former: Vec<String>,
    pub(crate) store: Store,
    pub(crate) private: bool,
    pub(crate) archived: bool,
    pub(crate) methods: Vec<Method>,
    pub(crate) delete_branch_on_merge: bool,
    pub(crate) allow_auto_merge: bool,
    pub(crate) allow_forking: bool,
    pub(crate) collaborators: BTreeMap<String, Role>,
    pub(crate) protections: BTreeMap<String, Protection>,
    pub(crate) labels: Vec<Label>,
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) pulls: BTreeMap<u64, Pull>,
    pub(crate) checks: Checks,
    /// Where each base branch was when it was last looked at.
    pub(crate) tips: BTreeMap<String, String>,
    /// The paths that differ between two commits of a base branch, for those that were asked about.
    pub(crate) moves: BTreeMap<(String, String), BTreeSet<String>>,
    pub(crate) next_number: u64,
    pub(crate) fork_of: Option<u64>,
    pub(crate) created_at: Timestamp,
    pub(crate) pushed_at: Timestamp,
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// What this login may do; everybody may read what is public.
    pub(crate) fn role(&self, login: &str) -> Option<Role> {
        if self.owner.eq_ignore_ascii_case(login) {
            return Some(Role::Admin);
        }
        self.collaborators.get(login).copied().or((!self.private).then_some(Role::Read))
    }

    /// The rules of a branch; of an unprotected one they ask for nothing.
    pub(crate) fn protection(&self, branch: &str) -> Protection {
        self.protections.get(branch).cloned().unwrap_or_default()
    }

    /// Labels are told apart without regard to case.
    pub(crate) fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn open_pulls(&self) -> impl Iterator<Item = &Pull> {
        self.pulls.values().filter(|pull| pull.open)
    }
}

/// An opaque global id, as GraphQL and REST's `node_id` have it.
pub(crate) fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_kwDO{id:010}")
}
