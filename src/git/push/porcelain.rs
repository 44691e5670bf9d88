//! What `git push --porcelain` says of each branch (git-push(1), "Output"): a flag, `from:to`, a summary and a reason,
//! between tabs.

use std::collections::BTreeMap;

/// What git says of one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The remote has it now.
    Done,
    /// The remote had it already.
    UpToDate,
    /// git itself did not push it: `stale info`, `fetch first`.
    Rejected(String),
    /// The remote did not take it: `hook declined`.
    RemoteRejected(String),
}

impl Verdict {
    /// Whether git only says that it does not know: the connection broke before the server's answer.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::RemoteRejected(reason) if reason.contains("failed to report status"))
    }

    /// Whether it is the server's own.
    pub(super) fn is_the_servers(&self) -> bool {
        matches!(self, Self::Done | Self::RemoteRejected(_)) && !self.is_unknown()
    }
}

/// The verdict on every branch that git names. A remote with several addresses for pushes has one for each; the worst
/// counts.
pub(super) fn verdicts(stdout: &str) -> BTreeMap<String, Verdict> {
    let mut verdicts = BTreeMap::new();
    for (branch, verdict) in stdout.lines().filter_map(verdict) {
        match verdicts.get(&branch) {
            Some(Verdict::Rejected(_) | Verdict::RemoteRejected(_)) => {}
            Some(Verdict::Done) if verdict == Verdict::UpToDate => {}
            _ => {
                verdicts.insert(branch, verdict);
            }
        }
    }
    verdicts
}

/// One line's; what a local hook prints stands between them and is none.
fn verdict(line: &str) -> Option<(String, Verdict)> {
    let mut fields = line.split('\t');
    let (flag, refs, summary) = (fields.next()?, fields.next()?, fields.next()?);
    let branch = refs.rsplit_once(":refs/heads/")?.1.to_owned();
    let verdict = match flag {
        " " | "+" | "-" | "*" => Verdict::Done,
        "=" => Verdict::UpToDate,
        "!" => rejected(summary),
        _ => return None,
    };
    Some((branch, verdict))
}

/// `[remote rejected] (hook declined)`, `[rejected] (stale info)`, `[remote failure] (…)`.
fn rejected(summary: &str) -> Verdict {
    let (kind, reason) = summary.split_once("] ").unwrap_or((summary, ""));
    let reason = reason.strip_prefix('(').and_then(|reason| reason.strip_suffix(')')).unwrap_or(reason).to_owned();
    if kind == "[rejected" { Verdict::Rejected(reason) } else { Verdict::RemoteRejected(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_read_and_other_lines_are_not() {
        let stdout = "a hook\tprints: what\tit likes\nTo http://h/x\n \taa:refs/heads/a\taa..bb\n*\tbb:refs/heads/b/c\t[new branch]\n\
                      -\t:refs/heads/d\t[deleted]\n+\tbb:refs/heads/e\taa...bb (forced update)\n\
                      =\tbb:refs/heads/f\t[up to date]\n!\tbb:refs/heads/g\t[rejected] (stale info)\n\
                      !\t(delete):refs/heads/h\t[remote rejected] (deletion prohibited)\n\
                      !\tbb:refs/heads/i\t[remote failure] (remote failed to report status)\nDone\n";
        let refused = |reason: &str| Verdict::RemoteRejected(reason.to_owned());
        let expected = [
            ("a", Verdict::Done),
            ("b/c", Verdict::Done),
            ("d", Verdict::Done),
            ("e", Verdict::Done),
            ("f", Verdict::UpToDate),
            ("g", Verdict::Rejected("stale info".to_owned())),
            ("h", refused("deletion prohibited")),
            ("i", refused("remote failed to report status")),
        ];
        assert_eq!(verdicts(stdout), expected.map(|(name, verdict)| (name.to_owned(), verdict)).into());
    }

    #[test]
    fn of_two_addresses_the_worse_verdict_counts() {
        let (good, bad) = ("*\tbb:refs/heads/a\t[new branch]\n", "!\tbb:refs/heads/a\t[rejected] (stale info)\n");
        let bad_one = Verdict::Rejected("stale info".to_owned());
        assert_eq!(verdicts(&format!("{good}{bad}"))["a"], bad_one);
        assert_eq!(verdicts(&format!("{bad}{good}"))["a"], bad_one);
    }
}
