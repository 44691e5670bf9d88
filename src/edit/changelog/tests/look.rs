//! The look of a new row follows that of its neighbours.

use super::*;

const LINK: &str = "[4711](https://github.com/acme/mono/pull/4711)";

/// The new row above these, on a page whose header and delimiter are unpadded.
fn above(rows: &[&str]) -> String {
    new_row(&page_of(rows))
}

fn linked(link: &str) -> String {
    format!("| 0.1.0 | 2023-02-03 | {link} | First |")
}

#[test]
fn versions_wear_what_their_neighbours_wear() {
    for (cell, expected) in
        [("`0.1.0`", "`0.1.1`"), ("v0.1.0", "v0.1.1"), ("**0.1.0**", "**0.1.1**"), ("0.1.0", "0.1.1")]
    {
        let row = above(&[&format!("| {cell} | 2023-02-03 | | First |")]);
        assert!(row.starts_with(&format!("| {expected} | ")), "{row}");
    }
}

#[test]
fn one_exception_among_three_neighbours_is_not_followed() {
    let row =
        above(&["| `0.1.0` | 2023-02-03 | | c |", "| 0.0.9 | 2023-02-03 | | b |", "| 0.0.8 | 2023-02-03 | | a |"]);
    assert!(row.starts_with("| 0.1.1 | "), "{row}");
}

#[test]
fn links_have_the_form_of_their_neighbours() {
    let target = "https://github.com/acme/mono/pull";
    for (link, expected) in [
        (format!("[7]({target}/7)"), format!("[4711]({target}/4711)")),
        (format!("[#7]({target}/7)"), format!("[#4711]({target}/4711)")),
        (format!("[\\#7]({target}/7)"), format!("[\\#4711]({target}/4711)")),
        (format!("[PR #7]({target}/7)"), format!("[PR #4711]({target}/4711)")),
        (format!("{target}/7"), format!("{target}/4711")),
        (format!("[Init]({target}/)"), format!("[4711]({target}/4711)")),
        ("none".to_owned(), format!("[4711]({target}/4711)")),
    ] {
        assert_eq!(above(&[&linked(&link)]), format!("| 0.1.1 | 2026-11-22 | {expected} | Use the base image |"));
    }
}

#[test]
fn dates_have_the_form_of_their_neighbours() {
    for (dates, expected) in [
        (["2023-02-03", "2023-02-01"], "2026-11-22"),
        (["2023/02/03", "2023/02/01"], "2026/11/22"),
        (["20.10.2021", "1.10.2021"], "22.11.2026"),
        (["February 21, 2022", "December 29, 2021"], "November 22, 2026"),
        (["02-03-2023", "01-19-2023"], "11-22-2026"),
        (["03/02/2023", "19/01/2023"], "22/11/2026"),
        (["03/02/2023", "02/01/2023"], "2026-11-22"),
        (["unknown", "2022-xx-xx"], "2026-11-22"),
    ] {
        let row = above(&[&format!("| 0.1.0 | {} | | b |", dates[0]), &format!("| 0.0.9 | {} | | a |", dates[1])]);
        assert!(row.starts_with(&format!("| 0.1.1 | {expected} | ")), "{dates:?}: {row}");
    }
}

#[test]
fn pipes_at_the_ends_and_indentation_follow_the_table() {
    let bare = page("Version | Date | Pull Request | Subject\n--- | --- | --- | ---\n0.1.0 | 2023-02-03 | | First\n");
    assert_eq!(new_row(&bare), format!("0.1.1 | 2026-11-22 | {LINK} | Use the base image"));
    let open = page_of(&["| 0.1.0 | 2023-02-03 | | First"]);
    assert_eq!(new_row(&open), format!("| 0.1.1 | 2026-11-22 | {LINK} | Use the base image"));
    let indented = page(&format!("{HEAD}  {}\n", row("0.1.0")));
    assert_eq!(new_row(&indented), format!("  | 0.1.1 | 2026-11-22 | {LINK} | Use the base image |"));
    let tight = page("|Version|Date|PR|Notes|\n|---|---|---|---|\n|0.1.0|2023-02-03||First|\n");
    assert_eq!(new_row(&tight), format!("|0.1.1|2026-11-22|{LINK}|Use the base image|"));
}

#[test]
fn a_cell_longer_than_its_column_overflows_and_the_others_stay_aligned() {
    let page = page(
        "| Version | Date       | Pull Request | Subject                        |\n\
         | :------ | :--------- | :----------- | :----------------------------- |\n\
         | 0.1.0   | 2023-02-03 |              | First release of the connector |\n",
    );
    assert_eq!(new_row(&page), format!("| 0.1.1   | 2026-11-22 | {LINK} | Use the base image             |"));
}

#[test]
fn rows_that_nobody_padded_are_followed_rather_than_a_wide_header() {
    let page = page(&format!(
        "| Version  | Date       | Pull Request | Subject                                     |\n\
         | :------- | :--------- | :----------- | :------------------------------------------ |\n{}\n{}\n",
        row("0.1.0"),
        row("0.0.9")
    ));
    assert_eq!(new_row(&page), format!("| 0.1.1 | 2026-11-22 | {LINK} | Use the base image |"));
}

#[test]
fn wide_characters_count_as_two_columns() {
    let page = page(
        "| Version | Date       | Pull Request | Subject                     |\n\
         | ------- | ---------- | ------------ | --------------------------- |\n\
         | 0.1.0   | 2023-02-03 | none         | 🎉 First release of widgets |\n",
    );
    assert_eq!(new_row(&page), format!("| 0.1.1   | 2026-11-22 | {LINK} | Use the base image          |"));
}

#[test]
fn right_aligned_and_centred_columns_stay_so() {
    let page = page(
        "|    Version |    Date    | Pull Request | Subject            |\n\
         | ---------: | :--------: | ------------ | ------------------ |\n\
         |      0.1.0 | 2023-02-03 | none         | First release here |\n",
    );
    assert_eq!(new_row(&page), format!("|      0.1.1 | 2026-11-22 | {LINK} | Use the base image |"));
}

#[test]
fn pipes_in_the_message_are_escaped_once() {
    let page = page_of(&[&row("0.1.0")]);
    for (message, expected) in [
        ("a | b", "a \\| b"),
        ("`x|y`", "`x\\|y`"),
        ("a \\| b", "a \\| b"),
        ("ends in a backslash \\", "ends in a backslash \\"),
        ("  spaces around  ", "spaces around"),
    ] {
        let entry = Entry { message: message.to_owned(), ..entry("0.1.1") };
        let added = add_alone(&page, &entry).unwrap();
        assert_eq!(added_line(&page, &added).1, format!("| 0.1.1 | 2026-11-22 | {LINK} | {expected} |"));
        assert!(!add_alone(&added.edit.text, &entry).unwrap().edit.changed(), "{message}");
    }
    let tight = super::page("|Version|Date|PR|Notes|\n|---|---|---|---|\n|0.1.0|2023-02-03||First|\n");
    let entry = Entry { message: "ends in a backslash \\".to_owned(), ..entry("0.1.1") };
    assert!(add_alone(&tight, &entry).unwrap().edit.text.contains("|ends in a backslash \\ |"));
}
