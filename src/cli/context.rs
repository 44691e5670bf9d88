//! The repository that a command is about: its base commit, its profile, its connectors.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use crate::base::{RepoPath, Tree};
use crate::connector::{Connector, PROFILE_FILE, PatternError, Patterns, Profile, discover};
use crate::diagnostic::{Diagnostic, SourceText};
use crate::expression::Scope;
use crate::git::{CommitId, CommitTree, Repository};
use crate::select::{Condition, Filters, Listing, Only, Origin, select_in};

use super::arguments::{Base, Place, Selection};
use super::failed::Failed;

/// What `--modified` compares with if nothing is named: the first of these that is there.
const USUAL_BASES: [&str; 4] = ["origin/HEAD", "origin/master", "origin/main", "master"];

/// The branch that pull requests go to where neither `--base` nor HEAD names one.
const USUAL_BRANCH: &str = "main";

/// An opened repository at a commit.
pub(super) struct Context {
    pub(super) repository: Repository,
    pub(super) base: CommitId,
    pub(super) base_branch: String,
    pub(super) tree: Arc<CommitTree>,
    pub(super) profile: Profile,
}

impl Context {
    pub(super) fn open(place: &Place, base: &Base) -> Result<Self, Failed> {
        let repository = Repository::open(&place.repo)?;
        let commit = repository.resolve(&base.base)?;
        let base_branch = match repository.branch_of(&base.base)? {
            Some(branch) => branch,
            None => repository.branch_of("HEAD")?.unwrap_or_else(|| USUAL_BRANCH.to_owned()),
        };
        Self::at(repository, commit, base_branch)
    }

    /// The repository at a commit that is known already.
    pub(super) fn at(repository: Repository, base: CommitId, base_branch: String) -> Result<Self, Failed> {
        let tree = Arc::new(repository.tree(&base)?);
        let profile = profile(tree.as_ref())?;
        Ok(Self { repository, base, base_branch, tree, profile })
    }

    /// The files of the base commit.
    pub(super) fn files(&self) -> Arc<dyn Tree> {
        Arc::clone(&self.tree) as Arc<dyn Tree>
    }

    pub(super) fn connectors(&self) -> Result<Vec<Connector>, Failed> {
        Ok(discover(&self.profile, self.tree.as_ref())?)
    }

    /// Decides about every connector.
    pub(super) fn select(
        &self,
        workflow: Option<Filters>,
        selection: &Selection,
        inputs: &Scope,
    ) -> Result<Listing, Failed> {
        let filters: Vec<Filters> = workflow.into_iter().chain([self.filters(selection)?]).collect();
        Ok(select_in(&self.files(), self.connectors()?, &filters, inputs))
    }

    fn filters(&self, selection: &Selection) -> Result<Filters, Failed> {
        let mut conditions = Vec::new();
        let mut wrong: Vec<Diagnostic> = Vec::new();
        for query in &selection.metadata_query {
            match Condition::parse("--metadata-query", query) {
                Ok(condition) => conditions.push(condition),
                Err(diagnostic) => wrong.push(*diagnostic),
            }
        }
        if !wrong.is_empty() {
            return Err(Failed::diagnostics(wrong));
        }
        let names = Patterns::new(&selection.name);
        Ok(Filters {
            origin: Origin::CommandLine,
            names: names.map_err(|error: PatternError| Failed::usage(format!("--name: {error}")))?,
            language: selection.language.clone(),
            support_level: selection.support_level.clone(),
            where_: conditions,
            only: selection.only.as_deref().map(only).transpose()?,
            modified: selection.modified.as_deref().map(|since| self.modified(since)).transpose()?,
            limit: selection.limit,
        })
    }

    fn modified(&self, since: &str) -> Result<std::collections::BTreeSet<RepoPath>, Failed> {
        if !since.is_empty() {
            return Ok(self.repository.modified_since(since, &self.base)?);
        }
        let found = USUAL_BASES.iter().find(|revision| self.repository.resolve(revision).is_ok());
        let since = found.ok_or_else(|| {
            Failed::usage(
                "--modified needs a revision to compare with: there is no origin/HEAD, origin/master or origin/main",
            )
            .hint("name it: `--modified main`")
        })?;
        Ok(self.repository.modified_since(since, &self.base)?)
    }
}

/// The profile that the repository spells out, or the built-in one.
fn profile(tree: &CommitTree) -> Result<Profile, Failed> {
    let path = RepoPath::new(PROFILE_FILE).map_err(|error| Failed::usage(error.to_string()))?;
    let file = tree.read(&path).map_err(|error| Failed::usage(error.to_string()))?;
    let Some(file) = file else { return Ok(Profile::airbyte()) };
    let text = String::from_utf8(file.bytes.to_vec())
        .map_err(|_| Failed::usage(format!("{PROFILE_FILE} is not UTF-8")).hint("save it as UTF-8"))?;
    Profile::parse(&SourceText::new(PROFILE_FILE, text)).map_err(Failed::diagnostics)
}

/// A list of names, one on each line; empty lines and `#` comments are passed over.
fn only(argument: &str) -> Result<Only, Failed> {
    let Some(file) = argument.strip_prefix('@') else {
        return Err(Failed::usage(format!("--only takes a file, as `--only @{argument}`"))
            .hint("for single connectors use --name"));
    };
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| Failed::usage(format!("failed to read the list of connectors {file}: {error}")))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(Only { names: lines.map(str::to_owned).collect(), origin: argument.to_owned() })
}

/// `key=value` arguments.
pub(super) fn inputs(arguments: &[String]) -> Result<BTreeMap<String, String>, Failed> {
    let mut inputs = BTreeMap::new();
    for argument in arguments {
        let (key, value) = argument.split_once('=').ok_or_else(|| {
            Failed::usage(format!("--input {argument} has no `=`")).hint("write it as `--input key=value`")
        })?;
        if inputs.insert(key.trim().to_owned(), value.to_owned()).is_some() {
            return Err(Failed::usage(format!("--input {key} is given twice")));
        }
    }
    Ok(inputs)
}
