//! Checks that several tests make: stored documents, names that must appear once.

use std::path::PathBuf;

use serde_json::Value;

/// A document that this or an older version wrote must be found in what is written now: every key with its value,
/// prose aside.
/// With `CUTOVER_STORE=1` a document that is not there yet is stored; one that is there is never changed.
pub(super) fn holds_the_stored(name: &str, now: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/report/tests/json").join(name);
    if std::env::var_os("CUTOVER_STORE").is_some() && !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(now).unwrap() + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let stored: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(now.as_object().unwrap().keys().next().unwrap(), "schema", "`schema` comes first");
    if let Err(place) = holds(&stored, now, "") {
        panic!("{name}: what scripts read at `{place}` is not there any more, or has another value");
    }
}

/// Keys whose values are prose: people read them, so their words may change.
const PROSE: [&str; 6] = ["detail", "reason", "hint", "message", "cause", "description"];

fn holds(stored: &Value, now: &Value, place: &str) -> Result<(), String> {
    match (stored, now) {
        (Value::Object(stored), Value::Object(now)) => stored.iter().try_for_each(|(key, value)| {
            let place = format!("{place}/{key}");
            let now = now.get(key).ok_or_else(|| place.clone())?;
            if PROSE.contains(&key.as_str()) && value.is_string() && now.is_string() {
                return Ok(());
            }
            holds(value, now, &place)
        }),
        (Value::Array(stored), Value::Array(now)) if stored.len() == now.len() => {
            let both = stored.iter().zip(now).enumerate();
            both.into_iter().try_for_each(|(at, (stored, now))| holds(stored, now, &format!("{place}/{at}")))
        }
        _ if stored == now => Ok(()),
        _ => Err(place.to_owned()),
    }
}

/// How often each name stands in the text as a whole word.
pub(super) fn times(text: &str, name: &str) -> usize {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/');
    let alone = |at: usize| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + name.len()..].chars().next().is_some_and(part)
    };
    text.match_indices(name).filter(|(at, _)| alone(*at)).count()
}

/// The text without the sections whose headings begin so. Headings stand at the line's start, after an empty line.
pub(super) fn without(text: &str, sections: &[&str]) -> String {
    let paragraphs = text.split("\n\n");
    let kept: Vec<&str> =
        paragraphs.filter(|paragraph| !sections.iter().any(|section| paragraph.starts_with(section))).collect();
    kept.join("\n\n")
}

#[test]
fn a_stored_document_is_held_only_by_one_with_all_of_its_keys_and_values() {
    let stored = serde_json::json!({ "a": [{ "b": 1 }] });
    assert_eq!(holds(&stored, &serde_json::json!({ "a": [{ "b": 1, "new": 2 }], "also": 3 }), ""), Ok(()));
    assert_eq!(holds(&stored, &serde_json::json!({ "a": [{ "c": 1 }] }), ""), Err("/a/0/b".to_owned()));
    assert_eq!(holds(&stored, &serde_json::json!({ "a": [] }), ""), Err("/a".to_owned()));
    let prose = |detail: serde_json::Value| serde_json::json!({ "detail": detail });
    assert_eq!(holds(&prose("old words".into()), &prose("new words".into()), ""), Ok(()));
    assert_eq!(holds(&prose("old words".into()), &prose(1.into()), ""), Err("/detail".to_owned()));
}
