//! Results of tests that are kept beside the logs of a run.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::RunId;
use crate::junit;
use crate::plan::Migration;
use crate::report::export::KeptResults;

use super::state::State;

/// What the directory of a step's results ends with, behind the step's id.
const DIRECTORY: &str = ".results";

/// Every file that the steps of a connector have kept, by step and name.
pub(super) fn files(logs: &Utf8Path) -> Vec<(String, Utf8PathBuf)> {
    let listed = |directory: &Utf8Path| -> Vec<Utf8PathBuf> {
        let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
        entries.map(|entry| entry.path().to_owned()).collect()
    };
    let mut files = Vec::new();
    for directory in listed(logs) {
        let Some(step) = directory.file_name().and_then(|name| name.strip_suffix(DIRECTORY)) else { continue };
        files.extend(listed(&directory).into_iter().filter(|file| file.is_file()).map(|file| (step.to_owned(), file)));
    }
    files.sort();
    files
}

/// The test results of a run, in its order. A file that is no report of tests any more is left out.
pub(super) fn kept(state: &State, run: &RunId, migration: &Migration) -> Vec<KeptResults> {
    let root = state.logs(run);
    let mut kept = Vec::new();
    for unit in &migration.frozen.units {
        let connector = &unit.connector.name;
        for (step, file) in files(&root.join(connector.file_name())) {
            if file.extension() != Some("xml") {
                continue;
            }
            let read = fs::read(&file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let Some(report) = read.and_then(|text| junit::parse(&text).ok()) else { continue };
            let suite = file.file_stem().unwrap_or_default().to_owned();
            let connector = connector.as_str().to_owned();
            kept.push(KeptResults { connector, step, suite, file: file.into_string(), report });
        }
    }
    kept
}
