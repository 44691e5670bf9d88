//! Making repositories: a bare one out of commits that are given as texts, and a clone of it.
//!
//! What comes out depends on the arguments alone: hooks, templates and settings of the user stay out of it.

use std::io::Write as _;
use std::process::Command;

use camino::Utf8Path;
use jiff::Timestamp;

use crate::base::RepoPath;

use super::command::{bare_command, run, words};
use super::{GitError, Repository, Signature};

/// A commit of a repository that is to be made.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// The branch that it is put on. A branch that is new begins at the commit before.
    pub branch: String,
    /// Who made it.
    pub author: Signature,
    /// When.
    pub at: Timestamp,
    /// The whole message.
    pub message: String,
    /// Files that it adds or replaces, with their content.
    pub files: Vec<(RepoPath, String)>,
}

impl Repository {
    /// Makes a bare repository with these commits, each on the branch that it names. `HEAD` names the first one's.
    pub fn create_bare(directory: &Utf8Path, commits: &[NewCommit]) -> Result<(), GitError> {
        let branch = commits.first().map_or("main", |commit| &commit.branch);
        let above = directory.parent().unwrap_or(directory);
        let mut init = unhooked(above);
        // An empty template: the user's may bring hooks and settings.
        init.args(["init", "--quiet", "--bare", "--template=", "--object-format=sha1"]);
        finish(init.args(["--initial-branch", branch, directory.as_str()]), b"", above)?;
        let mut import = unhooked(directory);
        import.args(["--git-dir", ".", "fast-import", "--quiet", "--date-format=raw"]);
        finish(&mut import, &stream(commits), directory)
    }

    /// Clones a repository of this machine with a work tree. Commits made in the clone are by this author and
    /// unsigned, and files are checked out as they are stored.
    pub fn clone_local(source: &Utf8Path, directory: &Utf8Path, author: &Signature) -> Result<(), GitError> {
        let above = directory.parent().unwrap_or(directory);
        let mut clone = unhooked(above);
        clone.args(["clone", "--quiet", "--template="]);
        let settings = [("user.name", author.name()), ("user.email", author.email())];
        for (key, value) in settings.into_iter().chain([("commit.gpgSign", "false"), ("core.autocrlf", "false")]) {
            clone.args(["--config", &format!("{key}={value}")]);
        }
        finish(clone.args([source, directory]), b"", above)
    }
}

/// git without the hooks that the user may have for all repositories.
fn unhooked(directory: &Utf8Path) -> Command {
    let mut command = bare_command(directory);
    command.args(["-c", "core.hooksPath=/dev/null"]);
    command
}

fn finish(command: &mut Command, input: &[u8], directory: &Utf8Path) -> Result<(), GitError> {
    let output = run(command, input)?;
    if output.status.success() {
        return Ok(());
    }
    let arguments: Vec<_> = command.get_args().skip(2).map(std::ffi::OsStr::to_string_lossy).collect();
    Err(GitError::from_stderr(&arguments.join(" "), directory, &words(&output.stderr)))
}

/// The commits in the form that `git fast-import` reads (git-fast-import(1), "Input format").
fn stream(commits: &[NewCommit]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut put = |bytes: &[u8]| stream.extend_from_slice(bytes);
    let mut branches: Vec<&str> = Vec::new();
    for (at, commit) in commits.iter().enumerate() {
        let mut head = Vec::new();
        let NewCommit { branch, author, message, .. } = commit;
        let (who, when) = (format!("{} <{}>", author.name(), author.email()), commit.at.as_second());
        let written = write!(head, "commit refs/heads/{branch}\nmark :{}\n", at + 1)
            .and_then(|()| write!(head, "author {who} {when} +0000\ncommitter {who} {when} +0000\n"))
            .and_then(|()| write!(head, "data {}\n{message}\n", message.len()));
        written.expect("memory can be written");
        put(&head);
        if at > 0 && !branches.contains(&branch.as_str()) {
            put(format!("from :{at}\n").as_bytes());
        }
        branches.push(branch);
        for (path, content) in &commit.files {
            put(format!("M 100644 inline {path}\ndata {}\n", content.len()).as_bytes());
            put(content.as_bytes());
            put(b"\n");
        }
        put(b"\n");
    }
    stream
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;
    use crate::base::Tree as _;

    fn commit(branch: &str, message: &str, files: &[(&str, &str)]) -> NewCommit {
        NewCommit {
            branch: branch.to_owned(),
            author: Signature::new("Ada", "ada@example.com").unwrap(),
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            message: message.to_owned(),
            files: files.iter().map(|(path, text)| (RepoPath::new(path).unwrap(), (*text).to_owned())).collect(),
        }
    }

    fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
        (directory, path)
    }

    fn text(repository: &Repository, revision: &str, path: &str) -> Option<String> {
        let tree = repository.tree(&repository.resolve(revision).unwrap()).unwrap();
        let file = tree.read(&RepoPath::new(path).unwrap()).unwrap()?;
        Some(String::from_utf8(file.bytes.to_vec()).unwrap())
    }

    #[test]
    fn commits_build_on_each_other_and_a_new_branch_begins_at_the_commit_before() {
        let (_directory, path) = scratch();
        let bare = path.join("remote.git");
        let commits = [
            commit("main", "first", &[("a b/x", "1\n"), ("y", "")]),
            commit("main", "second", &[("a b/x", "2\r\n")]),
            commit("side", "third", &[("y", "without a line end")]),
        ];
        Repository::create_bare(&bare, &commits).unwrap();
        let repository = Repository::open(&bare).unwrap();
        assert!(repository.is_bare());
        assert_eq!(repository.branch_of("HEAD").unwrap().as_deref(), Some("main"));
        assert_eq!(text(&repository, "main^", "a b/x").as_deref(), Some("1\n"));
        assert_eq!(text(&repository, "main", "a b/x").as_deref(), Some("2\r\n"));
        assert_eq!(text(&repository, "main", "y").as_deref(), Some(""));
        assert_eq!(text(&repository, "side", "y").as_deref(), Some("without a line end"));
        assert_eq!(repository.resolve("side^").unwrap(), repository.resolve("main").unwrap());
        let facts = repository.commit_facts(&repository.resolve("main").unwrap()).unwrap();
        assert_eq!((facts.author_name.as_str(), facts.message.trim()), ("Ada", "second"));
    }

    #[test]
    fn the_same_commits_have_the_same_ids_everywhere() {
        let (_directory, path) = scratch();
        let tips = ["one.git", "two.git"].map(|name| {
            Repository::create_bare(&path.join(name), &[commit("main", "first", &[("x", "1\n")])]).unwrap();
            Repository::open(&path.join(name)).unwrap().resolve("main").unwrap()
        });
        assert_eq!(tips[0], tips[1]);
    }

    #[test]
    fn a_clone_knows_its_author_and_its_remote() {
        let (_directory, path) = scratch();
        let (bare, clone) = (path.join("remote.git"), path.join("clone"));
        Repository::create_bare(&bare, &[commit("main", "first", &[("x", "1\r\n")])]).unwrap();
        let author = Signature::new("Grace", "grace@example.com").unwrap();
        Repository::clone_local(&bare, &clone, &author).unwrap();
        let repository = Repository::open(&clone).unwrap();
        assert_eq!(repository.identity().unwrap(), author);
        assert_eq!(repository.resolve("origin/main").unwrap(), repository.resolve("HEAD").unwrap());
        assert_eq!(std::fs::read(clone.join("x")).unwrap(), b"1\r\n");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_told() {
        let (_directory, path) = scratch();
        std::fs::write(path.join("file"), "").unwrap();
        let error = Repository::create_bare(&path.join("file/remote.git"), &[]).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
}
