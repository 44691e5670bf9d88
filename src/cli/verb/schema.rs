//! `cutover schema`: the JSON schema of workflow files.

use crate::action;
use crate::cli::failed::Failed;
use crate::cli::{Exit, terminal};
use crate::workflow::schema;

pub(in crate::cli) fn run() -> Result<Exit, Failed> {
    terminal::answer_json(&schema(&action::specs()))?;
    Ok(Exit::Done)
}
