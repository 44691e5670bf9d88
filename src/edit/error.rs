//! Why a text cannot be edited, and what to do about it.

use std::fmt;

use super::ValuePath;

/// A file format that can be edited by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2 as read by granit-parser, with the types of YAML 1.1 as PyYAML has them.
    Yaml,
    /// TOML 1.0.
    Toml,
    /// JSON without comments.
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
            Self::Json => "JSON",
        })
    }
}

/// What stands between an edit and the value that it addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// `&name`: other places of the document may repeat this value.
    Anchor,
    /// `*name`: the value stands elsewhere.
    Alias,
    /// `!tag`: the value has a type of its own.
    Tag,
    /// `<<`: the mapping takes keys from another one.
    MergeKey,
    /// `? key`: a key with its own marker.
    ExplicitKey,
    /// A pair without braces inside square brackets: `[a: 1]`.
    BarePair,
    /// A block scalar at the end of a text without a final line break, which one would change.
    CutOffScalar,
    /// A table of TOML with its own header or dotted keys.
    Table,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anchor => "an anchor (`&name`), so other places may share the value",
            Self::Alias => "an alias (`*name`), so the value stands elsewhere",
            Self::Tag => "a tag (`!name`), so the value has a type of its own",
            Self::MergeKey => "a merge key (`<<`), so the value may come from another mapping",
            Self::ExplicitKey => "a key written with `?`",
            Self::BarePair => "a pair without braces inside square brackets",
            Self::CutOffScalar => "a block scalar that ends without a line break, so adding one would change it,",
            Self::Table => "a table with its own header or dotted keys, which is not replaced or removed as a whole,",
        })
    }
}

/// Why a text was not edited. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The text is not valid in its format.
    #[error("line {line}, column {column} is not valid {format}: {message}")]
    Syntax {
        /// The format that was expected.
        format: Format,
        /// Where the reader stopped.
        line: usize,
        /// Where in the line.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// A mapping has a key twice.
    #[error("the key `{key}` on line {line} is already on line {first_line}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Its second place.
        line: usize,
        /// Its first place.
        first_line: usize,
    },
    /// A second document begins in the same text.
    #[error("a second document begins on line {line}")]
    SeveralDocuments {
        /// Where it begins.
        line: usize,
    },
    /// The text is larger than what is edited.
    #[error("the text has {bytes} bytes, which is more than {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Aliases repeat so much that the document does not fit into memory when they are followed.
    #[error("line {line} repeats other parts so often that the document has more than {limit} values")]
    AliasBudget {
        /// The alias at which the limit was passed.
        line: usize,
        /// How many values a document may have.
        limit: usize,
    },
    /// A value of a kind that has no counterpart in JSON.
    #[error("line {line} holds {what}, which cannot be read as plain data")]
    Unreadable {
        /// Where it stands.
        line: usize,
        /// What it is.
        what: String,
    },
    /// The path itself is wrong.
    #[error("`{path}` is not a path into a document: {reason} (column {column})")]
    Path {
        /// The path as given.
        path: String,
        /// The character that is in the way.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// The path leads through something that is not a container of the right kind.
    #[error("`{path}` on line {line} is {found}, not {wanted}")]
    WrongKind {
        /// The part of the path that was found.
        path: ValuePath,
        /// Where it stands.
        line: usize,
        /// What is there.
        found: &'static str,
        /// What the next part of the path needs.
        wanted: &'static str,
    },
    /// An index beyond the end.
    #[error("there is no `{path}`: the sequence has {length} items")]
    OutOfRange {
        /// The path up to the index.
        path: ValuePath,
        /// How many items there are.
        length: usize,
    },
    /// Something that cannot be edited safely.
    #[error("`{path}` cannot be edited: there is {obstacle} on line {line}")]
    InTheWay {
        /// The addressed path.
        path: ValuePath,
        /// What is in the way.
        obstacle: Obstacle,
        /// Where it stands.
        line: usize,
    },
    /// A value that the format cannot hold.
    #[error("{format} cannot hold {what}")]
    Unwritable {
        /// The format.
        format: Format,
        /// What was to be written.
        what: &'static str,
    },
    /// A pattern that is not a regular expression.
    #[error("`{pattern}` is not a regular expression: {message}")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// A text was found more or less often than expected.
    #[error("`{pattern}` was found {found} times, not {expected} times")]
    Occurrences {
        /// The pattern.
        pattern: String,
        /// How often it should be there.
        expected: usize,
        /// How often it is there.
        found: usize,
    },
    /// The replacement would be replaced again by the next run.
    #[error("replacing `{pattern}` twice would change the text twice")]
    Repeats {
        /// The pattern.
        pattern: String,
    },
    /// Reading the edited text again showed something else than the intended change. Nothing was changed.
    #[error("the edit of `{path}` was given up, because reading its result again showed that {reason}")]
    Verification {
        /// The addressed path.
        path: String,
        /// What is not as intended.
        reason: String,
    },
}

impl EditError {
    /// What to do now, as a sentence; `None` where the message says it already.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { format, line, .. } => format!("Mend line {line} so that it is valid {format}, then run again."),
            Self::DuplicateKey { key, line, .. } => {
                format!("Readers disagree on which `{key}` counts. Remove one of them, for example that on line {line}.")
            }
            Self::SeveralDocuments { .. } => "Split the file: only files with one document are edited.".into(),
            Self::TooLarge { .. } => "Check that the path names the right file; generated data is not for editing.".into(),
            Self::AliasBudget { .. } => "Write the repeated parts out, or check where the file comes from.".into(),
            Self::Unreadable { .. } => "Write the value as plain text, number, list or mapping.".into(),
            Self::Path { .. } => "Write keys with dots between them, indexes as `[0]`, `[-1]` or `[+]`, and put keys with dots into quotes: `a.\"b.c\"[0]`.".into(),
            Self::WrongKind { path, .. } => {
                format!("Correct the path, or first set `{path}` to a value of the right kind.")
            }
            Self::OutOfRange { .. } => "Use `[-1]` for the last item, or `[+]` to append one.".into(),
            Self::InTheWay { obstacle: Obstacle::CutOffScalar, .. } => "End the file with a line break.".into(),
            Self::InTheWay { line, .. } => {
                format!("Edit this file by hand, or write the value out on line {line} without it.")
            }
            Self::Unwritable { .. } => "Give another value, or remove the key instead.".into(),
            Self::Pattern { .. } => "See https://docs.rs/regex/latest/regex/#syntax, or use a literal text.".into(),
            Self::Occurrences { expected, found, .. } if found > expected => {
                "Add more of the surrounding text to the pattern, or raise the expected number.".into()
            }
            Self::Occurrences { .. } => "Compare the pattern with the file, letter by letter and space by space.".into(),
            Self::Repeats { .. } => {
                "Choose a pattern that does not match its own replacement, for example with `\\b` or `$` at its end.".into()
            }
            Self::Verification { .. } => {
                "Nothing was changed. Edit this file by hand, and please report the file as a bug of cutover.".into()
            }
        };
        Some(hint)
    }
}
