//! The changelog row, as specifications: the traps by their numbers, the look of rows, what is refused, and what
//! holds for every table.

mod look;
mod properties;
mod refusals;
mod traps;

use super::*;

/// A table's usual first two lines, unpadded.
const HEAD: &str = "| Version | Date | Pull Request | Subject |\n| :--- | :--- | :--- | :--- |\n";

/// A page with a changelog of this text at its end.
fn page(changelog: &str) -> String {
    format!(
        "# Widget\n\nSyncs widgets | and more.\n\n| Stream | Key |\n| --- | --- |\n| items | id |\n\n## Changelog\n\n{changelog}"
    )
}

/// A page with an unpadded changelog of these rows.
fn page_of(rows: &[&str]) -> String {
    page(&format!("{HEAD}{}\n", rows.join("\n")))
}

/// An unpadded row.
fn row(version: &str) -> String {
    format!("| {version} | 2023-02-03 | [7](https://github.com/acme/mono/pull/7) | About {version} |")
}

fn entry(version: &str) -> Entry {
    Entry {
        version: version.parse().unwrap(),
        date: jiff::civil::date(2026, 11, 22),
        pull_request: Some(PullRequestNumber::Number(4711)),
        message: "Use the base image".to_owned(),
        repository_url: "https://github.com/acme/mono".to_owned(),
    }
}

const ALONE: About<'static> = About { connector: "source-widget", shared_with: &[], current_version: None };

fn add_alone(page: &str, entry: &Entry) -> Result<Added, ChangelogError> {
    add(page, entry, &ALONE)
}

/// The one line that an edit added and its number, after checking that it added nothing else.
fn added_line(page: &str, added: &Added) -> (usize, String) {
    let [splice] = added.edit.splices.as_slice() else { panic!("one splice, not {:?}", added.edit.splices) };
    assert!(splice.range.is_empty(), "nothing is replaced");
    let without = added.edit.text.replacen(&splice.text, "", 1);
    assert_eq!(without, page, "the page without the row is the old page");
    let line = line_number(&added.edit.text, splice.range.start + usize::from(splice.text.starts_with(['\n', '\r'])));
    (line, splice.text.trim_matches(['\n', '\r']).to_owned())
}

/// The row that 0.1.1 gets on this page, after checking that adding it again changes nothing.
fn new_row(page: &str) -> String {
    let entry = entry("0.1.1");
    let added = add_alone(page, &entry).unwrap();
    let again = add_alone(&added.edit.text, &entry).unwrap();
    assert!(!again.edit.changed(), "the second time changes nothing");
    added_line(page, &added).1
}
