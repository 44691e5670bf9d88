//! What an edit may know besides the files: the connector, the profile, the run's frozen date.

use jiff::civil::Date;
use serde_json::Value;

use super::failure::in_file;
use crate::connector::{Connector, Profile};
use crate::edit::{ValuePath, yaml};
use crate::event::{Failure, FailureClass};
use crate::overlay::Overlay;

/// The connector that an edit is for.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The connector, as it was in the base commit.
    pub connector: &'a Connector,
    /// How the repository keeps its connectors.
    pub profile: &'a Profile,
    /// Today, as the run froze it.
    pub date: Date,
}

impl Subject<'_> {
    /// The connector's version as the edits so far left it.
    pub(crate) fn version_in(&self, overlay: &Overlay) -> Result<String, Failure> {
        let path = &self.connector.metadata_path;
        let missing =
            || Failure::new(FailureClass::Edit, format!("{path} has no version")).cause("its metadata has no version");
        let keys = self.profile.version_path().ok_or_else(missing)?;
        let wrong = |error| in_file(path, &error);
        let value =
            yaml::get(&overlay.text(path)?, &ValuePath::parse(&keys.join(".")).map_err(wrong)?).map_err(wrong)?;
        value.as_ref().and_then(Value::as_str).map(str::to_owned).ok_or_else(missing)
    }
}
