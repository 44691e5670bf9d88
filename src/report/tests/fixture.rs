//! A small monorepo of several kinds of connectors, its plan, and a run of it told event by event.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::action;
use crate::base::{MemoryTree, RunId, Tree};
use crate::connector::{Profile, discover};
use crate::diagnostic::SourceText;
use crate::event::{
    Checkpoint, Event, Failure, FailureClass, Held, Holder, RunState, StepIndex, StepResult, UnitIndex,
};
use crate::git::Signature;
use crate::plan::{Compiled, FROZEN_VERSION, Frozen, FrozenUnit, Migration, PlannedUnit, RunOptions, plan};
use crate::workflow::{self, ForgeKind};

const WORKFLOW: &str = r"
version: 1
name: migrate-to-base-image
description: Build connectors from the shared base image
steps:
  bump-version:
    if: connector.language == 'python' and '2.0.0' not in (data.get('connectorBuildOptions') or {}).get('baseImage', '')
    uses: version.bump
    with: { level: patch }
  remove-dockerfile:
    if: connector.language == 'java' or steps.bump_version.new is not none
    uses: file.remove
    with: { path: Dockerfile }
  set-base-image:
    if: steps.bump_version.new is not none
    uses: yaml.set
    with:
      file: metadata.yaml
      path: data.connectorBuildOptions.baseImage
      value: docker.io/example/python-base:2.0.0@sha256:5ac1f2d3b4e5968778695a4b3c2d1e0f5ac1f2d3b4e5968778695a4b3c2d1e0f
  build:
    if: steps.bump_version.new is not none
    needs: [bump-version]
    run: make build
  pull-request:
    if: steps.bump_version.new is not none
    needs: [build]
    uses: pull-request.open
    with: { title: '${{ connector.name }}: use the base image', draft: true }
  changelog:
    if: steps.bump_version.new is not none
    uses: changelog.add
    with: { message: Use the shared base image, pull-request: '${{ steps.pull_request.number }}' }
";

/// The steps of the workflow, in their order.
const STEPS: [&str; 6] = ["bump-version", "remove-dockerfile", "set-base-image", "build", "pull-request", "changelog"];

/// The monorepo, the migration of it, and its plan.
pub(in crate::report) struct Fixture {
    pub(in crate::report) migration: Arc<Migration>,
    pub(in crate::report) units: Vec<PlannedUnit>,
}

const WORDS: [&str; 24] = [
    "aster", "birch", "cedar", "dahlia", "elder", "fern", "ginkgo", "hazel", "iris", "juniper", "kelp", "larch",
    "maple", "nettle", "oak", "poppy", "quince", "rose", "sage", "thyme", "umber", "violet", "willow", "yarrow",
];

/// The monorepo's name for its n-th connector.
fn name(at: usize) -> String {
    let kind = if at % 5 == 4 { "destination" } else { "source" };
    let (first, second) = (WORDS[at % WORDS.len()], at / WORDS.len());
    if second == 0 { format!("{kind}-{first}") } else { format!("{kind}-{first}-{}", WORDS[second]) }
}

/// A monorepo of so many connectors: most are alike, some have quoted versions or pins, are migrated already, are of
/// another language, have a page without a table, or metadata that cannot be read.
pub(in crate::report) fn tree(connectors: usize) -> MemoryTree {
    (0..connectors).fold(MemoryTree::new(), connector)
}

fn connector(tree: MemoryTree, at: usize) -> MemoryTree {
    let name = name(at);
    let (kind, short) = name.split_once('-').unwrap();
    let home = format!("airbyte-integrations/connectors/{name}");
    let page = format!("docs/integrations/{kind}s/{short}.md");
    let version = format!("{}.{}.{}", at % 4, at % 11, at % 17);
    let tag = if at % 7 == 3 { format!("\"{version}\"") } else { version.clone() };
    let mut metadata = format!(
        "data:\n  connectorType: {kind}\n  supportLevel: {}\n  dockerRepository: example/{name}\n  dockerImageTag: {tag}\n  \
         documentationUrl: https://docs.airbyte.com/integrations/{kind}s/{short}\n",
        if at.is_multiple_of(3) { "certified" } else { "community" }
    );
    if at % 40 == 6 {
        metadata.push_str("  connectorBuildOptions: # kept\n    baseImage: docker.io/example/python-base:1.0.0\n");
    }
    let mut table = format!(
        "# {short}\n\n## Changelog\n\n| Version | Date | Pull Request | Subject |\n|:---|:---|:---|:---|\n| {version} | 2023-0{}-11 | [{}](https://github.com/airbytehq/airbyte/pull/{}) | Something |\n",
        at % 9 + 1,
        2000 + at,
        2000 + at
    );
    match at % 12 {
        // Migrated already.
        7 => {
            metadata.push_str("  connectorBuildOptions:\n    baseImage: docker.io/example/python-base:2.0.0@sha256:5ac1f2d3b4e5968778695a4b3c2d1e0f5ac1f2d3b4e5968778695a4b3c2d1e0f\n");
        }
        9 => table = format!("# {short}\n\nNo changes are known.\n"),
        11 => metadata = "data: [unclosed\n".to_owned(),
        _ => {}
    }
    let mut tree = tree.with_file(&format!("{home}/metadata.yaml"), metadata).with_file(&page, table);
    tree = match at % 12 {
        10 => tree.with_file(&format!("{home}/src/main/java/Main.java"), "class Main {}\n"),
        _ => tree.with_file(&format!("{home}/setup.py"), "setup()\n"),
    };
    if at % 12 != 7 && at % 12 != 10 {
        let packages = "RUN true\n".repeat(at % 3);
        tree = tree.with_file(
            &format!("{home}/Dockerfile"),
            format!("FROM python:3.9\n{packages}COPY . .\nLABEL io.airbyte.version={version}\n"),
        );
    }
    tree
}

impl Fixture {
    pub(in crate::report) fn of(connectors: usize) -> Self {
        Self::with(WORKFLOW, tree(connectors))
    }

    /// The migration that this workflow is, over this tree.
    pub(in crate::report) fn with(workflow: &str, tree: MemoryTree) -> Self {
        let base: Arc<dyn Tree> = Arc::new(tree);
        let source = SourceText::new("workflow.yaml", workflow);
        let loaded = workflow::load(&source, &action::specs());
        let workflow =
            loaded.workflow.unwrap_or_else(|| panic!("{}", crate::diagnostic::render(&loaded.diagnostics, false)));
        let profile = Profile::airbyte();
        let found = discover(&profile, &*base).unwrap();
        let units = found.into_iter().map(|connector| FrozenUnit {
            branch: format!("cutover/migrate-to-base-image/{}", connector.name),
            connector,
            promised_tree: None,
        });
        let frozen = Frozen {
            version: FROZEN_VERSION,
            tool: "cutover 0.1.0".to_owned(),
            run: RunId::new("20261122-094500-3f9a").unwrap(),
            created_at: "2026-11-22T09:45:00Z".parse::<Timestamp>().unwrap(),
            date: "2026-11-22".parse().unwrap(),
            workflow: workflow.clone(),
            inputs: serde_json::Map::new(),
            base: "4f3c2a1b9e8d7c6b5a493827160f5e4d3c2b1a09".parse().unwrap(),
            base_branch: "master".to_owned(),
            author: Signature::new("Ada", "ada@example.com").unwrap(),
            forge: ForgeKind::Local,
            repository: None,
            api_url: None,
            remote: None,
            fork: None,
            options: RunOptions::default(),
            answers: crate::plan::Answers::default(),
            units: units.collect(),
        };
        let migration = Migration { compiled: Compiled::new(workflow).unwrap(), frozen, profile };
        let units = plan(&migration, &base);
        Self { migration: Arc::new(migration), units }
    }

    pub(in crate::report) fn step(&self, id: &str) -> StepIndex {
        self.migration.compiled.graph.find(id).unwrap()
    }

    /// The state before the first event.
    pub(in crate::report) fn fresh(&self) -> RunState {
        RunState::new(Arc::clone(&self.migration.compiled.graph), self.migration.frozen.units.len())
    }

    /// The run's state after these events.
    pub(in crate::report) fn after(&self, events: &[Event]) -> RunState {
        let mut state = self.fresh();
        for event in events {
            state.apply(event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
        }
        state
    }

    /// All events of a run over the first so many units, of every kind of end, in the order of units.
    pub(in crate::report) fn events(&self, units: usize) -> Vec<Event> {
        let mut events = vec![opened()];
        for at in 1..=units {
            events.extend(self.way(at));
        }
        events
    }

    /// A unit's way: what its place says happens to it.
    pub(in crate::report) fn way(&self, at: usize) -> Vec<Event> {
        let unit = UnitIndex(u32::try_from(at).unwrap());
        if let crate::plan::UnitPlan::Failed(step, failure) = &self.units[at - 1].outcome {
            return vec![Event::Refused { unit, step: *step, failure: failure.clone() }];
        }
        let changed = self.units[at - 1].outcome == crate::plan::UnitPlan::Changed;
        let unchanged = self.units[at - 1].outcome == crate::plan::UnitPlan::Unchanged;
        let number = 60_000 + at as u64;
        let mut events = Vec::new();
        for id in STEPS {
            let step = self.step(id);
            match id {
                "remove-dockerfile" if unchanged => events.push(succeeded(unit, step, false, "there is no Dockerfile")),
                _ if !changed => events.push(Event::Skipped { unit, step, reason: "`if` is false".to_owned() }),
                "build" => {
                    events.push(Event::Started { unit, step, attempt: 1 });
                    if at % 9 == 2 {
                        events.push(Event::Failed { unit, step, failure: build_failure(at), retry_in: None });
                        return events;
                    }
                    events.push(succeeded(unit, step, false, "it ended with exit code 0"));
                }
                "pull-request" => {
                    events.push(Event::Committed { unit, checkpoint: Some(checkpoint(at)) });
                    events.push(Event::Started { unit, step, attempt: 1 });
                    if at % 10 == 4 {
                        events.push(Event::Held { unit, by: self.held(at) });
                        return events;
                    }
                    let mut opened = result(true, "pull request is open");
                    opened.outputs = BTreeMap::from([
                        ("number".to_owned(), json!(number)),
                        ("url".to_owned(), json!(format!("https://forge.example/pull/{number}"))),
                    ]);
                    events.push(Event::Succeeded { unit, step, result: opened });
                }
                "changelog" => {
                    let mut row = result(true, "one row for the new version");
                    if at % 8 == 1 {
                        row.warnings.push("the table has rows in no order".to_owned());
                    }
                    events.push(Event::Succeeded { unit, step, result: row });
                    events.push(Event::Committed { unit, checkpoint: Some(checkpoint(at + 1000)) });
                }
                _ => events.push(succeeded(unit, step, true, "what the step did")),
            }
        }
        events.push(Event::Verified { unit, unmet: vec![] });
        events
    }

    fn held(&self, at: usize) -> Held {
        if at % 20 == 4 {
            let branch = self.migration.frozen.units[at - 1].branch.clone();
            Held::EditedByHuman { branch, found: "9b1c0de5f00d9b1c0de5f00d9b1c0de5f00d9b1c".to_owned() }
        } else {
            Held::ClosedByHuman { number: 60_000 + at as u64 }
        }
    }
}

pub(in crate::report) fn opened() -> Event {
    let at = "2026-11-22T09:45:00Z".parse().unwrap();
    Event::Opened { holder: Holder { pid: 4711, host: "builder".to_owned() }, at }
}

pub(in crate::report) fn closed() -> Event {
    Event::Closed { at: "2026-11-22T09:55:00Z".parse().unwrap() }
}

pub(in crate::report) fn result(changed: bool, detail: &str) -> StepResult {
    StepResult { changed, detail: detail.to_owned(), ..StepResult::default() }
}

fn succeeded(unit: UnitIndex, step: StepIndex, changed: bool, detail: &str) -> Event {
    Event::Succeeded { unit, step, result: result(changed, detail) }
}

pub(in crate::report) fn build_failure(at: usize) -> Failure {
    let mut failure = Failure::new(FailureClass::Process, "`make build` ended with exit code 2")
        .hint("mend it, then `cutover resume --retry-failed`");
    failure.tail = vec![
        "collecting airbyte-cdk==0.50".to_owned(),
        format!("ERROR: no matching distribution for package-{at}"),
        "make: *** [build] Error 1".to_owned(),
    ];
    failure
}

fn checkpoint(at: usize) -> Checkpoint {
    Checkpoint::new(format!("{at:040x}"), format!("{:040x}", at + 7))
}
