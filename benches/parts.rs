//! Where the time goes, part by part: `cargo bench`. The whole tool beside shell loops is in `benches/compare`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use camino::Utf8Path;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cutover::base::{FixedClock, MemoryTree, RunId, StepId};
use cutover::connector::{Profile, discover};
use cutover::edit::changelog::{About, Entry, PullRequestNumber, add};
use cutover::edit::{ValuePath, yaml};
use cutover::event::{Event, Graph, Node, RunState, StepIndex, StepResult, UnitIndex};
use cutover::journal::{Journal, Lock, Receipt, RunRecord, Writer};
use cutover::workflow::{Effect, Scope};
use jiff::Timestamp;
use tempfile::TempDir;

const CONNECTORS: u32 = 300;
const STEPS: u16 = 10;

/// The metadata of a connector, about as long as a real one.
fn metadata(number: u32) -> String {
    let mut text = format!(
        "data:\n  connectorSubtype: api\n  connectorType: source\n  definitionId: 00000000-0000-4000-8000-{number:012}\n  dockerImageTag: 0.3.{number}\n  dockerRepository: airbyte/source-{number:04}\n  documentationUrl: https://docs.airbyte.com/integrations/sources/{number:04}\n  githubIssueLabel: source-{number:04}\n  icon: icon.svg # drawn by hand\n  license: MIT\n  name: Source {number}\n  registries:\n    cloud:\n      enabled: true\n    oss:\n      enabled: true\n  releaseStage: alpha\n  supportLevel: community\n  tags:\n    - language:python\n  allowedHosts:\n    hosts:\n"
    );
    (0..10).for_each(|host| writeln!(text, "      - host-{host}.example.com").unwrap());
    text + "metadataSpecVersion: \"1.0\"\n"
}

/// A documentation page with a changelog of so many rows, newest first.
fn page(rows: u32) -> String {
    let mut text = "# Source\n\n".to_owned() + &"Some words about how to set it up.\n\n".repeat(60);
    text += "## Changelog\n\n| Version | Date | Pull Request | Subject |\n| :--- | :--- | :--- | :--- |\n";
    for row in (0..rows).rev() {
        writeln!(text, "| 0.3.{row} | 2023-09-01 | [{row}](https://github.com/airbytehq/airbyte/pull/{row}) | Fix |")
            .unwrap();
    }
    text
}

fn files(number: u32) -> [(String, String); 4] {
    let home = format!("airbyte-integrations/connectors/source-{number:04}");
    [
        (format!("{home}/metadata.yaml"), metadata(number)),
        (format!("{home}/setup.py"), "setup()\n".to_owned()),
        (format!("{home}/Dockerfile"), format!("FROM python:3.9\nLABEL io.airbyte.version=0.3.{number}\n")),
        (format!("docs/integrations/sources/{number:04}.md"), page(number + 1)),
    ]
}

fn edits(criterion: &mut Criterion) {
    let (text, path) = (metadata(7), ValuePath::parse("data.connectorBuildOptions.baseImage").unwrap());
    let image = "docker.io/airbyte/python-connector-base:1.2.0".into();
    criterion
        .bench_function("edit/yaml set", |bench| bench.iter(|| yaml::set(black_box(&text), &path, &image).unwrap()));
    let mut group = criterion.benchmark_group("edit/changelog row");
    for rows in [10, 100, 1000] {
        let page = page(rows);
        let entry = Entry {
            version: format!("0.3.{rows}").parse().unwrap(),
            date: jiff::civil::date(2023, 10, 25),
            pull_request: Some(PullRequestNumber::Number(31_000)),
            message: "Use the base image".to_owned(),
            repository_url: "https://github.com/airbytehq/airbyte".to_owned(),
        };
        let about = About { connector: "source", shared_with: &[], current_version: None };
        group.throughput(Throughput::Bytes(page.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(rows), &page, |bench, page| {
            bench.iter(|| add(black_box(page), &entry, &about).unwrap());
        });
    }
}

fn connectors(criterion: &mut Criterion) {
    let mut tree = MemoryTree::new();
    for (path, text) in (0..CONNECTORS).flat_map(files) {
        tree = tree.with_file(&path, text);
    }
    let profile = Profile::airbyte();
    let mut group = criterion.benchmark_group("connectors");
    group.throughput(Throughput::Elements(u64::from(CONNECTORS)));
    group.bench_function("discover in memory", |bench| bench.iter(|| discover(&profile, black_box(&tree)).unwrap()));
}

/// The events of a run in which every step of every connector succeeds.
fn events() -> Vec<Event> {
    let result = StepResult { detail: "there is no Dockerfile".to_owned(), ..StepResult::default() };
    let steps = (1..=CONNECTORS).flat_map(|unit| (0..STEPS).map(move |step| (UnitIndex(unit), StepIndex(step))));
    steps.map(|(unit, step)| Event::Succeeded { unit, step, result: result.clone() }).collect()
}

fn graph() -> Arc<Graph> {
    let node = |number: u16| Node {
        id: StepId::new(&format!("step-{number}")).unwrap(),
        scope: Scope::Unit,
        effect: Effect::Edit,
        writes: true,
        needs: (0..number).map(StepIndex).collect(),
        continue_on_error: false,
    };
    Arc::new(Graph::new((0..STEPS).map(node).collect()))
}

/// A journal with a run that nothing has happened in yet.
fn journal() -> (TempDir, Journal, Writer) {
    let place = tempfile::tempdir().unwrap();
    let directory = Utf8Path::from_path(place.path()).unwrap();
    let (run, now): (_, Timestamp) = (RunId::new("run").unwrap(), "2023-10-25T12:00:00Z".parse().unwrap());
    let journal = Journal::open(directory).unwrap();
    let lock = Lock::acquire(directory, &run, now).unwrap();
    journal.create_run(&RunRecord::new(run, "nothing", now, "base", "{}".to_owned()), &lock).unwrap();
    let writer = journal.writer(lock, Arc::new(FixedClock(now))).unwrap();
    (place, journal, writer)
}

/// Every event on its own, all of them durable at the end.
fn append(writer: &Writer, events: &[Event]) {
    let receipts: Vec<Receipt> =
        events.iter().map(|event| writer.append(std::slice::from_ref(event), Vec::new())).collect();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
}

fn journals(criterion: &mut Criterion) {
    let events = events();
    let mut group = criterion.benchmark_group("journal");
    group.sample_size(10).throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("append", |bench| {
        bench.iter_batched_ref(journal, |(_, _, writer)| append(writer, &events), BatchSize::PerIteration);
    });
    let (_place, journal, writer) = journal();
    append(&writer, &events);
    let run = RunId::new("run").unwrap();
    group.bench_function("read", |bench| bench.iter(|| journal.events(&run).unwrap().map(Result::unwrap).count()));
    let graph = graph();
    group.bench_function("fold", |bench| {
        bench.iter(|| {
            let mut state = RunState::new(Arc::clone(&graph), CONNECTORS as usize);
            for event in &events {
                state.apply(black_box(event)).unwrap();
            }
            state
        });
    });
}

/// A bare repository with the synthetic connectors.
fn repository() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    git(place.path(), &["init", "-q", "--bare", "-b", "master"]);
    let mut import = Command::new("git")
        .arg("-C")
        .arg(place.path())
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = import.stdin.take().unwrap();
    write!(stream, "commit refs/heads/master\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 5\nStart\n")
        .unwrap();
    for (path, text) in (0..CONNECTORS).flat_map(files) {
        write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
    }
    drop(stream);
    assert!(import.wait().unwrap().success());
    place
}

fn git(directory: &Path, arguments: &[&str]) {
    assert!(Command::new("git").arg("-C").arg(directory).args(arguments).status().unwrap().success());
}

const FOUR_EDITS: &str = "\
version: 1
name: four-edits
steps:
  remove: { uses: file.remove, with: { path: Dockerfile } }
  image: { uses: yaml.set, with: { file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: base } }
  bump: { uses: version.bump, with: { level: patch } }
  changelog: { uses: changelog.add, with: { message: Use the base image, pull-request: 31000 } }
";

fn program(criterion: &mut Criterion) {
    let repository = repository();
    let workflow = repository.path().join("four-edits.yaml");
    std::fs::write(&workflow, FOUR_EDITS).unwrap();
    let cutover = |verb: &str, more: &[&str], directory: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
        command.arg(verb).args(more).args(["--format", "json", "--repo"]).arg(directory);
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Bench").env(format!("GIT_{role}_EMAIL"), "bench@example.com");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let workflow = workflow.to_str().unwrap();
    let mut group = criterion.benchmark_group("program");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(CONNECTORS)));
    group.bench_function("list", |bench| bench.iter(|| cutover("list", &[], repository.path())));
    group.bench_function("plan", |bench| bench.iter(|| cutover("plan", &[workflow], repository.path())));
    let clone = || {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().to_str().unwrap();
        git(repository.path(), &["clone", "-q", "--bare", "--shared", ".", target]);
        place
    };
    group.bench_function("run", |bench| {
        bench.iter_batched(clone, |place| cutover("run", &[workflow, "--yes"], place.path()), BatchSize::PerIteration);
    });
}

criterion_group!(parts, edits, connectors, journals, program);
criterion_main!(parts);
