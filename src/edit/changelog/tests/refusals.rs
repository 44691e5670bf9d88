//! What is refused: each with its reason, its line and what to do.

use super::*;

fn refused(page: &str) -> ChangelogError {
    add_alone(page, &entry("0.1.1")).unwrap_err()
}

#[test]
fn every_refusal_says_where_and_what_to_do() {
    let header = "| Version | Date | Pull Request | Subject |\n";
    let one = row("0.1.0");
    let pages = [
        ("no table", "# Widget\n\nVersion, date | nothing\n".to_owned()),
        ("no delimiter", page(&format!("{header}{one}\n"))),
        ("odd delimiter", page(&format!("{header}|:--*|---|---|---|\n{one}\n"))),
        ("late delimiter", page(&format!("{header}{one}\n|---|---|---|---|\n"))),
        ("blank line", page(&format!("{HEAD}\n{one}\n"))),
        ("blank line, oldest first", page_of(&[&row("0.0.8"), &row("0.0.9"), "", &one])),
        ("no leading pipe", page_of(&[&one[1..]])),
        ("leading pipe unlike the header", page(&format!("Version | Date | PR | Notes\n---|---|---|---\n{one}\n"))),
        ("code block", page(&format!("```\n{HEAD}{one}\n```\n"))),
        ("comment", page(&format!("<!--\n\n{HEAD}{one}\n\n-->\n"))),
        ("HTML block", page(&format!("<details>\n{HEAD}{one}\n</details>\n"))),
        ("list", page(&format!("- Changes:\n\n  {}  {one}\n", HEAD.replace("|\n|", "|\n  |")))),
        ("missing column", page("| Version | Date | Subject |\n|---|---|---|\n| 0.1.0 | 2023-02-03 | First |\n")),
        ("column twice", page("| Version | Date | Date of PR | PR | Notes |\n|---|---|---|---|---|\n")),
        ("unknown column", page("| Version | Date | PR | Author | Notes |\n|---|---|---|---|---|\n")),
        ("two in one", page("| Version | Date | PR subject | Team |\n|---|---|---|---|\n")),
        ("two tables", format!("{}\n## Older\n\n{HEAD}{one}\n", page_of(&[&one]))),
        ("a table and half a table", format!("{}\n## Older\n\n{header}{one}\n", page_of(&[&one]))),
        ("another's table", page_of(&[&one]).replace("## Changelog", "## Changelog of source-gadget")),
        ("no order", page_of(&[&row("0.0.9"), &row("0.1.0"), &row("0.0.9")])),
        ("no version", page_of(&["| unreleased | | | soon |", &one])),
        ("newest is higher", page_of(&[&row("0.2.0"), &one])),
        ("version taken", page_of(&[&row("0.1.1"), &one])),
    ];
    let said: Vec<String> = pages
        .iter()
        .map(|(name, page)| {
            let error = refused(page);
            format!("{name}\n  {error}\n  {}", error.hint())
        })
        .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn what_cannot_stand_in_a_row_is_refused() {
    let page = page_of(&[&row("0.1.0")]);
    let message = |text: &str| add_alone(&page, &Entry { message: text.to_owned(), ..entry("0.1.1") }).unwrap_err();
    for text in ["", "  ", "two\nlines", "two\r\nlines", "a\u{2028}b", "bell \u{7}"] {
        assert!(matches!(message(text), ChangelogError::Message(_)), "{text:?}");
    }
    assert_eq!(
        message("two\nlines").to_string(),
        "the changelog message has a line break or another control character in it"
    );
    for url in ["", "https://github.com/a b", "https://x/(y)", "https://x/a|b", "https://x/\n"] {
        let entry = Entry { repository_url: url.to_owned(), ..entry("0.1.1") };
        assert_eq!(add_alone(&page, &entry).unwrap_err(), ChangelogError::Link(url.to_owned()));
    }
    let unknown = Some(PullRequestNumber::Unknown("a|b".to_owned()));
    let error = add_alone(&page, &Entry { pull_request: unknown, ..entry("0.1.1") }).unwrap_err();
    assert_eq!(error.to_string(), "`a|b` cannot stand in the link to a pull request");
}

#[test]
fn a_shared_page_explains_a_taken_version_in_its_own_way() {
    let shared = ["source-gadget".to_owned()];
    let about = About { shared_with: &shared, ..ALONE };
    let error = add(&page_of(&[&row("0.1.1")]), &entry("0.1.1"), &about).unwrap_err();
    assert!(error.hint().starts_with("Other connectors use this page"), "{}", error.hint());
}

#[test]
fn examples_in_code_blocks_and_other_tables_are_no_second_changelog() {
    let example = format!("```\n{HEAD}{}\n```\n\n<!--\n{HEAD}\n-->\n\n", row("9.9.9"));
    let text = format!(
        "{example}{}\n## Limits\n\n| Version | Date |\n|---|---|\n| 1 | 2020-01-01 |\n",
        page_of(&[&row("0.1.0")])
    );
    assert!(new_row(&text).starts_with("| 0.1.1 | 2026-11-22 |"));
}

#[test]
fn a_higher_version_further_down_is_mentioned_and_does_not_stop_the_row() {
    let added = add_alone(&page_of(&[&row("0.1.0"), &row("0.22.0"), &row("0.0.1")]), &entry("0.1.1")).unwrap();
    assert_eq!(added.warnings, ["the row at line 14 is for 0.22.0, above 0.1.1"]);
}

#[test]
fn a_table_that_ends_at_a_heading_html_or_another_table_gets_its_row() {
    for after in ["## Next\n", "<div>\n", "\n| a | b |\n|---|---|\n| 1 | 2 |\n", "\nText with | one pipe.\n"] {
        for rows in [[row("0.1.0"), row("0.0.9")], [row("0.0.9"), row("0.1.0")]] {
            let page = page(&format!("{HEAD}{}\n{after}", rows.join("\n")));
            assert!(new_row(&page).starts_with("| 0.1.1 | "), "{after:?}");
        }
    }
}

#[test]
fn an_empty_table_takes_its_first_row_even_at_the_end_of_the_file() {
    for ending in ["", "\n", "\n\n## Next\n"] {
        let page = page(&format!("{}{ending}", HEAD.trim_end()));
        assert!(new_row(&page).starts_with("| 0.1.1 | 2026-11-22 | [4711]"), "{ending:?}");
    }
}

#[test]
fn pages_of_any_shape_are_an_error_and_never_a_panic() {
    for text in [
        "",
        "|",
        "| Version |",
        "|\n|-|\n",
        "\u{feff}",
        "é|è\n-|-\n",
        "| Version | Date | PR | Notes |",
        "\r",
        "||||\n||||\n",
    ] {
        assert!(add_alone(text, &entry("0.1.1")).is_err(), "{text:?}");
    }
}
