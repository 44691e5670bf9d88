//! Finding a repository, and asking it about revisions, branches and its user.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::command::{Git, bare_command, run, words};
use super::objects::Objects;
use super::refs::Branches;
use super::tree_edit::{Changes, edit};
use super::{CommitFacts, CommitId, CommitTree, GitError, ObjectId, Signature};

/// A git repository. Cheap to clone; many threads may use it at once.
#[derive(Clone)]
pub struct Repository {
    inner: Arc<Inner>,
}

struct Inner {
    git: Git,
    common_dir: Utf8PathBuf,
    objects_dir: Utf8PathBuf,
    work_tree: Option<Utf8PathBuf>,
    bare: bool,
    reftable: bool,
    partial: bool,
    config: BTreeMap<String, String>,
    objects: Arc<Objects>,
}

impl Repository {
    /// Opens the repository that this directory is, or lies in: a work tree, a linked work tree, a directory
    /// of either, a bare repository.
    pub fn open(directory: &Utf8Path) -> Result<Self, GitError> {
        if !directory.is_dir() {
            return Err(GitError::NoDirectory(directory.to_owned()));
        }
        let layout = Layout::of(directory)?;
        let root = layout.work_tree.clone().unwrap_or_else(|| layout.git_dir.clone());
        let git = Git { root, git_dir: layout.git_dir };
        let config = configuration(&git)?;
        let partial = config
            .iter()
            .any(|(key, value)| key == "extensions.partialclone" || (key.ends_with(".promisor") && value != "false"));
        let objects = Arc::new(Objects::open(&layout.objects_dir, git.clone(), partial)?);
        let reftable = config.get("extensions.refstorage").is_some_and(|format| format.starts_with("reftable"));
        let Layout { common_dir, objects_dir, work_tree, bare, .. } = layout;
        Ok(Self {
            inner: Arc::new(Inner {
                git,
                common_dir,
                objects_dir,
                work_tree,
                bare,
                reftable,
                partial,
                config,
                objects,
            }),
        })
    }

    /// The directory that all work trees of the repository share; cutover keeps its state below it.
    pub fn common_dir(&self) -> &Utf8Path {
        &self.inner.common_dir
    }

    /// The root of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Utf8Path> {
        self.inner.work_tree.as_deref()
    }

    /// Whether the repository has no work tree of its own.
    pub fn is_bare(&self) -> bool {
        self.inner.bare
    }

    /// The commit that a revision (`HEAD`, `origin/main`, `v1^`, `1a2b3c4`) names.
    pub fn resolve(&self, revision: &str) -> Result<CommitId, GitError> {
        let question = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &question];
        let output = self.git().output(arguments, b"")?;
        match words(&output.stdout).parse() {
            Ok(commit) if output.status.success() => Ok(commit),
            _ => Err(self.why_not_resolved(revision)?),
        }
    }

    fn why_not_resolved(&self, revision: &str) -> Result<GitError, GitError> {
        let format = "--format=%(refname:short)";
        let listing = self.git().expect(&["for-each-ref", format, "refs/heads", "refs/tags", "refs/remotes"], b"")?;
        let known: Vec<String> = words(&listing).lines().map(str::to_owned).collect();
        let head = self.git().output(["symbolic-ref", "--quiet", "--short", "HEAD"], b"")?;
        let head = words(&head.stdout);
        let unborn = !head.is_empty() && !known.contains(&head);
        if known.is_empty() && unborn {
            return Ok(GitError::Empty);
        }
        if unborn && matches!(revision, "HEAD" | "@") {
            return Ok(GitError::UnbornHead { head, branches: known });
        }
        let output = self.git().output(["rev-parse", "--verify", "--end-of-options", revision], b"")?;
        let message = words(&output.stderr);
        let revision = revision.to_owned();
        if output.status.success() {
            let kind = self.git().output(["cat-file", "-t", &words(&output.stdout)], b"")?;
            return Ok(match words(&kind.stdout) {
                kind if kind.is_empty() => GitError::unknown_revision(&revision, &known),
                kind => GitError::NotACommit { revision, message: format!("it is a {kind}") },
            });
        }
        if message.contains("is ambiguous") {
            return Ok(GitError::NotACommit {
                revision,
                message: "several objects begin with these digits".to_owned(),
            });
        }
        Ok(GitError::unknown_revision(&revision, &known))
    }

    /// The branch that a revision names: `main` for `main`, `HEAD` on it, and `origin/main`; `None` for anything else.
    pub fn branch_of(&self, revision: &str) -> Result<Option<String>, GitError> {
        let arguments = ["rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", revision];
        let name = words(&self.git().output(arguments, b"")?.stdout);
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            return Ok(Some(branch.to_owned()));
        }
        let remote = name.strip_prefix("refs/remotes/").and_then(|name| name.split_once('/'));
        Ok(remote.map(|(_, branch)| branch.to_owned()).filter(|branch| branch != "HEAD"))
    }

    /// The files of a commit.
    pub fn tree(&self, commit: &CommitId) -> Result<CommitTree, GitError> {
        CommitTree::new(Arc::clone(&self.inner.objects), *commit)
    }

    /// Where a branch stands; `None` if there is no such branch.
    pub fn branch(&self, name: &str) -> Result<Option<CommitId>, GitError> {
        Ok(self.refs().current(&[name])?.remove(name))
    }

    /// The branches whose names begin with this text (`cutover/`), and where they stand.
    pub fn branches(&self, prefix: &str) -> Result<BTreeMap<String, CommitId>, GitError> {
        self.refs().beginning_with(prefix)
    }

    /// What a commit says of itself.
    pub fn commit_facts(&self, commit: &CommitId) -> Result<CommitFacts, GitError> {
        self.inner.objects.commit(*commit)
    }

    /// The author that the configuration names (`author.name` before `user.name`, as git has it).
    /// Variables of the environment are not read here.
    pub fn identity(&self) -> Result<Signature, GitError> {
        let first = |own: &str, general: &'static str| {
            let found = [own, general].into_iter().find_map(|key| self.inner.config.get(key));
            found.filter(|value| !value.trim().is_empty()).ok_or(GitError::NoIdentity(general))
        };
        Signature::new(first("author.name", "user.name")?, first("author.email", "user.email")?)
    }

    /// The tree that these changes make of a commit's tree, by its id alone: nothing is written.
    pub fn compute_tree(&self, base: &CommitId, changes: &Changes) -> Result<ObjectId, GitError> {
        let tree = self.inner.objects.commit(*base)?.tree;
        Ok(edit(&self.inner.objects, tree, changes)?.0)
    }

    /// The version of the user's git: its first two numbers.
    pub fn git_version(&self) -> Result<(u32, u32), GitError> {
        let said = words(&self.git().expect(&["version"], b"")?);
        let mut numbers = said.split([' ', '.']).filter_map(|word| word.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(major), Some(minor)) => Ok((major, minor)),
            _ => Err(GitError::NoGit(format!("it says that it is `{said}`"))),
        }
    }

    pub(super) fn git(&self) -> &Git {
        &self.inner.git
    }

    /// Whether objects may be missing because a remote has promised to have them.
    pub(super) fn is_partial(&self) -> bool {
        self.inner.partial
    }

    pub(super) fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    pub(super) fn objects_dir(&self) -> &Utf8Path {
        &self.inner.objects_dir
    }

    pub(super) fn refs(&self) -> Branches<'_> {
        let Inner { git, common_dir, reftable, .. } = &*self.inner;
        Branches { git, common_dir, reftable: *reftable }
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Repository({})", self.inner.git.git_dir)
    }
}

/// Where the parts of a repository lie.
struct Layout {
    git_dir: Utf8PathBuf,
    common_dir: Utf8PathBuf,
    objects_dir: Utf8PathBuf,
    bare: bool,
    work_tree: Option<Utf8PathBuf>,
}

impl Layout {
    fn of(directory: &Utf8Path) -> Result<Self, GitError> {
        let mut command = bare_command(directory);
        command.args(["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--git-path", "objects"]);
        // The last one fails where there is no work tree, after all others have been answered.
        command.args(["--show-object-format", "--is-bare-repository", "--show-toplevel"]);
        let output = run(&mut command, b"")?;
        let (answers, stderr) = (words(&output.stdout), words(&output.stderr));
        let answers: Vec<&str> = answers.lines().collect();
        let [git_dir, common_dir, objects_dir, format, bare, rest @ ..] = answers.as_slice() else {
            return Err(match stderr {
                stderr if stderr.contains("not a git repository") => GitError::NotARepository(directory.to_owned()),
                stderr if stderr.contains("dubious ownership") => GitError::UntrustedOwner(directory.to_owned()),
                message => GitError::Command { command: "rev-parse".to_owned(), message },
            });
        };
        if *format != "sha1" {
            return Err(GitError::ObjectFormat((*format).to_owned()));
        }
        Ok(Self {
            git_dir: git_dir.into(),
            common_dir: common_dir.into(),
            objects_dir: objects_dir.into(),
            bare: *bare == "true",
            work_tree: rest.first().map(Utf8PathBuf::from),
        })
    }
}

/// The whole configuration that applies here; of a key that is set several times, the last value.
fn configuration(git: &Git) -> Result<BTreeMap<String, String>, GitError> {
    let listing = git.expect(&["config", "--list", "-z"], b"")?;
    let listing = String::from_utf8_lossy(&listing);
    let settings = listing.split('\0').filter(|setting| !setting.is_empty());
    // A key without a value means true.
    Ok(settings.map(|setting| setting.split_once('\n').unwrap_or((setting, "true"))).map(owned).collect())
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}
