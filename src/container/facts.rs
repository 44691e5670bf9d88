//! What an engine says of an image.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// An image as an engine has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its identity: `sha256:` and the hash of its configuration.
    pub id: String,
    /// Its variables.
    pub env: Vec<(String, String)>,
    /// What it starts.
    pub entrypoint: Vec<String>,
    /// The arguments of that where none are given.
    pub command: Vec<String>,
    /// Where it starts.
    pub workdir: Option<String>,
    /// As whom; `None` is root.
    pub user: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The acts that made it, the first one first; empty where the engine does not say.
    pub history: Vec<String>,
}

/// The part of an answer that all engines give alike.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Config {
    user: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

impl ImageFacts {
    /// Reads what `inspect` says; `None` if it is not what any engine says.
    pub fn read(output: &[u8]) -> Option<Self> {
        let said: Value = serde_json::from_slice(output).ok()?;
        // Docker and podman answer with a list, buildah with the image.
        let image = said.as_array().map_or(Some(&said), |images| images.first())?;
        let id = image.get("Id").or_else(|| image.get("FromImageID"))?.as_str()?;
        let id = if id.starts_with("sha256:") { id.to_owned() } else { format!("sha256:{id}") };
        let config = image.pointer("/OCIv1/config").or_else(|| image.get("Config"))?;
        let config: Config = serde_json::from_value(config.clone()).ok()?;
        let history = image.pointer("/OCIv1/history").and_then(Value::as_array).cloned().unwrap_or_default();
        let created_by = |act: &Value| act.get("created_by")?.as_str().map(str::to_owned);
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let variable = |text: String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Self {
            id,
            env: config.env.unwrap_or_default().into_iter().filter_map(variable).collect(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            command: config.cmd.unwrap_or_default(),
            workdir: filled(config.working_dir),
            user: filled(config.user),
            labels: config.labels.unwrap_or_default(),
            history: history.iter().filter_map(created_by).collect(),
        })
    }
}
