//! What the terminal can do, and the writing of answers to it.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use crate::diagnostic::{Diagnostic, render};
use crate::report::Style;

use super::failed::Failed;

/// Width where there is no terminal to ask.
const WIDTH: usize = 100;

/// The style for standard output: colours only on a terminal that wants them.
pub(super) fn stdout_style() -> Style {
    style(std::io::stdout().is_terminal())
}

/// The style for standard error.
pub(super) fn stderr_style() -> Style {
    style(std::io::stderr().is_terminal())
}

/// Whether progress can be drawn.
pub(super) fn is_interactive() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether somebody can answer a question.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn style(terminal: bool) -> Style {
    // https://no-color.org: any value but the empty one.
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let width = rustix::termios::tcgetwinsize(std::io::stderr()).ok().map(|size| usize::from(size.ws_col));
    Style {
        colour: terminal && !refused && !dumb,
        width: width.filter(|width| terminal && *width > 0).unwrap_or(WIDTH),
    }
}

/// Writes an answer to standard output. A reader that has gone away (`| head`) is no error.
pub(super) fn answer(text: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| if text.is_empty() || text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failed::new(super::Exit::SomeFailed, format!("failed to write the answer: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a JSON answer.
pub(super) fn answer_json(value: &Value) -> Result<(), Failed> {
    answer(&format!("{value:#}"))
}

/// Says something on standard error.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Shows warnings on standard error.
pub(super) fn warn(warnings: &[Diagnostic]) {
    if !warnings.is_empty() {
        say(&format!("{}\n", render(warnings, stderr_style().colour)));
    }
}

/// Asks a question that wants yes or no; no if the answer is anything else.
pub(super) fn ask(question: &str) -> bool {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "{question} [y/N] ");
    let _ = err.flush();
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Debug output for the developers of cutover: `CUTOVER_LOG=debug`.
pub(super) fn start_log() {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("CUTOVER_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}
