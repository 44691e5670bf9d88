//! Reading metadata documents and looking values up in them.

use std::sync::Arc;

use serde_json::Value;

use crate::base::{RepoPath, TreeFile};
use crate::edit::yaml;

/// A metadata file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {problem}")]
pub struct MetadataError {
    /// The file.
    pub path: RepoPath,
    /// What is wrong with it, as the rest of a sentence that begins with the path.
    pub problem: String,
    /// What to do now, as a sentence, where the problem does not say it.
    pub hint: Option<String>,
}

/// What stands in for the document of a connector that was read back from its serialised form.
pub(super) fn not_kept() -> Result<Arc<Value>, MetadataError> {
    let path = RepoPath::new("metadata").expect("a plain name is a path");
    Err(MetadataError { path, problem: "was not kept; read it from the tree".to_owned(), hint: None })
}

/// The document in a metadata file.
pub(super) fn parse(path: &RepoPath, file: &TreeFile) -> Result<Arc<Value>, MetadataError> {
    let fail = |problem: String, hint| Err(MetadataError { path: path.clone(), problem, hint });
    if !file.mode.is_regular() {
        return fail("is a symbolic link; put a file in its place".to_owned(), None);
    }
    let Ok(text) = std::str::from_utf8(&file.bytes) else {
        return fail("is not UTF-8; save it as UTF-8".to_owned(), None);
    };
    // The reader that edits use, so that an expression sees what an edit will change.
    match yaml::parse(text) {
        Ok(document @ Value::Object(_)) => Ok(Arc::new(document)),
        Ok(_) => fail("holds no mapping; it should hold keys with values".to_owned(), None),
        Err(error) => fail(format!("cannot be read: {error}"), error.hint()),
    }
}

/// The value at a path of keys; `None` where a key is not there.
pub(super) fn at<'a>(document: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, key| value.get(key))
}

/// The text at a path of keys; numbers as they are written in JSON, other values have none.
pub(super) fn text_at(document: &Value, path: &[String]) -> Option<String> {
    match at(document, path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
