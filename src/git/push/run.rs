//! A push from its first chunk to the last word on every branch.

use std::collections::{BTreeMap, BTreeSet};

use super::chunk::{arguments, chunks};
use super::porcelain::{Verdict, verdicts};
use super::refusal::{Refusal, refusal};
use super::{PushOptions, PushRejection, PushReport, PushRequest, Pushed};
use crate::git::branch_name::in_the_way;
use crate::git::remote::{Remote, RemoteTrouble, Talk, moved_to};
use crate::git::{CommitId, GitError, Repository, check_branch_name};

/// A push of what is named, one answer for each branch, and nothing that the user's settings would add.
const PUSH: [&str; 4] = ["push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"];

/// How many pushes are spent at first on finding which branch made the remote refuse all of them; each that takes
/// some earns as many again.
const SEARCH: u32 = 6;

/// So many chunks in a row that the network broke are the end of a push.
const MOST_BREAKS: u32 = 2;

impl Repository {
    /// Pushes branches, in as few pushes as the options allow, each with a lease. What became of each branch is asked
    /// of the remote where the push itself does not say it, so that a connection that broke in the middle leaves
    /// nothing in doubt if the remote can be reached again.
    pub fn push(&self, remote: &Remote, requests: &[PushRequest], options: &PushOptions) -> PushReport {
        let (talk, outcomes) = (Talk::new(self, remote), BTreeMap::new());
        Push { repository: self, talk, options, outcomes, doubts: Vec::new(), moved_to: None }.report(requests)
    }
}

/// A push under way.
struct Push<'a> {
    repository: &'a Repository,
    talk: Talk<'a>,
    options: &'a PushOptions,
    outcomes: BTreeMap<&'a str, Result<Pushed, GitError>>,
    /// Branches of which the remote has to say where they stand.
    doubts: Vec<Doubt<'a>>,
    moved_to: Option<String>,
}

/// A branch of which the push did not say enough.
struct Doubt<'a> {
    request: &'a PushRequest,
    /// What it means if the remote has what was asked for.
    there: Pushed,
    /// What to say if the branch stands where it was expected all the same.
    message: String,
}

/// What one `git push` made of its branches: those that were refused together, and whether any was taken.
struct Attempt<'a> {
    together: Vec<(&'a PushRequest, PushRejection)>,
    some_taken: bool,
}

impl<'a> Push<'a> {
    fn report(mut self, requests: &'a [PushRequest]) -> PushReport {
        let mut refused = self.refuse_impossible(requests);
        let possible: Vec<&PushRequest> = requests
            .iter()
            .zip(&refused)
            .filter(|(_, refused)| refused.is_none())
            .map(|(request, _)| request)
            .collect();
        self.carry_out(&possible);
        self.settle_doubts();
        let outcomes = requests.iter().zip(&mut refused).map(|(request, refused)| match refused.take() {
            Some(error) => Err(error),
            None => self.outcomes.remove(request.branch.as_str()).expect("every branch that was pushed has an outcome"),
        });
        let outcomes = outcomes.collect();
        PushReport { outcomes, moved_to: self.moved_to }
    }

    /// What no push can fulfil, and what would spoil the push of the others.
    fn refuse_impossible(&self, requests: &[PushRequest]) -> Vec<Option<GitError>> {
        // The commits were made a moment ago, perhaps by another thread.
        self.repository.objects().refresh();
        let mut seen = BTreeSet::new();
        let mut refuse = |request: &PushRequest| {
            if let Err(error) = check_branch_name(&request.branch) {
                return Some(error);
            }
            if !seen.insert(request.branch.clone()) {
                return Some(GitError::BranchTwice(request.branch.clone()));
            }
            let missing = request.commit.filter(|commit| !self.repository.objects().has(commit.object()));
            missing.map(|commit| GitError::MissingObject { kind: "commit", id: commit.object() })
        };
        requests.iter().map(&mut refuse).collect()
    }

    fn carry_out(&mut self, requests: &[&'a PushRequest]) {
        let mut breaks = 0;
        let mut rest = chunks(requests, self.options.chunk).into_iter();
        while let Some(chunk) = rest.next() {
            match self.attempt(&chunk) {
                Ok(attempt) => {
                    breaks = 0;
                    self.find_the_cause(attempt);
                }
                Err(error) => {
                    breaks += 1;
                    let reached = self.settle(&chunk, &error);
                    if !reached || !goes_on(&error) || breaks == MOST_BREAKS {
                        let rest: Vec<&PushRequest> = rest.flatten().collect();
                        self.give_up(&rest, &error, reached);
                        return;
                    }
                }
            }
        }
    }

    /// One `git push`. `Err` if it failed as a whole, and so says nothing of its branches.
    fn attempt(&mut self, chunk: &[&'a PushRequest]) -> Result<Attempt<'a>, GitError> {
        let options = self.options.push_options.iter().map(|option| format!("--push-option={option}"));
        let pairs: Vec<[String; 2]> = chunk.iter().map(|request| arguments(request)).collect();
        let options: Vec<String> = options.collect();
        let leases = pairs.iter().map(|[lease, _]| lease.as_str());
        let specs = pairs.iter().map(|[_, spec]| spec.as_str());
        // A thin pack builds on objects that the remote has, which a partial clone would fetch first for that alone.
        // Over HTTP git makes thin packs all the same; but what an edit has read is there already.
        let thin = if self.repository.is_partial() { "--no-thin" } else { "--thin" };
        let options = [thin].into_iter().chain(options.iter().map(String::as_str));
        let named = options.chain(leases).chain(["--", self.talk.place()]).chain(specs);
        let arguments: Vec<&str> = PUSH.into_iter().chain(named).collect();
        let spoken = self.talk.run(&arguments, b"")?;
        self.moved_to = self.moved_to.take().or_else(|| moved_to(&spoken.lines));
        let verdicts = verdicts(&spoken.stdout);
        let heard_of = |request: &&PushRequest| verdicts.get(&request.branch).is_some_and(|found| !found.is_unknown());
        if !spoken.status.success() && !chunk.iter().all(heard_of) && !verdicts.values().any(Verdict::is_the_servers) {
            return Err(self.failed(&spoken.lines));
        }
        Ok(self.judge(chunk, &verdicts, &spoken.lines))
    }

    fn judge(
        &mut self,
        chunk: &[&'a PushRequest],
        verdicts: &BTreeMap<String, Verdict>,
        lines: &[String],
    ) -> Attempt<'a> {
        let mut attempt = Attempt { together: Vec::new(), some_taken: false };
        for request in chunk {
            let outcome = match verdicts.get(&request.branch) {
                Some(Verdict::Done) => {
                    attempt.some_taken = true;
                    Pushed::Done
                }
                Some(Verdict::UpToDate) => Pushed::AlreadyThere,
                Some(verdict) => match refusal(&request.branch, verdict, lines) {
                    Refusal::Certain(rejection) => Pushed::Rejected(rejection),
                    Refusal::Together(rejection) => {
                        attempt.together.push((request, rejection));
                        continue;
                    }
                    Refusal::Ask(message) => {
                        // git looked before it pushed; the server may have met what it did for us a moment before,
                        // when the connection broke and curl asked again.
                        let before = matches!(verdict, Verdict::Rejected(_));
                        let there = if before { Pushed::AlreadyThere } else { Pushed::Done };
                        self.doubts.push(Doubt { request, there, message });
                        continue;
                    }
                },
                None => {
                    let message = "git said nothing of it".to_owned();
                    self.doubts.push(Doubt { request, there: Pushed::Done, message });
                    continue;
                }
            };
            self.outcomes.insert(&request.branch, Ok(outcome));
        }
        attempt
    }

    /// The remote refused branches together, though one may be the cause: the others are pushed without it.
    fn find_the_cause(&mut self, attempt: Attempt<'a>) {
        let mut budget = SEARCH;
        let mut suspects = vec![attempt.together];
        while let Some(mut group) = suspects.pop() {
            if group.len() < 2 || budget == 0 {
                let rejected =
                    group.into_iter().map(|(request, why)| (request.branch.as_str(), Ok(Pushed::Rejected(why))));
                self.outcomes.extend(rejected);
                continue;
            }
            let second = group.split_off(group.len() / 2);
            for half in [second, group] {
                if budget == 0 {
                    suspects.push(half);
                    continue;
                }
                budget -= 1;
                let chunk: Vec<&PushRequest> = half.iter().map(|(request, _)| *request).collect();
                match self.attempt(&chunk) {
                    Ok(found) => {
                        budget += if found.some_taken { SEARCH } else { 0 };
                        suspects.push(found.together);
                    }
                    Err(error) => {
                        self.settle(&chunk, &error);
                    }
                }
            }
        }
    }

    /// A push failed as a whole: what the remote has all the same is settled. Whether the remote could be asked.
    fn settle(&mut self, chunk: &[&'a PushRequest], error: &GitError) -> bool {
        let listing = if is_stopped(error) { None } else { self.talk.branches().ok() };
        // A connection that broke may have carried everything before; a remote that refused us took nothing.
        let there = if passes(error) { Pushed::Done } else { Pushed::AlreadyThere };
        if let Some(listing) = &listing {
            self.read_off(listing, chunk, &there, error);
        } else {
            self.outcomes.extend(chunk.iter().map(|request| (request.branch.as_str(), Err(error.clone()))));
        }
        listing.is_some()
    }

    fn read_off(
        &mut self,
        listing: &BTreeMap<String, CommitId>,
        chunk: &[&'a PushRequest],
        there: &Pushed,
        error: &GitError,
    ) {
        for request in chunk {
            let found = listing.get(&request.branch).copied();
            let outcome = if found == request.commit {
                Ok(there.clone())
            } else if found != request.expected {
                Ok(Pushed::Rejected(PushRejection::Moved { found }))
            } else {
                Err(error.clone())
            };
            self.outcomes.insert(&request.branch, outcome);
        }
    }

    /// What is left when the remote will not take any more; some of it may be there from an earlier push.
    fn give_up(&mut self, rest: &[&'a PushRequest], error: &GitError, reached: bool) {
        match if reached && !rest.is_empty() { self.talk.branches().ok() } else { None } {
            Some(listing) => self.read_off(&listing, rest, &Pushed::AlreadyThere, error),
            None => self.outcomes.extend(rest.iter().map(|request| (request.branch.as_str(), Err(error.clone())))),
        }
    }

    /// Asks once where all the branches stand of which the push did not say enough.
    fn settle_doubts(&mut self) {
        if self.doubts.is_empty() {
            return;
        }
        let listing = self.talk.branches();
        for doubt in std::mem::take(&mut self.doubts) {
            let branch = &doubt.request.branch;
            let outcome = match &listing {
                Ok(listing) => Ok(in_the_light_of(listing, doubt)),
                Err(error) => Err(error.clone()),
            };
            self.outcomes.insert(branch, outcome);
        }
    }

    /// Why a push failed as a whole.
    fn failed(&self, lines: &[String]) -> GitError {
        let error = self.talk.failed(lines);
        let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
        match error {
            // git itself says nothing more when the hook has spoken.
            GitError::Remote(mut other)
                if other.trouble == RemoteTrouble::Other
                    && has("error: failed to push some refs")
                    && !has("fatal:") =>
            {
                other.trouble = RemoteTrouble::LocalHook;
                GitError::Remote(other)
            }
            error => error,
        }
    }
}

fn in_the_light_of(listing: &BTreeMap<String, CommitId>, doubt: Doubt<'_>) -> Pushed {
    let Doubt { request, there, message } = doubt;
    let found = listing.get(&request.branch).copied();
    if found == request.commit {
        return there;
    }
    if found != request.expected {
        return Pushed::Rejected(PushRejection::Moved { found });
    }
    let names = listing.keys().cloned().collect();
    Pushed::Rejected(match in_the_way(&request.branch, &names) {
        Some(other) => PushRejection::NameTaken { other },
        None => PushRejection::Other { message },
    })
}

/// Whether the next chunk may fare better.
fn goes_on(error: &GitError) -> bool {
    passes(error) || matches!(error, GitError::Remote(error) if error.trouble == RemoteTrouble::LocalHook)
}

fn passes(error: &GitError) -> bool {
    matches!(error, GitError::Remote(error) if error.trouble.passes())
}

fn is_stopped(error: &GitError) -> bool {
    matches!(error, GitError::Remote(error) if error.trouble == RemoteTrouble::Cancelled)
}
