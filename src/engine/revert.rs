//! How what a unit has merged is undone: the inverse of its merge on the present base, by git's own merge of three.

use crate::base::RepoPath;
use crate::connector::Connector;
use crate::event::{FileRecord, StepResult, UnitState};
use crate::forge::PullRequest;
use crate::git::{Changes, CommitFacts, CommitId, GitError, Repository, ThreeWay};
use crate::journal::content_hash;
use crate::plan::{FrozenUnit, Migration};

/// The inverse of a unit's merge.
#[derive(Debug, Clone)]
pub struct Inverse {
    /// What has to change on the present base.
    pub changes: Changes,
    /// Files that the merge changed and that are not the unit's: they stay.
    pub left_out: Vec<RepoPath>,
    /// The commit that it was merged as.
    pub merge: CommitId,
}

/// Why a merge cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoInverse {
    /// Neither the forge nor the history tells as which commit it was merged.
    Unknown,
    /// The base has changed the same lines since.
    Conflicts(Vec<String>),
    /// There is nothing left of it.
    Nothing,
}

impl std::fmt::Display for NoInverse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => f.write_str("neither the forge nor the history tells as which commit it was merged"),
            Self::Conflicts(files) => write!(f, "the base has changed since what it changed: {}", files.join(", ")),
            Self::Nothing => f.write_str("there is nothing left of it to undo"),
        }
    }
}

/// A unit that is merged.
pub struct MergedUnit<'a> {
    /// The unit as its run has it.
    pub frozen: &'a FrozenUnit,
    /// How it stands.
    pub state: &'a UnitState,
    /// The commit that the forge names, if it names one.
    pub merge_commit: Option<CommitId>,
    /// The newest commit on the base that says that it is the unit's.
    pub by_message: Option<CommitId>,
}

/// The inverse of a unit's merge on this base.
pub fn invert(
    migration: &Migration,
    repository: &Repository,
    unit: &MergedUnit<'_>,
    base: &CommitId,
) -> Result<Result<Inverse, NoInverse>, GitError> {
    let Some(merge) = merge_of(repository, unit, base)? else { return Ok(Err(NoInverse::Unknown)) };
    let before = before(migration, repository, unit, &merge)?;
    let changes = match repository.three_way(&merge, base, &before)? {
        ThreeWay::Clean(changes) => changes,
        ThreeWay::Conflicts(files) => return Ok(Err(NoInverse::Conflicts(files))),
    };
    let connector = &unit.frozen.connector;
    let (changes, foreign): (Changes, Changes) = changes.into_iter().partition(|(path, _)| is_of(connector, path));
    if changes.is_empty() {
        return Ok(Err(NoInverse::Nothing));
    }
    Ok(Ok(Inverse { changes, left_out: foreign.into_keys().collect(), merge }))
}

fn is_of(connector: &Connector, path: &RepoPath) -> bool {
    path.below(&connector.path).is_some() || connector.documentation.as_ref() == Some(path)
}

/// The commit of the base that brought the unit in: the one that the forge names, the one that took up its branch, or the
/// one that says so.
fn merge_of(repository: &Repository, unit: &MergedUnit<'_>, base: &CommitId) -> Result<Option<CommitId>, GitError> {
    if let Some(named) = unit.merge_commit
        && repository.commit_facts(&named).is_ok()
        && repository.is_ancestor(&named, base)?
    {
        return Ok(Some(named));
    }
    let heads = [unit.state.pushed.as_ref(), unit.state.checkpoint.as_ref().map(|checkpoint| &checkpoint.commit)];
    for head in heads.into_iter().flatten().filter_map(|head| head.parse::<CommitId>().ok()) {
        if repository.commit_facts(&head).is_ok()
            && let Some(merge) = repository.merged_by(&head, base)?
        {
            return Ok(Some(merge));
        }
    }
    Ok(unit.by_message)
}

/// The commit before the merge. A branch that was rebased, or moved forward, came in as several commits.
fn before(
    migration: &Migration,
    repository: &Repository,
    unit: &MergedUnit<'_>,
    merge: &CommitId,
) -> Result<CommitId, GitError> {
    let ours = |facts: &CommitFacts| {
        facts.run().as_ref() == Some(&migration.frozen.run)
            && facts.connector().as_ref() == Some(&unit.frozen.connector.name)
    };
    let facts = repository.commit_facts(merge)?;
    let Some(mut before) = facts.parents.first().copied() else { return Ok(*merge) };
    while facts.parents.len() == 1 {
        let facts = repository.commit_facts(&before)?;
        let (true, [parent]) = (ours(&facts), facts.parents.as_slice()) else { break };
        before = *parent;
    }
    Ok(before)
}

/// What the first step of a unit that undoes another gives, and the contents of its files.
pub fn prepared(inverse: &Inverse, undone: &PullRequest) -> (StepResult, Vec<std::sync::Arc<[u8]>>) {
    let mut contents = Vec::new();
    let files = inverse.changes.iter().map(|(path, file)| {
        let content = file.as_ref().map(|file| {
            contents.push(std::sync::Arc::clone(&file.bytes));
            (file.mode, content_hash(&file.bytes))
        });
        FileRecord { path: path.clone(), content }
    });
    let files: Vec<FileRecord> = files.collect();
    let mut result = StepResult {
        changed: true,
        detail: format!("undo pull request {}, merged as {}", undone.number, inverse.merge.short()),
        files,
        ..StepResult::default()
    };
    result.outputs.insert("title".to_owned(), undone.title.clone().into());
    result.outputs.insert("number".to_owned(), undone.number.into());
    result.outputs.insert("url".to_owned(), undone.url.clone().into());
    result.outputs.insert("commit".to_owned(), inverse.merge.to_string().into());
    let left_out = inverse.left_out.iter();
    result.warnings = left_out.map(|path| format!("{path} is not the connector's own and stays as it is")).collect();
    (result, contents)
}
