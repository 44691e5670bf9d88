//! The command line: one file for each verb, in `verb`. The only place that reads arguments and
//! the environment, and that decides exit codes.

mod arguments;
mod carry;
mod context;
mod demo;
mod engines;
mod exit;
mod failed;
mod github;
mod look;
mod manner;
mod next;
mod out_file;
mod outside;
mod plan_file;
mod prepare;
mod publishing;
mod results;
mod secrets;
mod shell;
mod state;
mod terminal;
mod trial;
mod verb;
mod workflow_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failed::Failed;

pub use exit::Exit;

/// Moves hundreds of connectors through one declarative migration.
///
/// A workflow is a YAML file with a DAG of steps. `cutover plan` shows the real diffs, `cutover run` makes a branch
/// and a pull request for each connector, `cutover resume` goes on where a run stopped.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, max_term_width = 100, disable_help_subcommand = true, after_long_help = exit::HELP)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List connectors, and why each is in or out.
    List(verb::list::Arguments),
    /// Show what a run would do: the diff and the effects for each connector. Writes nothing to the repository.
    Plan(verb::plan::Arguments),
    /// Carry a migration out: branches, commits, pull requests.
    Run(verb::run::Arguments),
    /// Go on where a run stopped.
    Resume(verb::resume::Arguments),
    /// Make open pull requests anew on a base that has moved: edits computed again, one commit each, pushed.
    Refresh(verb::refresh::Arguments),
    /// Give a run up: close its open pull requests and delete the branches that it made.
    Close(verb::close::Arguments),
    /// Undo a run: close what it has open, open the inverse of what it has merged.
    Revert(verb::revert::Arguments),
    /// Rebuild the journal of a run from its branches and pull requests.
    Adopt(verb::adopt::Arguments),
    /// Show where a run stands.
    Status(verb::status::Arguments),
    /// List the runs of this repository.
    Runs(verb::runs::Arguments),
    /// Show the log of a step.
    Logs(verb::logs::Arguments),
    /// Write a run down as a document: for a CI step, a comment, a browser, a spreadsheet.
    Report(verb::report::Arguments),
    /// Check the definition of done (`success:`) over the connectors of a commit; for CI.
    Verify(verb::verify::Arguments),
    /// Check a workflow file: every error at once, each with its place.
    Check(verb::check::Arguments),
    /// Draw the steps of a workflow, for Mermaid or Graphviz.
    Graph(verb::graph::Arguments),
    /// Print the JSON schema of workflow files, for editors.
    Schema,
    /// List the actions that steps can use; with a name, all about that one.
    Actions(verb::actions::Arguments),
    /// Look whether a run would have what it needs: git, the remote, the forge, the registry.
    Doctor(verb::doctor::Arguments),
    /// Write a first workflow file.
    Init(verb::init::Arguments),
    /// Print a completion script for a shell.
    Completions(verb::completions::Arguments),
    /// Lay out a small monorepo, run the base-image migration on it, and show what came of it.
    Demo(verb::demo::Arguments),
}

/// Parses the arguments, runs the verb, returns the exit code.
pub fn main() -> ExitCode {
    terminal::start_log();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and are no failure.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match perform(cli.verb) {
        Ok(exit) => exit.into(),
        Err(failed) => failed.tell().into(),
    }
}

/// Carries a command out as if it had been typed, program name first.
fn carry_out<'a>(words: impl Iterator<Item = &'a str>) -> Result<Exit, Failed> {
    let cli = Cli::try_parse_from(words).map_err(|error| Failed::usage(error.to_string()))?;
    perform(cli.verb)
}

fn perform(verb: Verb) -> Result<Exit, Failed> {
    match verb {
        Verb::List(arguments) => verb::list::run(&arguments),
        Verb::Plan(arguments) => verb::plan::run(&arguments),
        Verb::Run(arguments) => verb::run::run(&arguments),
        Verb::Resume(arguments) => verb::resume::run(&arguments),
        Verb::Refresh(arguments) => verb::refresh::run(&arguments),
        Verb::Close(arguments) => verb::close::run(&arguments),
        Verb::Revert(arguments) => verb::revert::run(&arguments),
        Verb::Adopt(arguments) => verb::adopt::run(&arguments),
        Verb::Status(arguments) => verb::status::run(&arguments),
        Verb::Runs(arguments) => verb::runs::run(&arguments),
        Verb::Logs(arguments) => verb::logs::run(&arguments),
        Verb::Report(arguments) => verb::report::run(&arguments),
        Verb::Verify(arguments) => verb::verify::run(&arguments),
        Verb::Check(arguments) => verb::check::run(&arguments),
        Verb::Graph(arguments) => verb::graph::run(&arguments),
        Verb::Schema => verb::schema::run(),
        Verb::Actions(arguments) => verb::actions::run(&arguments),
        Verb::Doctor(arguments) => verb::doctor::run(&arguments),
        Verb::Init(arguments) => verb::init::run(&arguments),
        Verb::Completions(arguments) => verb::completions::run(&arguments),
        Verb::Demo(arguments) => verb::demo::run(&arguments),
    }
}
