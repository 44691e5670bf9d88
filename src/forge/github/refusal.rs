//! What GitHub, or what stands between us and it, says no with: each with what helps.

use crate::base::sentence_list;

use super::super::ForgeErrorClass;

/// A refusal by GitHub. The text reads on after "failed to …: "; [`GitHubError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// An address that no interface of GitHub's is at, or that is not safe.
    #[error("`{url}` is not an address of GitHub's interface: {message}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        message: &'static str,
    },
    /// An App's private key that is none.
    #[error("the private key of GitHub App {id} cannot be used: {message}")]
    Key {
        /// The App.
        id: String,
        /// What is wrong with it.
        message: String,
    },
    /// The App is not installed on the repository, or on too little.
    #[error("GitHub App {id} is not installed on {repository}")]
    NotInstalled {
        /// The App.
        id: String,
        /// The repository.
        repository: String,
    },
    /// The credential is not valid, or no longer.
    #[error("GitHub does not accept {credential}: {message}")]
    Unauthorized {
        /// Which one.
        credential: String,
        /// GitHub's words.
        message: String,
        /// How to put another in its place.
        renewal: String,
    },
    /// The credential may not do that.
    #[error("{credential} may not do this: {message}")]
    Forbidden {
        /// Which one.
        credential: String,
        /// GitHub's words.
        message: String,
        /// The permission that it needs, as GitHub calls it.
        needs: String,
    },
    /// The organisation wants single sign-on for this credential.
    #[error("{credential} is not authorised for the single sign-on of the organisation")]
    SingleSignOn {
        /// Which one.
        credential: String,
        /// Where to authorise it.
        url: Option<String>,
    },
    /// There is no such repository, as far as the credential can see.
    #[error("there is no repository {repository}, or {credential} cannot see it")]
    RepositoryUnknown {
        /// The repository.
        repository: String,
        /// Which credential.
        credential: String,
    },
    /// The repository has another name now.
    #[error("the repository {old} is called {new} now")]
    Renamed {
        /// The name that was given.
        old: String,
        /// The name that it has.
        new: String,
    },
    /// The repository is archived.
    #[error("the repository {0} is archived: nothing in it can be changed")]
    Archived(String),
    /// The branch with the changes is not there.
    #[error("the repository has no branch `{0}` to open a pull request from")]
    HeadMissing(String),
    /// The branch that the changes shall go to is not there.
    #[error("the repository has no branch `{0}` to merge into")]
    BaseMissing(String),
    /// There is nothing to merge.
    #[error("`{head}` has no commits that `{base}` has not")]
    NoCommits {
        /// The branch.
        head: String,
        /// The branch it would be merged into.
        base: String,
    },
    /// Drafts need a plan or a setting that the repository has not.
    #[error("the repository does not allow draft pull requests")]
    DraftsUnsupported,
    /// A label that the repository has not.
    #[error("the repository has no label `{label}`")]
    LabelUnknown {
        /// The label.
        label: String,
        /// The one that was probably meant.
        closest: Option<String>,
    },
    /// A milestone that the repository has not, or that is closed.
    #[error("the repository has no open milestone `{milestone}`")]
    MilestoneUnknown {
        /// The milestone's title.
        milestone: String,
        /// The one that was probably meant.
        closest: Option<String>,
    },
    /// Whoever opens a pull request cannot be asked to review it.
    #[error("{0} opens the pull request and cannot be asked to review it")]
    ReviewerIsAuthor(String),
    /// People who cannot review here.
    #[error("{} cannot be asked for a review: {message}", sentence_list(.who))]
    ReviewersUnknown {
        /// Who, by login, or `team SLUG`.
        who: Vec<String>,
        /// Why, in a few words.
        message: String,
    },
    /// People to whom nothing can be assigned here.
    #[error("{} cannot be assigned: not a member of the repository", sentence_list(.0))]
    AssigneesUnknown(Vec<String>),
    /// The repository allows none of the wanted ways to merge.
    #[error("the repository does not allow to merge by {}; it allows {}", sentence_list(.wanted), sentence_list(.allowed))]
    MethodsDisallowed {
        /// What was wanted.
        wanted: Vec<&'static str>,
        /// What is allowed.
        allowed: Vec<&'static str>,
    },
    /// A check that nobody can run again from outside.
    #[error("the check `{name}` cannot be run again: {message}")]
    CannotRerun {
        /// The check.
        name: String,
        /// Why not.
        message: String,
    },
    /// A request that GitHub does not take, in its words.
    #[error("GitHub does not take this: {0}")]
    Invalid(String),
    /// What answers is not GitHub.
    #[error("something that is not GitHub's interface answers at {host} (status {status}): {start}")]
    NotGitHub {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// How its answer begins.
        start: String,
    },
    /// The connection cannot be encrypted.
    #[error("the connection to {host} cannot be trusted: {message}")]
    Untrusted {
        /// The host.
        host: String,
        /// What is wrong.
        message: String,
    },
    /// An answer that fits nothing else.
    #[error("GitHub refuses (status {status}): {message}")]
    Refused {
        /// The status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
}

impl GitHubError {
    /// What kind of failure it is.
    pub fn class(&self) -> ForgeErrorClass {
        match self {
            Self::Address { .. }
            | Self::Key { .. }
            | Self::NotInstalled { .. }
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::SingleSignOn { .. }
            | Self::RepositoryUnknown { .. }
            | Self::Untrusted { .. }
            | Self::Renamed { .. }
            | Self::Archived(_)
            | Self::NotGitHub { .. } => ForgeErrorClass::Permission,
            _ => ForgeErrorClass::Conflict,
        }
    }

    /// What to do now, as a sentence.
    pub fn hint(&self) -> Option<String> {
        let meant = |closest: &Option<String>, what: &str| match closest {
            Some(closest) => format!("Did you mean `{closest}`? Otherwise make the {what} in the repository first."),
            None => format!("Make the {what} in the repository first, or leave it out of the workflow."),
        };
        Some(match self {
            Self::Address { .. } => "For GitHub Enterprise it is https://HOST/api/v3.".to_owned(),
            Self::Key { .. } => "Use the .pem file that GitHub gave out in the App's settings.".to_owned(),
            Self::NotInstalled { .. } => "Install the App on the repository, then resume.".to_owned(),
            Self::Unauthorized { renewal, .. } => format!("It has expired, was revoked, or is cut off. {renewal}"),
            Self::Forbidden { needs, .. } => format!("It needs {needs}. Give it that, then resume."),
            Self::SingleSignOn { url: Some(url), .. } => format!("Authorise it at {url}, then resume."),
            Self::SingleSignOn { url: None, .. } => {
                "Authorise it for the organisation in your token settings (Configure SSO), then resume.".to_owned()
            }
            Self::RepositoryUnknown { .. } => {
                "Look at the remote's address, and whether the token's access covers this repository.".to_owned()
            }
            Self::Renamed { new, .. } => {
                format!("Point the remote to it (git remote set-url origin …/{new}.git), then resume.")
            }
            Self::Archived(_) => "Ask an administrator to unarchive it.".to_owned(),
            Self::HeadMissing(_) => "Push the branch first: `pull-request.open` needs `git.push` before it.".to_owned(),
            Self::BaseMissing(base) => {
                format!("It was renamed or deleted, or `{base}` is misspelt: correct `base:`, then resume.")
            }
            Self::NoCommits { .. } => "The change has been merged already, or the branch was reset.".to_owned(),
            Self::DraftsUnsupported => "Take `draft: true` out of the workflow.".to_owned(),
            Self::LabelUnknown { closest, .. } => meant(closest, "label"),
            Self::MilestoneUnknown { closest, .. } => meant(closest, "milestone"),
            Self::ReviewerIsAuthor(login) => {
                format!("Take {login} out of `reviewers:`, or run with another token, such as an App's.")
            }
            Self::ReviewersUnknown { .. } | Self::AssigneesUnknown(_) => {
                "Correct the names, or give them access to the repository.".to_owned()
            }
            Self::MethodsDisallowed { .. } => {
                "Name an allowed one in the step's `methods:`, or allow it in the repository's settings.".to_owned()
            }
            Self::CannotRerun { .. } => "Run it again where it runs, then resume.".to_owned(),
            Self::Invalid(_) => "Change the `with:` of the step.".to_owned(),
            Self::NotGitHub { .. } => "A proxy or a sign-in page stands in between: look at the network.".to_owned(),
            Self::Untrusted { .. } => {
                "Install the certificate of its authority on this machine (ca-certificates), and look at its clock."
                    .to_owned()
            }
            Self::Refused { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::ForgeError;

    fn owned(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let (credential, repository, message) = (owned("the token in GITHUB_TOKEN"), owned("acme/connectors"), owned);
        let all = [
            GitHubError::Address { url: owned("http://h"), message: "it is not encrypted" },
            GitHubError::Key { id: owned("7"), message: message("it is the public key") },
            GitHubError::NotInstalled { id: owned("7"), repository: repository.clone() },
            GitHubError::Unauthorized {
                credential: credential.clone(),
                message: message("Bad credentials"),
                renewal: owned("Set GITHUB_TOKEN to a new token."),
            },
            GitHubError::Forbidden {
                credential: credential.clone(),
                message: message("Resource not accessible by personal access token"),
                needs: owned("the permission “Pull requests: write” (a classic token: the scope `repo`)"),
            },
            GitHubError::SingleSignOn { credential: credential.clone(), url: Some(owned("https://github.com/sso")) },
            GitHubError::SingleSignOn { credential: credential.clone(), url: None },
            GitHubError::RepositoryUnknown { repository: repository.clone(), credential },
            GitHubError::Renamed { old: repository.clone(), new: owned("acme/sources") },
            GitHubError::Archived(repository),
            GitHubError::HeadMissing(owned("cutover/a")),
            GitHubError::BaseMissing(owned("mian")),
            GitHubError::NoCommits { head: owned("cutover/a"), base: owned("main") },
            GitHubError::DraftsUnsupported,
            GitHubError::LabelUnknown { label: owned("migratoin"), closest: Some(owned("migration")) },
            GitHubError::LabelUnknown { label: owned("x"), closest: None },
            GitHubError::MilestoneUnknown { milestone: owned("Q4"), closest: None },
            GitHubError::ReviewerIsAuthor(owned("ada")),
            GitHubError::ReviewersUnknown { who: vec![owned("bob"), owned("team x")], message: owned("no access") },
            GitHubError::AssigneesUnknown(vec![owned("bob")]),
            GitHubError::MethodsDisallowed { wanted: vec!["squash"], allowed: vec!["merge", "rebase"] },
            GitHubError::CannotRerun { name: owned("ci"), message: owned("it is a commit status") },
            GitHubError::Invalid(owned("body is too long (maximum is 65536 characters)")),
            GitHubError::NotGitHub { host: owned("h"), status: 200, start: owned("<html>") },
            GitHubError::Untrusted { host: owned("h"), message: owned("invalid peer certificate: UnknownIssuer") },
            GitHubError::Refused { status: 451, message: owned("Repository access blocked") },
        ];
        let told: Vec<String> = all
            .into_iter()
            .map(|error| {
                let hint = error.hint().unwrap_or_default();
                let class = error.class();
                format!("[{class:?}] {}\n  {hint}", ForgeError::from(error))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        [Permission] `http://h` is not an address of GitHub's interface: it is not encrypted
          For GitHub Enterprise it is https://HOST/api/v3.
        [Permission] the private key of GitHub App 7 cannot be used: it is the public key
          Use the .pem file that GitHub gave out in the App's settings.
        [Permission] GitHub App 7 is not installed on acme/connectors
          Install the App on the repository, then resume.
        [Permission] GitHub does not accept the token in GITHUB_TOKEN: Bad credentials
          It has expired, was revoked, or is cut off. Set GITHUB_TOKEN to a new token.
        [Permission] the token in GITHUB_TOKEN may not do this: Resource not accessible by personal access token
          It needs the permission “Pull requests: write” (a classic token: the scope `repo`). Give it that, then resume.
        [Permission] the token in GITHUB_TOKEN is not authorised for the single sign-on of the organisation
          Authorise it at https://github.com/sso, then resume.
        [Permission] the token in GITHUB_TOKEN is not authorised for the single sign-on of the organisation
          Authorise it for the organisation in your token settings (Configure SSO), then resume.
        [Permission] there is no repository acme/connectors, or the token in GITHUB_TOKEN cannot see it
          Look at the remote's address, and whether the token's access covers this repository.
        [Permission] the repository acme/connectors is called acme/sources now
          Point the remote to it (git remote set-url origin …/acme/sources.git), then resume.
        [Permission] the repository acme/connectors is archived: nothing in it can be changed
          Ask an administrator to unarchive it.
        [Conflict] the repository has no branch `cutover/a` to open a pull request from
          Push the branch first: `pull-request.open` needs `git.push` before it.
        [Conflict] the repository has no branch `mian` to merge into
          It was renamed or deleted, or `mian` is misspelt: correct `base:`, then resume.
        [Conflict] `cutover/a` has no commits that `main` has not
          The change has been merged already, or the branch was reset.
        [Conflict] the repository does not allow draft pull requests
          Take `draft: true` out of the workflow.
        [Conflict] the repository has no label `migratoin`
          Did you mean `migration`? Otherwise make the label in the repository first.
        [Conflict] the repository has no label `x`
          Make the label in the repository first, or leave it out of the workflow.
        [Conflict] the repository has no open milestone `Q4`
          Make the milestone in the repository first, or leave it out of the workflow.
        [Conflict] ada opens the pull request and cannot be asked to review it
          Take ada out of `reviewers:`, or run with another token, such as an App's.
        [Conflict] bob and team x cannot be asked for a review: no access
          Correct the names, or give them access to the repository.
        [Conflict] bob cannot be assigned: not a member of the repository
          Correct the names, or give them access to the repository.
        [Conflict] the repository does not allow to merge by squash; it allows merge and rebase
          Name an allowed one in the step's `methods:`, or allow it in the repository's settings.
        [Conflict] the check `ci` cannot be run again: it is a commit status
          Run it again where it runs, then resume.
        [Conflict] GitHub does not take this: body is too long (maximum is 65536 characters)
          Change the `with:` of the step.
        [Permission] something that is not GitHub's interface answers at h (status 200): <html>
          A proxy or a sign-in page stands in between: look at the network.
        [Permission] the connection to h cannot be trusted: invalid peer certificate: UnknownIssuer
          Install the certificate of its authority on this machine (ca-certificates), and look at its clock.
        [Conflict] GitHub refuses (status 451): Repository access blocked
        ");
    }

    #[test]
    fn an_error_is_small_enough_to_be_handed_around() {
        assert!(size_of::<ForgeError>() <= 128, "{}", size_of::<ForgeError>());
    }
}
