use serde_json::json;

use super::*;

const PYPROJECT: &str = "[build-system]\nrequires = [ \"poetry-core>=1.0.0\",]\n\n[tool.poetry]\nname = \"source-example\"\nversion = \"4.5.12\" # release\n\n[tool.poetry.dependencies]\npython = \"^3.9\"\nsix = { version = \"1.16.0\", optional = true }\n\n[tool.poetry.dependencies.cdk]\nextras = [ \"file\",]\nversion = \"^0\"\n";

fn path(path: &str) -> ValuePath {
    ValuePath::parse(path).unwrap()
}

#[track_caller]
fn sets(old: &str, at: &str, value: impl Into<Value>, new: &str) {
    match set(old, &path(at), &value.into()) {
        Ok(edit) => assert_eq!(edit.text, new),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn removes(old: &str, at: &str, new: &str) {
    match remove(old, &path(at)) {
        Ok(edit) => assert_eq!(edit.text, new),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn trap_13_versions_of_dependencies_stay() {
    let new = PYPROJECT.replace("4.5.12", "4.5.13");
    sets(PYPROJECT, "tool.poetry.version", "4.5.13", &new);
    assert_eq!(get(&new, &path("tool.poetry.dependencies.six.version")).unwrap(), Some(json!("1.16.0")));
    assert_eq!(get(&new, &path("tool.poetry.dependencies.cdk.version")).unwrap(), Some(json!("^0")));
}

#[test]
fn quotes_comments_and_line_breaks_stay() {
    sets("a = 'x' # c\r\nb = 1\r\n", "a", "y", "a = 'y' # c\r\nb = 1\r\n");
    sets("a = 'x'\n", "a", "it's", "a = \"it's\"\n");
    sets("a = \"\"\"x\ny\"\"\" # c\n", "a", "z", "a = \"z\" # c\n");
    sets("\u{feff}a = 1", "a", 1.5, "\u{feff}a = 1.5");
    sets("a = [1, 2]\n", "a", json!(["x\n", {"b c": true}]), "a = [\"x\\n\", { \"b c\" = true }]\n");
    sets("a = 1979-05-27\n", "a", "1979-05-27", "a = 1979-05-27\n");
    sets("a = 1979-05-27\n", "a", "1979-05-28", "a = 1979-05-28\n");
    sets("a = inf\n", "a", "inf", "a = \"inf\"\n");
}

#[test]
fn new_keys_go_to_the_end_of_their_table() {
    sets(
        PYPROJECT,
        "tool.poetry.description",
        "x",
        &PYPROJECT.replace("# release\n", "# release\ndescription = \"x\"\n"),
    );
    sets("[a]\r\n\r\n[b]\r\n", "a.x", 1, "[a]\r\nx = 1\r\n\r\n[b]\r\n");
    sets("a.b = 1\nc = 2\n", "a.d.e", 3, "a.b = 1\na.d = { e = 3 }\nc = 2\n");
    sets("[t]\na.b = 1", "t.x", 3, "[t]\na.b = 1\nx = 3");
    sets("", "a", 1, "a = 1\n");
    sets("# head\n\n[t]\n", "a", 1, "# head\n\na = 1\n\n[t]\n");
    sets("# about t\n[t]\n", "a", 1, "a = 1\n\n# about t\n[t]\n");
    sets("i = { a = 1 }\n", "i.b.c", 2, "i = { a = 1, b = { c = 2 } }\n");
    sets("i = {}\n", "i.b", 2, "i = { b = 2 }\n");
}

#[test]
fn new_tables_stand_behind_their_relatives() {
    sets(PYPROJECT, "tool.poetry.scripts.run", "x:y", &format!("{PYPROJECT}\n[tool.poetry.scripts]\nrun = \"x:y\"\n"));
    sets("[a]\nx = 1\n[b]\n", "a.c.d", 1, "[a]\nx = 1\n\n[a.c]\nd = 1\n[b]\n");
    sets("[a.b]\nx = 1\n", "a.y", 1, "[a.b]\nx = 1\n\n[a]\ny = 1\n");
    sets("a = 1", "b.c", json!([1]), "a = 1\n\n[b]\nc = [1]");
    sets("a = 1\n", "b.c[+]", 2, "a = 1\n\n[b]\nc = [2]\n");
}

#[test]
fn arrays_are_addressed_by_number_and_appended() {
    sets("a = [1, 2]\n", "a[-1]", 3, "a = [1, 3]\n");
    sets("a = [1, 2]\n", "a[+]", 3, "a = [1, 2, 3]\n");
    sets("a = [1, 2]\n", "a[+]", 2, "a = [1, 2]\n");
    sets("a = []\n", "a[+]", 2, "a = [2]\n");
    sets("a = [\n  1, # one\n  2, # two\n]\n", "a[+]", 3, "a = [\n  1, # one\n  2, # two\n  3,\n]\n");
    sets("[[t]]\nx = 1\n[[t]]\nx = 2\n", "t[1].x", 3, "[[t]]\nx = 1\n[[t]]\nx = 3\n");
    sets("[[t]]\nx = 1\n\n[z]\n", "t[+].x", 3, "[[t]]\nx = 1\n\n[[t]]\nx = 3\n\n[z]\n");
    sets("[[t]]\nx = 1\n\n[z]\n", "t[0].y", 3, "[[t]]\nx = 1\ny = 3\n\n[z]\n");
}

#[test]
fn keys_and_items_are_removed_with_their_lines_or_commas() {
    removes("a = 1 # c\nb = [\n  1,\n]\nc = 3", "b", "a = 1 # c\nc = 3");
    removes("a = 1\nc = 3", "c", "a = 1");
    removes("a = { x = 1, y = 2 }\n", "a.x", "a = { y = 2 }\n");
    removes("a = [1, 2, 3]\n", "a[1]", "a = [1, 3]\n");
    removes("a = 1\n", "b.c", "a = 1\n");
    removes("a.b = 1\na.c = 2\n", "a.c", "a.b = 1\n");
}

#[test]
fn what_toml_cannot_do_is_refused() {
    assert!(matches!(set("a = 1\n", &path("a"), &Value::Null), Err(EditError::Unwritable { what: "null", .. })));
    assert!(matches!(set("a = 1\n", &path("a"), &json!(u64::MAX)), Err(EditError::Unwritable { .. })));
    let error = set("\n[a]\nb = 1\n", &path("a"), &json!(1)).unwrap_err();
    assert_eq!(error, EditError::InTheWay { path: path("a"), obstacle: Obstacle::Table, line: 2 });
    assert!(matches!(remove("[a]\nb = 1\n", &path("a")), Err(EditError::InTheWay { .. })));
    let error = set("\na = 1\n", &path("a.b"), &json!(1)).unwrap_err();
    assert_eq!(error.to_string(), "`a` on line 2 is a single value, not a table");
    assert!(matches!(set("a = [1]\n", &path("a[1]"), &json!(1)), Err(EditError::OutOfRange { length: 1, .. })));
}

#[test]
fn a_broken_text_is_an_error_with_line_and_column() {
    let error = parse("a = 1\nb = = 2\n").unwrap_err();
    assert!(matches!(error, EditError::Syntax { format: Format::Toml, line: 2, column: 5, .. }), "{error}");
    assert!(matches!(parse("a = 1\na = 2\n"), Err(EditError::Syntax { line: 2, .. })));
}

#[test]
fn a_document_reads_as_json() {
    let value = json!({"a": {"b": 1, "c": "1979-05-27T07:32:00Z"}, "t": [{"x": [1.5, true]}], "n": "NaN"});
    assert_eq!(parse("n = nan\n[a]\nb = 1\nc = 1979-05-27T07:32:00Z\n[[t]]\nx = [1.5, true]\n").unwrap(), value);
}
