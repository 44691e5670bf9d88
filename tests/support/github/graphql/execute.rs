//! Carries a document out: selections, aliases, fragments, variables, directives, errors with paths.

use std::collections::BTreeMap;

use graphql_parser::Pos;
use graphql_parser::query::{
    Definition, Directive, Document, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet, Type,
    TypeCondition, Value as Literal, VariableDefinition,
};
use serde_json::{Map, Value, json};

use super::super::access::Actor;
use super::super::answer::{Answer, Content};
use super::super::world::World;
use super::node::{Node, Resolved};
use super::{Operation, connection};

/// The arguments of a field, with variables replaced.
#[derive(Debug, Default)]
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    pub(super) fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_str().map(str::to_owned)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).as_u64()
    }

    /// The names in a list; one that is not in a list is a list of one.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name) {
            Value::Array(list) => Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            Value::String(one) => Some(vec![one.clone()]),
            _ => None,
        }
    }
}

/// Why a field has no value.
#[derive(Debug)]
pub(super) enum Problem {
    /// The type has no such field: the whole document is refused.
    Unknown,
    /// The field is null, and an error says why.
    Error(Value),
}

impl Problem {
    pub(super) fn typed(kind: &str, message: &str) -> Self {
        Self::Error(json!({ "type": kind, "message": message }))
    }

    /// What REST would answer, in the manner of GraphQL.
    pub(super) fn from_answer(answer: &Answer) -> Self {
        let Content::Json(body) = &answer.content else { return Self::typed("UNPROCESSABLE", "Something went wrong") };
        let message = body["errors"][0]["message"].as_str().or(body["message"].as_str()).unwrap_or_default();
        let kind = match answer.status {
            403 | 404 => "FORBIDDEN",
            _ => "UNPROCESSABLE",
        };
        Self::typed(kind, message)
    }
}

/// One document on its way.
pub(super) struct Execution<'a> {
    pub(super) world: &'a mut World,
    pub(super) actor: &'a Actor,
    pub(super) origin: &'a str,
    /// What the document costs, for `rateLimit`.
    pub(super) cost: u64,
    fragments: BTreeMap<&'a str, &'a FragmentDefinition<'a, String>>,
    variables: Map<String, Value>,
    errors: Vec<Value>,
    refused: Vec<Value>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(
        world: &'a mut World,
        actor: &'a Actor,
        origin: &'a str,
        document: &'a Document<'a, String>,
        variables: Map<String, Value>,
        cost: u64,
    ) -> Self {
        let fragments = document.definitions.iter().filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
            Definition::Operation(_) => None,
        });
        let fragments = fragments.collect();
        Self { world, actor, origin, cost, fragments, variables, errors: Vec::new(), refused: Vec::new() }
    }

    /// The whole answer.
    pub(super) fn run(mut self, operation: &'a Operation<'a>) -> Value {
        let (root, selection) = match operation {
            OperationDefinition::Mutation(mutation) => (Node::Mutation, &mutation.selection_set),
            OperationDefinition::Query(query) => (Node::Query, &query.selection_set),
            OperationDefinition::SelectionSet(selection) => (Node::Query, selection),
            OperationDefinition::Subscription(subscription) => (Node::Query, &subscription.selection_set),
        };
        let data = self.select(&root, &[selection], &mut Vec::new());
        if !self.refused.is_empty() {
            return json!({ "errors": self.refused });
        }
        let mut answer = json!({ "data": data });
        if !self.errors.is_empty() {
            answer["errors"] = Value::Array(self.errors);
        }
        answer
    }

    /// Who somebody is.
    fn type_name(&self, node: &Node) -> String {
        node.type_name(|login| self.world.user(login).map_or("User", |user| user.kind))
    }

    fn select(&mut self, node: &Node, sets: &[&'a SelectionSet<'a, String>], path: &mut Vec<Value>) -> Value {
        let own = self.type_name(node);
        let mut fields: Vec<(&'a str, Vec<&'a Field<'a, String>>)> = Vec::new();
        for set in sets {
            self.collect(node, &own, set, &mut fields);
        }
        let mut object = Map::new();
        for (key, alike) in fields {
            path.push(key.into());
            let value = self.field(node, &own, &alike, path);
            path.pop();
            object.insert(key.to_owned(), value);
        }
        Value::Object(object)
    }

    /// The fields that apply to this object, under the names that they are answered by.
    fn collect(
        &mut self,
        node: &Node,
        own: &str,
        set: &'a SelectionSet<'a, String>,
        into: &mut Vec<(&'a str, Vec<&'a Field<'a, String>>)>,
    ) {
        for selection in &set.items {
            match selection {
                Selection::Field(field) if self.included(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).as_str();
                    match into.iter_mut().find(|(there, _)| *there == key) {
                        Some((_, alike)) => alike.push(field),
                        None => into.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) if self.included(&fragment.directives) => {
                    let TypeCondition::On(condition) = match &fragment.type_condition {
                        Some(condition) => condition,
                        None => &TypeCondition::On(own.to_owned()),
                    };
                    if node.is(condition, own) {
                        self.collect(node, own, &fragment.selection_set, into);
                    }
                }
                Selection::FragmentSpread(spread) if self.included(&spread.directives) => {
                    let Some(fragment) = self.fragments.get(spread.fragment_name.as_str()).copied() else {
                        let message = format!("Fragment {} was used, but not defined", spread.fragment_name);
                        self.refused.push(json!({ "message": message, "locations": [place(spread.position)] }));
                        continue;
                    };
                    let TypeCondition::On(condition) = &fragment.type_condition;
                    if node.is(condition, own) {
                        self.collect(node, own, &fragment.selection_set, into);
                    }
                }
                _ => {}
            }
        }
    }

    /// `@include(if:)` and `@skip(if:)`.
    fn included(&self, directives: &[Directive<'_, String>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.is_some_and(|(_, value)| self.value(value) == Value::Bool(true));
            match directive.name.as_str() {
                "include" => condition,
                "skip" => !condition,
                _ => true,
            }
        })
    }

    fn field(&mut self, node: &Node, own: &str, alike: &[&'a Field<'a, String>], path: &mut Vec<Value>) -> Value {
        let field = alike[0];
        if field.name == "__typename" {
            return own.into();
        }
        let arguments = field.arguments.iter().map(|(name, value)| (name.clone(), self.value(value)));
        let arguments = Arguments(arguments.collect());
        let sets: Vec<&'a SelectionSet<'a, String>> = alike.iter().map(|field| &field.selection_set).collect();
        match self.resolve(node, &field.name, &arguments) {
            Ok(Resolved::Value(value)) => value,
            Ok(Resolved::One(inner)) => self.select(&inner, &sets, path),
            Ok(Resolved::Many(nodes)) => {
                let mut values = Vec::with_capacity(nodes.len());
                for (index, inner) in nodes.iter().enumerate() {
                    path.push(index.into());
                    values.push(self.select(inner, &sets, path));
                    path.pop();
                }
                Value::Array(values)
            }
            Err(Problem::Unknown) => {
                self.refused.push(json!({
                    "path": path,
                    "extensions": { "code": "undefinedField", "typeName": own, "fieldName": field.name },
                    "locations": [place(field.position)],
                    "message": format!("Field '{}' doesn't exist on type '{own}'", field.name),
                }));
                Value::Null
            }
            Err(Problem::Error(mut error)) => {
                error["path"] = Value::Array(path.clone());
                error["locations"] = json!([place(field.position)]);
                self.errors.push(error);
                Value::Null
            }
        }
    }

    fn resolve(&mut self, node: &Node, name: &str, arguments: &Arguments) -> Result<Resolved, Problem> {
        match node {
            Node::Query => self.query(name, arguments),
            Node::Mutation => self.mutation(name, arguments),
            Node::Connection(connection) => connection.field(name),
            Node::Edge(inner, position) => match name {
                "node" => Ok(Resolved::One((**inner).clone())),
                "cursor" => Ok(Resolved::leaf(connection::cursor(*position))),
                _ => Err(Problem::Unknown),
            },
            Node::PageInfo { start, end, total } => connection::page_info(*start, *end, *total, name),
            Node::Payload(_, fields) => {
                let found = fields.iter().find(|(there, _)| *there == name).map(|(_, value)| value.clone());
                found.ok_or(Problem::Unknown)
            }
            Node::Pull(at, number) => self.pull(*at, *number, name, arguments),
            Node::Review(..)
            | Node::Comment(..)
            | Node::File(..)
            | Node::ReviewRequest(_)
            | Node::QueueEntry(..)
            | Node::AutoMerge(..) => self.pull_part(node, name, arguments),
            Node::Commit(..)
            | Node::PullCommit(..)
            | Node::Rollup(..)
            | Node::CheckRun(..)
            | Node::StatusContext(..)
            | Node::Suite(..)
            | Node::WorkflowRun(..)
            | Node::Workflow => self.checks(node, name, arguments),
            _ => self.repository_part(node, name, arguments),
        }
    }

    /// A literal or variable as JSON.
    fn value(&self, literal: &Literal<'_, String>) -> Value {
        value(literal, &self.variables)
    }
}

/// A literal or variable as JSON.
pub(super) fn value(literal: &Literal<'_, String>, variables: &Map<String, Value>) -> Value {
    match literal {
        Literal::Variable(name) => variables.get(name).cloned().unwrap_or(Value::Null),
        Literal::Int(number) => number.as_i64().into(),
        Literal::Float(number) => (*number).into(),
        Literal::String(text) | Literal::Enum(text) => text.clone().into(),
        Literal::Boolean(truth) => (*truth).into(),
        Literal::Null => Value::Null,
        Literal::List(list) => list.iter().map(|item| value(item, variables)).collect(),
        Literal::Object(fields) => {
            Value::Object(fields.iter().map(|(name, item)| (name.clone(), value(item, variables))).collect())
        }
    }
}

/// The variables of an operation: those given, defaults for others, and an error for what is missing.
pub(super) fn variables(operation: &Operation<'_>, given: &Map<String, Value>) -> Result<Map<String, Value>, Value> {
    let definitions: &[VariableDefinition<'_, String>] = match operation {
        OperationDefinition::Query(query) => &query.variable_definitions,
        OperationDefinition::Mutation(mutation) => &mutation.variable_definitions,
        OperationDefinition::SelectionSet(_) | OperationDefinition::Subscription(_) => &[],
    };
    let mut variables = Map::new();
    for definition in definitions {
        let default = definition.default_value.as_ref().map(|literal| value(literal, given));
        match given.get(&definition.name).cloned().or(default) {
            Some(value) if !value.is_null() => {
                variables.insert(definition.name.clone(), value);
            }
            other => {
                if matches!(definition.var_type, Type::NonNullType(_)) {
                    let problem = json!({ "path": [], "explanation": "Expected value to not be null" });
                    return Err(json!({
                        "extensions": { "value": null, "problems": [problem] },
                        "locations": [place(definition.position)],
                        "message": format!("Variable ${} of type {} was provided invalid value", definition.name, definition.var_type),
                    }));
                }
                if other.is_some() {
                    variables.insert(definition.name.clone(), Value::Null);
                }
            }
        }
    }
    Ok(variables)
}

fn place(position: Pos) -> Value {
    json!({ "line": position.line, "column": position.column })
}
