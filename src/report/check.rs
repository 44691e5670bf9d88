//! `cutover check` for programs: what was found in each workflow file.

use serde_json::{Value, json};

use super::schema;
use crate::diagnostic::Diagnostic;
use crate::workflow::Loaded;

/// One object for all files: `workflows: [{file, name, valid, diagnostics}]`.
pub fn json(checked: &[(String, Loaded)]) -> Value {
    let workflows = checked.iter().map(|(file, loaded)| {
        json!({
            "file": file,
            "name": loaded.workflow.as_ref().map(|workflow| &workflow.name),
            "valid": loaded.workflow.is_some(),
            "diagnostics": loaded.diagnostics.iter().map(Diagnostic::to_json).collect::<Vec<Value>>(),
        })
    });
    json!({ "schema": schema("check"), "workflows": workflows.collect::<Vec<Value>>() })
}
