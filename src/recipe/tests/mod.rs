//! Recipes of small connectors, in full.

mod render;
mod sources;
mod spec;

use std::collections::BTreeMap;

use super::Listing;

/// A connector's files; a path that ends with a slash is a directory.
#[derive(Default)]
struct Files(BTreeMap<&'static str, String>);

impl Files {
    fn of(files: &[(&'static str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect())
    }
}

impl Listing for Files {
    fn text(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn has_directory(&self, path: &str) -> bool {
        self.0.contains_key(format!("{path}/").as_str())
    }
}
