//! Workflow files: their model, how they are read, and every check that can be made before anything runs.
//!
//! [`load`] turns the text of a file into a [`Workflow`] or into all of its errors at once, each with its place.
//! A run freezes the [`Workflow`] as JSON and never reads YAML again. What an action does is not known here, only
//! its [`ActionSpec`]; expressions are parsed and their references checked, but never evaluated.

mod check;
mod document;
mod findings;
pub mod graph;
mod inputs;
mod load;
mod model;
mod order;
mod read;
mod rollout;
mod schema;
mod spec;
mod texts;

pub use inputs::input_values;
pub use load::{Loaded, load, load_bytes};
pub use model::{
    CommitOptions, Concurrency, Criterion, EnvValue, FailureClass, ForgeKind, Input, InputKind, Limits, MaxFailures,
    PublishOptions, Retry, Scope, Selection, Step, StepAction, WORKFLOW_VERSION, Workflow,
};
pub use order::{dependencies, order};
pub use read::{is_fork, parse_duration};
pub use rollout::{Milestone, RolloutOptions, WaveSize, Weekday, Window};
pub use schema::schema;
pub use spec::{ActionSpec, CHANGED_OUTPUT, Effect, OutputSpec};
pub use texts::{replace_texts, visit_texts};

#[cfg(test)]
mod tests;
