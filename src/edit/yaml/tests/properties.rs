//! What holds for every document: generated ones, in several styles.

use proptest::prelude::*;

use super::*;

/// A document as text: block or flow style, comments, quotes and line breaks of several kinds.
#[derive(Debug, Clone)]
enum Sketch {
    Scalar(&'static str),
    Block(Vec<(String, Sketch, bool)>),
    Items(Vec<(Sketch, bool)>),
    Flow(Value),
}

const SCALARS: &[&str] = &[
    "plain",
    "two words",
    "'single'",
    "\"double \\\" \\n\"",
    "1",
    "0.1.0",
    "1.0",
    "yes",
    "~",
    "",
    "2023-10-18",
    "docker.io/a/b:1.0@sha256:ab",
    "|\n  literal\n\n   text\n",
    "|-\n  # no comment\n  text",
    ">\n  folded\n  text\n",
    "|+\n  kept\n\n",
    "a\n  plain of\n\n  several lines",
    "'it''s\n  quoted'",
    "# comment instead of a value",
    "{}",
    "[]",
];

fn sketch() -> impl Strategy<Value = Sketch> {
    let leaf = prop_oneof![4 => prop::sample::select(SCALARS).prop_map(Sketch::Scalar), 1 => flow_value().prop_map(Sketch::Flow)];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            2 => entries(inner.clone()).prop_map(Sketch::Block),
            1 => prop::collection::vec((inner, any::<bool>()), 1..4).prop_map(Sketch::Items),
        ]
    })
}

fn entries(value: impl Strategy<Value = Sketch>) -> impl Strategy<Value = Vec<(String, Sketch, bool)>> {
    prop::collection::vec(("[a-e]{1,2}", value, any::<bool>()), 1..5).prop_map(|entries| {
        let mut seen = std::collections::HashSet::new();
        entries.into_iter().filter(|(key, _, _)| seen.insert(key.clone())).collect()
    })
}

fn flow_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        any_text().prop_map(Value::from)
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-e]{1,2}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z:# '\"\\[{,-]{0,8}",
        "[a-z \n]{0,8}",
        ".{0,5}",
        prop::sample::select(vec![
            "yes", "1.0", "null", "~", "0x1f", "1:30", "<<", "=", "---", "- a", "? b", "\u{feff}", "é\u{85}", "|", ">x"
        ])
        .prop_map(str::to_owned),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from)
    ];
    leaf.prop_recursive(2, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(any_text(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn indent(text: &str, columns: usize) -> String {
    let pad = " ".repeat(columns);
    text.split('\n')
        .map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

impl Sketch {
    /// The text of a value behind a colon or dash, with its line break.
    fn behind(&self, step: usize) -> String {
        match self {
            Self::Scalar("") => "\n".to_owned(),
            Self::Scalar(text) if text.contains('\n') => {
                let (first, rest) = text.split_once('\n').unwrap();
                let rest = indent(rest, step);
                format!(" {first}\n{}", if rest.ends_with('\n') { rest } else { format!("{rest}\n") })
            }
            Self::Scalar(text) => format!(" {text}\n"),
            Self::Flow(value) => format!(" {}\n", super::super::render::flow(value)),
            Self::Block(_) | Self::Items(_) => format!("\n{}", indent(self.text(step).trim_end_matches(' '), step)),
        }
    }

    fn text(&self, step: usize) -> String {
        match self {
            Self::Block(entries) => entries
                .iter()
                .map(|(key, value, comment)| format!("{}{key}:{}", note(*comment, key), value.behind(step)))
                .fold(String::new(), |text, entry| text + &entry),
            Self::Items(items) => items
                .iter()
                .map(|(item, comment)| format!("{}-{}", note(*comment, "item"), item.behind(step)))
                .fold(String::new(), |text, item| text + &item),
            Self::Scalar(_) | Self::Flow(_) => self.behind(step).trim_start().to_owned(),
        }
    }
}

fn note(wanted: bool, about: &str) -> String {
    if wanted { format!("# about {about}\n") } else { String::new() }
}

prop_compose! {
    fn document()(entries in entries(sketch()), step in 2..5_usize, crlf in any::<bool>(), head in any::<bool>(), cut in any::<bool>(), bom in any::<bool>()) -> String {
        let mut text = Sketch::Block(entries).text(step);
        if head {
            text = format!("# head\n---\n{text}");
        }
        if cut {
            text = text.trim_end_matches('\n').to_owned();
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom { format!("\u{feff}{text}") } else { text }
    }
}

fn any_path() -> impl Strategy<Value = ValuePath> {
    let segment = prop_oneof![4 => "[a-e]{1,2}".prop_map(Segment::Key), 1 => (-2..2_isize).prop_map(Segment::Index), 1 => Just(Segment::Append)];
    prop::collection::vec(segment, 0..3).prop_flat_map(|rest| {
        "[a-e]{1,2}".prop_map(move |first| {
            let mut segments = vec![Segment::Key(first)];
            segments.extend(rest.clone());
            ValuePath::from_segments(segments)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_set_value_is_found_or_refused_with_a_reason_but_never_given_up(text in document(), at in any_path(), value in any_value()) {
        prop_assume!(parse(&text).is_ok());
        match set(&text, &at, &value) {
            Ok(edit) => {
                if !at.segments().contains(&Segment::Append) {
                    prop_assert_eq!(get(&edit.text, &at).unwrap(), Some(value.clone()));
                }
                prop_assert!(!set(&edit.text, &at, &value).unwrap().changed());
                prop_assert_eq!(Edit::apply(&text, edit.splices.clone()).text, edit.text);
            }
            Err(EditError::WrongKind { .. } | EditError::OutOfRange { .. } | EditError::InTheWay { obstacle: Obstacle::CutOffScalar, .. }) => {}
            Err(error) => prop_assert!(false, "{}\n{}\n{}", error, text, value),
        }
    }

    #[test]
    fn setting_and_removing_a_new_key_restores_the_text(text in document(), below in prop::option::of("[a-e]{1,2}"), value in any_value()) {
        let Ok(Value::Object(map)) = parse(&text) else { return Ok(()) };
        let mut segments = Vec::new();
        if let Some(key) = below.filter(|key| map.get(key).and_then(Value::as_object).is_some()) {
            segments.push(Segment::Key(key));
        }
        segments.push(Segment::Key("dx".to_owned()));
        let at = ValuePath::from_segments(segments);
        let edit = match set(&text, &at, &value) {
            Err(EditError::InTheWay { obstacle: Obstacle::CutOffScalar, .. }) => return Ok(()),
            other => other.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?,
        };
        let restored = remove(&edit.text, &at).map_err(|error| TestCaseError::fail(format!("{error}\n{}", edit.text)))?;
        prop_assert_eq!(restored.text, text);
    }

    #[test]
    fn a_removed_value_is_gone_and_the_rest_stays(text in document(), at in any_path()) {
        prop_assume!(parse(&text).is_ok());
        match remove(&text, &at) {
            Ok(edit) => {
                let removes_item = matches!(at.segments().last(), Some(Segment::Index(_)));
                prop_assert!(removes_item || get(&edit.text, &at).unwrap().is_none());
                prop_assert_eq!(edit.changed(), get(&text, &at).unwrap().is_some());
            }
            Err(EditError::Path { .. }) => {}
            Err(error) => prop_assert!(false, "{}\n{}", error, text),
        }
    }
}
