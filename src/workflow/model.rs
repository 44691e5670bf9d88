//! The workflow as everything after the loading sees it: checked, without spans, frozen into the journal as JSON.
//!
//! Texts with `${{ }}` and expressions stay text here; they were parsed once by the checks and parse again.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, StepId};

use super::RolloutOptions;

/// The version of workflow files that this program reads and writes.
pub const WORKFLOW_VERSION: u64 = 1;

/// The branch of a unit where the file names none.
pub(super) const DEFAULT_BRANCH: &str = "cutover/${{ workflow.name }}/${{ connector.name }}";

/// A checked workflow. Its JSON form is deterministic and reads back to an equal value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Workflow {
    /// The version of the file's format: [`WORKFLOW_VERSION`].
    pub version: u64,
    /// A short name that can stand in a branch: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What the workflow is for, as a sentence.
    pub description: Option<String>,
    /// What whoever starts it may or must give, in the file's order.
    pub inputs: Vec<Input>,
    /// Which connectors it is for.
    pub connectors: Selection,
    /// The name of a unit's branch, a template.
    pub branch: String,
    /// How a unit's changes are committed.
    pub commit: CommitOptions,
    /// Where pull requests are opened.
    #[serde(default)]
    pub publish: PublishOptions,
    /// In which waves, within which limits and at which times; `None`: as fast as it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutOptions>,
    /// How much may happen at once, where the file says so.
    pub concurrency: Concurrency,
    /// Whether the first failure stops the starting of new units.
    pub fail_fast: bool,
    /// How many units may fail before no new ones start.
    pub max_failures: Option<MaxFailures>,
    /// The steps, in the file's order; [`order`](super::order) gives the order in which they take turns.
    pub steps: Vec<Step>,
    /// The definition of done, in the file's order.
    pub success: Vec<Criterion>,
}

impl Workflow {
    /// The step with this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}

/// Something that whoever starts the workflow may or must give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Its name as the file spells it (dashes allowed).
    pub name: String,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: InputKind,
    /// Whether it must be given. An input with a default never must; one without either is `None` in expressions.
    pub required: bool,
    /// Its value when none is given.
    pub default: Option<serde_json::Value>,
    /// What it is, as a sentence.
    pub description: Option<String>,
}

impl Input {
    /// The name as expressions spell it: dashes read as underscores.
    pub fn identifier(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// What values an input takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of these texts.
    Choice(Vec<String>),
}

impl InputKind {
    /// The type as the file spells it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Choice(_) => "choice",
        }
    }
}

/// Which connectors a workflow is for. An empty list is a filter that was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Selection {
    /// Names, globs allowed; one of them must match.
    pub names: Vec<String>,
    /// Languages; the connector's must be one of them.
    pub language: Vec<String>,
    /// Support levels; the connector's must be one of them.
    pub support_level: Vec<String>,
    /// An expression that must be true of the connector.
    #[serde(rename = "where")]
    pub where_: Option<String>,
}

/// How a unit's changes are committed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommitOptions {
    /// The commits' message, a template; `None` leaves the words to the run.
    pub message: Option<String>,
    /// Whether the commits of a unit that others will follow carry `[skip ci]`, so that only the last one is built.
    #[serde(default)]
    pub skip_ci_until_last: bool,
}

/// Where pull requests are opened. What is not said is found out when the run is made: `local` as the forge, `origin`
/// as the remote, the repository from the remote's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PublishOptions {
    /// Which forge.
    pub forge: Option<ForgeKind>,
    /// The repository on the forge: `owner/name`.
    pub repository: Option<String>,
    /// The remote to push to: its name or its address.
    pub remote: Option<String>,
    /// The fork that branches are pushed to, by its owner or as `owner/name`; `None`: to the repository itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<String>,
    /// The address of the forge's interface, for a GitHub Enterprise server: `https://HOST/api/v3`.
    pub api_url: Option<String>,
    /// Writes in a minute that the forge allows; `None`: GitHub's documented 80.
    pub writes_per_minute: Option<NonZeroUsize>,
    /// Writes in an hour that the forge allows; `None`: GitHub's documented 500.
    pub writes_per_hour: Option<NonZeroUsize>,
}

/// A kind of forge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForgeKind {
    /// Pull requests in files beside the journal: nothing leaves the machine.
    #[default]
    Local,
    /// GitHub, or a GitHub Enterprise server.
    Github,
}

impl ForgeKind {
    /// Every kind by its name in workflow files and on the command line.
    pub const ALL: [(&'static str, Self); 2] = [("local", Self::Local), ("github", Self::Github)];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Github => "github",
        }
    }
}

/// How much may happen at once. `None` leaves it to the command line and the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Concurrency {
    /// Units that are worked on at once.
    pub jobs: Option<NonZeroUsize>,
    /// Builds at once.
    pub build: Option<NonZeroUsize>,
    /// Tests at once.
    pub test: Option<NonZeroUsize>,
    /// Publishing steps at once.
    pub publish: Option<NonZeroUsize>,
}

/// How many units may fail before no new ones start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxFailures {
    /// This many.
    Count(NonZeroUsize),
    /// This many of a hundred of the units of the run; 1 to 100.
    Percent(u8),
}

/// One step of the DAG.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Its id, unique in the workflow also where dashes read as underscores.
    pub id: StepId,
    /// A title for people.
    pub name: Option<String>,
    /// What it does.
    pub action: StepAction,
    /// Steps that must have succeeded. Steps whose outputs it reads are needed too, see [`dependencies`](super::dependencies).
    pub needs: Vec<StepId>,
    /// An expression; the step is skipped where it is not true.
    #[serde(rename = "if")]
    pub if_: Option<String>,
    /// Once per run or once per unit.
    pub scope: Scope,
    /// How long one attempt may take.
    #[serde(default, with = "seconds")]
    pub timeout: Option<Duration>,
    /// Whether and when to try again.
    pub retry: Option<Retry>,
    /// Environment variables for the step's process, in the file's order.
    pub env: Vec<(String, EnvValue)>,
    /// Whether steps that need this one go on when it fails.
    pub continue_on_error: bool,
    /// The outputs that a `run:` step declares; those of an action are in its [`ActionSpec`](super::ActionSpec).
    pub outputs: Vec<String>,
    /// Further files and directories of the repository that its process sees, besides the connector's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<RepoPath>,
    /// What its process may take of the machine.
    #[serde(default, skip_serializing_if = "Limits::is_none")]
    pub limits: Limits,
}

/// What a step's process may take of the machine, as far as the system lets cutover say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// How far it stands back behind other processes, 1 to 19.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nice: Option<u8>,
    /// The most memory, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// The most processors, at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<NonZeroUsize>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    /// One of the actions.
    Uses {
        /// Its name, such as `file.remove`.
        action: String,
        /// Its arguments; strings in them may be templates.
        with: serde_json::Map<String, serde_json::Value>,
    },
    /// A shell command.
    Run {
        /// The script, a template.
        command: String,
    },
}

impl StepAction {
    /// The action's name, or `run`.
    pub fn name(&self) -> &str {
        match self {
            Self::Uses { action, .. } => action,
            Self::Run { .. } => "run",
        }
    }
}

/// How often a step takes place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Once for the whole run, before any unit.
    Run,
    /// Once for each unit.
    #[default]
    Unit,
}

/// Whether and when to try a step again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retry {
    /// Tries in total, at least 1.
    pub attempts: u32,
    /// After which classes of failure; never empty.
    pub on: Vec<FailureClass>,
    /// How long to wait before the second try; `None` leaves it to the engine.
    #[serde(default, with = "seconds")]
    pub delay: Option<Duration>,
}

/// A class of failure that a retry can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// A host that was not reached, a connection that broke.
    Network,
    /// The step's time was up.
    Timeout,
    /// A service asked to come back later.
    RateLimit,
    /// A process ended with an exit code other than 0 or by a signal.
    Process,
    /// Whatever it was.
    Any,
}

/// The value of an environment variable of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnvValue {
    /// A text, a template.
    Text(String),
    /// The value that this variable has in cutover's own environment; masked wherever it would be shown.
    Secret(String),
}

/// One line of the definition of done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Criterion {
    /// What it says, for people.
    pub title: String,
    /// What must be true.
    pub expression: String,
}

/// Durations as whole seconds.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
    pub(in super::super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs()).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_secs))
    }
}
