//! Build hooks: `build_customization.py`, written from a judgement, and whether one that is there does what is needed.
//!
//! Owns the form of the file: a call for each instruction, below a comment that names the instruction. It does not know
//! how hooks are run; their contract is that of the reference, `airbyte-ci`.

mod cover;
mod python;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::judge::{Call, Judgement, Phase};
use crate::edit::splice::newline_of;
use python::{Argument, call, string};

pub use cover::missing;

/// The file with a connector's build hooks.
pub const FILE: &str = "build_customization.py";

/// The first line of the file: the same for all connectors, so that their diffs are seen to be alike.
const ABOUT: &str = "\"\"\"What the Dockerfile did beyond the base image and the build process.\"\"\"";

/// The name of the constant with the main file.
const MAIN_FILE_NAME: &str = "MAIN_FILE_NAME";

/// The hooks that do what the judgement of a Dockerfile carries over; `None` if there is nothing. Their lines end as the
/// Dockerfile's do.
pub fn render(dockerfile: &str, judgement: &Judgement) -> Option<String> {
    let mut bodies: BTreeMap<Phase, String> = BTreeMap::new();
    let mut main_file = String::new();
    let mut reads_files = false;
    for (item, phase, calls) in judgement.carried() {
        let comment = format!("# Dockerfile line {}: {}\n", item.line, item.text);
        // What the Dockerfile said about it goes with it.
        let remarks = item.remarks.iter().map(|remark| format!("    # {remark}\n")).collect::<Vec<_>>().concat();
        let mut lines = String::new();
        for one in calls {
            reads_files |= matches!(one, Call::File { .. });
            match one {
                Call::MainFile(name) => {
                    main_file = format!("\n{comment}{MAIN_FILE_NAME} = {}\n", string(name));
                }
                one => lines.push_str(&statement(one, phase)),
            }
        }
        if !lines.is_empty() {
            let body = bodies.entry(phase).or_default();
            let _ = write!(body, "{remarks}    {comment}{lines}");
        }
    }
    if bodies.is_empty() && main_file.is_empty() {
        return None;
    }
    let mut text = format!("{ABOUT}\n");
    if !bodies.is_empty() {
        text.push_str("\nfrom __future__ import annotations\n\n");
        text.push_str(if reads_files { "from pathlib import Path\n" } else { "" });
        text.push_str("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from dagger import Container\n");
    }
    text.push_str(&main_file);
    for (phase, body) in &bodies {
        text.push_str(&hook(*phase, body));
    }
    Some(text.replace('\n', newline_of(dockerfile)))
}

fn hook(phase: Phase, body: &str) -> String {
    let (name, container, about) = match phase {
        Phase::Before => (
            "pre_connector_install",
            "base_image_container",
            "Runs on the base image, before the connector's dependencies are installed.",
        ),
        Phase::After => {
            ("post_connector_install", "connector_container", "Runs at the end, with the connector in the image.")
        }
    };
    format!(
        "\n\nasync def {name}({container}: Container) -> Container:\n    \"\"\"{about}\"\"\"\n    container = \
         {container}\n{body}    return container\n"
    )
}

/// The statement that makes a call.
fn statement(one: &Call, phase: Phase) -> String {
    let (method, mut arguments) = method(one);
    // The engine of the reference puts the image's entry point before a command unless it is told not to.
    if phase == Phase::After && method == "with_exec" {
        arguments.push(Argument::Code("skip_entrypoint=True".to_owned()));
    }
    call(&format!("container = container.{method}"), &arguments)
}

/// The container's method that a call uses, and what it gets.
fn method(one: &Call) -> (&'static str, Vec<Argument>) {
    let text = |text: &str| Argument::Code(string(text));
    let list = |words: &[String]| Argument::List(words.iter().map(|word| string(word)).collect());
    match one {
        Call::Packages { names, and_recommended } => {
            let script = installing(names, *and_recommended);
            ("with_exec", vec![list(&["sh".to_owned(), "-c".to_owned(), script])])
        }
        Call::Exec(words) => ("with_exec", vec![list(words)]),
        Call::Environment { name, value, expand } => {
            let mut arguments = vec![text(name), text(value)];
            if *expand {
                arguments.push(Argument::Code("expand=True".to_owned()));
            }
            ("with_env_variable", arguments)
        }
        Call::File { path, source } => {
            let read = format!("Path(__file__).parent.joinpath({}).read_text()", string(source));
            ("with_new_file", vec![text(path), Argument::Code(read)])
        }
        Call::User(name) => ("with_user", vec![text(name)]),
        Call::Workdir(path) => ("with_workdir", vec![text(path)]),
        Call::Label { name, value } => ("with_label", vec![text(name), text(value)]),
        Call::Entrypoint(words) => ("with_entrypoint", vec![list(words)]),
        Call::DefaultArguments(words) => ("with_default_args", vec![list(words)]),
        Call::Port(number) => ("with_exposed_port", vec![Argument::Code(number.to_string())]),
        Call::MainFile(_) => unreachable!("the main file is a constant, not a call"),
    }
}

/// The shell command that installs packages of Debian and leaves nothing else behind.
fn installing(names: &[String], and_recommended: bool) -> String {
    let option = if and_recommended { "" } else { "--no-install-recommends " };
    let names = names.join(" ");
    format!("apt-get update && apt-get install -y {option}{names} && rm -rf /var/lib/apt/lists/*")
}
