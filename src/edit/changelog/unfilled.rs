//! Placeholders: what a page holds where the number of a pull request belongs.
//!
//! Only lines that the base does not have are looked at: what others have left is theirs. What readers of the page do
//! not see (code, comments) is passed over.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use super::cell;
use super::choose::{pull_request_column, shorten, version_column};
use super::page::{Page, Table, after_line_ending, line_around, line_number};

/// Words that people write where a number is to come.
const WORDS: [&str; 10] = ["tbd", "tba", "tbc", "todo", "fixme", "pending", "unknown", "number", "pr", "x"];

/// A place that a number is missing at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    /// The line, from 1.
    pub line: usize,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A text that stands for a number.
    Placeholder(String),
    /// The row for this version has none.
    NoNumber(String),
}

impl fmt::Display for Unfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Placeholder(text) => write!(f, "`{text}` stands for the number of a pull request"),
            What::NoNumber(version) => write!(f, "the row for {version} names no pull request"),
        }
    }
}

/// What is not filled in among the lines of a page that its base does not have. The changelog's row for `version` must
/// have a number, too.
pub fn unfilled(base: &str, page: &str, version: Option<&str>) -> Vec<Unfilled> {
    let read = Page::read(page);
    let judge = |line: &Range<usize>| {
        let row = read.tables.iter().find_map(|table| in_row(page, table, line, version));
        row.or_else(|| in_text(&page[line.clone()]).map(What::Placeholder))
    };
    let own = own_lines(base, page).into_iter().filter(|line| read.hidden_at(line.start).is_none());
    own.filter_map(|line| Some(Unfilled { line: line_number(page, line.start), what: judge(&line)? })).collect()
}

/// The lines of a page that its base does not have, or not as often.
fn own_lines(base: &str, page: &str) -> Vec<Range<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    for line in lines(base) {
        *known.entry(base[line].trim()).or_default() += 1;
    }
    let is_own = |line: &Range<usize>| match known.get_mut(page[line.clone()].trim()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    };
    lines(page).filter(is_own).collect()
}

/// The lines of a text, without their endings.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let line = (start < text.len()).then(|| line_around(text, start))?;
        start = after_line_ending(text, line.end).max(line.end + usize::from(line.end == text.len()));
        Some(line)
    })
}

/// What is missing in a line that is a row of this table.
fn in_row(page: &str, table: &Table, line: &Range<usize>, version: Option<&str>) -> Option<What> {
    let row = table.rows.iter().find(|row| row.line == *line)?;
    let text = row.cell(page, pull_request_column(page, table)?);
    if is_placeholder(text) {
        return Some(What::Placeholder(shorten(text)));
    }
    let version = version.filter(|version| {
        version_column(page, table).is_some_and(|column| cell::is_version(row.cell(page, column), version))
    })?;
    (!has_number(text)).then(|| What::NoNumber(version.to_owned()))
}

/// What a cell says, and where it links to.
fn label_and_target(cell: &str) -> (&str, Option<&str>) {
    let link = cell.strip_prefix('[').and_then(|rest| rest.split_once("]("));
    link.map_or((cell, None), |(label, rest)| (label, Some(rest.split(')').next().unwrap_or(rest))))
}

/// Whether a cell for a number holds something that only stands for one.
fn is_placeholder(cell: &str) -> bool {
    if cell.is_empty() {
        return false;
    }
    let (label, target) = label_and_target(cell);
    if target.unwrap_or(label).contains("://") && link_without_number(cell).is_some() {
        return true;
    }
    if target.is_none() && label.contains("://") {
        return false;
    }
    let word = label.trim_matches(|c: char| c.is_whitespace() || "#\\*_`.…-".contains(c)).to_lowercase();
    let mut letters = word.chars();
    let first = letters.next();
    let repeated = word.chars().count() > 1 && first.is_some_and(|c| !c.is_ascii_digit() && letters.all(|l| l == c));
    let zero = !word.is_empty() && word.bytes().all(|b| b == b'0');
    let marked = ["${{", "⟨", "<", "{", "placeholder"].iter().any(|mark| word.contains(mark));
    first.is_none() || repeated || zero || marked || word == "?" || WORDS.contains(&word.as_str())
}

/// Whether a cell names a pull request, or the issue that some name instead.
fn has_number(cell: &str) -> bool {
    let (label, target) = label_and_target(cell);
    let number = |text: &str| text.parse::<u64>().is_ok_and(|number| number > 0);
    let word = label.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches(['*', '_', '`', ' ']);
    let linked = |part: &str| {
        let link = target.unwrap_or(label).split_once(part);
        link.is_some_and(|(_, rest)| number(rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()))
    };
    (number(word) && !label.contains("://")) || linked("/pull/") || linked("/issues/") || linked("/merge_requests/")
}

/// A placeholder in a line that need not be a row: a link to a pull request that has no number, or a value that cutover
/// itself did not know when it wrote the line.
fn in_text(line: &str) -> Option<String> {
    let unknown = line.find("⟨steps.").and_then(|at| Some(&line[at..at + line[at..].find('⟩')? + '⟩'.len_utf8()]));
    unknown.or_else(|| link_without_number(line)).map(shorten)
}

/// The first link to a pull request without a number, outside inline code.
fn link_without_number(line: &str) -> Option<&str> {
    line.match_indices("/pull/").find_map(|(at, part)| {
        let in_code = line[..at].matches('`').count() % 2 == 1;
        let begin =
            line[..at].rfind(|c: char| c.is_whitespace() || "(<|\"'".contains(c)).map_or(0, |before| before + 1);
        let is_address = line[begin..at].contains("://");
        let rest = &line[at + part.len()..];
        let number = rest.split(|c: char| c.is_whitespace() || ")|>]\"'/#?`,;.".contains(c)).next().unwrap_or_default();
        let sound = number.parse::<u64>().is_ok_and(|number| number > 0);
        (is_address && !in_code && !sound).then(|| &line[begin..at + part.len() + number.len()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# X\n\n| Version | Date | Pull Request | Subject |\n|:--|:--|:--|:--|\n";
    const OLD: &str = "| 0.1.0 | 2023-01-01 | [TBD](https://git.example/o/r/pull/TBD) | First |\n";

    fn page(row: &str) -> String {
        format!("{HEAD}{row}\n{OLD}")
    }

    /// What is said of a new row with this cell.
    fn said(cell: &str) -> Vec<String> {
        let page = page(&format!("| 0.1.1 | 2023-10-25 | {cell} | Moved |"));
        unfilled(&format!("{HEAD}{OLD}"), &page, Some("0.1.1"))
            .iter()
            .map(|found| format!("{}: {found}", found.line))
            .collect()
    }

    #[test]
    fn what_people_have_written_where_a_number_was_to_come_is_found() {
        for cell in [
            "[TBD](https://git.example/o/r/pull/TBD)",
            "[TODO](https://git.example/o/r/pull/TODO)",
            "[XXX](https://git.example/o/r/pull/XXX)",
            "[QQQQ](https://git.example/o/r/pull/QQQQ)",
            "[*****](https://git.example/o/r/pull/*****)",
            "[Init](https://git.example/o/r/pull/)",
            "[](https://git.example/o/r/pull/)",
            "[Init](https://git.example/o/r/pull/<yet>)",
            "[\\#107](https://git.example/o/r/pull/)",
            "[#0](https://git.example/o/r/pull/0)",
            "[TBD](https://git.example/o/r/pull/107)",
            "[107](https://git.example/o/r/pull/xxx)",
            "https://git.example/o/r/pull/XXXX",
            "*PR_NUMBER_PLACEHOLDER*",
            "[${{ steps.open.number }}](https://git.example/o/r/pull/7)",
            "[⟨steps.open.number⟩](https://git.example/o/r/pull/⟨steps.open.number⟩)",
            "TBA",
            "`TBD`",
            "Unknown",
            "<number>",
            "#",
            "???",
            "?",
            "#0",
            "0",
            "-",
        ] {
            let said = said(cell);
            assert_eq!(said.len(), 1, "{cell}: {said:?}");
            assert!(
                said[0].starts_with("5: `") && said[0].ends_with("stands for the number of a pull request"),
                "{said:?}"
            );
        }
    }

    #[test]
    fn a_row_of_the_new_version_names_a_pull_request() {
        for cell in ["", "[GitHub](https://git.example/o/r/releases/v1)", "first release"] {
            assert_eq!(said(cell), ["5: the row for 0.1.1 names no pull request"], "{cell}");
        }
    }

    #[test]
    fn numbers_in_every_dress_are_numbers() {
        for cell in [
            "[107](https://git.example/o/r/pull/107)",
            "[\\#107](https://git.example/o/r/pull/107)",
            "[PR 107](https://git.example/o/r/pull/107/)",
            "[107](https://git.example/o/r/pull/107/commits/ff5f7066c0f8eac)",
            "[107](https://git.example/o/r/issues/107)",
            "https://git.example/o/r/pull/107",
            "107",
            "#107",
            "**107**",
        ] {
            assert_eq!(said(cell), Vec::<String>::new(), "{cell}");
        }
    }

    #[test]
    fn a_row_of_another_version_may_be_without_a_number_but_not_with_a_placeholder() {
        let found = |row: &str| unfilled(&format!("{HEAD}{OLD}"), &page(row), Some("0.1.1"));
        assert_eq!(found("| 0.0.9 | 2022-01-01 | | Lost |"), []);
        assert_eq!(found("| 0.0.9 | 2022-01-01 | TBD | Lost |").len(), 1);
    }

    #[test]
    fn what_the_base_has_already_is_not_ours() {
        let base = page("| 0.1.1 | 2023-10-25 | TBD | Moved |");
        assert_eq!(unfilled(&base, &base, Some("0.1.1")), []);
        assert_eq!(unfilled(&base, &base.replace('\n', "\r\n"), Some("0.1.1")), [], "line ends make no line new");
        let twice = base.replace("| Moved |\n", "| Moved |\n| 0.1.1 | 2023-10-25 | TBD | Moved |\n");
        assert_eq!(unfilled(&base, &twice, None).len(), 1);
    }

    #[test]
    fn links_are_looked_at_outside_of_tables_too() {
        let lines = |text: &str| unfilled("", text, None).iter().map(|found| found.line).collect::<Vec<_>>();
        assert_eq!(lines("Fine.\r\n\r\nSee https://git.example/o/r/pull/TBD, please.\r\n"), [3]);
        assert_eq!(lines("* 1.0: [#xxx](https://git.example/o/r/pull/xxx)"), [1]);
        assert_eq!(lines("Since ⟨steps.open.number⟩ it is so."), [1]);
        for fine in [
            "A fetch/pull/push cycle, `https://git.example/o/r/pull/N`, https://git.example/o/r/pull/7.",
            "```\nhttps://git.example/o/r/pull/TBD\n```\n\n<!-- https://git.example/o/r/pull/TBD -->\n",
        ] {
            assert!(lines(fine).is_empty(), "{fine}");
        }
    }
}
