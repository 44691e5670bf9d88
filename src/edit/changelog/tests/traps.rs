//! One test for each trap that lies in this part, by its number.

use super::*;

#[test]
fn trap_17_two_connectors_of_one_version_line_share_one_row() {
    let page = page_of(&[&row("1.0.0")]);
    let shared = ["source-widget-strict".to_owned()];
    let base = About { shared_with: &shared, ..ALONE };
    let first = add(&page, &entry("1.0.1"), &base).unwrap();

    let shared = ["source-widget".to_owned()];
    let sibling = About { connector: "source-widget-strict", shared_with: &shared, current_version: None };
    let other = Entry { pull_request: Some(PullRequestNumber::Number(4712)), ..entry("1.0.1") };
    let second = add(&first.edit.text, &other, &sibling).unwrap();
    assert!(!second.edit.changed());
    assert_eq!(second.detail, "the row for 1.0.1 is there already (line 13)");
    assert_eq!(second.warnings, ["the row for 1.0.1 (line 13) names pull request 4711, not 4712"]);
}

#[test]
fn trap_17_two_version_lines_in_one_table_both_get_their_rows_whichever_runs_first() {
    let page = page_of(&[&row("2.1.4"), &row("2.1.3"), &row("0.2.5")]);
    let (ours, theirs) = (["source-widget-singer".to_owned()], ["source-widget".to_owned()]);
    let new = About { shared_with: &ours, ..ALONE };
    let old = About { connector: "source-widget-singer", shared_with: &theirs, current_version: None };
    let (new_entry, old_entry) = (entry("2.1.5"), entry("0.2.6"));

    let new_first = add(&page, &new_entry, &new).unwrap();
    let then_old = add(&new_first.edit.text, &old_entry, &old).unwrap();
    let old_first = add(&page, &old_entry, &old).unwrap();
    let then_new = add(&old_first.edit.text, &new_entry, &new).unwrap();

    for text in [&then_old.edit.text, &then_new.edit.text] {
        assert!(text.contains("| 2.1.5 | 2026-11-22 |") && text.contains("| 0.2.6 | 2026-11-22 |"), "{text}");
    }
    assert_eq!(
        then_old.warnings,
        ["the newest row (line 13) is for 2.1.5, above 0.2.6: the page is shared with source-widget, so the table \
          holds more than one line of versions"]
    );
}

#[test]
fn trap_18_of_two_tables_the_one_under_the_connectors_name_is_taken() {
    let table = |rows: &str| format!("{HEAD}{rows}\n");
    let page = page(&format!(
        "{}\n## CHANGELOG source-widget-strict-encrypt\n\n{}",
        table(&row("0.1.0")),
        table(&row("0.1.0"))
    ));
    let line_for = |connector: &str, shared: &str| {
        let shared = [shared.to_owned()];
        let about = About { connector, shared_with: &shared, current_version: None };
        added_line(&page, &add(&page, &entry("0.1.1"), &about).unwrap()).0
    };
    assert_eq!(line_for("source-widget-strict-encrypt", "source-widget"), 19);
    assert_eq!(line_for("source-widget", "source-widget-strict-encrypt"), 13);
}

#[test]
fn trap_18_of_two_tables_without_names_none_is_taken() {
    let page = format!("{}\n### Older versions\n\n{HEAD}{}\n", page_of(&[&row("0.1.0")]), row("0.0.9"));
    let error = add_alone(&page, &entry("0.1.1")).unwrap_err();
    assert_eq!(error, ChangelogError::SeveralTables { lines: vec![11, 17], connector: "source-widget".into() });
}

#[test]
fn trap_18_a_table_without_a_name_is_not_ours_when_two_others_have_ours() {
    let table = format!("{HEAD}{}\n", row("0.1.0"));
    let page = page(&format!("{table}\n## source-widget 1\n\n{table}\n## source-widget 2\n\n{table}"));
    assert!(matches!(add_alone(&page, &entry("0.1.1")), Err(ChangelogError::SeveralTables { .. })));
}

#[test]
fn trap_19_a_table_without_a_delimiter_is_none() {
    let page = page(&format!("| Version | Date | Pull Request | Subject |\n{}\n{}\n", row("0.1.0"), row("0.0.9")));
    assert_eq!(add_alone(&page, &entry("0.1.1")).unwrap_err(), ChangelogError::DelimiterMissing { header: 11 });
}

#[test]
fn trap_19_a_delimiter_after_the_first_row_makes_another_table() {
    let page = page(&format!(
        "| Version | Date | Pull Request | Subject |\n{}\n| :--- | :--- | :--- | :--- |\n",
        row("0.1.0")
    ));
    let error = add_alone(&page, &entry("0.1.1")).unwrap_err();
    assert_eq!(error, ChangelogError::DelimiterMisplaced { header: 11, line: 13 });
}

#[test]
fn trap_19_a_blank_line_before_the_rows_cuts_them_off() {
    for rows in [row("0.1.0"), row("0.1.0")[2..].to_owned()] {
        let page = page(&format!("{HEAD}\n{rows}\n"));
        let error = add_alone(&page, &entry("0.1.1")).unwrap_err();
        assert_eq!(error, ChangelogError::RowsDetached { header: 11, line: 13 }, "{rows}");
    }
}

#[test]
fn trap_19_rows_without_the_leading_pipe_that_the_header_has_are_not_trusted() {
    let page = page_of(&[&row("0.1.0")[1..], &row("0.0.9")[1..]]);
    let error = add_alone(&page, &entry("0.1.1")).unwrap_err();
    assert_eq!(error, ChangelogError::LeadingPipe { header: 11, line: 13, pipe: false });
}

#[test]
fn trap_19_a_delimiter_with_other_characters_or_too_few_cells_is_named() {
    for (delimiter, reason) in [
        ("| :---* | :---* | :---* | :---* |", "its cell 1 is `:---*`"),
        ("|:---|:---|:---|      |", "its cell 4 is empty"),
        ("|:---|:---|:---|", "it has 3 cells, the header 4"),
    ] {
        let page = page(&format!("| Version | Date | Pull Request | Subject |\n{delimiter}\n{}\n", row("0.1.0")));
        let error = add_alone(&page, &entry("0.1.1")).unwrap_err();
        assert_eq!(error, ChangelogError::DelimiterMalformed { line: 12, reason: reason.to_owned() });
    }
}

#[test]
fn trap_20_oldest_first_tables_get_their_row_at_the_end() {
    let page = page_of(&[&row("0.0.8"), &row("0.0.9"), &row("0.0.10")]);
    let added = add_alone(&page, &entry("0.1.1")).unwrap();
    assert_eq!(added_line(&page, &added).0, 16);
    assert_eq!(added.detail, "row for 0.1.1 at the end of the table, whose order is oldest first (line 16)");
}

#[test]
fn trap_20_one_row_out_of_order_does_not_turn_the_table_around() {
    let page = page_of(&[&row("0.0.8"), &row("0.0.9"), &row("0.1.0"), &row("0.0.7"), &row("0.0.6"), &row("0.0.5")]);
    let added = add_alone(&page, &entry("0.1.1")).unwrap();
    assert_eq!(added_line(&page, &added).0, 13);
    assert_eq!(added.detail, "row for 0.1.1 at the top of the table (line 13)");
}

#[test]
fn trap_20_a_misprint_at_the_end_does_not_turn_the_table_around() {
    let page = page_of(&[&row("0.1.0"), &row("0.0.9"), &row("0.0.8"), &row("0.22.0")]);
    assert_eq!(added_line(&page, &add_alone(&page, &entry("0.1.1")).unwrap()).0, 13);
}

#[test]
fn trap_20_equal_versions_are_ordered_by_their_dates() {
    let dated = |day: u8| format!("| 0.1.0 | 2023-02-{day:02} | | a |");
    let page = page_of(&[&dated(2), &dated(5), &dated(9), &dated(1)]);
    assert_eq!(added_line(&page, &add_alone(&page, &entry("0.1.1")).unwrap()).0, 17);
}

#[test]
fn trap_20_columns_are_found_by_their_names_in_any_order() {
    for (head, expected) in [
        (
            "| Version | Date | Pull Request | Description |",
            "| 0.1.1 | 2026-11-22 | [4711](https://github.com/acme/mono/pull/4711) | Use the base image |",
        ),
        (
            "| version | date | pull-request | Notes |",
            "| 0.1.1 | 2026-11-22 | [4711](https://github.com/acme/mono/pull/4711) | Use the base image |",
        ),
        (
            "| Release date | Changes | PR | Version |",
            "| 2026-11-22 | Use the base image | [4711](https://github.com/acme/mono/pull/4711) | 0.1.1 |",
        ),
    ] {
        assert_eq!(new_row(&page(&format!("{head}\n|---|---|---|---|\n"))), expected);
    }
}

#[test]
fn trap_21_a_page_that_is_ahead_of_the_metadata_gets_no_second_row() {
    let page = page_of(&[&row("0.1.1"), &row("0.1.0")]);
    let error = add_alone(&page, &entry("0.1.1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is a row for 0.1.1 already (line 13), and it says something else: `About 0.1.1`"
    );
    assert!(error.hint().starts_with("The page is ahead of the metadata."));
}

#[test]
fn trap_21_a_page_behind_or_ahead_of_the_metadata_is_mentioned() {
    let page = page_of(&[&row("0.1.0")]);
    let warnings = |current: &str, new: &str| {
        let current = current.parse().unwrap();
        let about = About { current_version: Some(&current), ..ALONE };
        add(&page, &entry(new), &about).unwrap().warnings
    };
    assert_eq!(
        warnings("0.1.4", "0.1.5"),
        ["the newest row (line 13) is for 0.1.0 while the connector is at 0.1.4: a row is missing"]
    );
    assert_eq!(
        warnings("0.0.9", "0.2.0"),
        ["the newest row (line 13) is for 0.1.0 while the connector is at 0.0.9: the page is ahead"]
    );
    assert!(warnings("0.1.0", "0.1.1").is_empty());
}

#[test]
fn trap_22_impossible_dates_and_odd_rows_elsewhere_do_not_matter() {
    let page = page_of(&[
        &row("0.1.0"),
        "| 0.0.9 | 2023-22-17 | [\\#6](https://github.com/acme/mono/pull/6) | impossible date |",
        "| 0.0.8(broken) | 2022-10-?? | none | a | b | too many |",
        "| 0.0.7 | two only |",
        "|  | 2022-01-01 | [5](https://github.com/acme/mono/pull/5) | no version, no closing pipe",
        "a stray line that belongs to the table",
        "| `0.0.6` | | [#4](https://github.com/acme/mono/issues/4) | mixed |",
    ]);
    assert_eq!(
        new_row(&page),
        "| 0.1.1 | 2026-11-22 | [4711](https://github.com/acme/mono/pull/4711) | Use the base image |"
    );
}

#[test]
fn trap_23_in_a_padded_table_the_row_is_padded_and_no_other_row_changes() {
    let page = page(
        "| Version | Date       | Pull Request                                       | Subject                        |\n\
         |:--------|:-----------|:---------------------------------------------------|:-------------------------------|\n\
         | 0.1.0   | 2023-02-03 | [12345](https://github.com/acme/mono/pull/12345)   | First release of the connector |\n\
         | 0.0.9   | 2023-02-01 | [11](https://github.com/acme/mono/pull/11)         | A try                          |\n",
    );
    assert_eq!(
        new_row(&page),
        "| 0.1.1   | 2026-11-22 | [4711](https://github.com/acme/mono/pull/4711)     | Use the base image             |"
    );
}

#[test]
fn trap_24_the_end_of_the_file_stays_as_it_was_found() {
    for ending in ["", "\n", "\n\n\n", "\r\n", "\n\n<!-- end -->"] {
        for rows in [[row("0.1.0"), row("0.0.9")], [row("0.0.9"), row("0.1.0")]] {
            let page = page(&format!("{HEAD}{}{ending}", rows.join("\n")));
            let added = add_alone(&page, &entry("0.1.1")).unwrap();
            added_line(&page, &added);
            let text = added.edit.text;
            assert_eq!(
                text.trim_end_matches(['\n', '\r']).len() + ending.len(),
                text.len() + text_after(ending),
                "{ending:?}"
            );
        }
    }
}

/// How much of an ending is not line endings.
fn text_after(ending: &str) -> usize {
    ending.trim_end_matches(['\n', '\r']).len()
}

#[test]
fn trap_24_windows_line_endings_stay_and_the_new_row_has_one() {
    for rows in [[row("0.1.0"), row("0.0.9")], [row("0.0.9"), row("0.1.0")]] {
        for ending in ["\n", ""] {
            let page = page(&format!("{HEAD}{}{ending}", rows.join("\n"))).replace('\n', "\r\n");
            let added = add_alone(&page, &entry("0.1.1")).unwrap();
            let text = &added.edit.text;
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
            assert_eq!(text.matches('\n').count(), page.matches('\n').count() + 1);
            assert_eq!(text.ends_with('\n'), page.ends_with('\n'));
        }
    }
}

#[test]
fn trap_24_lone_carriage_returns_are_line_endings_too() {
    let page = page_of(&[&row("0.1.0"), &row("0.0.9")]).replace('\n', "\r");
    let added = add_alone(&page, &entry("0.1.1")).unwrap();
    assert_eq!(added_line(&page, &added).0, 13);
    assert!(!added.edit.text.contains('\n'));
}

#[test]
fn trap_25_a_version_is_compared_as_a_whole_cell() {
    let page = page_of(&[&row("0.1.10"), &row("0.1.9"), "| 0.1.0 | 2023-01-01 | | mentions 0.1.11 |"]);
    let shared = ["source-gadget".to_owned()];
    let about = About { shared_with: &shared, ..ALONE };
    for version in ["0.1.11", "0.1.1", "0.1.91", "10.1.9"] {
        assert!(add(&page, &entry(version), &about).unwrap().edit.changed(), "{version}");
    }
    assert!(matches!(add(&page, &entry("0.1.9"), &about), Err(ChangelogError::VersionTaken { line: 14, .. })));
}

#[test]
fn trap_25_backticks_a_v_and_spaces_do_not_hide_a_version() {
    for cell in ["`0.1.1`", "v0.1.1", "**0.1.1**", "  0.1.1  ", "`v0.1.1`", "[0.1.1](https://example.org)"] {
        let page = page_of(&[&row("0.2.0"), &format!("| {cell} | 2023-01-01 | | Use the  base image |")]);
        let added = add_alone(&page, &entry("0.1.1")).unwrap();
        assert_eq!(added.detail, "the row for 0.1.1 is there already (line 14)", "{cell}");
        assert!(!added.edit.changed());
    }
}

#[test]
fn trap_25_a_version_below_a_blank_line_in_the_rows_is_found_too() {
    let page = page_of(&[&row("0.1.0"), "", &row("0.1.1")]);
    assert!(matches!(add_alone(&page, &entry("0.1.1")), Err(ChangelogError::VersionTaken { line: 15, .. })));
}

#[test]
fn trap_26_a_number_that_is_not_known_yet_is_shown_as_it_is() {
    let page = page_of(&[&row("0.1.0")]);
    let unknown = PullRequestNumber::Unknown("<number>".to_owned());
    let added = add_alone(&page, &Entry { pull_request: Some(unknown), ..entry("0.1.1") }).unwrap();
    assert_eq!(
        added_line(&page, &added).1,
        "| 0.1.1 | 2026-11-22 | [<number>](https://github.com/acme/mono/pull/<number>) | Use the base image |"
    );
}

#[test]
fn trap_26_without_a_pull_request_its_cell_is_empty() {
    let page = page_of(&[&row("0.1.0")]);
    let added = add_alone(&page, &Entry { pull_request: None, ..entry("0.1.1") }).unwrap();
    assert_eq!(added_line(&page, &added).1, "| 0.1.1 | 2026-11-22 | | Use the base image |");
}

#[test]
fn trap_27_the_date_is_the_entrys_and_a_run_past_midnight_adds_no_second_row() {
    let page = page_of(&[&row("0.1.0")]);
    let added = add_alone(&page, &entry("0.1.1")).unwrap();
    assert!(added.edit.text.contains("| 0.1.1 | 2026-11-22 |"));
    let tomorrow = Entry { date: jiff::civil::date(2026, 11, 23), ..entry("0.1.1") };
    assert!(!add_alone(&added.edit.text, &tomorrow).unwrap().edit.changed());
}
