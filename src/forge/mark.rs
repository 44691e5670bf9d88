//! The hidden mark in a pull request's text, by which cutover knows its own.

use serde::{Deserialize, Serialize};

use crate::base::{RunId, UnitName};

const BEGIN: &str = "<!-- cutover: ";
const END: &str = " -->";

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
}

impl Mark {
    /// The mark as an HTML comment on one line.
    pub fn render(&self) -> String {
        let mut json = serde_json::json!({ "run": self.run.as_str(), "connector": self.connector.as_str() });
        if let Some(head) = &self.head {
            json["head"] = head.as_str().into();
        }
        // `>` would end the comment in the middle of a name; JSON has another spelling for it.
        format!("{BEGIN}{}{END}", json.to_string().replace('>', "\\u003e").replace('<', "\\u003c"))
    }

    /// The last mark in a text, if there is one. Fields that a newer cutover added are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        text.rmatch_indices(BEGIN).find_map(|(at, _)| {
            let (json, _) = text[at + BEGIN.len()..].split_once(END)?;
            serde_json::from_str(json).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(connector: &str) -> Mark {
        let (run, connector) = (RunId::new("r1").unwrap(), UnitName::new(connector).unwrap());
        Mark { run, connector, head: Some("abc".to_owned()) }
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
            assert_eq!(Mark::parse(&text), Some(mark), "{text}");
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
    fn a_field_of_a_newer_version_is_passed_over() {
        let text = r#"<!-- cutover: {"run":"r1","connector":"a","later":1} -->"#;
        assert_eq!(Mark::parse(text).unwrap().head, None);
    }
}
