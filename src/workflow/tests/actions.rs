//! Actions as the layer above would describe them.

// Their fields are read by their schemas only.
#![expect(dead_code, reason = "the structs exist for their schemas")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};

use super::super::{ActionSpec, Effect, OutputSpec};

/// Removes a file.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FileRemove {
    /// The file, relative to the connector's directory.
    path: String,
    /// Whether a missing file is an error.
    #[serde(default)]
    must_exist: bool,
}

/// Sets a value in a YAML file.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct YamlSet {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the value.
    path: String,
    /// The value.
    value: serde_json::Value,
}

/// Which part of a version is raised.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Level {
    /// 1.2.3 becomes 1.2.4.
    Patch,
    /// 1.2.3 becomes 1.3.0.
    Minor,
    /// 1.2.3 becomes 2.0.0.
    Major,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct VersionBump {
    /// Which part is raised.
    level: Level,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ImageResolve {
    /// The repository.
    repository: String,
    /// The version.
    version: Option<String>,
}

/// A platform to build for.
#[derive(JsonSchema)]
#[serde(untagged)]
enum Platforms {
    One(String),
    Several(Vec<String>),
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ImageBuild {
    platforms: Option<Platforms>,
    #[schemars(range(min = 1, max = 8))]
    threads: Option<u32>,
    build_args: Option<BTreeMap<String, String>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PullRequestOpen {
    /// The title.
    #[schemars(length(min = 1))]
    title: String,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    draft: bool,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ChangelogAdd {
    /// The number of the pull request.
    pull_request: u64,
    message: String,
}

fn action(name: &'static str, effect: Effect, with: schemars::Schema, outputs: &[&'static str]) -> ActionSpec {
    let outputs = outputs.iter().map(|name| OutputSpec { name, kind: "string", description: "An output." });
    ActionSpec {
        name,
        effect,
        summary: "Does what its name says.",
        with: with.to_value(),
        outputs: outputs.collect(),
        example: "",
    }
}

/// One action of each effect, and some more.
pub(super) fn all() -> Vec<ActionSpec> {
    vec![
        action("file.remove", Effect::Edit, schema_for!(FileRemove), &[]),
        action("yaml.set", Effect::Edit, schema_for!(YamlSet), &[]),
        action("version.bump", Effect::Edit, schema_for!(VersionBump), &["version", "previous"]),
        action("changelog.add", Effect::Edit, schema_for!(ChangelogAdd), &[]),
        action("image.resolve", Effect::Resolve, schema_for!(ImageResolve), &["address", "digest"]),
        action("image.build", Effect::Execute, schema_for!(ImageBuild), &["image"]),
        action("connector.test", Effect::Execute, schema_for!(()), &["report"]),
        action("pull-request.open", Effect::Publish, schema_for!(PullRequestOpen), &["number", "url", "head-branch"]),
    ]
}
