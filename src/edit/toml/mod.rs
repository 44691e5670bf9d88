//! TOML: values by path, edited as splices on the spans that toml_edit reports. Headers, comments, order, quotes
//! and line breaks stay.

mod insert;
mod remove;
mod render;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Value};
use toml_edit::{Item, Table, TableLike};

use super::splice::{line_of, newline_of};
use super::verify::{self, Language, Outline, Shape};
use super::{Edit, EditError, Format, Obstacle, Segment, Splice, ValuePath};

/// The largest text that is read, in bytes.
const LIMIT: usize = 10 * 1024 * 1024;

/// Sets the value at a path. A scalar keeps its kind of quotes; a new key goes to the end of its table, a new
/// table behind its relatives. A whole table with its own header is never replaced.
pub fn set(text: &str, path: &ValuePath, value: &Value) -> Result<Edit, EditError> {
    verify::set::<Toml>(text, path, value)
}

/// Removes a key or an item; what is absent already leaves the text unchanged. A table with its own header is
/// refused.
pub fn remove(text: &str, path: &ValuePath) -> Result<Edit, EditError> {
    verify::remove::<Toml>(text, path)
}

/// The value at a path; `None` if there is none. Dates, infinities and NaN are given as text.
pub fn get(text: &str, path: &ValuePath) -> Result<Option<Value>, EditError> {
    Toml::get(&Toml::read(text)?, path)
}

/// The whole document as JSON. Dates, infinities and NaN become text.
pub fn parse(text: &str) -> Result<Value, EditError> {
    Ok(Node::Table(Toml::read(text)?.root()).value())
}

struct Toml;

/// A TOML text that has been read.
struct Document<'a> {
    text: &'a str,
    read: toml_edit::Document<&'a str>,
}

impl Document<'_> {
    fn root(&self) -> &Table {
        self.read.as_table()
    }

    fn line_of(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    fn newline(&self) -> &'static str {
        newline_of(self.text)
    }

    /// Whole lines; where the last one has no line break, the one before them goes.
    fn lines(&self, start: usize, end: usize) -> Range<usize> {
        let text = self.text;
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let line_start = text[..start].rfind('\n').map_or(bom, |newline| newline + 1);
        match text[end..].find('\n') {
            Some(length) => line_start..end + length + 1,
            None => text[..line_start].trim_end_matches(['\r', '\n']).len().max(bom)..text.len(),
        }
    }
}

/// A value of the document: TOML has several kinds of tables and of arrays.
#[derive(Clone, Copy)]
enum Node<'d> {
    /// With a header of its own, or implied by the headers of others, or by dotted keys.
    Table(&'d Table),
    /// `[[header]]`s.
    Tables(&'d toml_edit::ArrayOfTables),
    Value(&'d toml_edit::Value),
}

impl<'d> Node<'d> {
    fn of(item: &'d Item) -> Option<Self> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(Self::Value(value)),
            Item::Table(table) => Some(Self::Table(table)),
            Item::ArrayOfTables(tables) => Some(Self::Tables(tables)),
        }
    }

    fn as_table(self) -> Option<&'d dyn TableLike> {
        match self {
            Self::Table(table) => Some(table),
            Self::Value(toml_edit::Value::InlineTable(table)) => Some(table),
            _ => None,
        }
    }

    fn items(self) -> Option<Vec<Self>> {
        match self {
            Self::Tables(tables) => Some(tables.iter().map(Self::Table).collect()),
            Self::Value(toml_edit::Value::Array(array)) => Some(array.iter().map(Self::Value).collect()),
            _ => None,
        }
    }

    fn child(self, segment: &Segment) -> Option<Self> {
        if let Segment::Key(key) = segment {
            return self.as_table()?.get(key).and_then(Self::of);
        }
        let items = self.items()?;
        items.get(segment.index_in(items.len())?).copied()
    }

    fn span(self) -> Range<usize> {
        let span = match self {
            Self::Table(table) => table.span(),
            Self::Tables(tables) => tables.span(),
            Self::Value(value) => value.span(),
        };
        span.unwrap_or_default()
    }

    /// Where the last of everything in it ends.
    fn end(self) -> usize {
        let below = match self {
            Self::Table(table) => table.iter().filter_map(|(_, item)| Self::of(item)).map(Self::end).max(),
            Self::Tables(tables) => tables.iter().map(|table| Self::Table(table).end()).max(),
            Self::Value(_) => None,
        };
        self.span().end.max(below.unwrap_or(0))
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Table(_) | Self::Value(toml_edit::Value::InlineTable(_)) => "a table",
            Self::Tables(_) | Self::Value(toml_edit::Value::Array(_)) => "an array",
            Self::Value(_) => "a single value",
        }
    }

    fn value(self) -> Value {
        if let Some(table) = self.as_table() {
            let entries = table.iter().filter_map(|(key, item)| Some((key.to_owned(), Self::of(item)?.value())));
            return Value::Object(entries.collect::<Map<_, _>>());
        }
        if let Some(items) = self.items() {
            return Value::Array(items.into_iter().map(Self::value).collect());
        }
        match self {
            Self::Value(toml_edit::Value::String(text)) => Value::from(text.value().as_str()),
            Self::Value(toml_edit::Value::Integer(number)) => Value::from(*number.value()),
            Self::Value(toml_edit::Value::Boolean(value)) => Value::from(*value.value()),
            Self::Value(toml_edit::Value::Float(number)) => serde_json::Number::from_f64(*number.value())
                .map_or_else(|| number.value().to_string().into(), Value::Number),
            Self::Value(toml_edit::Value::Datetime(moment)) => moment.value().to_string().into(),
            _ => Value::Null,
        }
    }

    fn outline(self, text: &'d str) -> Outline<'d> {
        let shape = if let Some(table) = self.as_table() {
            let entries =
                table.iter().filter_map(|(key, item)| Some((Cow::Borrowed(key), Self::of(item)?.outline(text))));
            Shape::Table(entries.collect())
        } else if let Some(items) = self.items() {
            Shape::List(items.into_iter().map(|item| item.outline(text)).collect())
        } else {
            Shape::Leaf(Cow::Borrowed(&text[self.span()]))
        };
        Outline { mark: Cow::Borrowed(""), shape }
    }
}

impl Language for Toml {
    type Document<'a> = Document<'a>;

    fn read(text: &str) -> Result<Document<'_>, EditError> {
        if text.len() > LIMIT {
            return Err(EditError::TooLarge { bytes: text.len(), limit: LIMIT });
        }
        let read = toml_edit::Document::parse(text).map_err(|error| {
            let at = text.floor_char_boundary(error.span().map_or(0, |span| span.start));
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            EditError::Syntax {
                format: Format::Toml,
                line: line_of(text, at),
                column: text[line_start..at].chars().count() + 1,
                message: error.message().to_owned(),
            }
        })?;
        Ok(Document { text, read })
    }

    fn outline<'d>(document: &'d Document<'_>) -> Outline<'d> {
        Node::Table(document.root()).outline(document.text)
    }

    fn get(document: &Document<'_>, path: &ValuePath) -> Result<Option<Value>, EditError> {
        let mut node = Node::Table(document.root());
        for segment in path.segments() {
            match node.child(segment) {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node.value()))
    }

    fn set(document: &Document<'_>, path: &ValuePath, value: &Value) -> Result<Vec<Splice>, EditError> {
        let mut way = vec![Node::Table(document.root())];
        for (depth, segment) in path.segments().iter().enumerate() {
            match way[depth].child(segment) {
                Some(child) => way.push(child),
                None => return insert::splices(document, path, &way, value),
            }
        }
        let node = way[way.len() - 1];
        if holds(node, value) {
            return Ok(Vec::new());
        }
        match node {
            Node::Value(old) if !old.as_inline_table().is_some_and(toml_edit::InlineTable::is_dotted) => {
                Ok(vec![Splice::replace(node.span(), render::value_like(value, old, &document.text[node.span()])?)])
            }
            _ => Err(own_header(document, path, node)),
        }
    }

    fn remove(document: &Document<'_>, path: &ValuePath) -> Result<Vec<Splice>, EditError> {
        remove::splices(document, path)
    }
}

/// Whether a node holds a value already. Infinities and NaN only read as text.
fn holds(node: Node<'_>, value: &Value) -> bool {
    let only_reads_as_text = matches!(node, Node::Value(toml_edit::Value::Float(_))) && value.is_string();
    node.value() == *value && !only_reads_as_text
}

fn own_header(document: &Document<'_>, path: &ValuePath, node: Node<'_>) -> EditError {
    EditError::InTheWay { path: path.clone(), obstacle: Obstacle::Table, line: document.line_of(node.span().start) }
}
