//! What an edit may know besides the files: the connector, the profile, the run's frozen date.

use jiff::civil::Date;

use crate::connector::{Connector, Profile};

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
