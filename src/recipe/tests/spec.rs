//! Answers to `spec`, good and bad.

use serde_json::json;

use crate::recipe::read_spec;

const GOOD: &str = r#"{"type":"SPEC","spec":{"documentationUrl":"https://x","connectionSpecification":{"type":"object","required":["key"],"properties":{"key":{"type":"string"}}}}}"#;

fn why(output: &str) -> String {
    format!("`spec` {}", read_spec(output).unwrap_err())
}

/// A SPEC message with this specification.
fn spec(specification: &str) -> String {
    format!(r#"{{"type":"SPEC","spec":{specification}}}"#)
}

#[test]
fn logs_traces_and_noise_before_the_answer_are_passed_over() {
    let log = r#"{"type":"LOG","log":{"level":"INFO","message":"starting"}}"#;
    let found = read_spec(&format!("/usr/lib/x.py: UserWarning: old\n{log}\n\n  {GOOD}  \n{log}\n")).unwrap();
    assert_eq!(found["connectionSpecification"]["required"], json!(["key"]));
}

#[test]
fn what_was_said_instead_is_told() {
    assert_eq!(why(""), "`spec` printed nothing");
    assert_eq!(
        why("garbage\n{\"a\":1}\n"),
        "`spec` printed no message of Airbyte's protocol, but: garbage / {\"a\":1}"
    );
    assert_eq!(why("{\"type\":\"LOG\"}\n{\"type\":\"RECORD\"}\nx"), "`spec` printed 2 messages, none of type SPEC");
    let trace = r#"{"type":"TRACE","trace":{"type":"ERROR","error":{"message":"no spec.yaml"}}}"#;
    assert_eq!(why(trace), "`spec` reported an error: no spec.yaml");
    assert!(read_spec(&"x".repeat(100_000)).unwrap_err().to_string().len() < 300, "long lines are cut");
}

#[test]
fn a_specification_must_be_one() {
    let invalid = "`spec` answered with a SPEC message that is not valid: ";
    for (specification, reason) in [
        ("null", "its `spec` is no object"),
        ("{}", "it has no `connectionSpecification`"),
        (r#"{"connectionSpecification":"x"}"#, "its `connectionSpecification` is no object"),
        (
            r#"{"connectionSpecification":{"type":"string"}}"#,
            "its `connectionSpecification` is of type \"string\", not `object`",
        ),
        (
            r#"{"connectionSpecification":{"properties":[]}}"#,
            "its `connectionSpecification` has `properties` that are no object",
        ),
        (
            r#"{"connectionSpecification":{"required":"a"}}"#,
            "its `connectionSpecification` has a `required` that is no list",
        ),
        (
            r#"{"connectionSpecification":{"required":["a"],"properties":{"b":{}}}}"#,
            "its `connectionSpecification` requires \"a\", which is not among its `properties`",
        ),
        (r#"{"connectionSpecification":{},"documentationUrl":1}"#, "its `documentationUrl` is no text"),
        (r#"{"connectionSpecification":{},"supportsDBT":"yes"}"#, "its `supportsDBT` is neither true nor false"),
    ] {
        assert_eq!(why(&spec(specification)), format!("{invalid}{reason}"));
    }
    for good in [
        r#"{"connectionSpecification":{}}"#,
        r#"{"connectionSpecification":{"type":["object"],"oneOf":[],"required":["a"]}}"#,
    ] {
        assert!(read_spec(&spec(good)).is_ok(), "{good}");
    }
}
