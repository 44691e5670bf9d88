//! What the actions on YAML, TOML and JSON files share: locate, edit, put back, say what was done.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::edit::{Edit, EditError, Format, Segment, ValuePath, json, toml, yaml};
use crate::event::{Failure, FailureClass, StepResult};
use crate::overlay::Overlay;

use super::failure::in_file;
use super::{Action, Description, changed, unchanged};

/// What `yaml.set`, `toml.set` and `json.set` take.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Set {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the value, such as `data.supportLevel`, `tool.poetry.version` or `items[0].name`.
    path: String,
    /// The new value: a scalar, a list or a mapping.
    value: Value,
    /// Whether only an existing value is changed.
    #[serde(default)]
    only_existing: bool,
}

/// What `yaml.remove` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Remove {
    /// The file, relative to the connector's directory.
    file: String,
    /// The path of the key, which may lie within an item. One that is not there is no error.
    path: String,
}

/// An action that sets one value in files of a format.
pub(super) fn set_action(description: Description, format: Format) -> Action {
    Action::edit(description, move |with: &Set, _, overlay| set(format, overlay, with))
}

/// An action that removes one value from files of a format.
pub(super) fn remove_action(description: Description, format: Format) -> Action {
    Action::edit(description, move |with: &Remove, _, overlay| remove(format, overlay, with))
}

fn get(format: Format, text: &str, path: &ValuePath) -> Result<Option<Value>, EditError> {
    match format {
        Format::Yaml => yaml::get(text, path),
        Format::Toml => toml::get(text, path),
        Format::Json => json::get(text, path),
    }
}

fn put(format: Format, text: &str, path: &ValuePath, value: &Value) -> Result<Edit, EditError> {
    match format {
        Format::Yaml => yaml::set(text, path, value),
        Format::Toml => toml::set(text, path, value),
        Format::Json => json::set(text, path, value),
    }
}

fn take(format: Format, text: &str, path: &ValuePath) -> Result<Edit, EditError> {
    match format {
        Format::Yaml => yaml::remove(text, path),
        Format::Toml => toml::remove(text, path),
        Format::Json => json::remove(text, path),
    }
}

/// Sets one value of a file and says how it was before.
fn set(format: Format, overlay: &mut Overlay, with: &Set) -> Result<StepResult, Failure> {
    let Set { path, value, .. } = with;
    let file = overlay.locate(&with.file)?;
    let value_path = parse(path)?;
    let text = overlay.text(&file)?;
    let before = get(format, &text, &value_path).map_err(|error| in_file(&file, &error))?;
    if before.is_none() && with.only_existing {
        return Ok(unchanged(format!("{} has no {path}", file.file_name())));
    }
    let edit = put(format, &text, &value_path, value).map_err(|error| in_file(&file, &error))?;
    if !edit.changed() {
        return Ok(unchanged(format!("{path} is {} already", shown(value))));
    }
    overlay.write(&file, edit.text.into_bytes())?;
    Ok(changed(match before {
        Some(before) => format!("set {path} from {} to {} in {}", shown(&before), shown(value), file.file_name()),
        None => format!("add {path} = {} to {}", shown(value), file.file_name()),
    }))
}

/// Removes one value of a file.
fn remove(format: Format, overlay: &mut Overlay, with: &Remove) -> Result<StepResult, Failure> {
    let path = &with.path;
    let file = overlay.locate(&with.file)?;
    let value_path = parse(path)?;
    if let Some(Segment::Index(_)) = value_path.segments().last() {
        let message = format!("`{path}` names an item by its place, which the next item takes when it is gone");
        return Err(Failure::new(FailureClass::Expression, message)
            .cause("an item of a list cannot be removed by its place")
            .hint("set the whole list to what it should be"));
    }
    let text = overlay.text(&file)?;
    let edit = take(format, &text, &value_path).map_err(|error| in_file(&file, &error))?;
    if !edit.changed() {
        return Ok(unchanged(format!("{} has no {path}", file.file_name())));
    }
    overlay.write(&file, edit.text.into_bytes())?;
    Ok(changed(format!("remove {path} from {}", file.file_name())))
}

fn parse(path: &str) -> Result<ValuePath, Failure> {
    ValuePath::parse(path).map_err(|error| {
        let hint = error.hint();
        Failure { hint, ..Failure::new(FailureClass::Expression, error.to_string()) }
    })
}

/// A value as people read it: text on one line and without quotes, long values cut.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 120;
    let on_one_line = |text: &&str| !text.contains(char::is_control);
    let text = value.as_str().filter(on_one_line).map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}
