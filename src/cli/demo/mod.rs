//! The monorepo of the demo: what lies in it, and how it comes to lie there.
//!
//! Connectors, pages and companies are invented. The layout is that of the built-in profile, so that
//! everything the demo shows works the same on a real monorepo.

mod connectors;
mod pages;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use crate::base::RepoPath;
use crate::git::{NewCommit, Repository, Signature};

use super::Exit;
use super::failed::Failed;

pub(super) use connectors::{BROKEN_CHANGELOG, MIGRATES, SYSTEM_PACKAGES};

/// The workflow that the demo runs, in the monorepo's `workflows/`.
pub(super) const WORKFLOW: &str = "migrate-to-base-image";

/// A colleague's branch on the remote, on which the broken changelog is mended.
pub(super) const MENDED: &str = "mend-the-changelog";

/// The setting in which approvals of build hooks are kept.
pub(super) const APPROVAL: &str = "demo.approved";

const WORKFLOW_TEXT: &str = include_str!("workflow.yaml");

const README: &str = "# Connectors\n\nA small monorepo that `cutover demo` laid out: twelve connectors of invented \
                      services,\ntheir documentation, and a migration in `workflows/`. Change what you like.\n";

/// 2026-01-05 09:00 UTC: commits made at the same time have the same ids, wherever the demo is laid out.
const FIRST_COMMIT: i64 = 1_767_603_600;

/// What was laid out.
pub(super) struct LaidOut {
    pub(super) monorepo: Utf8PathBuf,
    pub(super) remote: Utf8PathBuf,
}

/// Lays the monorepo and its remote out below a directory, which must be new or empty.
pub(super) fn lay_out(directory: &Utf8Path) -> Result<LaidOut, Failed> {
    make_empty(directory)?;
    // git runs elsewhere: what it is told must not depend on where this process stands.
    let absolute = directory.canonicalize_utf8().map_err(|error| not_made(directory, &error))?;
    let author = Signature::new("Demo", "demo@example.com")?;
    Repository::create_bare(&absolute.join("remote.git"), &commits(&author)?)?;
    Repository::clone_local(&absolute.join("remote.git"), &absolute.join("monorepo"), &author)?;
    Ok(LaidOut { monorepo: directory.join("monorepo"), remote: directory.join("remote.git") })
}

fn make_empty(directory: &Utf8Path) -> Result<(), Failed> {
    std::fs::create_dir_all(directory).map_err(|error| not_made(directory, &error))?;
    let mut entries = directory.read_dir_utf8().map_err(|error| not_made(directory, &error))?;
    if entries.next().is_none() {
        return Ok(());
    }
    Err(Failed::usage(format!("{directory} is not empty, and the demo overwrites nothing"))
        .hint(format!("remove it (`rm -rf {directory}`), or name another directory: `cutover demo {directory}-2`")))
}

fn not_made(directory: &Utf8Path, error: &std::io::Error) -> Failed {
    Failed::new(Exit::Permission, format!("failed to make {directory}: {error}"))
        .hint("name a directory that you may write to: `cutover demo DIR`")
}

fn commits(author: &Signature) -> Result<Vec<NewCommit>, Failed> {
    let mut connectors = vec![("README.md".to_owned(), README.to_owned())];
    connectors.extend(connectors::files());
    connectors.extend(pages::files());
    let workflow = vec![(format!("workflows/{WORKFLOW}.yaml"), WORKFLOW_TEXT.to_owned())];
    [
        ("main", "Add twelve connectors", connectors),
        ("main", "Add the migration to the shared base image", workflow),
        (MENDED, "Close the gap in the changelog of Quarry", pages::mended()),
    ]
    .into_iter()
    .zip((FIRST_COMMIT..).step_by(3600))
    .map(|((branch, message, files), at)| {
        let files = files.into_iter().map(|(path, text)| Ok((RepoPath::new(&path)?, text)));
        let files = files.collect::<Result<Vec<_>, crate::base::RepoPathError>>();
        Ok(NewCommit {
            branch: branch.to_owned(),
            author: author.clone(),
            at: Timestamp::from_second(at).map_err(|error| Failed::usage(error.to_string()))?,
            message: message.to_owned(),
            files: files.map_err(|error| Failed::usage(error.to_string()))?,
        })
    })
    .collect()
}
