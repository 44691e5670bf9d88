//! Paths into structured documents.

use std::fmt;
use std::str::FromStr;

use super::EditError;

/// One step of a [`ValuePath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// The value of a key of a mapping, table or object.
    Key(String),
    /// An item of a sequence, from 0; negative numbers count from the end, -1 being the last.
    Index(isize),
    /// `[+]`: a new last item of a sequence, unless an equal item is there already.
    Append,
}

impl Segment {
    /// The index of the item it means in a sequence of this length; `None` for keys, appends and what is out of range.
    pub fn index_in(&self, length: usize) -> Option<usize> {
        match *self {
            Self::Index(index) if index < 0 => length.checked_sub(index.unsigned_abs()),
            Self::Index(index) => Some(index.unsigned_abs()).filter(|index| *index < length),
            Self::Key(_) | Self::Append => None,
        }
    }
}

/// A path to a value: `data.connectorBuildOptions.baseImage`, `items[0].name`, `items[-1]`, `items[+]`,
/// `labels."key.with.dots"`.
///
/// Keys are separated by dots. A key that holds `.`, `[`, `]` or quotes, begins or ends with a space, or is
/// empty stands in double or single quotes, where `\` escapes a quote and itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValuePath(Vec<Segment>);

impl ValuePath {
    /// Reads a path; the error says which character is in the way.
    pub fn parse(path: &str) -> Result<Self, EditError> {
        PathReader { path, at: 0 }.segments().map(Self)
    }

    /// A path of keys only, taken as they are.
    pub fn of_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self(keys.into_iter().map(|key| Segment::Key(key.to_owned())).collect())
    }

    /// The steps, from the root; never empty for a parsed path.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path made of the first `length` segments.
    #[must_use]
    pub fn prefix(&self, length: usize) -> Self {
        Self(self.0[..length.min(self.0.len())].to_vec())
    }

    pub(super) fn from_segments(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl FromStr for ValuePath {
    type Err = EditError;

    fn from_str(path: &str) -> Result<Self, EditError> {
        Self::parse(path)
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the whole document");
        }
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Append => f.write_str("[+]")?,
                Segment::Key(key) => {
                    f.write_str(if position == 0 { "" } else { "." })?;
                    write_key(f, key)?;
                }
            }
        }
        Ok(())
    }
}

fn write_key(f: &mut fmt::Formatter<'_>, key: &str) -> fmt::Result {
    if !key.is_empty() && key.trim() == key && !key.contains(['.', '[', ']', '"', '\'']) {
        return f.write_str(key);
    }
    write!(f, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
}

struct PathReader<'a> {
    path: &'a str,
    at: usize,
}

impl PathReader<'_> {
    fn segments(mut self) -> Result<Vec<Segment>, EditError> {
        let mut segments = Vec::new();
        while self.at < self.path.len() || segments.is_empty() {
            if self.rest().starts_with('[') {
                segments.push(self.index()?);
            } else {
                if !segments.is_empty() {
                    self.skip_dot()?;
                }
                segments.push(Segment::Key(self.key()?));
            }
        }
        Ok(segments)
    }

    fn rest(&self) -> &str {
        &self.path[self.at..]
    }

    fn error(&self, reason: &str) -> EditError {
        let column = self.path[..self.at].chars().count() + 1;
        EditError::Path { path: self.path.to_owned(), column, reason: reason.to_owned() }
    }

    fn skip_dot(&mut self) -> Result<(), EditError> {
        if !self.rest().starts_with('.') {
            return Err(self.error("a dot or an index in square brackets is expected here"));
        }
        self.at += 1;
        Ok(())
    }

    fn key(&mut self) -> Result<String, EditError> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted_key(quote),
            _ => self.bare_key(),
        }
    }

    fn bare_key(&mut self) -> Result<String, EditError> {
        let key = self.rest();
        let key = &key[..key.find(['.', '[', ']', '"', '\'']).unwrap_or(key.len())];
        if key.is_empty() {
            return Err(self.error("a key is missing here"));
        }
        if key.trim() != key {
            return Err(self.error("this key begins or ends with a space"));
        }
        let key = key.to_owned();
        self.at += key.len();
        Ok(key)
    }

    fn quoted_key(&mut self, quote: char) -> Result<String, EditError> {
        let mut key = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            if character == quote {
                self.at += offset + 1;
                return Ok(key);
            }
            if character != '\\' {
                key.push(character);
            } else if let Some((_, escaped)) = characters.next() {
                key.push(escaped);
            }
        }
        Err(self.error("the closing quote is missing"))
    }

    fn index(&mut self) -> Result<Segment, EditError> {
        let Some(end) = self.rest().find(']') else {
            return Err(self.error("the closing square bracket is missing"));
        };
        let segment = match &self.rest()[1..end] {
            "+" => Segment::Append,
            number => match number.parse() {
                Ok(index) if !number.starts_with('+') => Segment::Index(index),
                _ => return Err(self.error("an index is a number such as 0 or -1, or + to append")),
            },
        };
        self.at += end + 1;
        Ok(segment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(key: &str) -> Segment {
        Segment::Key(key.to_owned())
    }

    #[test]
    fn keys_indexes_and_quoted_keys_are_read() {
        let read = |path: &str| ValuePath::parse(path).unwrap().segments().to_vec();
        assert_eq!(read("tool.poetry.version"), [key("tool"), key("poetry"), key("version")]);
        assert_eq!(read("items[0].name"), [key("items"), Segment::Index(0), key("name")]);
        assert_eq!(read("items[-1][+]"), [key("items"), Segment::Index(-1), Segment::Append]);
        assert_eq!(read(r#"a."key.with.dots""#), [key("a"), key("key.with.dots")]);
        assert_eq!(read(r"a.'it\'s \\'"), [key("a"), key(r"it's \")]);
        assert_eq!(read("[0].a-b c"), [Segment::Index(0), key("a-b c")]);
    }

    #[test]
    fn an_error_names_the_column() {
        for (path, column) in [
            ("", 1),
            (".a", 1),
            ("a.", 3),
            ("a..b", 3),
            ("a[0", 2),
            ("a[x]", 2),
            ("a[+1]", 2),
            ("a.\"b", 3),
            ("a\"b\"", 2),
            ("a]", 2),
            ("é.", 3),
            ("a. b", 3),
            ("a[0]b", 5),
        ] {
            match ValuePath::parse(path) {
                Err(EditError::Path { column: found, .. }) => assert_eq!(found, column, "{path}"),
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn negative_indexes_count_from_the_end() {
        assert_eq!(Segment::Index(-1).index_in(3), Some(2));
        assert_eq!(Segment::Index(-4).index_in(3), None);
        assert_eq!(Segment::Index(3).index_in(3), None);
        assert_eq!(Segment::Append.index_in(3), None);
    }

    proptest! {
        #[test]
        fn a_displayed_path_reads_back_as_itself(keys in prop::collection::vec(any::<String>(), 1..4), index in any::<i16>()) {
            let mut path = ValuePath::of_keys(keys.iter().map(String::as_str));
            path.0.push(Segment::Index(index.into()));
            path.0.push(Segment::Append);
            prop_assert_eq!(ValuePath::parse(&path.to_string()).unwrap(), path);
        }
    }
}
