//! Whether a pull request can be merged, and merging it: for real, in the bare repository.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::checks::Progress;
use super::model::{Merge, Mergeability, Method, Pull, Repository, Role, Verdict};
use super::store::CommitText;
use super::world::World;

/// How a pull request is to be merged.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) method: Method,
    pub(crate) title: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) by: String,
}

impl World {
    /// Whether the head merges into the base without conflict; `None` where GitHub would not know yet: in the
    /// first request that asks after a tip has moved.
    pub(crate) fn mergeable(&mut self, at: usize, number: u64) -> Option<bool> {
        let waits = self.lazy_mergeability.then_some(self.requests);
        self.mergeability(at, number, waits)
    }

    /// Whether it is, found out now.
    pub(crate) fn mergeable_now(&mut self, at: usize, number: u64) -> bool {
        self.mergeability(at, number, None).unwrap_or(false)
    }

    fn mergeability(&mut self, at: usize, number: u64, waits: Option<u64>) -> Option<bool> {
        let repository = self.repositories.get_mut(at)?;
        let pull = repository.pulls.get_mut(&number)?;
        let base = repository.store.branch(&pull.base_branch)?.to_owned();
        let known = pull.mergeability.as_ref().filter(|known| known.base == base && known.head == pull.head);
        let asked = match known {
            Some(Mergeability { clean: Some(clean), .. }) => return Some(*clean),
            Some(known) => Some(known.asked),
            None => waits,
        };
        let head = pull.head.clone();
        let clean = (waits.is_none() || asked != waits).then(|| self.merges_cleanly(at, number, &base, &head));
        let asked = asked.unwrap_or_default();
        self.repositories[at].pulls.get_mut(&number)?.mergeability = Some(Mergeability { base, head, clean, asked });
        clean
    }

    /// Where head and base changed other paths since they parted, git need not be asked: with hundreds open, each
    /// merge into the base asks this of all others.
    fn merges_cleanly(&mut self, at: usize, number: u64, base: &str, head: &str) -> bool {
        let change = self.change(at, number);
        let repository = &mut self.repositories[at];
        if let Some(parted) = &change.parted {
            let key = (parted.clone(), base.to_owned());
            let store = &repository.store;
            let moved = repository.moves.entry(key).or_insert_with(|| store.changed_paths(parted, base));
            if change.files.iter().all(|file| is_apart(&file.path, moved)) {
                return true;
            }
        }
        repository.store.merge_tree(base, head).is_some()
    }

    /// GraphQL's `mergeStateStatus`; REST's `mergeable_state` is the same in lowercase.
    pub(crate) fn merge_state(&mut self, at: usize, number: u64) -> &'static str {
        let Some(pull) = self.repositories[at].pulls.get(&number) else { return "UNKNOWN" };
        if !pull.open {
            return "UNKNOWN";
        }
        let draft = pull.draft;
        match self.mergeable(at, number) {
            None => return "UNKNOWN",
            Some(false) => return "DIRTY",
            Some(true) if draft => return "DRAFT",
            Some(true) => {}
        }
        let repository = &self.repositories[at];
        let pull = &repository.pulls[&number];
        if repository.protection(&pull.base_branch).strict && self.is_behind(at, number) {
            return "BEHIND";
        }
        if !self.obstacles(at, number).is_empty() {
            return "BLOCKED";
        }
        let now = self.now();
        let failing = repository.checks.heads.get(&pull.head);
        let failing = failing.is_some_and(|head| head.states(now).iter().any(|(_, progress)| !progress.passed()));
        if failing { "UNSTABLE" } else { "CLEAN" }
    }

    /// Whether the base has commits that the head has not. Git is asked only where its last answer does not tell.
    fn is_behind(&self, at: usize, number: u64) -> bool {
        let repository = &self.repositories[at];
        let pull = &repository.pulls[&number];
        let Some(tip) = repository.store.branch(&pull.base_branch) else { return false };
        let known = pull.change.as_ref().filter(|known| known.head == pull.head);
        if let Some(known) = known {
            if known.change.parted.as_deref() == Some(tip) || known.change.commits.iter().any(|commit| commit == tip) {
                return false;
            }
            if known.base == tip {
                return true;
            }
        }
        !repository.store.contains(tip, &pull.head)
    }

    /// What the rules of the base still ask for, in GitHub's sentences.
    pub(crate) fn obstacles(&self, at: usize, number: u64) -> Vec<String> {
        let repository = &self.repositories[at];
        let pull = &repository.pulls[&number];
        let rules = repository.protection(&pull.base_branch);
        let mut obstacles = missing_checks(repository, pull, self.now());
        if decision(repository, pull) == Some("CHANGES_REQUESTED") {
            obstacles.push("Changes have been requested on this pull request.".to_owned());
        } else if approvals(repository, pull) < rules.required_approvals {
            let (count, s) = (rules.required_approvals, if rules.required_approvals == 1 { " is" } else { "s are" });
            obstacles.push(format!("At least {count} approving review{s} required by reviewers with write access."));
        }
        if rules.strict && self.is_behind(at, number) {
            obstacles.push("Head branch is out of date. Review and try the merge again.".to_owned());
        }
        obstacles
    }

    /// What GitHub answers a wish to merge that cannot be granted.
    fn refusal(&mut self, at: usize, number: u64, method: Method) -> Option<Answer> {
        let repository = &self.repositories[at];
        let pull = &repository.pulls[&number];
        let rules = repository.protection(&pull.base_branch);
        let refuse = |message: &str| Some(Answer::message(405, message));
        if !pull.open {
            return refuse("Pull Request is not mergeable");
        }
        if pull.draft {
            return refuse("Pull Request is still a draft");
        }
        if !repository.methods.contains(&method) || (rules.linear_history && method == Method::Merge) {
            return refuse(match method {
                Method::Merge => "Merge commits are not allowed on this repository.",
                Method::Squash => "Squash merges are not allowed on this repository.",
                Method::Rebase => "Rebase merges are not allowed on this repository.",
            });
        }
        if let Some(obstacle) = self.obstacles(at, number).first() {
            return refuse(obstacle);
        }
        (!self.mergeable_now(at, number)).then(|| Answer::message(405, "Pull Request is not mergeable"))
    }

    /// Merges, or says why not. The merge queue merges by this too.
    pub(crate) fn merge(&mut self, at: usize, number: u64, wish: &Wish) -> Result<String, Answer> {
        if let Some(refusal) = self.refusal(at, number, wish.method) {
            return Err(refusal);
        }
        let now = self.now();
        let failed = |why: String| Answer::message(405, &format!("Merge failed: {why}"));
        let repository = &mut self.repositories[at];
        let pull = &repository.pulls[&number];
        let base = repository.store.branch(&pull.base_branch).unwrap_or_default().to_owned();
        let commit = match wish.method {
            Method::Merge => merge_commit(repository, pull, &base, wish, now),
            Method::Squash => squash(repository, pull, &base, wish, now),
            Method::Rebase => rebase(repository, pull, &base, wish, now),
        }
        .map_err(failed)?;
        let (name, branch) = (format!("refs/heads/{}", pull.base_branch), format!("refs/heads/{}", pull.head_branch));
        let own_branch = pull.head_repository == repository.id;
        repository.store.set(&name, &commit, Some(&base)).map_err(failed)?;
        repository.pushed_at = now;
        let delete = repository.delete_branch_on_merge && own_branch;
        if let Some(pull) = repository.pulls.get_mut(&number) {
            pull.open = false;
            pull.merge = Some(Merge { at: now, by: wish.by.clone(), commit: commit.clone() });
            pull.closed_at = Some(now);
            pull.closed_by = Some(wish.by.clone());
            pull.updated_at = now;
            pull.queued = None;
            pull.auto_merge = None;
        }
        if delete {
            repository.store.delete(&branch).map_err(failed)?;
        }
        self.follow_refs();
        Ok(commit)
    }

    /// What happens by itself when a pull request is looked at: auto-merge, and the queue's turn.
    pub(crate) fn look(&mut self, at: usize, number: u64) {
        let Some(pull) = self.repositories[at].pulls.get_mut(&number).filter(|pull| pull.open) else { return };
        let author = pull.author.clone();
        if let Some(entry) = &mut pull.queued {
            entry.looks_left = entry.looks_left.saturating_sub(1);
            if entry.looks_left == 0 {
                let method = self.repositories[at].methods.first().copied().unwrap_or(Method::Merge);
                let wish = Wish { method, title: None, message: None, by: author };
                if self.merge(at, number, &wish).is_err()
                    && let Some(pull) = self.repositories[at].pulls.get_mut(&number)
                {
                    // The queue puts out what it cannot merge.
                    pull.queued = None;
                }
            }
        } else if let Some(auto) = pull.auto_merge.clone() {
            let wish = Wish { method: auto.method, title: None, message: None, by: auto.by };
            if !self.repositories[at].pulls[&number].draft && self.obstacles(at, number).is_empty() {
                // What is not mergeable stays as it is until it is.
                let _ = self.merge(at, number, &wish);
            }
        }
    }
}

/// Whether a path is none of these, nor a directory of one, nor in one that has become a file.
fn is_apart(path: &str, others: &BTreeSet<String>) -> bool {
    let within = format!("{path}/");
    let inside = others.range(within.clone()..).next().is_some_and(|other| other.starts_with(&within));
    let above = path.match_indices('/').any(|(end, _)| others.contains(&path[..end]));
    !inside && !above && !others.contains(path)
}

/// The sentences about required checks that have not succeeded.
fn missing_checks(repository: &Repository, pull: &Pull, now: jiff::Timestamp) -> Vec<String> {
    let head = repository.checks.heads.get(&pull.head);
    let states = head.map(|head| head.states(now)).unwrap_or_default();
    let mut missing = Vec::new();
    for context in required_checks(repository, pull) {
        let progress = states.iter().find(|(run, _)| run.plan.name == context).map(|(_, progress)| progress);
        let state = match progress {
            None => "is expected",
            Some(Progress::InProgress) => "is pending",
            Some(progress) if progress.passed() => continue,
            Some(_) => "is failing",
        };
        missing.push(format!("Required status check \"{context}\" {state}."));
    }
    missing
}

/// The contexts that must succeed: the base's rules', and those of the script that are marked so.
pub(crate) fn required_checks(repository: &Repository, pull: &Pull) -> Vec<String> {
    let mut contexts = repository.protection(&pull.base_branch).required_checks;
    if let Some(head) = repository.checks.heads.get(&pull.head) {
        let marked = head.runs.iter().filter(|run| run.plan.required).map(|run| run.plan.name.clone());
        contexts.extend(marked);
    }
    contexts.sort();
    contexts.dedup();
    contexts
}

/// How many people whose word counts have approved.
fn approvals(repository: &Repository, pull: &Pull) -> u64 {
    let counts = |login: &str| repository.role(login).is_some_and(|role| role >= Role::Write);
    let opinions = pull.opinions();
    let approving = opinions.iter().filter(|review| review.verdict == Verdict::Approved && counts(&review.author));
    approving.count() as u64
}

/// GraphQL's `reviewDecision`: where no review is required there is none.
pub(crate) fn decision(repository: &Repository, pull: &Pull) -> Option<&'static str> {
    let required = repository.protection(&pull.base_branch).required_approvals;
    if required == 0 {
        return None;
    }
    let counts = |login: &str| repository.role(login).is_some_and(|role| role >= Role::Write);
    let objects =
        |review: &&super::model::Review| review.verdict == Verdict::ChangesRequested && counts(&review.author);
    if pull.opinions().iter().any(objects) {
        return Some("CHANGES_REQUESTED");
    }
    Some(if approvals(repository, pull) >= required { "APPROVED" } else { "REVIEW_REQUIRED" })
}

/// GitHub commits under its own name what somebody else is the author of.
fn people(by: &str, now: jiff::Timestamp) -> ([String; 3], [String; 3]) {
    let author = [by.to_owned(), format!("{by}@users.noreply.github.com"), now.to_string()];
    (author, ["GitHub".to_owned(), "noreply@github.com".to_owned(), now.to_string()])
}

fn merge_commit(
    repository: &Repository,
    pull: &Pull,
    base: &str,
    wish: &Wish,
    now: jiff::Timestamp,
) -> Result<String, String> {
    let tree = repository.store.merge_tree(base, &pull.head).ok_or("the trees conflict")?;
    let title = wish.title.clone().unwrap_or_else(|| {
        format!("Merge pull request #{} from {}/{}", pull.number, pull.head_owner, pull.head_branch)
    });
    let message = format!("{title}\n\n{}\n", wish.message.as_ref().unwrap_or(&pull.title));
    let (author, committer) = people(&wish.by, now);
    let parents = vec![base.to_owned(), pull.head.clone()];
    repository.store.commit(&CommitText { tree, parents, author, committer, message })
}

fn squash(
    repository: &Repository,
    pull: &Pull,
    base: &str,
    wish: &Wish,
    now: jiff::Timestamp,
) -> Result<String, String> {
    let tree = repository.store.merge_tree(base, &pull.head).ok_or("the trees conflict")?;
    let title = wish.title.clone().unwrap_or_else(|| format!("{} (#{})", pull.title, pull.number));
    let body = wish.message.clone().unwrap_or_else(|| messages(repository, pull, base));
    let message = format!("{title}\n\n{body}").trim_end().to_owned() + "\n";
    let (author, committer) = people(&pull.author, now);
    repository.store.commit(&CommitText { tree, parents: vec![base.to_owned()], author, committer, message })
}

/// What GitHub makes of a squash's message if nobody says otherwise: those of all commits.
fn messages(repository: &Repository, pull: &Pull, base: &str) -> String {
    let commits = repository.store.commits(base, &pull.head);
    let all = commits.iter().filter_map(|id| repository.store.read_commit(id)).map(|commit| commit.message);
    let all: Vec<String> = all.map(|message| format!("* {}", message.trim_end())).collect();
    all.join("\n\n")
}

fn rebase(
    repository: &Repository,
    pull: &Pull,
    base: &str,
    wish: &Wish,
    now: jiff::Timestamp,
) -> Result<String, String> {
    let mut tip = base.to_owned();
    for id in repository.store.commits(base, &pull.head) {
        let tree = repository.store.replay_tree(&tip, &id).ok_or("the commits conflict")?;
        let commit = repository.store.read_commit(&id).ok_or("a commit cannot be read")?;
        let committer = people(&wish.by, now).0;
        tip = repository.store.commit(&CommitText { tree, parents: vec![tip], committer, ..commit })?;
    }
    Ok(tip)
}
