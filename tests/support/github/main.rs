//! The double of GitHub as a program, for trying things out by hand: prints where it is and a token.
//!
//! `cargo run --example github-double -- --repository DIR [--owner acme] [--name connectors] [--port N]`
#![expect(clippy::unwrap_used, reason = "the part that speaks git is a test's, which fails by panicking")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the hand")]

#[expect(dead_code, reason = "every test uses its part")]
#[path = "mod.rs"]
mod github;

use std::path::PathBuf;
use std::process::ExitCode;

use github::{Double, TOKEN};

const USAGE: &str = "usage: github-double --repository DIR [--owner acme] [--name connectors] [--port N]";

struct Wanted {
    repository: PathBuf,
    owner: String,
    name: String,
    port: u16,
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let (mut repository, mut owner, mut name, mut port) = (None, "acme".to_owned(), "connectors".to_owned(), 0);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--repository" => repository = Some(PathBuf::from(value()?)),
            "--owner" => owner = value()?,
            "--name" => name = value()?,
            "--port" => port = value()?.parse().map_err(|error| format!("--port: {error}"))?,
            other => return Err(format!("{other} is not an option")),
        }
    }
    let repository = repository.ok_or("--repository is missing")?;
    if !repository.join("HEAD").is_file() {
        return Err(format!("{} is no bare repository (git clone --bare makes one)", repository.display()));
    }
    Ok(Wanted { repository, owner, name, port })
}

fn main() -> ExitCode {
    let wanted = match wanted(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match Double::start_at(&wanted.repository, &wanted.owner, &wanted.name, wanted.port) {
        Ok(double) => {
            println!("url: {}\nrest: {}\ngraphql: {}/api/graphql", double.url(), double.api(), double.url());
            println!("git: {}\ntoken: {TOKEN}\ncontrol: {}/_double/", double.clone_url(), double.url());
            double.wait();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed to start: {error}");
            ExitCode::FAILURE
        }
    }
}
