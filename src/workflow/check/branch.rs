//! The branch's name: legal for git, and different for each connector.

use super::super::findings::Findings;
use super::super::read::{Draft, Owner, Site};
use crate::expression::Template;

/// What differs between any two connectors. Others may be shared: pages are, and so are directories' names.
const DISTINGUISHING: &[&str] = &["name", "path", "metadata_path"];

/// Checks `branch`, where the file has it.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    for site in draft.sites.iter().filter(|site| site.owner == Owner::Branch) {
        let Ok(template) = Template::parse(site.text) else { continue };
        let references = template.references();
        let distinguishes = references.iter().any(|reference| match reference.path.as_slice() {
            [root, name, ..] if root == "connector" => DISTINGUISHING.contains(&name.as_str()),
            _ => false,
        });
        let whole = site.locate(findings, &(0..site.text.len()));
        if !distinguishes {
            let finding = findings.error("shared-branch", whole, "all connectors would share this branch");
            let hint =
                format!("Put the connector's name into it, as in `{}/${{{{ connector.name }}}}`.", stem(site.text));
            findings.add(finding.hint(hint));
        } else if let Some(reason) = illegal(site) {
            let finding = findings.error("invalid-branch", whole, format!("git allows no branch with {reason}"));
            findings.add(finding.hint("Use letters, digits, `-`, `_`, `.` and `/` around the `${{ }}`."));
        }
    }
}

/// The name up to its first `${{ }}`, as a start for the suggestion.
fn stem(text: &str) -> &str {
    let literal = text.split("${{").next().unwrap_or("").trim_end_matches(['/', '-', '_', '.']);
    if literal.is_empty() { "migration" } else { literal }
}

/// What git's rules for references (git-check-ref-format) forbid in the literal parts.
fn illegal(site: &Site<'_>) -> Option<&'static str> {
    let literal = with_letters_for_expressions(site.text);
    let forbidden = |letter: char| letter.is_ascii_control() || "~^:?*[\\".contains(letter);
    if literal.contains(char::is_whitespace) {
        Some("a space in its name")
    } else if literal.contains(forbidden) {
        Some("a control character or one of `~^:?*[\\` in its name")
    } else if literal.contains("..") || literal.contains("@{") || literal.contains("//") {
        Some("`..`, `@{` or `//` in its name")
    } else if literal.starts_with(['-', '/']) || literal.ends_with(['/', '.']) {
        Some("a name that begins with `-` or `/`, or ends with `/` or `.`")
    } else if literal.split('/').any(|part| part.starts_with('.') || part.to_lowercase().ends_with(".lock")) {
        Some("a part that begins with `.` or ends with `.lock`")
    } else {
        None
    }
}

/// The text with each `${{ … }}` as the letter `x`.
fn with_letters_for_expressions(text: &str) -> String {
    let mut parts = text.split("${{");
    let mut literal = parts.next().unwrap_or("").to_owned();
    for part in parts {
        literal.push('x');
        literal.push_str(part.split_once("}}").map_or("", |(_, rest)| rest));
    }
    literal
}
