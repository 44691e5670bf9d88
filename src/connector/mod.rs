//! Connectors: where they are in a tree, and what their metadata and files say about them.
//!
//! A [`Profile`] says how to find and read them; [`discover`] does so for any [`Tree`](crate::base::Tree). Which of
//! them a workflow is for is not decided here.

mod discover;
mod documentation;
mod language;
mod metadata;
mod patterns;
mod profile;
mod profile_file;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use discover::{DiscoverError, discover};
pub use documentation::Sharers;
pub use metadata::MetadataError;
pub use patterns::{PatternError, Patterns};
pub use profile::{PROFILE_FILE, Profile};

use crate::base::{RepoPath, UnitName};
use crate::expression::{Scope, ScopeValue};

/// One connector of a repository, as a commit has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connector {
    /// The technical name where only one connector has it, its path below the root otherwise.
    pub name: UnitName,
    /// The name of its directory, unless the profile reads it from the metadata.
    pub technical_name: String,
    /// Its directory.
    pub path: RepoPath,
    /// Its metadata file.
    pub metadata_path: RepoPath,
    /// `source` or `destination`; as the metadata says, whatever the name begins with.
    pub connector_type: Option<String>,
    /// What it is made with, told by its files: `python`, `low-code`, `java`, `manifest-only`.
    pub language: Option<String>,
    /// `certified`, `community`.
    pub support_level: Option<String>,
    /// Its version, as the metadata says.
    pub version: Option<String>,
    /// The name of its image, without a tag.
    pub repository: Option<String>,
    /// Its documentation page, by the URL that the metadata gives.
    pub documentation: Option<RepoPath>,
    /// Whether that page is there.
    pub documentation_exists: bool,
    /// The other connectors with the same page.
    pub shares_documentation_with: Sharers,
    /// Whether it is kept in the repository for somebody else.
    pub third_party: bool,
    /// The whole metadata document. It is not part of the serialised form: whoever reads that, reads the file.
    #[serde(skip, default = "metadata::not_kept")]
    pub metadata: Result<Arc<Value>, MetadataError>,
    /// Where in the metadata document the mapping is that expressions call `data`.
    pub data_path: Arc<[String]>,
}

impl Connector {
    /// Everything that it can be called by.
    pub fn names(&self) -> [&str; 3] {
        [self.name.as_str(), &self.technical_name, self.path.as_str()]
    }

    /// The mapping that expressions call `data`, if the metadata has it.
    pub fn data(&self) -> Option<&Value> {
        let document: &Value = self.metadata.as_ref().ok()?;
        metadata::at(document, &self.data_path)
    }

    /// The scope with what an expression can read about this connector: `connector`, and, if its metadata can be
    /// read, `data` and `metadata` (the whole document).
    #[must_use]
    pub fn scope(&self, scope: Scope) -> Scope {
        let mut scope = scope.with("connector", self.properties());
        if let Ok(document) = &self.metadata {
            let document: &Value = document;
            scope = match self.data() {
                // Converted once where both are the same.
                Some(data) if std::ptr::eq(data, document) => {
                    let value = ScopeValue::from(document);
                    return scope.with("data", &value).with("metadata", value);
                }
                Some(data) => scope.with("data", data),
                None => scope,
            };
            scope = scope.with("metadata", document);
        }
        scope
    }

    /// What expressions read as `connector.name`, `connector.language` and so on.
    pub fn properties(&self) -> Value {
        let optional = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
        let mut properties = Map::new();
        properties.insert("name".into(), self.name.as_str().into());
        properties.insert("technical_name".into(), self.technical_name.as_str().into());
        properties.insert("path".into(), self.path.as_str().into());
        properties.insert("metadata_path".into(), self.metadata_path.as_str().into());
        properties.insert("type".into(), optional(&self.connector_type));
        properties.insert("language".into(), optional(&self.language));
        properties.insert("support_level".into(), optional(&self.support_level));
        properties.insert("version".into(), optional(&self.version));
        properties.insert("repository".into(), optional(&self.repository));
        let documentation = self.documentation.as_ref().map_or(Value::Null, |page| page.as_str().into());
        properties.insert("documentation".into(), documentation);
        properties.insert("documentation_exists".into(), self.documentation_exists.into());
        properties.insert("third_party".into(), self.third_party.into());
        Value::Object(properties)
    }

    /// The names of the properties that expressions can read of `connector`.
    pub fn property_names() -> &'static [&'static str] {
        &[
            "name",
            "technical_name",
            "path",
            "metadata_path",
            "type",
            "language",
            "support_level",
            "version",
            "repository",
            "documentation",
            "documentation_exists",
            "third_party",
        ]
    }
}
