//! Branches: looking them up, and moving many of them at once or not at all.
//!
//! git does both, so that reftables, hooks and reflogs are as the user has them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::command::{Git, never_began, words};
use super::store::{is_full, sync_directory, sync_files};
use super::{CommitId, GitError};

/// A branch that is to be made (`old` is none) or moved.
pub(super) struct Move<'a> {
    pub(super) branch: &'a str,
    pub(super) old: Option<CommitId>,
    pub(super) new: CommitId,
}

impl Move<'_> {
    fn order(&self) -> String {
        let Move { branch, old, new } = self;
        match old {
            Some(old) => format!("update refs/heads/{branch} {new} {old}\n"),
            None => format!("create refs/heads/{branch} {new}\n"),
        }
    }
}

/// The branches of a repository.
pub(super) struct Branches<'a> {
    pub(super) git: &'a Git,
    /// Where `refs/heads` lies.
    pub(super) common_dir: &'a Utf8Path,
    /// Whether references are kept in tables, which git syncs cheaply by itself, and not in one file each.
    pub(super) reftable: bool,
}

impl Branches<'_> {
    /// Where these branches stand now; branches that do not exist are left out.
    pub(super) fn current(&self, names: &[&str]) -> Result<BTreeMap<String, CommitId>, GitError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let questions: String = names.iter().flat_map(|name| ["refs/heads/", name, "\n"]).collect();
        let answers =
            self.git.expect(&["cat-file", "--batch-check=%(objectname) %(objecttype)"], questions.as_bytes())?;
        let answers = words(&answers);
        let found = names.iter().zip(answers.lines()).filter_map(|(name, answer)| {
            let (id, kind) = answer.split_once(' ')?;
            (kind == "commit").then_some(((*name).to_owned(), id.parse().ok()?))
        });
        Ok(found.collect())
    }

    /// All branches whose names begin with this text.
    pub(super) fn beginning_with(&self, prefix: &str) -> Result<BTreeMap<String, CommitId>, GitError> {
        let directory = prefix.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
        let pattern = format!("refs/heads/{directory}");
        let format = "--format=%(objectname) %(refname:lstrip=2)";
        let listing = words(&self.git.expect(&["for-each-ref", format, &pattern], b"")?);
        let branches = listing.lines().filter_map(|line| line.split_once(' '));
        let wanted = branches.filter(|(_, name)| name.starts_with(prefix));
        Ok(wanted.filter_map(|(id, name)| Some((name.to_owned(), id.parse().ok()?))).collect())
    }

    /// The branches that work trees have checked out, with the work tree.
    pub(super) fn checked_out(&self) -> Result<BTreeMap<String, Utf8PathBuf>, GitError> {
        let listing = self.git.expect(&["worktree", "list", "--porcelain", "-z"], b"")?;
        let listing = String::from_utf8_lossy(&listing).into_owned();
        let trees = listing.split("\0\0").filter(|tree| !tree.split('\0').any(|line| line.starts_with("prunable")));
        let branches = trees.filter_map(|tree| {
            let field = |key: &str| tree.split('\0').find_map(|line| line.strip_prefix(key));
            Some((field("branch refs/heads/")?.to_owned(), Utf8PathBuf::from(field("worktree ")?)))
        });
        Ok(branches.collect())
    }

    /// Makes and moves all of these branches, or none. Their values are on the disk then, their names after [`Self::sync`].
    pub(super) fn update(&self, moves: &[Move<'_>], reflog: &str) -> Result<(), GitError> {
        let mut transaction = Transaction::start(self, reflog)?;
        let orders: Vec<String> = moves.iter().map(Move::order).collect();
        transaction.order(&orders.concat());
        transaction.order_and_wait("prepare\n", "prepare: ok")?;
        self.sync_prepared(moves)?;
        transaction.order_and_wait("commit\n", "commit: ok")?;
        transaction.end()
    }

    /// git has written the new values into lock files now and gives them their names next. It would sync them
    /// one after the other; side by side they share the disk's work.
    fn sync_prepared(&self, moves: &[Move<'_>]) -> Result<(), GitError> {
        if self.reftable {
            return Ok(());
        }
        let heads = self.heads();
        let locks: Vec<Utf8PathBuf> =
            moves.iter().map(|update| heads.join(format!("{}.lock", update.branch))).collect();
        sync_files(&locks)
    }

    /// Syncs the directories that hold these branches, so that their names survive a power cut.
    pub(super) fn sync<'b>(&self, branches: impl Iterator<Item = &'b str>) -> Result<(), GitError> {
        if self.reftable {
            return Ok(());
        }
        let heads = self.heads();
        let mut directories = BTreeSet::new();
        for branch in branches {
            let path = heads.join(branch);
            directories
                .extend(path.ancestors().skip(1).take_while(|above| above.starts_with(&heads)).map(Utf8Path::to_owned));
        }
        directories.iter().filter(|directory| directory.exists()).try_for_each(|directory| sync_directory(directory))
    }

    fn heads(&self) -> Utf8PathBuf {
        self.common_dir.join("refs/heads")
    }
}

/// A `git update-ref --stdin` between `start` and `commit`. If this process dies, git sees the end of its input
/// and takes everything back, lock files included.
struct Transaction {
    child: Child,
    input: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    place: Utf8PathBuf,
}

impl Transaction {
    fn start(branches: &Branches<'_>, reflog: &str) -> Result<Self, GitError> {
        let mut command =
            branches.git.command(["-c", sync_setting(branches.reftable), "update-ref", "-m", reflog, "--stdin"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        loop {
            let mut child = command.spawn().map_err(|error| GitError::NoGit(error.to_string()))?;
            let input = child.stdin.take();
            let answers = BufReader::new(child.stdout.take().expect("standard output is piped"));
            let mut started = Self { child, input, answers, place: branches.common_dir.join("refs/heads") };
            match started.order_and_wait("start\n", "start: ok") {
                Err(_) if started.child.wait().is_ok_and(never_began) => {}
                begun => return begun.map(|()| started),
            }
        }
    }

    /// If git has ended already, the next wait for an answer tells why.
    fn order(&mut self, orders: &str) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(orders.as_bytes()).and_then(|()| input.flush());
        }
    }

    fn order_and_wait(&mut self, order: &str, answer: &str) -> Result<(), GitError> {
        self.order(order);
        let mut line = String::new();
        loop {
            line.clear();
            match self.answers.read_line(&mut line) {
                Ok(0) | Err(_) => return Err(self.failure()),
                Ok(_) if line.trim_end() == answer => return Ok(()),
                Ok(_) => {}
            }
        }
    }

    fn end(mut self) -> Result<(), GitError> {
        self.input = None;
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(self.failure()),
        }
    }

    fn failure(&mut self) -> GitError {
        self.input = None;
        let mut stderr = Vec::new();
        if let Some(errors) = &mut self.child.stderr {
            let _ = errors.read_to_end(&mut stderr);
        }
        let failure = GitError::from_stderr("update-ref", &self.place, &words(&stderr));
        // git says that it could not write, and not why.
        match &failure {
            GitError::Command { message, .. } if message.contains("write") && is_full(&self.place) => {
                GitError::DiskFull(self.place.clone())
            }
            _ => failure,
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // Closing the input makes git take back what is not committed; waiting leaves no dead process behind.
        self.input = None;
        let _ = self.child.wait();
    }
}

fn sync_setting(reftable: bool) -> &'static str {
    if reftable { "core.fsync=reference" } else { "core.fsync=none" }
}
