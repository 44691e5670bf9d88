//! The functions, tests and filters of the language: all there are, listed, so that a misspelt one is found
//! when the expression is parsed.

use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, filters, tests};

/// Asks the scope whether a file is there.
pub(super) const EXISTS: &str = "exists";

/// The functions. `exists` comes with the scope.
pub(super) const FUNCTIONS: &[&str] = &["bool", EXISTS, "float", "int", "len", "str"];

/// The tests: what may stand after `is`.
pub(super) const TESTS: &[&str] = &[
    "none",
    "true",
    "false",
    "None",
    "True",
    "False",
    "defined",
    "undefined",
    "string",
    "number",
    "integer",
    "float",
    "boolean",
    "sequence",
    "mapping",
    "iterable",
    "in",
    "even",
    "odd",
    "divisibleby",
    "startingwith",
    "endingwith",
    "lower",
    "upper",
];

/// The filters: what may stand after `|`.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "bool",
    "capitalize",
    "count",
    "d",
    "default",
    "first",
    "float",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
];

/// The one environment of all expressions.
pub(super) fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(build);
    &ENVIRONMENT
}

fn build() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The library's default depends on how it is built; messages must not.
    environment.set_debug(false);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    add_functions(&mut environment);
    add_tests(&mut environment);
    add_filters(&mut environment);
    environment
}

/// The value, unless it is not there: the library leaves that question to each function.
fn present(value: &Value) -> Result<&Value, Error> {
    if value.is_undefined() { Err(Error::from(ErrorKind::UndefinedError)) } else { Ok(value) }
}

fn len(value: &Value) -> Result<usize, Error> {
    let kind = value.kind();
    present(value)?.len().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("a {kind} has no length")))
}

fn int(value: &Value) -> Result<i64, Error> {
    let number = match present(value)?.as_str() {
        Some(text) => text.trim().parse().ok(),
        None if value.is_integer() || value.kind() == ValueKind::Bool => i64::try_from(value.clone()).ok(),
        // Beyond 2^63 the cast saturates, which no version or count comes near.
        #[expect(clippy::cast_possible_truncation, reason = "cutting the fraction off is what `int` is for")]
        None => f64::try_from(value.clone()).ok().filter(|float| float.is_finite()).map(|float| float as i64),
    };
    number.ok_or_else(|| no_number(value, "an integer"))
}

fn float(value: &Value) -> Result<f64, Error> {
    let number = match present(value)?.as_str() {
        Some(text) => text.trim().parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    number.ok_or_else(|| no_number(value, "a number"))
}

fn no_number(value: &Value, what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{value:?} is not {what}"))
}

fn add_functions(environment: &mut Environment<'static>) {
    environment.add_function("bool", |value: &Value| present(value).map(Value::is_true));
    environment.add_function("float", float);
    environment.add_function("int", int);
    environment.add_function("len", len);
    environment.add_function("str", |value: &Value| present(value).map(ToString::to_string));
}

/// A test of one value. The tests of the library call a value that is not there "not a string", where strictness
/// asks for an error.
fn add_test(environment: &mut Environment<'static>, name: &'static str, test: fn(&Value) -> bool) {
    environment.add_test(name, move |value: &Value| present(value).map(test));
}

fn add_tests(environment: &mut Environment<'static>) {
    for name in ["none", "None"] {
        add_test(environment, name, Value::is_none);
    }
    for name in ["true", "True"] {
        add_test(environment, name, tests::is_true);
    }
    for name in ["false", "False"] {
        add_test(environment, name, tests::is_false);
    }
    add_test(environment, "string", tests::is_string);
    add_test(environment, "number", tests::is_number);
    add_test(environment, "integer", tests::is_integer);
    add_test(environment, "float", tests::is_float);
    add_test(environment, "boolean", tests::is_boolean);
    add_test(environment, "sequence", tests::is_sequence);
    add_test(environment, "mapping", tests::is_mapping);
    add_test(environment, "iterable", tests::is_iterable);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("in", tests::is_in);
    environment.add_test("even", tests::is_even);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("divisibleby", tests::is_divisibleby);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("lower", tests::is_lower);
    environment.add_test("upper", tests::is_upper);
}

fn add_filters(environment: &mut Environment<'static>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("bool", filters::bool);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("d", filters::default);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("indent", filters::indent);
    environment.add_filter("int", filters::int);
    environment.add_filter("items", filters::items);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lines", filters::lines);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("map", filters::map);
    environment.add_filter("max", filters::max);
    environment.add_filter("min", filters::min);
    environment.add_filter("reject", filters::reject);
    environment.add_filter("rejectattr", filters::rejectattr);
    environment.add_filter("replace", filters::replace);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("round", filters::round);
    environment.add_filter("select", filters::select);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("string", filters::string);
    environment.add_filter("sum", filters::sum);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
}
