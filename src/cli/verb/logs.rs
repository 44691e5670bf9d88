//! `cutover logs`: what a step's process wrote.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::base::{RunId, UnitName, closest, sentence_list};
use crate::cli::arguments::Place;
use crate::cli::failed::Failed;
use crate::cli::state::{State, find_run};
use crate::cli::{Exit, results, terminal};
use crate::git::Repository;
use crate::journal::Journal;

/// What `logs` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The run: its id or the beginning of it.
    run: String,
    /// The connector; `run` for the steps of the run itself.
    name: String,
    /// The step; all that have a log if not given.
    step: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let repository = Repository::open(&arguments.place.repo)?;
    let state = State::of(&repository);
    let journal = state.journal()?;
    let header = find_run(&journal, Some(&arguments.run))?;
    let name = UnitName::new(&arguments.name).map_err(|error| Failed::usage(error.to_string()))?;
    let root = state.logs(&header.id);
    let directory = root.join(name.file_name());
    let logs = logs(&directory);
    if logs.is_empty() {
        return Err(nothing(&state, &repository, &journal, &header.id, &arguments.name));
    }
    let wanted: Vec<&(String, Utf8PathBuf)> = match &arguments.step {
        None => logs.iter().collect(),
        // The last try is the one that counts; files are sorted by try.
        Some(step) => logs.iter().rfind(|(found, _)| found == step).into_iter().collect(),
    };
    if wanted.is_empty() {
        let step = arguments.step.as_deref().unwrap_or_default();
        let steps: Vec<&str> = logs.iter().map(|(step, _)| step.as_str()).collect();
        return Err(Failed::usage(format!("step `{step}` of {name} has no log in run {}", header.id))
            .hint(format!("steps with logs: {}", sentence_list(&steps))));
    }
    let several = wanted.len() > 1;
    for (_, path) in wanted {
        let bytes =
            fs::read(path).map_err(|error| Failed::new(Exit::Permission, format!("failed to read {path}: {error}")))?;
        if several {
            terminal::answer(&format!("==> {} <==", path.file_name().unwrap_or_default()))?;
        }
        terminal::answer(&String::from_utf8_lossy(&bytes))?;
    }
    for (step, file) in results::files(&directory) {
        if arguments.step.as_ref().is_none_or(|wanted| *wanted == step) {
            terminal::say(&format!("cutover: step {step} has kept {file}"));
        }
    }
    Ok(Exit::Done)
}

/// Steps with their logs, by step and try: `build.log`, `build.2.log`.
fn logs(directory: &Utf8Path) -> Vec<(String, Utf8PathBuf)> {
    let Ok(entries) = directory.read_dir_utf8() else { return Vec::new() };
    let mut logs: Vec<(String, usize, Utf8PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let stem = entry.file_name().strip_suffix(".log")?;
            let (step, attempt) = match stem.rsplit_once('.') {
                Some((step, attempt)) if attempt.parse::<usize>().is_ok() => (step, attempt.parse().ok()?),
                _ => (stem, 1),
            };
            Some((step.to_owned(), attempt, entry.path().to_owned()))
        })
        .collect();
    logs.sort();
    logs.into_iter().map(|(step, _, path)| (step, path)).collect()
}

/// Why there is nothing to show: no such connector, or none of its steps has run a process.
fn nothing(state: &State, repository: &Repository, journal: &Journal, run: &RunId, name: &str) -> Failed {
    let loaded = match state.load(repository, journal, run) {
        Ok(loaded) => loaded,
        Err(failed) => return failed,
    };
    let names: Vec<&str> = loaded.migration.frozen.units.iter().map(|unit| unit.connector.name.as_str()).collect();
    if names.contains(&name) {
        return Failed::usage(format!("{name} has no logs in run {run}"))
            .hint("only steps that run a process have logs; `cutover status` shows what became of the others");
    }
    let failed = Failed::usage(format!("run {run} has no connector `{name}`"));
    match closest(name, names) {
        Some(close) => failed.hint(format!("did you mean `{close}`?")),
        None => failed.hint("`cutover status` names its connectors"),
    }
}
