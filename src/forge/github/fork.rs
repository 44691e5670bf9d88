//! The fork that a run pushes to: its branches are `owner:branch` to GitHub, and `branch` to everybody else.

use super::super::PullRequest;
use super::Inner;

/// A fork of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fork {
    /// Whose it is.
    pub(super) owner: String,
    /// What it is called.
    pub(super) name: String,
}

impl Fork {
    /// The fork that is given as its owner, or as `owner/name`; it usually has the name of the repository.
    pub(super) fn new(given: &str, repository: &str) -> Self {
        let (owner, name) = given.split_once('/').unwrap_or((given, repository));
        Self { owner: owner.to_owned(), name: name.to_owned() }
    }

    /// The branch of a head that is one of this fork's.
    fn branch<'h>(&self, head: &'h str) -> Option<&'h str> {
        let (owner, branch) = head.split_once(':')?;
        owner.eq_ignore_ascii_case(&self.owner).then_some(branch)
    }
}

impl Inner {
    /// What GitHub calls the branch of a pull request.
    pub(super) fn head(&self, branch: &str) -> String {
        match &self.fork {
            Some(fork) if !branch.contains(':') => format!("{}:{branch}", fork.owner),
            _ => branch.to_owned(),
        }
    }

    /// A pull request with its branch as the run calls it.
    pub(super) fn told(&self, found: impl Into<PullRequest>) -> PullRequest {
        let mut found: PullRequest = found.into();
        if let Some(branch) = self.fork.as_ref().and_then(|fork| fork.branch(&found.head)) {
            found.head = branch.to_owned();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_named_by_its_owner_or_in_full() {
        let fork = |owner: &str, name: &str| Fork { owner: owner.to_owned(), name: name.to_owned() };
        assert_eq!(Fork::new("ada", "connectors"), fork("ada", "connectors"));
        assert_eq!(Fork::new("ada/mine", "connectors"), fork("ada", "mine"));
    }

    #[test]
    fn only_its_own_branches_lose_the_owner() {
        let fork = Fork::new("ada", "connectors");
        let told = |head| fork.branch(head);
        assert_eq!((told("Ada:a/b"), told("bob:a/b"), told("a/b")), (Some("a/b"), None, None));
    }
}
