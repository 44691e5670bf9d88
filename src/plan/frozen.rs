//! What a run freezes: everything that decides what it does, so that a resumed run does the same.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::base::RunId;
use crate::connector::Connector;
use crate::event::UnitIndex;
use crate::git::{CommitId, Signature};
use crate::workflow::{ForgeKind, Workflow};

use super::answers::Answers;

/// The version of the frozen form that this program writes and reads.
pub const FROZEN_VERSION: u32 = 2;

/// A run's frozen inputs. Its JSON is hashed data: a run never reads YAML again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Frozen {
    /// The version of this form: [`FROZEN_VERSION`].
    pub version: u32,
    /// The version of cutover that froze it.
    pub tool: String,
    /// The run.
    pub run: RunId,
    /// When it was made; also the time of its commits, to the second.
    pub created_at: Timestamp,
    /// Today, for changelogs: a run that crosses midnight keeps it.
    pub date: Date,
    /// The checked workflow.
    pub workflow: Workflow,
    /// Its inputs, by the names that expressions use.
    pub inputs: Map<String, Value>,
    /// The commit whose files are migrated.
    pub base: CommitId,
    /// The branch that pull requests are to be merged into.
    pub base_branch: String,
    /// Who the commits are by.
    pub author: Signature,
    /// Where pull requests live.
    pub forge: ForgeKind,
    /// The repository on the forge, `owner/name`; none for the local one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The address of the forge's interface, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    /// The remote that commits are pushed to; none: they stay in this repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The fork of the remote that commits are pushed to instead, by its owner or as `owner/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<String>,
    /// How it is carried out.
    pub options: RunOptions,
    /// What the outside world answered before the run began.
    #[serde(default, skip_serializing_if = "Answers::is_empty")]
    pub answers: Answers,
    /// The units, in order.
    pub units: Vec<FrozenUnit>,
}

/// How a run is carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunOptions {
    /// Units under way at once; `None` leaves it to the machine.
    pub jobs: Option<usize>,
    /// Whether the first failure stops the starting of new units.
    pub fail_fast: bool,
    /// How many units may fail before no new ones start.
    pub max_failures: Option<usize>,
}

/// One unit of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FrozenUnit {
    /// The connector as it was in the base commit.
    pub connector: Connector,
    /// Its branch.
    pub branch: String,
    /// The tree that the plan promised, in hexadecimal, if the run began from a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_tree: Option<String>,
}

/// A frozen form that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum FrozenError {
    /// Written by a newer version.
    #[error("it was frozen in version {found} of the format; this cutover reads up to version {FROZEN_VERSION}")]
    Newer {
        /// The version found.
        found: u64,
    },
    /// Not the JSON that it should be.
    #[error("it cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl Frozen {
    /// The JSON form.
    pub fn to_json(&self) -> Result<String, FrozenError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads the JSON form, of this or an older version.
    pub fn from_json(json: &str) -> Result<Self, FrozenError> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let Version { version } = serde_json::from_str(json)?;
        if version > u64::from(FROZEN_VERSION) {
            return Err(FrozenError::Newer { found: version });
        }
        Ok(serde_json::from_str(json)?)
    }

    /// The SHA-256 of a JSON form, in hexadecimal.
    pub fn hash(json: &str) -> String {
        Sha256::digest(json.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            use std::fmt::Write as _;
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// One unit, by its index in events (which count from 1; 0 is the run itself).
    ///
    /// # Panics
    /// For the run itself and for indices beyond the units.
    pub fn unit(&self, unit: UnitIndex) -> &FrozenUnit {
        &self.units[unit.position() - 1]
    }
}
