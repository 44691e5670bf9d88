//! The rules for names of branches, so that a workflow is refused before anything runs.
//! The rules are those of git's manual page `check-ref-format`.

use std::collections::BTreeSet;

use super::GitError;

/// Longer components could not be file names once git has added `.lock`.
const LONGEST_COMPONENT: usize = 250;

/// Whether a branch can have this name (`cutover/x`, without `refs/heads/`).
pub fn check_branch_name(name: &str) -> Result<(), GitError> {
    match broken_rule(name) {
        Some(reason) => Err(GitError::BranchName { name: name.to_owned(), reason }),
        None => Ok(()),
    }
}

fn broken_rule(name: &str) -> Option<&'static str> {
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let rules = [
        (name.is_empty(), "it is empty"),
        (name == "@" || name == "HEAD", "git gives this name another meaning"),
        (name.starts_with('-'), "it begins with a dash"),
        (name.ends_with('.'), "it ends with a dot"),
        (name.contains(".."), "it has two dots in a row"),
        (name.contains("@{"), "it has `@{`"),
        (name.contains(forbidden), "it has a space, a control character, or one of ~ ^ : ? * [ \\"),
    ];
    let rule = rules.into_iter().find_map(|(broken, reason)| broken.then_some(reason));
    rule.or_else(|| name.split('/').find_map(broken_component_rule))
}

fn broken_component_rule(component: &str) -> Option<&'static str> {
    let lock = component.len() >= 5 && component.to_ascii_lowercase().ends_with(".lock");
    let rules = [
        (component.is_empty(), "a slash stands at its beginning, at its end, or beside another"),
        (component.starts_with('.'), "a part of it begins with a dot"),
        (lock, "a part of it ends with `.lock`"),
        (component.len() > LONGEST_COMPONENT, "a part of it is longer than 250 bytes"),
    ];
    rules.into_iter().find_map(|(broken, reason)| broken.then_some(reason))
}

/// The branch that is a directory of this one's path, or the reverse.
pub(super) fn in_the_way(branch: &str, taken: &BTreeSet<String>) -> Option<String> {
    let above = branch.match_indices('/').map(|(slash, _)| &branch[..slash]).find(|above| taken.contains(*above));
    let below = || {
        let directory = format!("{branch}/");
        taken.range(directory.clone()..).next().filter(|name| name.starts_with(&directory)).cloned()
    };
    above.map(str::to_owned).or_else(below)
}
