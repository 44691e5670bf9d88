//! What is to be built, told by the connector's files as the steps before have left them.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::{Wanted, text_at};
use crate::action::{Executing, disk};
use crate::edit::yaml;
use crate::event::{Failure, FailureClass};
use crate::recipe::Listing;

/// What makes an image of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Maker {
    /// This base image.
    Base(String),
    /// Its own Dockerfile.
    Dockerfile,
}

/// A connector that is to be built.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// What makes its image.
    pub(super) maker: Maker,
    /// What its image is called.
    pub(super) tag: String,
    /// The labels of its image.
    pub(super) labels: Vec<(&'static str, String)>,
}

impl Subject {
    /// Reads the connector's metadata as it is laid out.
    pub(super) fn read(executing: &Executing<'_>, wanted: &Wanted) -> Result<Self, Failure> {
        let connector = executing.subject.connector;
        let path = executing.places.files.join(connector.metadata_path.as_str());
        let metadata = metadata(&path)?;
        let data = connector.data_path.iter().try_fold(&metadata, |value, key| value.get(key)).unwrap_or(&Value::Null);
        let base = text_at(data, ["connectorBuildOptions", "baseImage"]).map(str::to_owned);
        let maker = maker(executing, wanted.base.clone().or(base))?;
        let profile = executing.subject.profile;
        let at = |path: Option<&[String]>| path.and_then(|path| text_at(&metadata, path)).map(str::to_owned);
        let repository = at(profile.repository_path()).unwrap_or_else(|| connector.technical_name.clone());
        let tag = wanted.tag.clone().unwrap_or_else(|| format!("{repository}:dev"));
        let version = at(profile.version_path());
        let mut labels: Vec<(&'static str, String)> =
            version.map(|version| ("io.airbyte.version", version)).into_iter().collect();
        labels.push(("io.airbyte.name", repository));
        Ok(Self { maker, tag, labels })
    }
}

fn metadata(path: &Utf8Path) -> Result<Value, Failure> {
    let name = path.file_name().unwrap_or_default();
    let text = fs::read_to_string(path).map_err(|error| disk(path, &error))?;
    yaml::parse(&text).map_err(|error| Failure::new(FailureClass::Edit, format!("{name}: {error}")))
}

/// What makes the image: a base image that is named, else a Dockerfile. The metadata alone decides, as in the reference:
/// a Dockerfile that was left behind beside a base image is passed over.
fn maker(executing: &Executing<'_>, base: Option<String>) -> Result<Maker, Failure> {
    let directory = executing.directory();
    let language = executing.subject.connector.language.as_deref();
    let is_declarative = directory.join("manifest.yaml").is_file();
    let other = match language {
        Some("java") => Some("a Java connector, which Gradle builds"),
        Some("manifest-only") => Some("a manifest-only connector, whose image is made of its manifest alone"),
        None if is_declarative => Some("a manifest-only connector, whose image is made of its manifest alone"),
        _ => None,
    };
    if let Some(other) = other {
        let failure = Failure::new(FailureClass::Edit, format!("it is {other}: image.build does not build it"));
        let hint = "leave the step out for it with `if: connector.language in ['python', 'low-code']`";
        return Err(failure.cause(format!("image.build does not build {other}")).hint(hint));
    }
    match base {
        Some(base) => Ok(Maker::Base(base)),
        None if directory.join("Dockerfile").is_file() => Ok(Maker::Dockerfile),
        None => {
            let what =
                "there is nothing to build it from: its metadata names no base image, and there is no Dockerfile";
            let hint = "set data.connectorBuildOptions.baseImage in a step before, or give the step a `base-image`";
            Err(Failure::new(FailureClass::Edit, what).hint(hint))
        }
    }
}

/// A connector's directory on disk.
pub(super) struct Directory(pub(super) Utf8PathBuf);

impl Listing for Directory {
    fn text(&self, path: &str) -> Option<String> {
        fs::read(self.0.join(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn has_directory(&self, path: &str) -> bool {
        self.0.join(path).is_dir()
    }
}
