//! What keeps a connector from having a recipe.

/// A connector that no recipe can be made for. The text reads on after "failed to …: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// `pyproject.toml` cannot be read.
    #[error("pyproject.toml: {why}")]
    Toml {
        /// What is wrong with it.
        why: String,
    },
    /// A dependency by a path that leaves the repository.
    #[error("{file} names {path}, which is outside of the repository")]
    Outside {
        /// The file that names it.
        file: &'static str,
        /// The path.
        path: String,
    },
    /// A value that a Containerfile cannot express.
    #[error("{what} {value:?} has {why}, which no Containerfile can express")]
    Value {
        /// What the value is for.
        what: &'static str,
        /// The value.
        value: String,
        /// What is in it.
        why: &'static str,
    },
    /// A label of the base image that is to go.
    #[error("the label {name} is one of the base image, and no engine takes such a label away")]
    Label {
        /// The label.
        name: String,
    },
}

impl RecipeError {
    /// What to do now.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Toml { .. } => "mend the file; `poetry check` says more of it",
            Self::Outside { .. } => "move what is needed into the repository, or publish it as a package",
            Self::Value { .. } => "change the value in build_customization.py",
            Self::Label { .. } => "set the label to another value instead, in build_customization.py",
        }
    }
}
