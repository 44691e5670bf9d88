//! The vocabulary that every layer shares: names that are more than strings,
//! the clock, redaction of secrets, suggestions for misspelt words.
//!
//! Nothing here knows of connectors, git or YAML.

mod clock;
mod memory_tree;
mod name;
mod path;
mod redact;
mod tree;
mod words;
mod zone;

pub use clock::{Clock, FixedClock, SystemClock};
pub use memory_tree::MemoryTree;
pub use name::{NameError, RunId, StepId, UnitName};
pub use path::{RepoPath, RepoPathError};
pub use redact::Redactor;
pub use tree::{FileMode, Tree, TreeEntry, TreeError, TreeFile};
pub use words::{closest, count, sentence_list};
pub use zone::{time_zone, time_zone_names};
