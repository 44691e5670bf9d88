//! Continuous integration as a script: what each head's checks are, and when and how each ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

/// When a check ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum After {
    /// At once.
    #[default]
    Now,
    /// Once it has been asked for so often.
    Polls(u64),
    /// After so many seconds of the double's clock.
    Seconds(i64),
    /// Not at all.
    Never,
}

/// One check as every new head gets it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckPlan {
    pub(crate) name: String,
    /// Merging waits for it.
    #[serde(default)]
    pub(crate) required: bool,
    /// A commit status instead of a check run.
    #[serde(default)]
    pub(crate) status: bool,
    /// Not for drafts: it comes when the pull request is made ready.
    #[serde(default)]
    pub(crate) not_for_drafts: bool,
    /// How each attempt ends, in REST's lowercase; the last counts for all later ones.
    #[serde(default = "success")]
    pub(crate) conclusions: Vec<String>,
    #[serde(default)]
    pub(crate) after: After,
    #[serde(default)]
    pub(crate) log: String,
}

fn success() -> Vec<String> {
    vec!["success".to_owned()]
}

impl CheckPlan {
    /// A required check run that succeeds at once.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            required: true,
            status: false,
            not_for_drafts: false,
            conclusions: success(),
            after: After::Now,
            log: String::new(),
        }
    }

    /// It fails, with this log.
    pub(crate) fn failing(name: &str, log: &str) -> Self {
        Self { conclusions: vec!["failure".to_owned()], log: log.to_owned(), ..Self::new(name) }
    }

    /// It fails once and succeeds when it is run again.
    pub(crate) fn flaky(name: &str) -> Self {
        Self {
            conclusions: vec!["failure".to_owned(), "success".to_owned()],
            log: "flaked\n".to_owned(),
            ..Self::new(name)
        }
    }

    pub(crate) fn after(self, after: After) -> Self {
        Self { after, ..self }
    }

    pub(crate) fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    pub(crate) fn by_status(self) -> Self {
        Self { status: true, ..self }
    }

    pub(crate) fn ready_only(self) -> Self {
        Self { not_for_drafts: true, ..self }
    }
}

/// One attempt at a check of a commit.
#[derive(Clone, Debug)]
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) plan: CheckPlan,
    pub(crate) sha: String,
    /// From 1.
    pub(crate) attempt: usize,
    pub(crate) started_at: Timestamp,
    started_at_poll: u64,
}

/// How far a check is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Progress {
    InProgress,
    /// With the conclusion, in lowercase.
    Completed(String),
}

impl Progress {
    pub(crate) fn conclusion(&self) -> Option<&str> {
        match self {
            Self::InProgress => None,
            Self::Completed(conclusion) => Some(conclusion),
        }
    }

    /// What the conclusion means for merging.
    pub(crate) fn passed(&self) -> bool {
        matches!(self.conclusion(), Some("success" | "neutral" | "skipped"))
    }
}

/// The checks of one commit.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) suite: u64,
    pub(crate) workflow_run: u64,
    pub(crate) branch: String,
    polls: u64,
    /// The last attempt at each check.
    pub(crate) runs: Vec<CheckRun>,
    /// Attempts that others came after.
    pub(crate) former: Vec<CheckRun>,
}

impl Head {
    /// How far an attempt is by now.
    pub(crate) fn progress(&self, run: &CheckRun, now: Timestamp) -> Progress {
        let done = match run.plan.after {
            After::Now => true,
            // The asking itself has been counted already.
            After::Polls(polls) => self.polls.saturating_sub(run.started_at_poll) > polls,
            After::Seconds(seconds) => now.as_second() - run.started_at.as_second() >= seconds,
            After::Never => false,
        };
        if !done {
            return Progress::InProgress;
        }
        let conclusions = &run.plan.conclusions;
        let last = conclusions.last().map_or("success", String::as_str);
        Progress::Completed(conclusions.get(run.attempt - 1).map_or(last, String::as_str).to_owned())
    }

    /// The attempts that count now, with how far each is.
    pub(crate) fn states(&self, now: Timestamp) -> Vec<(&CheckRun, Progress)> {
        self.runs.iter().map(|run| (run, self.progress(run, now))).collect()
    }
}

/// The checks of a repository.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// For every new head that has no plan of its own.
    pub(crate) default: Vec<CheckPlan>,
    /// For the heads of one pull request.
    pub(crate) of_pull: BTreeMap<u64, Vec<CheckPlan>>,
    pub(crate) heads: BTreeMap<String, Head>,
}

impl Checks {
    /// The script for a pull request.
    pub(crate) fn plans(&self, number: u64) -> &[CheckPlan] {
        self.of_pull.get(&number).unwrap_or(&self.default)
    }

    /// Starts the checks of a head that it does not have yet.
    pub(crate) fn start(&mut self, to: &Start<'_>, ids: &mut u64) {
        let plans = self.plans(to.number).to_vec();
        if plans.is_empty() {
            return;
        }
        let mut next = || {
            *ids += 1;
            *ids
        };
        let head = self.heads.entry(to.sha.to_owned()).or_insert_with(|| Head {
            suite: next(),
            workflow_run: next(),
            branch: to.branch.to_owned(),
            polls: 0,
            runs: Vec::new(),
            former: Vec::new(),
        });
        for plan in plans {
            let there = head.runs.iter().any(|run| run.plan.name == plan.name);
            if there || (plan.not_for_drafts && to.draft) || (to.skipped && !plan.status) {
                continue;
            }
            let sha = to.sha.to_owned();
            head.runs.push(CheckRun {
                id: next(),
                plan,
                sha,
                attempt: 1,
                started_at: to.now,
                started_at_poll: head.polls,
            });
        }
    }

    /// The checks of a commit, which counts as having been asked for them.
    pub(crate) fn poll(&mut self, sha: &str) -> Option<&Head> {
        let head = self.heads.get_mut(sha)?;
        head.polls += 1;
        Some(head)
    }

    /// The attempt with this id, former ones included.
    pub(crate) fn run(&self, id: u64) -> Option<(&Head, &CheckRun)> {
        let attempts =
            self.heads.values().flat_map(|head| head.runs.iter().chain(&head.former).map(move |run| (head, run)));
        attempts.into_iter().find(|(_, run)| run.id == id)
    }

    /// Tries again what is chosen of one commit's completed checks; the number of those.
    pub(crate) fn again(
        &mut self,
        sha: &str,
        now: Timestamp,
        ids: &mut u64,
        chosen: impl Fn(&CheckRun, &Progress) -> bool,
    ) -> usize {
        let Some(head) = self.heads.get_mut(sha) else { return 0 };
        let mut count = 0;
        for index in 0..head.runs.len() {
            let progress = head.progress(&head.runs[index], now);
            if progress.conclusion().is_none() || !chosen(&head.runs[index], &progress) {
                continue;
            }
            *ids += 1;
            let former = head.runs[index].clone();
            head.runs[index] = CheckRun {
                id: *ids,
                attempt: former.attempt + 1,
                started_at: now,
                started_at_poll: head.polls,
                ..former.clone()
            };
            head.former.push(former);
            count += 1;
        }
        count
    }

    /// The commit whose checks are in this suite or workflow run.
    pub(crate) fn sha_where(&self, is: impl Fn(&Head) -> bool) -> Option<String> {
        self.heads.iter().find(|(_, head)| is(head)).map(|(sha, _)| sha.clone())
    }
}

/// A head that checks are started for.
pub(crate) struct Start<'a> {
    pub(crate) number: u64,
    pub(crate) sha: &'a str,
    pub(crate) branch: &'a str,
    pub(crate) draft: bool,
    /// The commit's message asks for no workflows.
    pub(crate) skipped: bool,
    pub(crate) now: Timestamp,
}
