//! The base branch: whether it is there, which rules it has, and which ways of merging fit them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::base::sentence_list;

use super::super::super::{Finding, ForgeError, MergeMethod};
use super::super::Inner;
use super::super::facts::Facts;
use super::super::graphql::Document;
use super::super::standing::Rule;
use super::{Then as _, fine, notice, problem};

/// What the rules of a branch ask for, from rulesets and classic protection together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rules {
    checks: Vec<String>,
    approvals: u64,
    linear: bool,
    queue: bool,
}

/// A classic protection, as far as GraphQL shows it: to administrators.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Protection {
    required_approving_review_count: Option<u64>,
    requires_linear_history: bool,
}

const PROTECTION: &str = "query($owner: String!, $name: String!, $ref: String!) { \
repository(owner: $owner, name: $name) { ref(qualifiedName: $ref) { \
branchProtectionRule { requiredApprovingReviewCount requiresLinearHistory } } } }";

impl Inner {
    /// The base branch and what its rules mean for merging.
    pub(super) async fn examine_base(&self, facts: &Facts, base: &str) -> Vec<Finding> {
        let branch = match self.branch(base).await {
            Ok(Some(branch)) => branch,
            Ok(None) => {
                let usual = facts.default_branch.as_ref().map_or(String::new(), |usual| format!(", or take `{usual}`"));
                let hint = format!("Correct the base{usual}.");
                return vec![
                    problem("base branch", format!("`{base}` is not there")).then(&hint),
                    examine_methods(facts, &Rules::default()),
                ];
            }
            Err(error) => return vec![notice("base branch", format!("failed to ask: {error}"))],
        };
        let mut findings = vec![if branch.name == base {
            fine("base branch", format!("`{base}` is there"))
        } else {
            notice("base branch", format!("`{base}` is called `{}` now", branch.name)).then("Use the new name.")
        }];
        match self.base_rules(base, branch.required_checks()).await {
            Ok(rules) => {
                findings.push(examine_rules(base, &rules));
                findings.push(examine_methods(facts, &rules));
            }
            Err(error) => {
                findings.push(notice("rules", format!("failed to ask: {error}")));
                findings.push(examine_methods(facts, &Rules::default()));
            }
        }
        findings
    }

    async fn base_rules(&self, base: &str, classic: Vec<String>) -> Result<Rules, ForgeError> {
        let mut rules = fold(&self.rules(base).await?, classic);
        let mut variables = Map::new();
        variables.insert("owner".to_owned(), self.client.owner().into());
        variables.insert("name".to_owned(), self.client.repository_name().into());
        variables.insert("ref".to_owned(), format!("refs/heads/{base}").into());
        let answer = self.client.query(&Document { text: PROTECTION.to_owned(), variables }).await?;
        let shown = answer.data["repository"]["ref"]["branchProtectionRule"].clone();
        // Null for whoever is no administrator.
        let shown: Protection = serde_json::from_value(shown).unwrap_or_default();
        rules.approvals = rules.approvals.max(shown.required_approving_review_count.unwrap_or_default());
        rules.linear |= shown.requires_linear_history;
        Ok(rules)
    }
}

fn fold(rulesets: &[Rule], classic: Vec<String>) -> Rules {
    let mut rules = Rules { checks: classic, ..Rules::default() };
    for rule in rulesets {
        match rule.kind.as_str() {
            "required_linear_history" => rules.linear = true,
            "merge_queue" => rules.queue = true,
            "pull_request" => {
                let count = rule.parameters.get("required_approving_review_count").and_then(Value::as_u64);
                rules.approvals = rules.approvals.max(count.unwrap_or_default());
            }
            _ => {}
        }
        for check in rule.required_checks() {
            if !rules.checks.iter().any(|known| known == check) {
                rules.checks.push(check.to_owned());
            }
        }
    }
    rules
}

fn examine_rules(base: &str, rules: &Rules) -> Finding {
    let mut asks = Vec::new();
    if !rules.checks.is_empty() {
        let noun = if rules.checks.len() == 1 { "check" } else { "checks" };
        asks.push(format!("the {noun} {}", sentence_list(&rules.checks)));
    }
    if rules.approvals > 0 {
        asks.push(crate::base::count(usize::try_from(rules.approvals).unwrap_or(usize::MAX), "approving review"));
    }
    if rules.linear {
        asks.push("a linear history".to_owned());
    }
    if rules.queue {
        asks.push("the merge queue".to_owned());
    }
    if asks.is_empty() {
        return fine("rules", format!("`{base}` has none that this credential can see"));
    }
    let finding = fine("rules", format!("`{base}` asks for {}", sentence_list(&asks)));
    if rules.approvals == 0 {
        return finding;
    }
    finding.then("Let the workflow ask somebody (`reviewers:`) and wait (`pull-request.wait-for-review`).")
}

fn examine_methods(facts: &Facts, rules: &Rules) -> Finding {
    let names: Vec<&str> = facts.methods.iter().map(|method| method.as_str()).collect();
    let says = match names[..] {
        [] => "none is allowed".to_owned(),
        _ => sentence_list(&names),
    };
    let fits = |method: &&MergeMethod| !rules.linear || **method != MergeMethod::Merge;
    if rules.queue {
        return fine("merge methods", "the merge queue's own".to_owned());
    }
    if facts.methods.iter().any(|method| fits(&method)) {
        return fine("merge methods", says);
    }
    let hint = "Allow squash or rebase in the repository's settings.";
    problem("merge methods", if rules.linear { format!("{says}, but the history is to be linear") } else { says })
        .then(hint)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rulesets_and_classic_protection_are_one() {
        let rulesets: Vec<Rule> = serde_json::from_value(json!([
            {"type": "deletion"},
            {"type": "required_linear_history"},
            {"type": "pull_request", "parameters": {"required_approving_review_count": 2}},
            {"type": "pull_request", "parameters": {"required_approving_review_count": 1}},
            {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "ci"}, {"context": "lint"}]}},
        ]))
        .unwrap();
        let rules = fold(&rulesets, vec!["ci".to_owned()]);
        let checks = vec!["ci".to_owned(), "lint".to_owned()];
        assert_eq!(rules, Rules { checks, approvals: 2, linear: true, queue: false });
        insta::assert_snapshot!(examine_rules("main", &rules).says, @"`main` asks for the checks ci and lint, 2 approving reviews and a linear history");
    }
}
