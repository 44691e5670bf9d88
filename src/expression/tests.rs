use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::diagnostic::SourceText;

fn metadata() -> Scope {
    Scope::new().with(
        "data",
        json!({
            "supportLevel": "certified",
            "dockerImageTag": "1.2.10",
            "tags": ["language:python", "cdk"],
            "ab_internal": {"ql": 400, "sl": 200},
            "connectorBuildOptions": {"baseImage": "docker.io/base:1.0.0"},
            "icon": null,
            "a b": {"c": true},
        }),
    )
}

fn value_of(source: &str) -> Value {
    Expression::parse(source).unwrap().evaluate(&metadata()).unwrap()
}

fn failure_of(source: &str) -> EvaluationError {
    Expression::parse(source).unwrap().evaluate(&metadata()).unwrap_err()
}

fn undefined(path: &str, span: Range<usize>) -> EvaluationError {
    EvaluationError::Undefined { path: path.to_owned(), span }
}

#[test]
fn the_queries_of_the_migration_guide_work_as_written() {
    assert_eq!(value_of("data.connectorBuildOptions.baseImage is not None"), json!(true));
    assert_eq!(
        value_of("data.supportLevel == 'certified' and 'connectorBuildOptions' not in data.keys()"),
        json!(false)
    );
}

#[test]
fn python_spellings_are_understood() {
    for (source, expected) in [
        ("True and not False", json!(true)),
        ("data.icon is None", json!(true)),
        ("None", json!(null)),
        ("data.get('nothing') is None", json!(true)),
        ("data.get('nothing', 'else')", json!("else")),
        ("data.supportLevel.startswith('cert')", json!(true)),
        ("data.supportLevel.upper().endswith('FIED')", json!(true)),
        ("'language:python' in data.tags", json!(true)),
        ("'x' not in data.tags", json!(true)),
        ("data.supportLevel in ['certified', 'community']", json!(true)),
        ("data.supportLevel in ('certified', 'community')", json!(true)),
        ("len(data.tags)", json!(2)),
        ("len(data.supportLevel) > 3", json!(true)),
        ("100 < data.ab_internal.ql <= 400", json!(true)),
        ("100 < data.ab_internal.ql < 400", json!(false)),
        ("data['a b']['c'] is True", json!(true)),
        ("data.tags[0].split(':')[1]", json!("python")),
        ("'-'.join(data.tags)", json!("language:python-cdk")),
        ("' x '.strip()", json!("x")),
        ("data.dockerImageTag.split('.')[2] | int + 1", json!(11)),
        ("int('7') + 1", json!(8)),
        ("int(2.9)", json!(2)),
        ("int(True)", json!(1)),
        ("float(' 1.5 ')", json!(1.5)),
        ("bool('')", json!(false)),
        ("str(7) + 'x'", json!("7x")),
        ("'yes' if data.icon else 'no'", json!("no")),
        ("data.nothing | default('x')", json!("x")),
        ("data.nothing is defined", json!(false)),
        ("(data.ab_internal.ql, 'x')", json!([400, "x"])),
        ("{'b': 1, 'a': 2}", json!({"b": 1, "a": 2})),
    ] {
        assert_eq!(value_of(source), expected, "{source}");
    }
}

#[test]
fn every_listed_word_of_the_language_is_there() {
    for name in language::FILTERS {
        let error = Expression::parse(&format!("data.tags | {name}")).unwrap().evaluate(&metadata()).err();
        assert!(!error.is_some_and(|error| error.to_string().contains("unknown")), "{name}");
    }
    for name in language::TESTS {
        let error = Expression::parse(&format!("data.tags is {name}")).unwrap().evaluate(&metadata()).err();
        assert!(!error.is_some_and(|error| error.to_string().contains("unknown")), "{name}");
    }
    for name in language::FUNCTIONS.iter().filter(|name| **name != language::EXISTS) {
        assert!(Expression::parse(&format!("{name}('7')")).unwrap().evaluate(&metadata()).is_ok(), "{name}");
    }
}

#[test]
fn a_value_that_is_not_there_is_an_error_whatever_is_done_with_it() {
    for operation in [
        "{}",
        "{} == 'x'",
        "{} is None",
        "{} is not None",
        "{} is string",
        "not {}",
        "{} or 1",
        "1 in {}",
        "len({})",
        "{}.lower()",
        "{} | lower",
        "{}[1]",
        "1 + {}",
        "'a' if {} else 'b'",
        "[{}] == [1]",
    ] {
        for path in ["data.nothing", "data.nothing.below", "nothing", "data['nothing']"] {
            let source = operation.replace("{}", path);
            let Err(EvaluationError::Undefined { path: reported, span }) =
                Expression::parse(&source).unwrap().is_true(&metadata())
            else {
                // A list may hold a value that is not there until somebody asks for it.
                assert_eq!(operation, "[{}] == [1]", "{source} has a value");
                continue;
            };
            let expected = if path == "nothing" { "nothing" } else { "data.nothing" };
            assert_eq!(reported, expected, "{source}");
            assert_eq!(&source[span], path, "{source}");
        }
    }
}

#[test]
fn what_is_not_evaluated_may_be_missing() {
    assert_eq!(value_of("'nothing' in data.keys() and data.nothing.x == 1"), json!(false));
    assert_eq!(value_of("data.nothing if False else 3"), json!(3));
}

#[test]
fn a_wrong_type_is_an_error_that_names_the_place() {
    let error = failure_of("data.ab_internal.ql.lower() == 'x'");
    assert_eq!(error.to_string(), "number has no method named lower");
    assert!(matches!(error, EvaluationError::Type { .. }));
    assert_eq!(failure_of("len(data.ab_internal.ql)").to_string(), "a number has no length");
    assert_eq!(failure_of("int('7.x')").to_string(), "'7.x' is not an integer");
    assert_eq!(failure_of("float(None)").to_string(), "None is not a number");
    assert_eq!(failure_of("data.tags.nothing"), undefined("data.tags.nothing", 0..17));
}

#[test]
fn a_single_equals_sign_is_an_error_with_the_caret_on_it() {
    for source in ["data.supportLevel = 'certified'", "(a = 1)", "len(a = 1)", "a and f(b.c = 1)"] {
        let error = Expression::parse(source).unwrap_err();
        assert_eq!(&source[error.span.clone()], "=", "{source}: {error:?}");
        assert_eq!(error.message, "`=` does not compare");
        assert!(error.hint.unwrap().starts_with("Use `==` to compare"));
    }
}

#[test]
fn errors_point_at_what_is_wrong_and_say_what_to_write() {
    let mut told = String::new();
    for source in [
        "",
        "a && b",
        "a || b",
        "!a",
        "a <> b",
        "a ? b : c",
        "a b",
        "'abc",
        "a is None if b else c",
        "foo(1)",
        "lenn(data)",
        "a | lowerr",
        "a is Nonee",
        "a ==",
        "[1, 2",
        "a == )",
        "a..b",
        "ä #",
        "{% x %}",
        "a }} b",
    ] {
        let error = Expression::parse(source).unwrap_err();
        let text = SourceText::new("query", source);
        told.push_str(&crate::diagnostic::render(&[error.diagnostic(&text, 0)], false));
        told.push_str("\n\n");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn references_are_the_paths_that_are_read_without_methods() {
    let source = "data.tags[0] == x['a b'].c and 'k' not in data.keys() and len(steps.build.image) > y[z.w]";
    let expression = Expression::parse(source).unwrap();
    let found: Vec<_> =
        expression.references().into_iter().map(|found| (found.dotted(), source[found.span].to_owned())).collect();
    let expected = [
        ("data.tags", "data.tags"),
        ("x.a b.c", "x['a b'].c"),
        ("data", "data"),
        ("steps.build.image", "steps.build.image"),
        ("y", "y"),
        ("z.w", "z.w"),
    ];
    assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
}

#[test]
fn keys_that_are_asked_for_are_told_apart_from_those_that_are_read() {
    let source =
        "'a' not in data.keys() and data.x.get('b', 1) and 'c' in data.y and z in data.keys() and 'd' in ['d']";
    let expression = Expression::parse(source).unwrap();
    let found: Vec<_> =
        expression.lookups().iter().map(|found| (found.dotted(), &source[found.span.clone()])).collect();
    let expected = [("data.a", "'a'"), ("data.x.b", "'b'"), ("data.y.c", "'c'")];
    assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text)));
}

#[test]
fn a_scope_tells_its_names_and_keys() {
    let scope = metadata().with("inputs", json!({"b": {"c": 1}, "a": 2}));
    assert_eq!(scope.names().collect::<Vec<_>>(), ["data", "inputs"]);
    let path = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(scope.keys(&path("inputs")), ["b", "a"]);
    assert_eq!(scope.keys(&path("inputs.b")), ["c"]);
    assert!(scope.keys(&path("inputs.a")).is_empty() && scope.keys(&path("x.y")).is_empty());
    assert_eq!((scope.depth_of(&path("inputs.b.x.y")), scope.depth_of(&path("x"))), (2, 0));
}

#[test]
fn values_of_different_kinds_have_no_order_as_in_python() {
    for (source, message) in [
        (
            "data.ab_internal.ql >= '400'",
            "`data.ab_internal.ql` is a number and `'400'` is a text, which have no order",
        ),
        ("data.tags < 3", "`data.tags` is a list and `3` is a number, which have no order"),
        ("data.icon < 3", "`data.icon` is None and `3` is a number, which have no order"),
        ("1 < data.dockerImageTag < 3", "`1` is a number and `data.dockerImageTag` is a text, which have no order"),
        (
            "data.dockerImageTag.split('.')[0] > 1",
            "`data.dockerImageTag.split('.')[0]` is a text and `1` is a number, which have no order",
        ),
        ("3 in data.supportLevel", "`3` is a number, which cannot be part of the text `data.supportLevel`"),
        ("not (len(data.tags) < 'x')", "`len(data.tags)` is a number and `'x'` is a text, which have no order"),
    ] {
        let error = failure_of(source);
        assert_eq!(error.to_string(), message);
        assert!(source.get(error.span()).is_some_and(|text| !text.is_empty()));
    }
    for source in [
        "data.ab_internal.ql >= 400",
        "True > False",
        "data.dockerImageTag > '1'",
        "[1, 2] < [1, 3]",
        "(data.dockerImageTag.split('.')[0] | int) == 1 and int(data.dockerImageTag[0]) < 2",
        "(data.supportLevel) > ('a')",
        "3 not in data.tags",
    ] {
        assert_eq!(value_of(source), json!(true), "{source}");
    }
}

#[test]
fn an_expression_knows_that_it_awaits_a_value_of_the_future() {
    let scope = Scope::new()
        .with("steps", json!({"open": {"number": unknown("steps.open.number"), "url": "https://x"}}))
        .with("n", 1_i64);
    let awaited = |source: &str| {
        let expression = Expression::parse(source).unwrap();
        expression.awaits(&scope).map(Reference::dotted)
    };
    assert_eq!(awaited("n > 0 and steps.open.number > 3").as_deref(), Some("steps.open.number"));
    assert_eq!(awaited("len(steps.open) > 3").as_deref(), Some("steps.open"));
    assert_eq!(awaited("steps.open.url == 'https://x' and nothing.here"), None);
}

#[test]
fn exists_asks_the_scope() {
    let expression = Expression::parse("not exists('Dockerfile') and exists('metadata.yaml')").unwrap();
    let scope = Scope::new().exists(Arc::new(|path| path == "metadata.yaml"));
    assert_eq!(expression.is_true(&scope), Ok(true));
    let error = expression.is_true(&Scope::new()).unwrap_err();
    assert_eq!(error.to_string(), "`exists(...)` has no files to look at here");
}

#[test]
fn a_name_that_is_added_again_replaces_the_older_and_leaves_clones_alone() {
    let expression = Expression::parse("x").unwrap();
    let old = Scope::new().with("x", 1_i64);
    let new = old.clone().with("x", "two");
    assert_eq!(expression.evaluate(&old).unwrap(), json!(1));
    assert_eq!(expression.evaluate(&new).unwrap(), json!("two"));
}

#[test]
fn values_pass_through_unchanged() {
    let value = json!({"z": 1, "a": [1.5, null, true, "x", {"k": -3}], "m": u64::MAX, "n": i64::MIN});
    let scope = Scope::new().with("v", &value);
    let passed = Template::parse("${{ v }}").unwrap().render(&scope).unwrap();
    assert_eq!(passed.to_string(), value.to_string(), "order of keys included");
}

#[test]
fn a_template_that_is_one_expression_keeps_its_type() {
    let scope = Scope::new().with("n", 7_i64).with("list", json!([1]));
    let render = |text: &str| Template::parse(text).unwrap().render(&scope).unwrap();
    assert_eq!(render("${{ n }}"), json!(7));
    assert_eq!(render("${{ list }}"), json!([1]));
    assert_eq!(render("#${{ n }}"), json!("#7"));
    assert_eq!(render("${{ n }} ${{ list }}"), json!("7 [1]"));
    assert_eq!(render("plain"), json!("plain"));
    assert_eq!(render(""), json!(""));
}

#[test]
fn a_template_finds_the_end_of_its_expressions() {
    let scope = Scope::new().with("n", 7_i64);
    let text = |text: &str| Template::parse(text).unwrap().render_text(&scope).unwrap();
    assert_eq!(text("a ${{ '}}' }} b"), "a }} b");
    assert_eq!(text("${{ {'k': {'l': n}} }}"), r#"{"k":{"l":7}}"#);
    assert_eq!(text("${{n}}${{n}}"), "77");
    assert_eq!(text(r"${{ 'it\'s }}' }}"), "it's }}");
    assert_eq!(text("$${{ n }} and $$${{ n }}"), "${{ n }} and $${{ n }}");
    assert_eq!(text("$n ${n} {{ n }} }}"), "$n ${n} {{ n }} }}");
    assert!(Template::parse("$${{ n }}").unwrap().is_literal());
}

#[test]
fn spans_in_a_template_are_those_of_its_text() {
    let text = "ü ${{ a }} ${{  b.c = 1 }}";
    let error = Template::parse(text).unwrap_err();
    assert_eq!((&text[error.span.clone()], error.span.start), ("=", text.find('=').unwrap()));

    let text = "ü ${{ a.x }} ${{  b.c }}";
    let template = Template::parse(text).unwrap();
    let spans: Vec<_> = template.references().into_iter().map(|found| &text[found.span]).collect();
    assert_eq!(spans, ["a.x", "b.c"]);
    let scope = Scope::new().with("a", json!({"x": 1})).with("b", json!({}));
    assert_eq!(template.render(&scope), Err(undefined("b.c", 19..22)));

    assert_eq!(Template::parse("a ${{ b").unwrap_err().span, 2..5);
    assert_eq!(Template::parse("a ${{  }} b").unwrap_err().span, 2..9);
}

#[test]
fn nothing_is_never_written_into_a_text() {
    let scope = Scope::new().with("number", None::<i64>);
    let error = Template::parse("#${{ number }}").unwrap().render(&scope).unwrap_err();
    assert_eq!(error.to_string(), "`number` has no value to put into a text; write `number or ''` if it may be empty");
    assert_eq!(Template::parse("${{ number }}").unwrap().render(&scope), Ok(json!(null)));
}

#[test]
fn a_value_of_the_future_is_recognised_by_its_mark() {
    let mark = unknown("steps.pull_request.number");
    assert_eq!(mark, "⟨steps.pull_request.number⟩");
    assert!(is_unknown(&mark));
    assert!(!is_unknown(&format!("#{mark}")));
    assert!(contains_unknown(&json!({"a": [1, format!("x ⟨ y #{mark}")]})));
    assert!(contains_unknown(&json!({ mark: 1 })));
    assert!(!contains_unknown(&json!(["⟨not a path⟩", "⟨⟩", "⟩⟨", 1, null])));
}

#[test]
fn expressions_and_templates_are_stored_as_their_text() {
    let expression = Expression::parse("a == 1").unwrap();
    let stored = serde_json::to_string(&expression).unwrap();
    assert_eq!(stored, "\"a == 1\"");
    assert_eq!(serde_json::from_str::<Expression>(&stored).unwrap(), expression);
    assert!(serde_json::from_str::<Expression>("\"a =\"").is_err());
    let template = Template::parse("x ${{ a }}").unwrap();
    assert_eq!(serde_json::from_value::<Template>(serde_json::to_value(&template).unwrap()).unwrap(), template);
}

#[test]
fn towers_of_operators_are_refused_before_they_exhaust_the_stack() {
    for tower in
        ["not ", "-", "(", "[", "a.", "a+", "a if b else ", "a and ", "{1:", "f(", "a|lower|", "a is ", "a<", "- -"]
    {
        let _ = Expression::parse(&tower.repeat(100_000));
        let _ = Expression::parse(&format!("{}a", tower.repeat(20)));
        let _ = Expression::parse(&format!("{}a", tower.repeat(149)));
        let _ = Expression::parse(&format!("{}a", tower.repeat(240)));
    }
    let names: Vec<String> = (0..3000).map(|number| format!("'source-{number}'")).collect();
    assert!(Expression::parse(&format!("data.name in [{}]", names.join(", "))).is_ok(), "a long list is fine");
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,60}") {
        let _ = Expression::parse(&text);
        let _ = Template::parse(&text);
    }

    #[test]
    fn what_parses_evaluates_without_panic_and_its_spans_are_of_the_text(
        words in proptest::collection::vec(prop_oneof![
            Just("data"), Just(".tags"), Just(".get('x')"), Just("["), Just("]"), Just("("), Just(")"), Just("0"),
            Just("'ü'"), Just(" and "), Just(" not "), Just(" in "), Just(" is None"), Just(" == "), Just("+"),
            Just("|lower"), Just(" if "), Just(" else "), Just("-"), Just(","), Just("="), Just("${{"), Just("}}"),
            Just("$"), Just(":"), Just("len("), Just("*"), Just("**"), Just("9"), Just("{"), Just("\\"), Just("\n"),
        ], 0..14)
    ) {
        let text = words.concat();
        match Expression::parse(&text) {
            Ok(expression) => {
                for reference in expression.references() {
                    prop_assert!(text.get(reference.span).is_some());
                }
                if let Err(error) = expression.evaluate(&metadata()) {
                    prop_assert!(text.get(error.span()).is_some());
                }
            }
            Err(error) => prop_assert!(text.get(error.span).is_some()),
        }
        match Template::parse(&text) {
            Ok(template) => { let _ = template.render(&metadata()); }
            Err(error) => prop_assert!(text.get(error.span).is_some()),
        }
    }
}
