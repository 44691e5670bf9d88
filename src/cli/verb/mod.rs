//! The verbs, one file each.

pub(super) mod actions;
pub(super) mod adopt;
pub(super) mod check;
pub(super) mod close;
pub(super) mod completions;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod graph;
pub(super) mod init;
pub(super) mod list;
pub(super) mod logs;
pub(super) mod plan;
pub(super) mod refresh;
pub(super) mod report;
pub(super) mod resume;
pub(super) mod revert;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod schema;
pub(super) mod status;
pub(super) mod verify;
