//! How to find the connectors of a repository and read their properties.

use std::sync::Arc;

use super::Patterns;
use super::documentation::DocumentationRule;
use super::language::{LanguageRule, PACKAGE};
use super::profile_file;
use crate::base::RepoPath;
use crate::diagnostic::{Diagnostic, SourceText};

/// The file at a repository's root that spells out a profile.
pub const PROFILE_FILE: &str = "cutover.yaml";

/// How to find the connectors of a repository and read their properties.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(super) name: String,
    pub(super) repository_url: Option<String>,
    /// Directories below which connectors are, at any depth; `None` is the repository's root.
    pub(super) roots: Vec<Option<RepoPath>>,
    /// Directories that are not looked into, by their path below the root.
    pub(super) exclude: Patterns,
    /// Connectors kept for somebody else, by their path below the root.
    pub(super) third_party: Patterns,
    /// The name of the file that makes a directory a connector.
    pub(super) metadata_file: String,
    /// What expressions call `data`.
    pub(super) data: Arc<[String]>,
    pub(super) fields: Fields,
    pub(super) language: LanguageSource,
    pub(super) documentation: Option<DocumentationRule>,
}

/// Where properties stand in the metadata.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    /// `None` takes the directory's name.
    pub(super) name: Option<Vec<String>>,
    pub(super) connector_type: Option<Vec<String>>,
    pub(super) support_level: Option<Vec<String>>,
    pub(super) version: Option<Vec<String>>,
    pub(super) repository: Option<Vec<String>>,
}

/// What tells a connector's language.
#[derive(Debug, Clone)]
pub(super) enum LanguageSource {
    /// A value of the metadata.
    Metadata(Vec<String>),
    /// The first rule of which a file is there.
    Files(Vec<LanguageRule>),
}

impl Profile {
    /// The built-in profile of Airbyte's monorepo.
    ///
    /// Connectors are the directories below `airbyte-integrations/connectors` with a `metadata.yaml`, scaffolds
    /// left out, third-party ones kept. Languages are told by files, because the tags in the metadata are wrong
    /// too often; the page is told by `documentationUrl`, because names do not lead to it.
    pub fn airbyte() -> Self {
        Self {
            name: "airbyte".to_owned(),
            repository_url: Some("https://github.com/airbytehq/airbyte".to_owned()),
            roots: vec![Some(known(RepoPath::new("airbyte-integrations/connectors")))],
            exclude: known(Patterns::new(["**/*-scaffold-*"])),
            third_party: known(Patterns::new(["**/third-party/**"])),
            metadata_file: "metadata.yaml".to_owned(),
            data: keys("data").into(),
            fields: Fields {
                name: None,
                connector_type: Some(keys("data.connectorType")),
                support_level: Some(keys("data.supportLevel")),
                version: Some(keys("data.dockerImageTag")),
                repository: Some(keys("data.dockerRepository")),
            },
            language: LanguageSource::Files(vec![
                LanguageRule::new("manifest-only", &["manifest.yaml"]),
                LanguageRule::new("low-code", &[&format!("{PACKAGE}/manifest.yaml")]),
                LanguageRule::new("python", &["setup.py", "pyproject.toml"]),
                LanguageRule::new("java", &["src/main/java", "src/main/kotlin"]),
            ]),
            documentation: Some(DocumentationRule {
                url: keys("data.documentationUrl"),
                base: "https://docs.airbyte.com".to_owned(),
                file: "docs/{path}.md".to_owned(),
            }),
        }
    }

    /// Reads a `cutover.yaml`; all that is wrong with it at once.
    ///
    /// The file names the built-in profile, or spells out its own, or does both, in which case what it spells out
    /// counts. Only `version` must be there, and, without `profile`, the connectors' `roots` and `metadata`.
    ///
    /// ```
    /// # use cutover::connector::Profile;
    /// # use cutover::diagnostic::SourceText;
    /// let text = "
    /// version: 1
    /// repository-url: https://example.com/acme/platform   # links to pull requests begin with it
    /// connectors:
    ///   roots: [plugins]                # directories with connectors in them, at any depth; `.` for all
    ///   metadata: plugin.yaml           # the file that makes a directory a connector
    ///   exclude: ['**/template-*']      # globs on the path below the root
    ///   third-party: ['vendor/**']
    ///   data: spec                      # what expressions call `data`; the whole document if left out
    ///   name: spec.id                   # where properties stand; the directory's name if left out
    ///   type: spec.kind
    ///   support-level: spec.tier
    ///   version: spec.version
    ///   repository: spec.image
    ///   language:                       # the first of which a file is there, or `metadata: spec.language`
    ///     files:
    ///       - python: [pyproject.toml, setup.py]
    ///       - go: ['{package}/go.mod']  # the connector's name with underscores
    ///   documentation:
    ///     url: spec.docs
    ///     base: https://docs.example.com
    ///     file: docs/{path}.md          # what follows the base in the URL
    /// ";
    /// assert!(Profile::parse(&SourceText::new("cutover.yaml", text)).is_ok());
    /// ```
    pub fn parse(source: &Arc<SourceText>) -> Result<Self, Vec<Diagnostic>> {
        profile_file::parse(source)
    }

    /// Its name: `airbyte`, or what the file calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file that makes a directory a connector.
    pub fn metadata_file(&self) -> &str {
        &self.metadata_file
    }

    /// Where people see the repository, without a final slash: links to pull requests begin with it.
    pub fn repository_url(&self) -> Option<&str> {
        self.repository_url.as_deref()
    }

    /// Where the version stands in the metadata, as a path of keys.
    pub fn version_path(&self) -> Option<&[String]> {
        self.fields.version.as_deref()
    }

    /// Where the image's name stands in the metadata, as a path of keys.
    pub fn repository_path(&self) -> Option<&[String]> {
        self.fields.repository.as_deref()
    }
}

pub(super) fn keys(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}

/// A part of the built-in profile, which a test reads.
fn known<T, E: std::fmt::Debug>(part: Result<T, E>) -> T {
    part.expect("the built-in profile is well-formed")
}
