//! Words of a Containerfile: what must be written how so that it is read as it is.

use super::error::RecipeError;

/// A value for `ENV` and `LABEL`, in quotes. What stands in them is replaced by nobody.
pub(super) fn value(what: &'static str, text: &str) -> Result<String, RecipeError> {
    one_line(what, text)?;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    Ok(quoted)
}

/// The name of a variable or a label, as it stands before the `=`.
pub(super) fn name(what: &'static str, text: &str) -> Result<String, RecipeError> {
    one_line(what, text)?;
    if text.is_empty() || text.contains(['=', '"', '\\', '$', '\'', ' ', '\t']) {
        let why = "a character that names cannot have";
        return Err(RecipeError::Value { what, value: text.to_owned(), why });
    }
    Ok(text.to_owned())
}

/// An argument of `USER` and `WORKDIR`.
pub(super) fn word(what: &'static str, text: &str) -> Result<String, RecipeError> {
    one_line(what, text)?;
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$' | '\'') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    Ok(escaped)
}

/// The list of words that `RUN`, `ENTRYPOINT` and `CMD` take, which nothing is replaced in.
pub(super) fn list<Word: AsRef<str>>(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    serde_json::to_string(&words).expect("texts are JSON")
}

/// The list of paths that `COPY` takes, in which variables would be replaced.
pub(super) fn paths(paths: &[&str]) -> String {
    let escaped: Vec<String> = paths.iter().map(|path| path.replace('\\', "\\\\").replace('$', "\\$")).collect();
    list(&escaped)
}

/// A path as a part of `--mount=…`, whose parts are divided by commas.
pub(super) fn part(what: &'static str, text: &str) -> Result<String, RecipeError> {
    one_line(what, text)?;
    if text.contains([',', '"', '\'', '\\', '$', ' ', '\t']) {
        let why = "a character that mounts cannot have";
        return Err(RecipeError::Value { what, value: text.to_owned(), why });
    }
    Ok(text.to_owned())
}

fn one_line(what: &'static str, text: &str) -> Result<(), RecipeError> {
    let why = match text.find(['\n', '\r', '\0']).map(|at| text.as_bytes()[at]) {
        None => return Ok(()),
        Some(0) => "a null character",
        Some(_) => "a line break",
    };
    Err(RecipeError::Value { what, value: text.to_owned(), why })
}
