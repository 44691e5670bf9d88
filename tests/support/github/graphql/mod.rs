//! GraphQL: reads documents and carries them out over the world, as far as tools for pull requests ask.

mod checks;
mod connection;
mod cost;
mod execute;
mod mutation;
mod node;
mod pull;
mod repository;

use graphql_parser::query::{Definition, Document, OperationDefinition, parse_query};
use serde_json::{Map, Value, json};

use super::access::{Actor, Kind};
use super::answer::{Answer, Answered};
use super::call::Call;
use super::world::World;
use execute::{Execution, variables};

/// More nodes than this are not looked for.
const MOST_NODES: u64 = 500_000;

/// Answers a request to GraphQL.
pub(super) fn answer(world: &mut World, actor: &Actor, call: &Call) -> Answered {
    let Actor::Token { token, .. } = actor else {
        return Err(Answer::message(401, "This endpoint requires you to be authenticated."));
    };
    if call.method != "POST" {
        return Err(Answer::not_found());
    }
    let body = call.json()?;
    let Some(text) = body["query"].as_str() else {
        return Err(Answer::message(400, "A query attribute must be specified and must be a string."));
    };
    let document = match parse_query::<String>(text) {
        Ok(document) => document,
        Err(error) => return Ok(failed(&json!({ "message": error.to_string() }))),
    };
    let operation = match operation(&document, body["operationName"].as_str()) {
        Ok(operation) => operation,
        Err(message) => return Ok(failed(&json!({ "message": message }))),
    };
    let none = Map::new();
    let given = body["variables"].as_object().unwrap_or(&none);
    let variables = match variables(operation, given) {
        Ok(variables) => variables,
        Err(error) => return Ok(failed(&error)),
    };
    let (nodes, cost) = cost::of(&document, operation, &variables);
    if nodes > MOST_NODES {
        let message = format!(
            "This query requests up to {nodes} possible nodes which exceeds the maximum limit of {MOST_NODES}."
        );
        return Ok(failed(&json!({ "type": "MAX_NODE_LIMIT_EXCEEDED", "message": message })));
    }
    if let Some(Kind::Classic(scopes)) = world.tokens.get(token).map(|token| &token.kind)
        && scopes.is_empty()
    {
        return Ok(failed(&json!({
            "type": "INSUFFICIENT_SCOPES",
            "message": "Your token has not been granted the required scopes to execute this query.",
        })));
    }
    let now = world.clock.precise();
    world.limits.spend(actor.key(), "graphql", cost, now)?;
    Ok(Answer::ok(Execution::new(world, actor, &call.origin, &document, variables, cost).run(operation)))
}

/// An answer that is only an error; GraphQL tells those with 200.
fn failed(error: &Value) -> Answer {
    Answer::ok(json!({ "errors": [error] }))
}

type Operation<'a> = OperationDefinition<'a, String>;

/// The operation that is asked for: the named one, or the only one.
fn operation<'a>(document: &'a Document<'a, String>, name: Option<&str>) -> Result<&'a Operation<'a>, String> {
    let operations = document.definitions.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(operation),
        Definition::Fragment(_) => None,
    });
    let mut matching = operations.filter(|operation| name.is_none_or(|name| self::name(operation) == Some(name)));
    let found = matching.next().ok_or_else(|| match name {
        Some(name) => format!("No operation named \"{name}\""),
        None => "A query attribute must be specified and must be a string.".to_owned(),
    })?;
    if matching.next().is_some() {
        return Err("An operation name is required".to_owned());
    }
    Ok(found)
}

fn name<'a>(operation: &'a Operation<'a>) -> Option<&'a str> {
    match operation {
        OperationDefinition::Query(query) => query.name.as_deref(),
        OperationDefinition::Mutation(mutation) => mutation.name.as_deref(),
        OperationDefinition::SelectionSet(_) | OperationDefinition::Subscription(_) => None,
    }
}
