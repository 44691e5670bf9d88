//! Parts of lists: `first`, `last`, `after` and `before`, as GitHub insists on them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::execute::{Arguments, Problem};
use super::node::{Connection, Node, Resolved};

/// The part of a list that the arguments ask for.
pub(super) fn part(kind: &'static str, field: &str, all: &[Node], arguments: &Arguments) -> Result<Resolved, Problem> {
    let (first, last) = (arguments.number("first"), arguments.number("last"));
    let Some(count) = first.or(last) else {
        let message =
            format!("You must provide a `first` or `last` value to properly paginate the `{field}` connection.");
        return Err(Problem::typed("MISSING_PAGINATION_BOUNDARIES", &message));
    };
    if count > 100 {
        let name = if first.is_some() { "first" } else { "last" };
        let message = format!(
            "Requesting {count} records on the `{field}` connection exceeds the `{name}` limit of 100 records."
        );
        return Err(Problem::typed("EXCESSIVE_PAGINATION", &message));
    }
    let count = usize::try_from(count).unwrap_or(0);
    let place = |name: &str| arguments.text(name).map(|cursor| position(field, &cursor)).transpose();
    let (mut start, mut end) = (place("after")?.unwrap_or(0), all.len());
    if let Some(before) = place("before")? {
        end = end.min(before.saturating_sub(1));
    }
    start = start.min(end);
    if first.is_some() {
        end = end.min(start + count);
    } else {
        start = start.max(end.saturating_sub(count));
    }
    let (total, nodes) = (all.len(), all[start..end].to_vec());
    Ok(Resolved::One(Node::Connection(Box::new(Connection { kind, nodes, start, total }))))
}

/// The place after the first so many entries, opaque to whoever reads it.
pub(super) fn cursor(position: usize) -> String {
    STANDARD.encode(format!("cursor:v2:{position}"))
}

fn position(field: &str, cursor: &str) -> Result<usize, Problem> {
    let text = STANDARD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let position = text.as_deref().and_then(|text| text.strip_prefix("cursor:v2:")?.parse().ok());
    position.ok_or_else(|| {
        Problem::typed(
            "INVALID_CURSOR_ARGUMENTS",
            &format!("`{cursor}` does not appear to be a valid cursor for `{field}`."),
        )
    })
}

impl Connection {
    pub(super) fn field(&self, name: &str) -> Result<Resolved, Problem> {
        let end = self.start + self.nodes.len();
        Ok(match name {
            "nodes" => Resolved::Many(self.nodes.clone()),
            "edges" => {
                let edges = self.nodes.iter().enumerate();
                Resolved::Many(
                    edges.map(|(index, node)| Node::Edge(Box::new(node.clone()), self.start + index + 1)).collect(),
                )
            }
            "totalCount" => Resolved::leaf(self.total),
            "issueCount" if self.kind == "SearchResultItemConnection" => Resolved::leaf(self.total),
            "pageInfo" => Resolved::One(Node::PageInfo { start: self.start, end, total: self.total }),
            _ => return Err(Problem::Unknown),
        })
    }
}

/// The fields of a `PageInfo`.
pub(super) fn page_info(start: usize, end: usize, total: usize, name: &str) -> Result<Resolved, Problem> {
    let empty = start == end;
    Ok(match name {
        "hasNextPage" => Resolved::leaf(end < total),
        "hasPreviousPage" => Resolved::leaf(start > 0),
        "endCursor" => Resolved::Value(if empty { json!(null) } else { json!(cursor(end)) }),
        "startCursor" => Resolved::Value(if empty { json!(null) } else { json!(cursor(start + 1)) }),
        _ => return Err(Problem::Unknown),
    })
}
