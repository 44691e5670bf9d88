//! Diagnostics as JSON, for `--format json` and for editors.

use std::ops::Range;

use serde_json::{Value, json};

use super::{Diagnostic, Severity, SourceText};

impl Diagnostic {
    /// The finding as an object: `severity`, `code`, `message`, `label`, `hint`, `place` and `also`. A place has `file`,
    /// `line`, `column`, `end_line` and `end_column`, counted from 1, columns in characters, the end exclusive.
    pub fn to_json(&self) -> Value {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let also = self.place.iter().flat_map(|(source, _)| {
            self.also.iter().map(|(span, label)| json!({ "place": place(source, span), "label": label }))
        });
        json!({
            "severity": severity,
            "code": self.code,
            "message": self.message,
            "label": self.label,
            "hint": self.hint,
            "place": self.place.as_ref().map(|(source, span)| place(source, span)),
            "also": also.collect::<Vec<Value>>(),
        })
    }
}

fn place(source: &SourceText, span: &Range<usize>) -> Value {
    let ((line, column), (end_line, end_column)) = (source.line_column(span.start), source.line_column(span.end));
    json!({ "file": source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_from_one_and_in_characters() {
        let source = SourceText::new("w.yaml", "\u{feff}é: 1\nüber: 2\n");
        let start = source.text.find("ber").unwrap();
        let finding =
            Diagnostic::error("code", "wrong").at(&source, start..start + 3).also(3..5, "there").hint("Mend it.");
        let expected = json!({
            "severity": "error", "code": "code", "message": "wrong", "label": null, "hint": "Mend it.",
            "place": { "file": "w.yaml", "line": 2, "column": 2, "end_line": 2, "end_column": 5 },
            "also": [{
                "place": { "file": "w.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2 }, "label": "there",
            }],
        });
        assert_eq!(finding.to_json(), expected);
    }

    #[test]
    fn a_finding_without_a_place_has_null_there() {
        let finding = Diagnostic::warning("code", "odd").to_json();
        assert_eq!((&finding["place"], &finding["severity"]), (&Value::Null, &json!("warning")));
    }
}
