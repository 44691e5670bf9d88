//! Why a server did not take a branch: read from its reason and its words.
//!
//! The words are those of git's own server, of GitHub (docs.github.com, "About protected branches", "Working with push
//! protection") and of GitLab.

use super::PushRejection;
use super::porcelain::Verdict;
use crate::git::remote::{last, remote_lines};

/// What is known of a branch that was not taken, before the remote is asked where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// This is why, whatever the remote has.
    Certain(PushRejection),
    /// The branch does not stand where it was expected, or another push is under way: the listing tells. The message
    /// is for the case that it does not.
    Ask(String),
    /// Everything of this push was refused, and nothing says because of which branch.
    Together(PushRejection),
}

/// Reasons that tell of a branch that stands elsewhere, or of a push that came in between.
const ELSEWHERE: [&str; 11] = [
    "stale info",
    "fetch first",
    "needs force",
    "already exists",
    "since checkout",
    "failed to update ref",
    "failed to lock",
    "cannot lock ref",
    "incorrect old value",
    "failed to report status",
    "atomic",
];

const SECRET: [&str; 7] =
    ["gh009", "push protection", "contain secrets", "secrets detected", "gh007", "private email", "email privacy"];

const TOO_LARGE: [&str; 4] = ["gh001", "file size limit", "exceeds the maximum", "larger than"];

const PROTECTED: [&str; 11] = [
    "gh006",
    "gh013",
    "gh003",
    "protected branch",
    "rule violations",
    "prohibited",
    "non-fast-forward",
    "currently checked out",
    "hidden ref",
    "force-pushing to",
    "policy",
];

/// Reasons that a server gives for a push as a whole, though one branch may be the cause.
const TOGETHER: [&str; 3] = ["pre-receive hook declined", "unpacker error", "push declined"];

/// Reads the refusal of a branch. `lines` is the whole standard error of the push.
pub(super) fn refusal(branch: &str, verdict: &Verdict, lines: &[String]) -> Refusal {
    let (reason, by_remote) = match verdict {
        Verdict::RemoteRejected(reason) => (reason.as_str(), true),
        Verdict::Rejected(reason) => (reason.as_str(), false),
        Verdict::Done | Verdict::UpToDate => ("", false),
    };
    let said = remote_lines(lines);
    let (own, message) = match block(branch, &said) {
        Some(block) => (true, last(&block)),
        None => (false, last(&said)),
    };
    if reason.contains("shallow update not allowed") {
        return Refusal::Certain(PushRejection::Shallow);
    }
    if !by_remote || ELSEWHERE.iter().any(|sign| reason.contains(sign)) {
        return Refusal::Ask(with_reason(reason, &message));
    }
    let rejection = rejection(reason, message, lines);
    if TOGETHER.iter().any(|sign| reason.contains(sign)) && !own {
        Refusal::Together(rejection)
    } else {
        Refusal::Certain(rejection)
    }
}

fn rejection(reason: &str, message: String, lines: &[String]) -> PushRejection {
    let all = format!("{reason}\n{message}").to_ascii_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| all.contains(sign));
    if all.contains("refusing to allow") || all.contains("workflow` scope") {
        PushRejection::Permission { message: with_reason(reason, &message) }
    } else if has(&SECRET) {
        PushRejection::Secret { message }
    } else if has(&TOO_LARGE) {
        PushRejection::TooLarge { message }
    } else if has(&PROTECTED) {
        PushRejection::Protected { message: if message.is_empty() { reason.to_owned() } else { message } }
    } else if all.contains("hook declined") || all.contains("gl-hook-err") {
        PushRejection::Hook { message }
    } else {
        let unpack = lines.iter().find_map(|line| line.strip_prefix("error: remote unpack failed: "));
        PushRejection::Other { message: with_reason(unpack.unwrap_or(reason), &message) }
    }
}

fn with_reason(reason: &str, message: &str) -> String {
    if message.is_empty() { reason.to_owned() } else { format!("{reason}\n{message}") }
}

/// The lines that belong to one branch, if any line names it.
fn block<'a>(branch: &str, said: &[&'a str]) -> Option<Vec<&'a str>> {
    let names = |line: &str| names_branch(line, branch);
    let at = said.iter().position(|line| names(line))?;
    if said[at].contains("hook declined to update") {
        // git's server says so after the hook's own words.
        let start = said[..at].iter().rposition(|line| line.contains("hook declined to update")).map_or(0, |at| at + 1);
        let words = &said[start..at];
        return Some(if words.is_empty() { vec![said[at]] } else { words.to_vec() });
    }
    let ours = said[at..].iter().enumerate();
    let end = ours.skip(1).find(|(_, line)| (line.contains("refs/heads/") || is_heading(line)) && !names(line));
    let start = said[..at].iter().rposition(|line| is_heading(line)).filter(|start| {
        // A heading without a name belongs to the first name below it.
        !said[*start].contains("refs/heads/") && !said[*start..at].iter().any(|line| line.contains("refs/heads/"))
    });
    Some(said[start.unwrap_or(at)..end.map_or(said.len(), |(length, _)| at + length)].to_vec())
}

/// GitHub's `error: GH013: Repository rule violations found …`.
fn is_heading(line: &str) -> bool {
    line.trim_start().starts_with("error: GH")
}

fn names_branch(line: &str, branch: &str) -> bool {
    let name = format!("refs/heads/{branch}");
    line.match_indices(&name).any(|(at, _)| {
        let after = line[at + name.len()..].chars().next();
        // A full stop may end the sentence.
        !after.is_some_and(|c| c.is_alphanumeric() || "/-_".contains(c))
    })
}

#[cfg(test)]
mod tests;
