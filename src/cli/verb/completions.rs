//! `cutover completions`: a completion script for a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::failed::Failed;
use crate::cli::{Cli, Exit, terminal};

/// What `completions` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "cutover", &mut script);
    terminal::answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
