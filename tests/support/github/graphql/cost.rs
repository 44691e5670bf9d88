//! What a document may find and what it costs, told before it is carried out: by GitHub's published rule,
//! nodes are the product of the sizes that connections are asked for, and a point is a hundred requests.

use std::collections::BTreeMap;

use graphql_parser::query::{Definition, Document, FragmentDefinition, OperationDefinition, Selection, SelectionSet};
use serde_json::{Map, Value};

use super::Operation;
use super::execute::value;

struct Count<'a, 'v> {
    fragments: BTreeMap<&'a str, &'a FragmentDefinition<'a, String>>,
    variables: &'v Map<String, Value>,
    nodes: u64,
    requests: u64,
}

/// The most nodes that an operation can find, and its cost in points.
pub(super) fn of<'a>(
    document: &'a Document<'a, String>,
    operation: &'a Operation<'a>,
    variables: &Map<String, Value>,
) -> (u64, u64) {
    let fragments = document.definitions.iter().filter_map(|definition| match definition {
        Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
        Definition::Operation(_) => None,
    });
    let mut count = Count { fragments: fragments.collect(), variables, nodes: 0, requests: 0 };
    match operation {
        OperationDefinition::Query(query) => count.walk(&query.selection_set, 1, 0),
        OperationDefinition::Mutation(mutation) => count.walk(&mutation.selection_set, 1, 0),
        OperationDefinition::SelectionSet(selection) => count.walk(selection, 1, 0),
        OperationDefinition::Subscription(subscription) => count.walk(&subscription.selection_set, 1, 0),
    }
    (count.nodes, (count.requests.saturating_add(50) / 100).max(1))
}

/// Deeper than any honest document; fragments can be circular.
const DEEPEST: usize = 64;

impl Count<'_, '_> {
    fn walk(&mut self, set: &SelectionSet<'_, String>, parents: u64, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for selection in &set.items {
            match selection {
                Selection::Field(field) => {
                    let size = field.arguments.iter().find(|(name, _)| name == "first" || name == "last");
                    let size = size.and_then(|(_, size)| value(size, self.variables).as_u64());
                    let inner = size.map_or(parents, |size| parents.saturating_mul(size));
                    if size.is_some() {
                        self.requests = self.requests.saturating_add(parents);
                        self.nodes = self.nodes.saturating_add(inner);
                    }
                    self.walk(&field.selection_set, inner, depth + 1);
                }
                Selection::InlineFragment(fragment) => self.walk(&fragment.selection_set, parents, depth + 1),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(spread.fragment_name.as_str()).copied() {
                        self.walk(&fragment.selection_set, parents, depth + 1);
                    }
                }
            }
        }
    }
}
