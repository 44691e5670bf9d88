//! The search for pull requests: the qualifiers that tools use, and words in title or body.

use super::access::Actor;
use super::model::{Pull, Repository};
use super::world::World;

/// The pull requests that a query finds, newest first: which repository, which number.
pub(crate) fn pulls(world: &World, actor: &Actor, query: &str) -> Vec<(usize, u64)> {
    let terms = terms(query);
    let mut found = Vec::new();
    for (at, repository) in world.repositories.iter().enumerate() {
        if world.role(at, actor).is_none() {
            continue;
        }
        let matching =
            repository.pulls.values().filter(|pull| terms.iter().all(|term| meets(repository, pull, term, &terms)));
        found.extend(matching.map(|pull| (at, pull.number)));
    }
    found.reverse();
    found
}

/// The words of a query; those in quotes stay together.
fn terms(query: &str) -> Vec<String> {
    let (mut terms, mut term, mut quoted) = (Vec::new(), String::new(), false);
    for letter in query.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => terms.push(std::mem::take(&mut term)),
            other => term.push(other),
        }
    }
    terms.push(term);
    terms.retain(|term| !term.is_empty());
    terms
}

fn meets(at: &Repository, pull: &Pull, term: &str, all: &[String]) -> bool {
    let (key, value) = term.split_once(':').unwrap_or(("", term));
    match key {
        "repo" => at.full_name().eq_ignore_ascii_case(value),
        "org" | "user" => at.owner.eq_ignore_ascii_case(value),
        "is" | "state" | "type" => match value {
            "pr" => true,
            "open" => pull.open,
            "closed" => !pull.open,
            "merged" => pull.merge.is_some(),
            "unmerged" => pull.merge.is_none(),
            "draft" => pull.draft,
            _ => false,
        },
        "draft" => pull.draft == (value == "true"),
        "author" => pull.author.eq_ignore_ascii_case(value),
        "assignee" => pull.assignees.iter().any(|login| login.eq_ignore_ascii_case(value)),
        "label" => pull.labels.iter().any(|label| label.eq_ignore_ascii_case(value)),
        // GitHub takes the beginning of a head's name.
        "head" => pull.head_branch.starts_with(value),
        "base" => pull.base_branch == value,
        "in" | "sort" | "archived" => true,
        // A word with a colon that is no qualifier, such as a mark.
        _ => contains(pull, term, all),
    }
}

fn contains(pull: &Pull, words: &str, all: &[String]) -> bool {
    let wanted = |place: &str| {
        let places: Vec<&str> = all.iter().filter_map(|term| term.strip_prefix("in:")).collect();
        places.is_empty() || places.iter().any(|named| named.split(',').any(|named| named == place))
    };
    let words = normal(words);
    let is_in = |text: &str| normal(text).contains(&words);
    (wanted("title") && is_in(&pull.title))
        || (wanted("body") && pull.body.as_deref().is_some_and(is_in))
        || (wanted("comments") && pull.comments.iter().any(|comment| is_in(&comment.body)))
}

/// The index knows letters and digits; what stands between them is one gap.
fn normal(text: &str) -> String {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    format!(" {} ", words.join(" "))
}
