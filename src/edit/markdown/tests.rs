use super::*;
use proptest::prelude::*;

const README: &str =
    "# Source\n\n#### Build & Activate Virtual Environment\nvenv\n\n#### Build\nOld way.\n\n\n#### Run\nrun\n";
const BODY: &str = "#### Use the tool to build\n```bash\ntool build # not a heading\n```\n";

fn heading(text: &str) -> Heading {
    text.parse().unwrap()
}

fn replace(text: &str, from: &str, until: Option<&str>, which: Which, body: &str) -> Result<Edit, MarkdownError> {
    let until = until.map(heading);
    replace_section(text, &heading(from), until.as_ref(), which, body)
}

#[test]
fn a_section_is_replaced_with_its_heading_and_the_blank_lines_after_it_stay() {
    let edit = replace(README, "#### Build", Some("#### Run"), Which::Only, BODY).unwrap();
    assert_eq!(edit.text, README.replace("#### Build\nOld way.\n", BODY));
    assert_eq!(edit.splices.len(), 1);
}

#[test]
fn trap_29_the_last_heading_before_the_end_is_meant_and_longer_headings_are_others() {
    let text = README.replace("#### Run", "#### Build\nNewer way.\n\n#### Run\nfirst\n\n#### Build\nlater\n\n#### Run");
    let edit = replace(&text, "#### Build", Some("#### Run"), Which::Last, BODY).unwrap();
    assert_eq!(edit.text, text.replace("#### Build\nNewer way.\n", BODY));
    assert!(edit.text.contains("#### Build & Activate Virtual Environment\nvenv"));
}

#[test]
fn trap_29_headings_in_code_and_comments_do_not_count() {
    let text =
        "#### Build\none\n\n```\n#### Build\n#### Run\n```\n\n<!--\n#### Run\n-->\n\n    #### Run\n\n#### Run\nx\n";
    let edit = replace(text, "#### Build", Some("#### Run"), Which::Only, "new").unwrap();
    assert_eq!(edit.text, "new\n\n#### Run\nx\n");
}

#[test]
fn doing_it_again_changes_nothing_even_when_the_new_heading_is_another_one() {
    let text = README.replace("# Source\n", "# Source\n\n#### Build\nAn older one that must stay.\n");
    let once = replace(&text, "#### Build", Some("#### Run"), Which::Last, BODY).unwrap();
    let twice = replace(&once.text, "#### Build", Some("#### Run"), Which::Last, BODY).unwrap();
    assert!(!twice.changed());
    assert!(twice.text.contains("An older one that must stay."));
}

#[test]
fn without_an_end_the_section_reaches_to_the_next_heading_of_its_rank_or_above() {
    let text = "# A\n## B\nb\n### B1\nb1\n## C\nc\n";
    assert_eq!(replace(text, "## B", None, Which::Only, "## New").unwrap().text, "# A\n## New\n## C\nc\n");
    assert_eq!(
        replace(text, "## C", None, Which::Only, "## New\n").unwrap().text,
        "# A\n## B\nb\n### B1\nb1\n## New\n"
    );
}

#[test]
fn an_empty_body_removes_the_section_and_removing_it_again_changes_nothing() {
    let once = replace(README, "#### Build", Some("#### Run"), Which::Only, "").unwrap();
    assert_eq!(once.text, README.replace("#### Build\nOld way.\n\n\n", ""));
    assert!(!replace(&once.text, "#### Build", Some("#### Run"), Which::Only, "").unwrap().changed());
}

#[test]
fn windows_line_endings_and_a_missing_final_newline_stay() {
    let text = "# A\r\n## B\r\nold\r\n## C\r\nc";
    assert_eq!(
        replace(text, "## B", None, Which::Only, "## B\nnew\n").unwrap().text,
        "# A\r\n## B\r\nnew\r\n## C\r\nc"
    );
    assert_eq!(
        replace(text, "## C", None, Which::Only, "## C\nnew\n").unwrap().text,
        "# A\r\n## B\r\nold\r\n## C\r\nnew"
    );
}

#[test]
fn underlined_closed_and_marked_up_headings_are_headings() {
    let text = "Top\n===\n\nBuild\n-----\nold\n\n## Run `it` ##\nx\n\n## C#\ny\n";
    assert_eq!(
        replace(text, "## Build", Some("## Run `it`"), Which::Only, "## B").unwrap().text,
        "Top\n===\n\n## B\n\n## Run `it` ##\nx\n\n## C#\ny\n"
    );
    assert!(replace(text, "## Run it", None, Which::Only, "z").is_ok());
    assert!(replace(text, "## C#", None, Which::Only, "z").is_ok());
}

#[test]
fn what_cannot_be_found_for_certain_is_refused_with_lines_and_a_hint() {
    let error = replace(README, "#### Biuld", None, Which::Only, BODY).unwrap_err();
    assert_eq!(error.to_string(), "there is no heading `#### Biuld`; the most similar one is `#### Build`");
    let error = replace(README, "#### Build", Some("### Run"), Which::Only, BODY).unwrap_err();
    assert_eq!(error.to_string(), "there is no heading `### Run`; the most similar one is `#### Run`");
    let error = replace(README, "#### Run", Some("#### Build"), Which::Only, BODY).unwrap_err();
    assert_eq!(error.to_string(), "the heading `#### Run` (line 10) stands after `#### Build` (line 6)");
    let twice = format!("{README}\n#### Build\n");
    let error = replace(&twice, "#### Build", None, Which::Only, BODY).unwrap_err();
    assert_eq!(error.to_string(), "the heading `#### Build` is there more than once, at lines 6 and 13");
    assert_eq!(error.hint(), "Say which one: the first or the last.");
    for text in ["Build", "####### Build", "####Build", "# ", "# A\nB"] {
        assert_eq!(text.parse::<Heading>().unwrap_err(), MarkdownError::NotAHeading(text.to_owned()));
    }
}

#[test]
fn a_body_that_would_swallow_what_follows_is_refused() {
    for body in ["```\nnever closed", "<!-- never closed"] {
        let error = replace(README, "#### Build", Some("#### Run"), Which::Only, body).unwrap_err();
        assert!(matches!(error, MarkdownError::Spills(_)), "{body}: {error}");
    }
}

proptest! {
    #[test]
    fn everything_outside_the_section_stays_byte_for_byte_and_twice_is_once(
        before in "(# A\n|text\n|\n|#### Build it\n|```\n#### Build\n```\n){0,6}",
        section in "(text\n|\n|##### Deeper\n|- item\n){0,5}",
        after in "(text\n|\n|#### Build\n|## B\n){0,6}",
        body in "#### (Build|Other)\n(word\n){0,3}",
        windows in any::<bool>(),
    ) {
        let convert = |text: String| if windows { text.replace('\n', "\r\n") } else { text };
        let head = convert(format!("{before}\n"));
        let tail = convert(format!("#### Run\n{after}"));
        let text = format!("{head}{}{tail}", convert(format!("#### Build\n{section}")));
        let edit = replace(&text, "#### Build", Some("#### Run"), Which::Last, &body).unwrap();
        prop_assert!(edit.text.starts_with(&head) && edit.text.ends_with(&tail), "{:?}", edit.text);
        let again = replace(&edit.text, "#### Build", Some("#### Run"), Which::Last, &body).unwrap();
        prop_assert!(!again.changed(), "{:?} -> {:?}", edit.text, again.text);
    }
}
