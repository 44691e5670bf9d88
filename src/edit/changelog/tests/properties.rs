//! What holds for every table, whatever its look.

use super::*;
use proptest::prelude::*;

/// How a generated table looks.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each habit is independent of the others")]
struct Look {
    padded: bool,
    leading: bool,
    trailing: bool,
    tight: bool,
    dress: &'static str,
    prefix: &'static str,
    ending: &'static str,
    columns: [usize; 4],
    oldest_first: bool,
}

fn look() -> impl Strategy<Value = Look> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let dress = prop_oneof![Just(""), Just("`"), Just("**")];
    let prefix = prop_oneof![Just(""), Just("#"), Just("\\#")];
    let ending = prop_oneof![Just("\n"), Just("\r\n")];
    let columns = Just([0, 1, 2, 3]).prop_shuffle();
    (flags, dress, prefix, ending, columns).prop_map(|(flags, dress, prefix, ending, columns)| Look {
        padded: flags.0,
        leading: flags.1,
        trailing: flags.2,
        tight: flags.3 && !flags.0,
        oldest_first: flags.4,
        dress,
        prefix,
        ending,
        columns,
    })
}

impl Look {
    fn line(&self, cells: &[String; 4], widths: [usize; 4]) -> String {
        let space = if self.tight { "" } else { " " };
        let cell = |at: &usize| {
            let width = if self.padded { widths[*at] } else { 0 };
            format!("{space}{:width$}{space}", cells[*at])
        };
        let cells: Vec<String> = self.columns.iter().map(cell).collect();
        let line = cells.join("|");
        let line = if self.leading { format!("|{line}") } else { line.trim_start().to_owned() };
        if self.trailing { format!("{line}|") } else { line.trim_end().to_owned() }
    }

    /// The table of these patch numbers, newest first unless the look says otherwise.
    fn table(&self, patches: &[u64]) -> Vec<String> {
        let mut rows: Vec<[String; 4]> = patches.iter().map(|patch| self.cells(*patch)).collect();
        if self.oldest_first {
            rows.reverse();
        }
        let names = ["Version", "Date", "Pull Request", "Subject"].map(str::to_owned);
        let width = |at: usize| rows.iter().map(|row| row[at].len()).chain([names[at].len(), 3]).max().unwrap();
        let widths = [0, 1, 2, 3].map(width);
        let rule = widths.map(|width| "-".repeat(if self.padded { width } else { 3 }));
        let lines = [names, rule].into_iter().chain(rows);
        lines.map(|cells| self.line(&cells, widths)).collect()
    }

    fn cells(&self, patch: u64) -> [String; 4] {
        let number = 100 + patch;
        [
            format!("{0}0.1.{patch}{0}", self.dress),
            format!("2023-02-{:02}", patch % 28 + 1),
            format!("[{}{number}](https://github.com/acme/mono/pull/{number})", self.prefix),
            "x".repeat(usize::try_from(patch % 7).unwrap() * 5 + 1),
        ]
    }
}

proptest! {
    #[test]
    fn one_row_is_added_in_the_tables_own_style_and_twice_is_once(
        look in look(),
        mut patches in prop::collection::btree_set(0u64..90, 0..12),
        before in "(# A\n|text\n\n|\n|- item\n\n|```\n\\| Version \\| Date \\| PR \\| Notes \\|\n```\n){0,4}",
        after in prop_oneof![Just(""), Just("\n"), Just("\n\n"), Just("\n\ntext\n"), Just("\n\n## B\n\n| a |\n|---|\n")],
    ) {
        // A single old row at the bottom of an oldest-first table cannot be told from newest first.
        if patches.len() < 2 && look.oldest_first {
            patches = [3, 7].into();
        }
        let patches: Vec<u64> = patches.into_iter().rev().collect();
        let table = look.table(&patches);
        let page = format!("{before}\n\n## Changelog\n\n{}{after}", table.join("\n")).replace('\n', look.ending);
        let new = Entry { pull_request: Some(PullRequestNumber::Number(190)), message: "x".repeat(31), ..entry("0.1.90") };
        let added = add_alone(&page, &new).unwrap();
        let (_, line) = added_line(&page, &added);

        let mut cells = look.cells(90);
        if patches.is_empty() {
            cells[0] = "0.1.90".to_owned();
            cells[2] = "[190](https://github.com/acme/mono/pull/190)".to_owned();
        }
        cells[1] = "2026-11-22".to_owned();
        cells[3] = "x".repeat(31);
        let found: Vec<&str> = split_cells(&line, 0..line.len()).into_iter().map(|cell| line[cell].trim()).collect();
        let expected: Vec<&String> = look.columns.iter().map(|at| &cells[*at]).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(line.starts_with('|'), look.leading);
        prop_assert_eq!(line.ends_with('|'), look.trailing);

        let rows: Vec<&str> = added.edit.text.lines().collect();
        let at = rows.iter().position(|row| *row == line).unwrap();
        let top = rows[at - 1] == table[1];
        prop_assert_eq!(top, !look.oldest_first || patches.is_empty(), "{}", added.edit.text);

        prop_assert!(!add_alone(&added.edit.text, &new).unwrap().edit.changed());
        let next = Entry { version: "0.1.91".parse().unwrap(), ..new };
        let after_next = add_alone(&added.edit.text, &next).unwrap();
        added_line(&added.edit.text, &after_next);
    }

    #[test]
    fn padded_tables_stay_padded(mut look in look(), patches in prop::collection::btree_set(0u64..90, 3..12)) {
        (look.padded, look.leading, look.trailing, look.tight) = (true, true, true, false);
        let patches: Vec<u64> = patches.into_iter().rev().collect();
        let table = look.table(&patches);
        let page = page(&table.join("\n"));
        let new = Entry { pull_request: Some(PullRequestNumber::Number(1)), message: "x".to_owned(), ..entry("0.1.90") };
        let (_, line) = added_line(&page, &add_alone(&page, &new).unwrap());
        let pipes = |line: &str| line.match_indices('|').map(|(at, _)| at).collect::<Vec<_>>();
        // The widest version may be one digit short of 0.1.90; only that column may overflow.
        let narrow = patches.iter().all(|patch| *patch < 10);
        prop_assert!(narrow || pipes(&line) == pipes(&table[1]), "{}\n{}", table[1], line);
    }

    #[test]
    fn any_text_is_answered_without_a_panic(text in "(\\| Version \\| Date \\| PR \\| Notes \\|\n|[|: -]{0,9}\n|\\| 0.1.0 \\| 2023-01-01 \\| \\| a \\|\n|> |- |```\n|<!--\n|\r\n|é){0,12}") {
        if let Ok(added) = add_alone(&text, &entry("0.1.1")) && added.edit.changed() {
            added_line(&text, &added);
        }
    }
}
