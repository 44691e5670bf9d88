//! What `cutover doctor` says of GitHub: each thing that a run needs, how it stands, and what to do about it. Nothing
//! is written.

mod access;
mod branch;
mod fork;

use jiff::Timestamp;

use super::super::{Finding, FindingState};
use super::Inner;
use super::facts::Facts;

impl Inner {
    /// Looks at everything that a run needs; what cannot be looked at is a finding of its own.
    pub(super) async fn examine(&self, base: &str) -> Vec<Finding> {
        let mut findings = vec![self.examine_content_budget()];
        let facts = match self.known.facts(&self.client).await {
            Ok(facts) => facts,
            Err(error) => {
                let hint = error.hint();
                findings.insert(0, Finding { hint, ..problem("token", error.to_string()) });
                return findings;
            }
        };
        let token = self.examine_token(facts).await;
        findings.splice(0..0, token);
        findings.extend(self.examine_limits().await);
        findings.extend(self.examine_repository(facts));
        findings.push(match &self.fork {
            Some(fork) => self.examine_fork(fork, facts).await,
            None => Self::examine_push(facts),
        });
        findings.extend(self.examine_base(facts, base).await);
        findings.push(examine_cleaning(facts));
        findings
    }

    fn examine_repository(&self, facts: &Facts) -> Vec<Finding> {
        let asked = self.client.repository();
        let name = if facts.name.eq_ignore_ascii_case(asked) {
            fine("repository", facts.name.clone())
        } else {
            let hint = format!("Point the remote to it: git remote set-url origin …/{}.git", facts.name);
            let says = format!("{asked} is called {} now; writes to the old name are refused", facts.name);
            problem("repository", says).then(&hint)
        };
        let archived = problem("repository", format!("{} is archived: nothing in it can be changed", facts.name));
        let archived = archived.then("Ask an administrator to unarchive it.");
        if facts.archived { vec![name, archived] } else { vec![name] }
    }

    fn examine_push(facts: &Facts) -> Finding {
        let viewer = &facts.viewer;
        match facts.permission.as_deref() {
            Some(permission @ ("WRITE" | "MAINTAIN" | "ADMIN")) => {
                fine("push", format!("{viewer} may push ({})", permission.to_lowercase()))
            }
            Some(permission) => problem("push", format!("{viewer} may not push ({})", permission.to_lowercase()))
                .then("Ask for write access, or push to a fork (`--fork OWNER`)."),
            None => notice("push", format!("GitHub does not tell whether {viewer} may push"))
                .then("A GitHub App needs the permission “Contents: write”."),
        }
    }
}

fn examine_cleaning(facts: &Facts) -> Finding {
    if facts.deletes_branches {
        fine("merged branches", "GitHub deletes them".to_owned())
    } else {
        notice("merged branches", "they stay".to_owned())
            .then("Tick “Automatically delete head branches” in the repository's settings to be rid of them.")
    }
}

fn fine(what: &str, says: String) -> Finding {
    Finding { what: what.to_owned(), state: FindingState::Fine, says, hint: None }
}

fn notice(what: &str, says: String) -> Finding {
    Finding { state: FindingState::Notice, ..fine(what, says) }
}

fn problem(what: &str, says: String) -> Finding {
    Finding { state: FindingState::Problem, ..fine(what, says) }
}

/// With what to do.
trait Then {
    fn then(self, hint: &str) -> Self;
}

impl Then for Finding {
    fn then(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }
}

/// How long until then, for people.
fn until(moment: Timestamp, now: Timestamp) -> String {
    let minutes = moment.duration_since(now).as_secs().max(0).div_euclid(60) + 1;
    match minutes {
        0..120 => crate::base::count(usize::try_from(minutes).unwrap_or_default(), "minute"),
        120..2880 => crate::base::count(usize::try_from(minutes / 60).unwrap_or_default(), "hour"),
        _ => crate::base::count(usize::try_from(minutes / 1440).unwrap_or_default(), "day"),
    }
}
