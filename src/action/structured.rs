//! What the actions on YAML, TOML and JSON files share: locate, edit, put back, say what was done.

use serde_json::Value;

use crate::edit::{Edit, EditError, ValuePath, json, toml, yaml};
use crate::event::{Failure, FailureClass, StepResult};
use crate::overlay::Overlay;

use super::failure::in_file;
use super::{changed, unchanged};

/// A structured file format.
#[derive(Clone, Copy)]
pub(super) enum Format {
    Yaml,
    Toml,
    Json,
}

impl Format {
    fn get(self, text: &str, path: &ValuePath) -> Result<Option<Value>, EditError> {
        match self {
            Self::Yaml => yaml::get(text, path),
            Self::Toml => toml::get(text, path),
            Self::Json => json::get(text, path),
        }
    }

    fn set(self, text: &str, path: &ValuePath, value: &Value) -> Result<Edit, EditError> {
        match self {
            Self::Yaml => yaml::set(text, path, value),
            Self::Toml => toml::set(text, path, value),
            Self::Json => json::set(text, path, value),
        }
    }

    fn remove(self, text: &str, path: &ValuePath) -> Result<Edit, EditError> {
        match self {
            Self::Yaml => yaml::remove(text, path),
            Self::Toml => toml::remove(text, path),
            Self::Json => json::remove(text, path),
        }
    }
}

/// Sets one value of a file and says how it was before.
pub(super) fn set(
    format: Format,
    overlay: &mut Overlay,
    file: &str,
    path: &str,
    value: &Value,
    only_existing: bool,
) -> Result<StepResult, Failure> {
    let file = overlay.locate(file)?;
    let value_path = parse(path)?;
    let text = overlay.text(&file)?;
    let before = format.get(&text, &value_path).map_err(|error| in_file(&file, &error))?;
    if before.is_none() && only_existing {
        return Ok(unchanged(format!("{} has no {path}", file.file_name())));
    }
    let edit = format.set(&text, &value_path, value).map_err(|error| in_file(&file, &error))?;
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
pub(super) fn remove(format: Format, overlay: &mut Overlay, file: &str, path: &str) -> Result<StepResult, Failure> {
    let file = overlay.locate(file)?;
    let text = overlay.text(&file)?;
    let edit = format.remove(&text, &parse(path)?).map_err(|error| in_file(&file, &error))?;
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

/// A value as people read it: text without quotes, long values cut.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 120;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}
