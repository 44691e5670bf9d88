//! Removing a key of a table or an item of an array.

use super::super::{EditError, Segment, Splice, ValuePath};
use super::insert::{array_brackets, inline_table_brackets};
use super::{Document, Node, own_header};

pub(super) fn splices(document: &Document<'_>, path: &ValuePath) -> Result<Vec<Splice>, EditError> {
    let mut parent = Node::Table(document.root());
    let mut node = parent;
    for segment in path.segments() {
        let Some(child) = node.child(segment) else { return Ok(Vec::new()) };
        (parent, node) = (node, child);
    }
    let Some(last) = path.segments().last() else { return Ok(Vec::new()) };
    match (parent, node, last) {
        (Node::Value(toml_edit::Value::Array(array)), _, last) => {
            Ok(last.index_in(array.len()).map_or_else(Vec::new, |index| array_brackets(document, array).remove(index)))
        }
        (Node::Value(toml_edit::Value::InlineTable(table)), _, Segment::Key(key)) if !table.is_dotted() => {
            let index = table.iter().position(|(name, _)| name == key);
            Ok(index.map_or_else(Vec::new, |index| inline_table_brackets(document, table).remove(index)))
        }
        (Node::Table(table), Node::Value(_), Segment::Key(key)) => {
            let start = table.key(key).and_then(toml_edit::Key::span).map_or(0, |span| span.start);
            Ok(vec![Splice::delete(document.lines(start, node.span().end))])
        }
        _ => Err(own_header(document, path, node)),
    }
}
