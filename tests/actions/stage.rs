//! Plays a case: the action, through the registry, on an overlay over files in memory.

use std::sync::{Arc, LazyLock};

use cutover::action::{Deed, Look, Publish, PublishError, Published, Publishing, Subject, find};
use cutover::base::{Clock as _, FileMode, FixedClock, MemoryTree, RepoPath, RunId, TreeFile, UnitName};
use cutover::connector::{Profile, discover};
use cutover::diagnostic::{SourceText, render};
use cutover::event::{Failure, Held, StepResult, Waiting};
use cutover::forge::{Forge as _, LocalForge, Mark, NewPullRequest};
use cutover::overlay::Overlay;
use serde_json::{Map, Value};

use crate::case::Case;
use crate::look;

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// It did it, or found it done.
    Done(StepResult),
    /// It cannot be done.
    Refused(Failure),
    /// Its time has not come.
    Waits(Waiting),
    /// A person has taken the unit over.
    Held(Held),
}

/// A case that was played.
pub(crate) struct Played {
    /// How it ended.
    pub(crate) ending: Ending,
    /// How it ended when it was done again right away.
    pub(crate) again: Ending,
    /// The files afterwards.
    pub(crate) tree: MemoryTree,
    /// The files after it was done again.
    pub(crate) tree_again: MemoryTree,
    /// For publications: what was announced, and the pull requests afterwards.
    pub(crate) published: Map<String, Value>,
}

/// Plays a case on these files.
pub(crate) fn play(action: &str, case: &Case, tree: &MemoryTree) -> Played {
    static AIRBYTE: LazyLock<Profile> = LazyLock::new(Profile::airbyte);
    let profile = match &case.profile {
        None => AIRBYTE.clone(),
        Some(text) => Profile::parse(&SourceText::new("cutover.yaml", text))
            .unwrap_or_else(|wrong| panic!("{}", render(&wrong, false))),
    };
    let connectors = discover(&profile, tree).unwrap();
    let connector = connectors.iter().find(|connector| connector.path.as_str() == case.home());
    let connector = connector.unwrap_or_else(|| panic!("there is no connector in {}", case.home()));
    let subject = Subject { connector, profile: &profile, date: jiff::civil::date(2023, 10, 25) };
    match &find(action).unwrap_or_else(|| panic!("there is no action {action}")).deed {
        Deed::Edit(edit) => {
            let mut overlay =
                Overlay::new(Arc::new(tree.clone()), connector.path.clone(), connector.documentation.clone());
            let ending = edit(&case.with, &subject, &mut overlay).into();
            let after = applied(tree, &overlay);
            let again = edit(&case.with, &subject, &mut overlay).into();
            let tree_again = applied(tree, &overlay);
            Played { ending, again, tree: after, tree_again, published: Map::new() }
        }
        Deed::Publish(publish) => {
            let mut files =
                Overlay::new(Arc::new(tree.clone()), connector.path.clone(), connector.documentation.clone());
            for (path, text) in case.changes() {
                let path = RepoPath::new(&path).unwrap();
                match text {
                    Some(text) => files.write(&path, text.as_bytes()).unwrap(),
                    None => files.remove(&path).unwrap(),
                }
            }
            let (ending, again, mut published) = on_forge(case, publish, subject, &files);
            let preview = match (publish.preview)(&case.with) {
                Ok(preview) => preview,
                Err(failure) => failure.message,
            };
            published.insert("preview".to_owned(), preview.into());
            Played { ending, again, tree: tree.clone(), tree_again: tree.clone(), published }
        }
        Deed::Resolve(_) => panic!("{action} asks the outside world: tests/image has one"),
        Deed::Execute(_) => panic!("{action} runs programs: tests/build and tests/conntest have them"),
    }
}

/// Publishes twice: the second time as a process that was started anew.
fn on_forge(
    case: &Case,
    publish: &Publish,
    subject: Subject<'_>,
    files: &Overlay,
) -> (Ending, Ending, Map<String, Value>) {
    let folder = tempfile::tempdir().unwrap();
    let directory = camino::Utf8Path::from_path(folder.path()).unwrap();
    let clock = Arc::new(FixedClock("2023-10-25T12:00:00Z".parse().unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = RunId::new("20231025-120000-aaaa").unwrap();
    let turn_of = case.forge.turn_of.as_ref().map(|unit| UnitName::new(unit).unwrap());
    runtime.block_on(async {
        prepare(case, &LocalForge::new(directory, clock.clone()).unwrap()).await;
        let before = LocalForge::new(directory, clock.clone()).unwrap().list(None).await.unwrap();
        let mut merged = None;
        let mut endings = Vec::new();
        for _ in 0..2 {
            let forge = LocalForge::new(directory, clock.clone()).unwrap();
            let head = case.forge.head.as_deref();
            let (branch, base_branch) = ("cutover/source-x", "master");
            let publishing = Publishing {
                fork: None,
                squash_text: None,
                subject,
                run: &run,
                unit: &subject.connector.name,
                branch,
                base_branch,
                remote: case.forge.remote.as_deref(),
                head,
                pull_request: case.forge.pull_request,
                files,
                now: clock.now(),
                waiting: case.forge.waited.as_ref(),
                acted: case.forge.acted,
                turn_of: turn_of.as_ref(),
                forge: &forge,
            };
            let looked = match &publish.look {
                Some(look) => look(&case.with, publishing).await,
                None => Ok(Look::Act),
            };
            let published = match looked {
                Ok(Look::Act) => (publish.act)(&case.with, publishing).await,
                Ok(Look::Settled(settled)) => Ok(settled),
                Err(error) => Err(error),
            };
            if let Ok(Published::Merged { number, .. }) = &published {
                merged = Some(*number);
            }
            endings.push(match published {
                Ok(Published::Waits(waiting)) => Ending::Waits(waiting),
                Ok(Published::Done(result) | Published::Merged { result, .. }) => {
                    Ending::Done(look::without_place(&result, directory.as_str()))
                }
                Err(PublishError::Failed(failure)) => {
                    let message = failure.message.replace(directory.as_str(), "FORGE");
                    Ending::Refused(Failure { message, ..failure })
                }
                Err(PublishError::Held(held)) => Ending::Held(held),
            });
        }
        let there = LocalForge::new(directory, clock.clone()).unwrap().list(None).await.unwrap();
        let there = there.iter().map(|one| look::pull_request(one, before.iter().find(|old| old.number == one.number)));
        let mut published = Map::from_iter([("pull-requests".to_owned(), Value::Array(there.collect()))]);
        published.extend(merged.map(|number| ("merged".to_owned(), number.into())));
        let again = endings.pop().unwrap();
        (endings.pop().unwrap(), again, published)
    })
}

/// Opens the pull requests that are there, and lets a person close or merge some.
async fn prepare(case: &Case, forge: &LocalForge) {
    for existing in &case.forge.existing {
        let new = NewPullRequest {
            head: existing.branch.clone(),
            base: "master".to_owned(),
            title: "An earlier one".to_owned(),
            body: String::new(),
            labels: vec![],
            draft: false,
            reviewers: vec![],
            teams: vec![],
            assignees: vec![],
            milestone: None,
            mark: Mark::new(RunId::new(&existing.run).unwrap(), UnitName::new(&existing.connector).unwrap(), None),
        };
        let opened = forge.open(&new).await.unwrap();
        let path = forge.directory().join(format!("{}.json", opened.number));
        let mut record: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        record.insert("state".to_owned(), existing.state.as_str().into());
        record.extend(existing.file.clone());
        std::fs::write(&path, serde_json::to_string_pretty(&record).unwrap()).unwrap();
    }
}

impl From<Result<StepResult, Failure>> for Ending {
    fn from(result: Result<StepResult, Failure>) -> Self {
        match result {
            Ok(result) => Self::Done(result),
            Err(failure) => Self::Refused(failure),
        }
    }
}

/// The files with the overlay's edits.
fn applied(tree: &MemoryTree, overlay: &Overlay) -> MemoryTree {
    let mut tree = tree.clone();
    for (path, file) in overlay.changes() {
        let inside = path.below(overlay.home()).is_some() || overlay.page() == Some(path);
        assert!(inside, "{path} is none of the connector's files");
        match file {
            Some(file) => tree.insert(path, file.clone()),
            None => drop(tree.remove(path)),
        }
    }
    tree
}

/// The same files, each of those that are text written in another way.
pub(crate) fn rewritten(tree: &MemoryTree, way: impl Fn(TreeFile) -> TreeFile) -> MemoryTree {
    let mut new = MemoryTree::new();
    for (path, file) in tree.files() {
        let is_text = file.mode != FileMode::Symlink && std::str::from_utf8(&file.bytes).is_ok();
        new.insert(&path, if is_text { way(file.clone()) } else { file.clone() });
    }
    new
}
