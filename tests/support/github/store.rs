//! A bare repository as the double reads and moves it: refs, which are read again only when they may
//! have moved, and the few questions to git that pull requests need. Knows nothing of pull requests.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::stamp::Stamp;

/// What a head changes since it parted from its base.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// Where they parted; nowhere, if they have nothing in common.
    pub(crate) parted: Option<String>,
    /// Oldest first.
    pub(crate) commits: Vec<String>,
    pub(crate) files: Vec<ChangedFile>,
}

/// One file of a change.
#[derive(Clone, Debug)]
pub(crate) struct ChangedFile {
    pub(crate) path: String,
    pub(crate) status: &'static str,
    pub(crate) blob: String,
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
}

/// What identifies a commit to a reader.
#[derive(Clone, Debug)]
pub(crate) struct CommitText {
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: [String; 3],
    pub(crate) committer: [String; 3],
    pub(crate) message: String,
}

/// A bare repository and its refs as they were last seen.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) directory: PathBuf,
    refs: BTreeMap<String, String>,
    head: String,
    stamp: Stamp,
    /// Whether refs have moved since somebody asked.
    moved: bool,
}

impl Store {
    pub(crate) fn open(directory: &Path) -> Self {
        let (refs, head, stamp) = (BTreeMap::new(), String::new(), Stamp::default());
        let mut store = Self { directory: directory.to_owned(), refs, head, stamp, moved: false };
        store.read_refs();
        store
    }

    /// The branch that HEAD names.
    pub(crate) fn default_branch(&self) -> &str {
        &self.head
    }

    /// All refs by their full names.
    pub(crate) fn refs(&self) -> &BTreeMap<String, String> {
        &self.refs
    }

    /// The commit at the tip of a branch.
    pub(crate) fn branch(&self, name: &str) -> Option<&str> {
        self.refs.get(&format!("refs/heads/{name}")).map(String::as_str)
    }

    /// Whether refs have moved since this was last asked, by whomever.
    pub(crate) fn has_moved(&mut self) -> bool {
        if !self.stamp.holds() {
            self.read_refs();
        }
        std::mem::take(&mut self.moved)
    }

    fn read_refs(&mut self) {
        // Before the refs are read: what moves in between is read again the next time.
        self.stamp = Stamp::of(&self.directory);
        let listed = self.git(&["for-each-ref", "--format=%(objectname) %(refname)"]).unwrap_or_default();
        let refs: BTreeMap<String, String> = listed
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(id, name)| (name.to_owned(), id.to_owned()))
            .collect();
        self.moved |= refs != self.refs;
        self.refs = refs;
        self.head = self.git(&["symbolic-ref", "--short", "HEAD"]).unwrap_or_default();
    }

    /// Sets a ref, if it is where it is thought to be (`None`: it is not there yet).
    pub(crate) fn set(&mut self, name: &str, to: &str, from: Option<&str>) -> Result<(), String> {
        self.git(&["update-ref", name, to, from.unwrap_or("0000000000000000000000000000000000000000")])?;
        self.read_refs();
        Ok(())
    }

    /// Removes a ref.
    pub(crate) fn delete(&mut self, name: &str) -> Result<(), String> {
        self.git(&["update-ref", "-d", name])?;
        self.read_refs();
        Ok(())
    }

    /// Takes a branch of another repository in under a name of this one's.
    pub(crate) fn fetch(&mut self, from: &Path, refspec: &str) -> Result<(), String> {
        self.git(&["fetch", "-q", &from.to_string_lossy(), refspec])?;
        self.read_refs();
        Ok(())
    }

    /// The full id of a commit that a person may name by id, branch or tag.
    pub(crate) fn resolve(&self, name: &str) -> Option<String> {
        let known =
            ["", "refs/", "refs/heads/", "refs/tags/"].iter().find_map(|at| self.refs.get(&format!("{at}{name}")));
        if let Some(id) = known {
            return Some(id.clone());
        }
        let hexadecimal = name.len() >= 7 && name.chars().all(|c| c.is_ascii_hexdigit());
        hexadecimal.then(|| self.git(&["rev-parse", "-q", "--verify", &format!("{name}^{{commit}}")]).ok()).flatten()
    }

    /// Whether the first commit is contained in the second.
    pub(crate) fn contains(&self, inner: &str, outer: &str) -> bool {
        self.git(&["merge-base", "--is-ancestor", inner, outer]).is_ok()
    }

    /// The commits of a range, oldest first.
    pub(crate) fn commits(&self, base: &str, head: &str) -> Vec<String> {
        let listed =
            self.git(&["rev-list", "--reverse", "--topo-order", head, &format!("^{base}")]).unwrap_or_default();
        listed.lines().map(str::to_owned).collect()
    }

    /// What the head changes since it parted from the base.
    pub(crate) fn change(&self, base: &str, head: &str) -> Change {
        let commits = self.commits(base, head);
        let parted = self.git(&["merge-base", base, head]).ok();
        let files = parted.as_ref().map(|from| self.changed_files(from, head)).unwrap_or_default();
        Change { parted, commits, files }
    }

    /// The paths that differ between two commits.
    pub(crate) fn changed_paths(&self, from: &str, to: &str) -> BTreeSet<String> {
        let told = self.git(&["diff-tree", "-r", "-z", "--no-renames", "--name-only", from, to]).unwrap_or_default();
        told.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
    }

    fn changed_files(&self, from: &str, to: &str) -> Vec<ChangedFile> {
        let told = self.git(&["diff-tree", "-r", "-z", "--no-renames", "--raw", "--numstat", "--abbrev=40", from, to]);
        let told = told.unwrap_or_default();
        let (mut files, mut rest) = (Vec::new(), told.split('\0'));
        while let Some(part) = rest.next() {
            if let Some(raw) = part.strip_prefix(':') {
                let words: Vec<&str> = raw.split(' ').collect();
                let status = match words[4] {
                    "A" => "added",
                    "D" => "removed",
                    _ => "modified",
                };
                let blob = if status == "removed" { words[2] } else { words[3] };
                let path = rest.next().unwrap_or_default().to_owned();
                files.push(ChangedFile { path, status, blob: blob.to_owned(), additions: 0, deletions: 0 });
            } else if let [added, deleted, path] = part.splitn(3, '\t').collect::<Vec<_>>()[..]
                && let Some(file) = files.iter_mut().find(|file| file.path == path)
            {
                // A binary file has dashes for numbers.
                file.additions = added.parse().unwrap_or(0);
                file.deletions = deleted.parse().unwrap_or(0);
            }
        }
        files
    }

    /// The tree of a merge of two commits, if they do not conflict.
    pub(crate) fn merge_tree(&self, base: &str, head: &str) -> Option<String> {
        let told = self.git(&["merge-tree", "--write-tree", "--no-messages", base, head]).ok()?;
        told.lines().next().map(str::to_owned)
    }

    /// The tree of one commit done again on another, if they do not conflict.
    pub(crate) fn replay_tree(&self, onto: &str, commit: &str) -> Option<String> {
        let parent = format!("--merge-base={commit}^");
        let told = self.git(&["merge-tree", "--write-tree", "--no-messages", &parent, onto, commit]).ok()?;
        told.lines().next().map(str::to_owned)
    }

    /// The tree of a commit with one file set.
    pub(crate) fn tree_with(&self, commit: &str, path: &str, content: &str) -> Result<String, String> {
        let blob = run(self.command(&["hash-object", "-w", "--stdin"]), content.as_bytes())?;
        let index = tempfile::TempDir::new().map_err(|error| error.to_string())?;
        let inside = |arguments: &[&str]| {
            let mut command = self.command(arguments);
            command.env("GIT_INDEX_FILE", index.path().join("index"));
            run(command, b"")
        };
        inside(&["read-tree", commit])?;
        inside(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")])?;
        inside(&["write-tree"])
    }

    /// Writes a commit.
    pub(crate) fn commit(&self, text: &CommitText) -> Result<String, String> {
        let mut arguments = vec!["commit-tree".to_owned(), text.tree.clone()];
        for parent in &text.parents {
            arguments.extend(["-p".to_owned(), parent.clone()]);
        }
        let mut command = self.command(&arguments);
        for (role, [name, mail, date]) in [("AUTHOR", &text.author), ("COMMITTER", &text.committer)] {
            command.env(format!("GIT_{role}_NAME"), name).env(format!("GIT_{role}_EMAIL"), mail);
            command.env(format!("GIT_{role}_DATE"), date);
        }
        run(command, text.message.as_bytes())
    }

    /// Reads a commit.
    pub(crate) fn read_commit(&self, id: &str) -> Option<CommitText> {
        let format = "--format=%T%n%P%n%an%n%ae%n%ad%n%cn%n%ce%n%cd%n%B";
        let told = self.git(&["show", "-s", "--date=format:%Y-%m-%dT%H:%M:%S%z", format, id]).ok()?;
        let mut lines = told.splitn(9, '\n').map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        Some(CommitText {
            tree: next(),
            parents: next().split_whitespace().map(str::to_owned).collect(),
            author: [next(), next(), next()],
            committer: [next(), next(), next()],
            message: next(),
        })
    }

    /// Runs git here; its output without the last line's end, or what it said was wrong.
    pub(crate) fn git<S: AsRef<str>>(&self, arguments: &[S]) -> Result<String, String> {
        run(self.command(arguments), b"")
    }

    fn command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(&self.directory).args(arguments.iter().map(AsRef::as_ref));
        // Whoever runs the tests has settings of their own.
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C");
        command
    }
}

fn run(mut command: Command, input: &[u8]) -> Result<String, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("git does not start: {error}"))?;
    // A git that reads nothing may be gone by now, which its exit code tells better than the pipe.
    let _ = child.stdin.take().expect("stdin is piped").write_all(input);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}
