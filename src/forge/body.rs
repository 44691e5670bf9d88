//! A pull request's title and text over its life: what of them is cutover's and may be changed, and what is a
//! person's and stays.
//!
//! The text has a section between two invisible lines, and a hidden [`Mark`]. The mark carries hashes of the title
//! and the section as cutover wrote them, so that a later change is a merge of three: what was written, what a person
//! made of it, and what is wanted now. How a forge stores them is not known here.

use std::ops::Range;

use super::mark::{Mark, short_hash};

const BEGIN: &str = "<!-- cutover:begin -->";
const END: &str = "<!-- cutover:end -->";

/// The text of a new pull request, and the mark that is in it.
pub(super) fn compose(title: &str, section: &str, mark: &Mark) -> (String, Mark) {
    let mark = Mark { title: Some(short_hash(title)), text: Some(short_hash(&harmless(section))), ..mark.clone() };
    let body = format!("{BEGIN}\n{}\n{END}\n\n{}", harmless(section), mark.render());
    (body, mark)
}

/// What is to be changed of a title and a text; `None` for what stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Revision {
    /// The new title.
    pub(super) title: Option<String>,
    /// The whole new text.
    pub(super) body: Option<String>,
}

impl Revision {
    /// Whether everything stays.
    pub(super) fn is_empty(&self) -> bool {
        self.title.is_none() && self.body.is_none()
    }
}

/// What there is, in the forge's words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) title: &'a str,
    pub(super) body: &'a str,
}

/// Brings title and text to what is wanted now, as far as they are cutover's:
///
/// - the title only while it is the one that cutover set;
/// - the section if what is wanted has changed since it was written (a person's edits inside of it are kept until
///   then); nothing if a person removed the lines around it;
/// - the mark, where it differs. A text without a mark is a person's altogether.
pub(super) fn revise(found: Found<'_>, title: &str, section: &str, mark: &Mark) -> Revision {
    let Some((old, place)) = Mark::locate(found.body) else { return Revision::default() };
    let mut new = Mark { title: old.title.clone(), text: old.text.clone(), ..mark.clone() };
    let mut revision = Revision::default();

    let title_is_ours = old.title.as_deref() == Some(&short_hash(found.title));
    if found.title != title && title_is_ours {
        revision.title = Some(title.to_owned());
    }
    if found.title == title || title_is_ours {
        new.title = Some(short_hash(title));
    }

    let wanted = harmless(section);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    if let Some(at) = locate_section(found.body) {
        let wanted_hash = short_hash(&wanted);
        let same = short_hash(&found.body[at.clone()]) == wanted_hash;
        let only_a_person_changed_it = old.text.as_ref() == Some(&wanted_hash);
        if !same && !only_a_person_changed_it {
            edits.push((at, format!("\n{wanted}\n")));
        }
        new.text = Some(wanted_hash);
    }
    if new != old {
        edits.push((place, new.render()));
    }
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    if !edits.is_empty() {
        let mut body = found.body.to_owned();
        for (at, text) in edits {
            body.replace_range(at, &text);
        }
        revision.body = Some(body);
    }
    revision
}

/// The bytes between the two lines, if both are there.
fn locate_section(body: &str) -> Option<Range<usize>> {
    let start = body.find(BEGIN)? + BEGIN.len();
    let end = start + body[start..].find(END)?;
    Some(start..end)
}

/// The section with nothing in it that would read as one of our own comments.
fn harmless(section: &str) -> String {
    section.trim().replace("<!-- cutover:", "<!-- cutover :")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::{RunId, UnitName};

    fn mark() -> Mark {
        Mark::new(RunId::new("r1").unwrap(), UnitName::new("source-a").unwrap(), Some("abc".to_owned()))
    }

    fn found<'a>(title: &'a str, body: &'a str) -> Found<'a> {
        Found { title, body }
    }

    #[test]
    fn what_cutover_wrote_stands_between_two_lines_that_nobody_sees() {
        let (body, written) = compose("Move", "What changes.\n", &mark());
        insta::assert_snapshot!(body, @r#"
        <!-- cutover:begin -->
        What changes.
        <!-- cutover:end -->

        <!-- cutover: {"run":"r1","connector":"source-a","head":"abc","title":"6ecc3df6bffd","text":"8904fc669b65"} -->
        "#);
        assert_eq!(Mark::parse(&body), Some(written));
    }

    #[test]
    fn the_same_again_changes_nothing_whatever_an_editor_did_to_line_ends() {
        let (body, _) = compose("Move", "One.\nTwo.", &mark());
        assert!(revise(found("Move", &body), "Move", "One.\nTwo.", &mark()).is_empty());
        assert!(revise(found("Move", &body.replace('\n', "\r\n")), "Move", "One.\nTwo.", &mark()).is_empty());
    }

    #[test]
    fn a_new_text_replaces_the_section_and_leaves_what_a_person_wrote_around_it() {
        let (body, _) = compose("Move", "Old.", &mark());
        let body = format!("Please hold.\r\n\r\n{body}\n\n- [x] looked at  \n");
        let revision = revise(found("Move", &body), "Move", "New.", &mark());
        let new = revision.body.unwrap();
        assert!(new.starts_with("Please hold.\r\n\r\n<!-- cutover:begin -->\nNew.\n<!-- cutover:end -->"), "{new}");
        assert!(new.ends_with("-->\n\n- [x] looked at  \n"), "{new}");
        assert!(!new.contains("Old."));
        assert!(revise(found("Move", &new), "Move", "New.", &mark()).is_empty());
    }

    #[test]
    fn an_edit_inside_the_section_stays_until_what_is_wanted_changes() {
        let (body, _) = compose("Move", "Old.", &mark());
        let edited = body.replace("Old.", "Old, but mended.");
        assert!(revise(found("Move", &edited), "Move", "Old.", &mark()).is_empty());
        assert!(revise(found("Move", &edited), "Move", "New.", &mark()).body.unwrap().contains("\nNew.\n"));
    }

    #[test]
    fn a_persons_title_stays_for_good() {
        let (body, _) = compose("Move", "Text.", &mark());
        assert_eq!(revise(found("Move", &body), "Move on", "Text.", &mark()).title.as_deref(), Some("Move on"));
        let by_hand = revise(found("Hold: move", &body), "Move on", "New text.", &mark());
        assert_eq!(by_hand.title, None);
        let body = by_hand.body.unwrap();
        assert_eq!(revise(found("Hold: move", &body), "Move again", "New text.", &mark()).title, None);
        let back = revise(found("Move", &body), "Move again", "New text.", &mark());
        assert_eq!(back.title.as_deref(), Some("Move again"), "the person gave it back");
    }

    #[test]
    fn a_text_without_our_lines_only_gets_a_new_mark_and_one_without_a_mark_nothing() {
        let old = mark().attach("Opened by an older cutover.");
        let pushed = Mark { head: Some("def".to_owned()), ..mark() };
        let new = revise(found("Move", &old), "Move on", "New.", &pushed);
        assert_eq!((new.title, new.body), (None, Some(pushed.attach("Opened by an older cutover."))));
        assert!(revise(found("Move", "A person's."), "Move on", "New.", &pushed).is_empty());
        let (body, _) = compose("Move", "Old.", &mark());
        let without_end = body.replace(END, "");
        assert!(revise(found("Move", &without_end), "Move", "New.", &mark()).is_empty());
    }

    #[test]
    fn a_section_cannot_end_itself_nor_name_another_unit() {
        let foreign = Mark::new(RunId::new("r2").unwrap(), UnitName::new("other").unwrap(), None);
        let section = format!("a {END} b {} c", foreign.render());
        let (body, written) = compose("Move", &section, &mark());
        assert_eq!(Mark::parse(&body), Some(written));
        assert!(revise(found("Move", &body), "Move", &section, &mark()).is_empty());
        let new = revise(found("Move", &body), "Move", "Short.", &mark()).body.unwrap();
        assert!(!new.contains("foreign") && !new.contains(" b "), "{new}");
    }

    proptest! {
        #[test]
        fn whatever_a_person_wrote_around_stays_byte_for_byte(
            before in "[a-z<!\\-> \r\n]{0,40}", after in "[a-z<!\\-> \r\n]{0,40}",
            first in "[a-z<>!\\-: \r\n]{0,40}", second in "[a-z<>!\\-: \r\n]{0,40}",
        ) {
            let (ours, _) = compose("T", &first, &mark());
            let body = format!("{before}{ours}{after}");
            let revision = revise(found("T", &body), "T", &second, &mark());
            let new = revision.body.unwrap_or(body);
            prop_assert!(new.starts_with(&before) && new.ends_with(&after));
            let (expected, _) = compose("T", &second, &mark());
            let middle = &new[before.len()..new.len() - after.len()];
            prop_assert_eq!(Mark::parse(middle), Mark::parse(&expected));
            prop_assert!(revise(found("T", &new), "T", &second, &mark()).is_empty(), "doing it again changes nothing");
        }
    }
}
