//! `cutover init`: a first workflow file, to be edited.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::failed::Failed;
use crate::cli::{Exit, terminal};

/// The file that is written: it passes `cutover check` as it is.
const TEMPLATE: &str = include_str!("../init.yaml");

/// What `init` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Where to write it; its name becomes the workflow's.
    #[arg(default_value = "workflows/my-migration.yaml")]
    file: Utf8PathBuf,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let file = &arguments.file;
    let name = file.file_stem().unwrap_or("my-migration");
    if let Some(directory) = file.parent().filter(|directory| !directory.as_str().is_empty()) {
        std::fs::create_dir_all(directory)
            .map_err(|error| Failed::new(Exit::Permission, format!("failed to make {directory}: {error}")))?;
    }
    let mut opened =
        OpenOptions::new().write(true).create_new(true).open(file).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failed::usage(format!("{file} is there already"))
                .hint("name another file: `cutover init workflows/other.yaml`"),
            _ => Failed::new(Exit::Permission, format!("failed to write {file}: {error}")),
        })?;
    let text = TEMPLATE.replace("my-migration", name);
    opened
        .write_all(text.as_bytes())
        .map_err(|error| Failed::new(Exit::Permission, format!("failed to write {file}: {error}")))?;
    terminal::say(&format!("cutover: wrote {file}\n\n  cutover check {file}\n  cutover plan {file} --diff"));
    Ok(Exit::Done)
}
