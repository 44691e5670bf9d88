//! The unit's pull request as whoever comes after its opening finds it: open with our head, merged, or a person's.
//!
//! Owns what all publications that follow `pull-request.open` have in common. What each of them makes of an open pull
//! request is its own.

use jiff::SignedDuration;

use crate::action::{PublishError, Published, Publishing, changed, unchanged};
use crate::base::RepoPath;
use crate::event::{Failure, FailureClass, Held, StepResult, Waiting, WaitsFor};
use crate::forge::{PullRequestState, Standing};

/// How long the forge may take to see a push; then another head on it is a person's.
const SEEING: SignedDuration = SignedDuration::from_mins(2);

/// What was found.
pub(crate) enum Found {
    /// There is nothing to do for whoever looks.
    Settled(Published),
    /// It is merged, with all our commits.
    Merged(Box<Standing>),
    /// It is open, and its head is ours.
    Open(Box<Standing>),
}

/// Looks at the unit's pull request.
pub(crate) async fn find(publishing: Publishing<'_>) -> Result<Found, PublishError> {
    let Some(head) = publishing.head else {
        return Ok(Found::Settled(unchanged("there is nothing to publish").into()));
    };
    let standing = Box::new(publishing.forge.standing(publishing.number()?).await?);
    let pull_request = &standing.pull_request;
    let number = pull_request.number;
    let other = pull_request.head_commit.as_deref().filter(|found| *found != head);
    match (pull_request.state, other) {
        (PullRequestState::Closed, _) => Err(PublishError::Held(Held::ClosedByHuman { number })),
        (PullRequestState::Merged, None) => Ok(Found::Merged(standing)),
        (PullRequestState::Merged, Some(found)) => Err(merged_without_us(number, found, head).into()),
        (PullRequestState::Open, None) => Ok(Found::Open(standing)),
        (PullRequestState::Open, Some(found)) => {
            let opened_at = pull_request.mark.as_ref().and_then(|mark| mark.head.as_deref());
            other_head(publishing, head, found, opened_at == Some(found)).map(Found::Settled)
        }
    }
}

/// The result of a publication whose pull request is merged.
pub(crate) fn merged(standing: &Standing, result: StepResult) -> Published {
    Published::Merged { result, number: standing.pull_request.number }
}

/// The words for a merged pull request.
pub(crate) fn is_merged(standing: &Standing) -> StepResult {
    changed(format!("pull request {} is merged", standing.pull_request.number))
}

/// The head on the forge is not ours: the forge has not seen our push yet, or a person has pushed.
fn other_head(
    publishing: Publishing<'_>,
    head: &str,
    found: &str,
    is_our_first: bool,
) -> Result<Published, PublishError> {
    let detail = format!("the forge to see the push of {}", short(head));
    let waiting = publishing.patience(WaitsFor::Checks, detail.clone(), SEEING);
    match waiting {
        Some(waiting) => Ok(waiting.into()),
        // Nobody but the forge itself goes back to the commit that the pull request was opened with.
        None if is_our_first => Ok(Waiting::new(WaitsFor::Checks, detail).into()),
        None => {
            let (branch, found) = (publishing.branch.to_owned(), short(found).to_owned());
            Err(PublishError::Held(Held::EditedByHuman { branch, found }))
        }
    }
}

fn merged_without_us(number: u64, found: &str, head: &str) -> Failure {
    let (found, head) = (short(found), short(head));
    let message =
        format!("pull request {number} was merged at {found}, and not at {head}, the last commit of this run");
    Failure::new(FailureClass::Conflict, message)
        .cause("the pull request was merged without the last commit of this run")
        .hint(format!(
            "look at what is missing (`git diff {found} {head}`), bring it to the base branch by hand, and leave the \
             step out with `cutover resume --skip STEP`"
        ))
}

/// A commit's id as people write it.
pub(crate) fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// Refuses a pull request that still has a placeholder where its own number belongs.
pub(crate) fn refuse_placeholders(publishing: Publishing<'_>) -> Result<(), Failure> {
    let Publishing { subject, files, .. } = publishing;
    let version = subject.version_in(files).ok();
    for path in files.changes().keys().filter(|path| is_page(path)) {
        let text = |file: Option<crate::base::TreeFile>| {
            file.and_then(|file| String::from_utf8(file.bytes.to_vec()).ok()).unwrap_or_default()
        };
        let (base, now) = (text(files.read_base(path)?), text(files.read(path)?));
        if let Some(found) = crate::edit::changelog::unfilled(&base, &now, version.as_deref()).first() {
            let message = format!("{path}, line {}: {found}", found.line);
            return Err(Failure::new(FailureClass::Unmet, message)
                .cause("a placeholder is left where the number of the pull request belongs")
                .hint(
                    "write the number there: a `changelog.add` step with `pull-request: ${{ steps.….number }}`, after the \
                     step that opens the pull request and before this one",
                ));
        }
    }
    Ok(())
}

fn is_page(path: &RepoPath) -> bool {
    let extension = path.file_name().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("md" | "mdx" | "markdown"))
}
