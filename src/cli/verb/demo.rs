//! `cutover demo`.
use crate::cli::Exit;
use crate::cli::failed::Failed;
use clap::Args;
/// What `demo` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {}
pub(in crate::cli) fn run(_arguments: &Arguments) -> Result<Exit, Failed> {
    Err(Failed::usage("not yet"))
}
