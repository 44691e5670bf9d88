//! `version.bump`: raises the connector's version in every place that carries it.
//!
//! The bump counts from the version in the base commit, not from what earlier edits made of it: done
//! twice it bumps once. Carriers: the metadata; a registry pin equal to the old version (one that
//! differs is meant to differ and stays); the Dockerfile's `io.airbyte.version` label, if the
//! Dockerfile stays; the package version in `pyproject.toml`.

use schemars::JsonSchema;
use semver::Version;
use serde::Deserialize;
use serde_json::Value;

use crate::action::failure::in_file;
use crate::action::{Action, Description, Subject, changed, unchanged};
use crate::base::{RepoPath, sentence_list};
use crate::edit::version::{Level, bump};
use crate::edit::{ValuePath, dockerfile, toml, yaml};
use crate::event::{Failure, FailureClass, StepResult};
use crate::overlay::{Overlay, OverlayError, as_text};
use crate::workflow::OutputSpec;

/// The label by which an image names its version.
const LABEL: &str = "io.airbyte.version";

/// Where the metadata may pin a version for one registry; the key changed its name in 2024.
const REGISTRIES: [&str; 2] = ["registries", "registryOverrides"];

/// Where `pyproject.toml` may have the package's version.
const PACKAGE_VERSIONS: [&str; 2] = ["tool.poetry.version", "project.version"];

/// What `version.bump` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// `patch`, `minor`, `major`, `rc`, or an exact version such as `1.2.3`.
    level: String,
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "version.bump",
        summary: "Raises the connector's version in every place that carries it.",
        outputs: vec![
            OutputSpec { name: "old", kind: "string", description: "The version before." },
            OutputSpec { name: "new", kind: "string", description: "The version after." },
        ],
        example: "uses: version.bump\nwith: { level: patch }",
    };
    Action::edit(description, |with: &With, subject, overlay| {
        let mut carriers = Carriers::of(with, subject, overlay)?;
        carriers.metadata(subject, overlay)?;
        carriers.dockerfile(overlay)?;
        carriers.pyproject(overlay)?;
        Ok(carriers.into_result())
    })
}

/// The bump, and where it was made.
struct Carriers {
    metadata: RepoPath,
    path: ValuePath,
    old: String,
    new: Version,
    changed: Vec<String>,
    warnings: Vec<String>,
}

impl Carriers {
    fn of(with: &With, subject: &Subject<'_>, overlay: &Overlay) -> Result<Self, Failure> {
        let metadata = subject.connector.metadata_path.clone();
        let keys = subject.profile.version_path().ok_or_else(|| {
            Failure::new(FailureClass::Expression, "the profile does not say where connectors keep their version")
                .hint("give `version:` in the repository's cutover.yaml")
        })?;
        let path = ValuePath::parse(&keys.join(".")).map_err(|error| in_file(&metadata, &error))?;
        let before = overlay.read_base(&metadata)?.ok_or_else(|| OverlayError::Missing { path: metadata.clone() })?;
        let found = yaml::get(&as_text(&metadata, &before)?, &path).map_err(|error| in_file(&metadata, &error))?;
        let old = match found {
            Some(Value::String(version)) => version,
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                let message = format!("{metadata} has no {path}");
                return Err(Failure::new(FailureClass::Edit, message).cause("its metadata has no version"));
            }
        };
        let level: Level = with.level.parse().map_err(|error: crate::edit::version::VersionError| {
            Failure::new(FailureClass::Expression, error.to_string()).hint(error.hint())
        })?;
        let new = bump(&old, &level).map_err(|error| {
            Failure::new(FailureClass::Edit, format!("{metadata}: {path}: {error}"))
                .cause("its version cannot be raised")
                .hint(error.hint())
        })?;
        Ok(Self { metadata, path, old, new, changed: Vec::new(), warnings: Vec::new() })
    }

    fn new_value(&self) -> Value {
        Value::String(self.new.to_string())
    }

    fn metadata(&mut self, subject: &Subject<'_>, overlay: &mut Overlay) -> Result<(), Failure> {
        let text = overlay.text(&self.metadata)?;
        let wrong = |error| in_file(&self.metadata, &error);
        let now = yaml::get(&text, &self.path).map_err(wrong)?;
        let now = now.as_ref().and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
        if now != self.old && now != self.new.to_string() {
            let message =
                format!("{} says {now} by now, neither {} as in the base nor {}", self.metadata, self.old, self.new);
            return Err(Failure::new(FailureClass::Edit, message)
                .cause("an earlier step changed the version")
                .hint("bump the version in one step only"));
        }
        let mut edit = yaml::set(&text, &self.path, &self.new_value()).map_err(wrong)?;
        let mut places: Vec<String> = if edit.changed() { vec![last_key(&self.path)] } else { vec![] };
        for pin in pins(&text, subject).map_err(wrong)? {
            let value = yaml::get(&text, &pin).map_err(wrong)?;
            match value.as_ref().and_then(Value::as_str) {
                Some(version) if version == self.old => {
                    edit = yaml::set(&edit.text, &pin, &self.new_value()).map_err(wrong)?;
                    places.push(pin.to_string());
                }
                Some(version) if version != self.new.to_string() => {
                    self.warnings.push(format!("{pin} is pinned to {version} and stays"));
                }
                _ => {}
            }
        }
        if !places.is_empty() {
            overlay.write(&self.metadata, edit.text.into_bytes())?;
            self.changed.push(format!("{} ({})", self.metadata.file_name(), sentence_list(&places)));
        }
        Ok(())
    }

    fn dockerfile(&mut self, overlay: &mut Overlay) -> Result<(), Failure> {
        let path = overlay.locate("Dockerfile")?;
        if overlay.regular(&path)?.is_none() {
            return Ok(());
        }
        let text = overlay.text(&path)?;
        let wrong = |error: dockerfile::DockerfileError| {
            Failure::new(FailureClass::Edit, format!("{path}: {error}")).hint(error.hint())
        };
        let Some(label) = dockerfile::label(&text, LABEL).map_err(wrong)? else { return Ok(()) };
        if label != self.old && label != self.new.to_string() {
            self.warnings.push(format!("the Dockerfile's label said {label}, the metadata {}", self.old));
        }
        let edit = dockerfile::set_label(&text, LABEL, &self.new.to_string()).map_err(wrong)?;
        if edit.changed() {
            overlay.write(&path, edit.text.into_bytes())?;
            self.changed.push(format!("Dockerfile (label {LABEL})"));
        }
        Ok(())
    }

    fn pyproject(&mut self, overlay: &mut Overlay) -> Result<(), Failure> {
        let path = overlay.locate("pyproject.toml")?;
        if overlay.regular(&path)?.is_none() {
            return Ok(());
        }
        for key in PACKAGE_VERSIONS {
            let text = overlay.text(&path)?;
            let wrong = |error| in_file(&path, &error);
            let key = ValuePath::parse(key).map_err(wrong)?;
            let Some(Value::String(version)) = toml::get(&text, &key).map_err(wrong)? else { continue };
            if version != self.old && version != self.new.to_string() {
                self.warnings.push(format!("pyproject.toml said {version}, the metadata {}", self.old));
            }
            let edit = toml::set(&text, &key, &self.new_value()).map_err(wrong)?;
            if edit.changed() {
                overlay.write(&path, edit.text.into_bytes())?;
                self.changed.push(format!("pyproject.toml ({key})"));
            }
        }
        Ok(())
    }

    fn into_result(self) -> StepResult {
        let mut result = if self.changed.is_empty() {
            unchanged(format!("the version is {} already", self.new))
        } else if self.old == self.new.to_string() {
            changed(format!("follow the version {} in {}", self.new, sentence_list(&self.changed)))
        } else {
            changed(format!("bump {} to {} in {}", self.old, self.new, sentence_list(&self.changed)))
        };
        result.outputs.insert("old".to_owned(), self.old.into());
        result.outputs.insert("new".to_owned(), self.new.to_string().into());
        result.warnings = self.warnings;
        result
    }
}

/// The paths of the version pins for single registries, beside the version itself.
fn pins(text: &str, subject: &Subject<'_>) -> Result<Vec<ValuePath>, crate::edit::EditError> {
    let Some((name, above)) = subject.profile.version_path().and_then(<[String]>::split_last) else {
        return Ok(vec![]);
    };
    let mut pins = Vec::new();
    for registries in REGISTRIES {
        let mut keys: Vec<&str> = above.iter().map(String::as_str).collect();
        keys.push(registries);
        let Some(Value::Object(registries)) = yaml::get(text, &ValuePath::parse(&keys.join("."))?)? else { continue };
        for (registry, options) in &registries {
            if options.get(name.as_str()).is_some() {
                pins.push(ValuePath::parse(&format!("{}.\"{registry}\".{name}", keys.join(".")))?);
            }
        }
    }
    Ok(pins)
}

fn last_key(path: &ValuePath) -> String {
    let path = path.to_string();
    path.rsplit('.').next().unwrap_or(&path).to_owned()
}
