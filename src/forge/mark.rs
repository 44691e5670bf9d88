//! The hidden mark in a pull request's text, by which cutover knows its own.

use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::base::{RunId, UnitName};

const BEGIN: &str = "<!-- cutover: ";
const END: &str = " -->";

/// How many bytes of a hash tell one text from another: nobody forges them, they only have to differ by chance.
const HASH_BYTES: usize = 6;

/// Whose pull request it is. Readers of the rendered text do not see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The run that opened it.
    pub run: RunId,
    /// The connector it was opened for.
    pub connector: UnitName,
    /// The id of the commit that was pushed when it was opened; what a person adds later differs from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// A short hash of the title that cutover set; another title is a person's. Forges fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A short hash of the section of the text that cutover wrote. Forges fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Mark {
    /// The mark of a connector's pull request in a run, with the commit that was pushed.
    pub fn new(run: RunId, connector: UnitName, head: Option<String>) -> Self {
        Self { run, connector, head, title: None, text: None }
    }

    /// The mark as an HTML comment on one line.
    pub fn render(&self) -> String {
        let mut json = serde_json::json!({ "run": self.run.as_str(), "connector": self.connector.as_str() });
        for (key, value) in [("head", &self.head), ("title", &self.title), ("text", &self.text)] {
            if let Some(value) = value {
                json[key] = value.as_str().into();
            }
        }
        // `>` would end the comment in the middle of a name; JSON has another spelling for it.
        format!("{BEGIN}{}{END}", json.to_string().replace('>', "\\u003e").replace('<', "\\u003c"))
    }

    /// The last mark in a text, if there is one. Fields that a newer cutover added are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        Self::locate(text).map(|(mark, _)| mark)
    }

    /// The last mark in a text, and the bytes it takes.
    pub(super) fn locate(text: &str) -> Option<(Self, Range<usize>)> {
        text.rmatch_indices(BEGIN).find_map(|(at, _)| {
            let (json, _) = text[at + BEGIN.len()..].split_once(END)?;
            let mark = serde_json::from_str(json).ok()?;
            Some((mark, at..at + BEGIN.len() + json.len() + END.len()))
        })
    }

    /// The text with the mark at its end, in place of marks that it had.
    pub fn attach(&self, text: &str) -> String {
        let mut body = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(BEGIN) {
            body.push_str(before.trim_end());
            rest = after.split_once(END).map_or("", |(_, after)| after);
        }
        body.push_str(rest);
        match body.trim_end() {
            "" => self.render(),
            body => format!("{body}\n\n{}", self.render()),
        }
    }

    /// Whether both name the same run and connector, whichever commit was pushed.
    pub fn is_of_same_unit(&self, other: &Self) -> bool {
        self.run == other.run && self.connector == other.connector
    }
}

/// The short hash of a title or text that a mark carries; line ends and surrounding blanks do not count, because
/// forges' editors change them.
pub(super) fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n").trim().as_bytes());
    digest.iter().take(HASH_BYTES).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(connector: &str) -> Mark {
        Mark::new(RunId::new("r1").unwrap(), UnitName::new(connector).unwrap(), Some("abc".to_owned()))
    }

    #[test]
    fn a_mark_is_one_line_that_nobody_sees() {
        assert_eq!(mark("source-a").render(), r#"<!-- cutover: {"run":"r1","connector":"source-a","head":"abc"} -->"#);
    }

    #[test]
    fn a_mark_is_found_again_in_what_people_made_of_the_text() {
        for connector in ["source-a", "a -->b", "a\"b<!-- cutover: {", "-- >"] {
            let mark = mark(connector);
            let text = format!("> quoted\r\n\r\n{}\r\nThanks!", mark.attach("Body\n"));
            let (found, place) = Mark::locate(&text).unwrap();
            assert_eq!(found, mark, "{text}");
            assert_eq!(text[place], mark.render());
        }
    }

    #[test]
    fn a_text_without_a_sound_mark_has_none() {
        for text in ["", "cutover: {}", "<!-- cutover: {} -->", "<!-- cutover: {\"run\":\"r\"", "<!-- cutover: x -->"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }

    #[test]
    fn attaching_again_replaces() {
        let once = mark("a").attach("Body\n\n");
        assert_eq!(mark("b").attach(&once), mark("b").attach("Body"));
        assert_eq!(mark("a").attach(""), mark("a").render());
    }

    #[test]
    fn marks_of_older_and_newer_versions_are_read() {
        let older = r#"<!-- cutover: {"run":"r1","connector":"a"} -->"#;
        let newer = r#"<!-- cutover: {"run":"r1","connector":"a","later":1} -->"#;
        for text in [older, newer] {
            let mark = Mark::parse(text).unwrap();
            assert_eq!((mark.head, mark.title, mark.text), (None, None, None));
        }
    }

    #[test]
    fn a_hash_is_short_and_does_not_see_line_ends() {
        assert_eq!(short_hash("a\nb"), short_hash("a\r\nb\r\n"));
        assert_ne!(short_hash("a\nb"), short_hash("a b"));
        assert_eq!(short_hash("").len(), 12);
    }
}
