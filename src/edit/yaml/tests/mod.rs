mod insertions;
mod properties;
mod reading;
mod refusals;
mod removals;
mod scalars;

use serde_json::json;

use super::super::Obstacle;
use super::*;

fn path(path: &str) -> ValuePath {
    ValuePath::parse(path).unwrap()
}

#[track_caller]
fn sets(old: &str, at: &str, value: impl Into<serde_json::Value>, new: &str) {
    match set(old, &path(at), &value.into()) {
        Ok(edit) => assert_eq!(edit.text, new),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn removes(old: &str, at: &str, new: &str) {
    match remove(old, &path(at)) {
        Ok(edit) => assert_eq!(edit.text, new),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn refuses(old: &str, at: &str, obstacle: Obstacle, line: usize) {
    let expected = EditError::InTheWay { path: path(at), obstacle, line };
    assert_eq!(set(old, &path(at), &json!("new")).unwrap_err(), expected);
}
