//! README.md: its commands are typed, and what it lists is held against what there is.

use std::collections::BTreeSet;
use std::path::Path;

use cutover::connector::Profile;
use cutover::diagnostic::{SourceText, render};
use cutover::workflow::load;
use serde_json::Value;

use crate::newcomer::{Newcomer, file};

const VERBS: [&str; 15] = [
    "list",
    "plan",
    "run",
    "resume",
    "status",
    "runs",
    "logs",
    "verify",
    "check",
    "graph",
    "schema",
    "actions",
    "init",
    "completions",
    "demo",
];

fn help(newcomer: &Newcomer, verb: &str) -> String {
    String::from_utf8(newcomer.cutover(&[verb, "--help"]).stdout).unwrap()
}

/// Words that begin with two dashes.
fn flags(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words.filter(|word| word.len() > 3 && word.starts_with("--") && !word.starts_with("---")).collect()
}

/// The blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn every_tested_command_of_the_tour_does_what_it_says() {
    let newcomer = Newcomer::new();
    // As after `cutover demo`, without the run: the tour makes its own.
    let output = newcomer.cutover(&["demo"]);
    assert!(output.status.success());
    let monorepo = "cutover-demo/monorepo";
    newcomer.types(&file("README.md"), monorepo);
    assert_eq!(newcomer.git(monorepo, &["diff", "--stat"]), "", "what `--in-place` changed was taken back");
}

#[test]
fn every_flag_exists() {
    let newcomer = Newcomer::new();
    let helps: Vec<(&str, String)> = VERBS.iter().map(|verb| (*verb, help(&newcomer, verb))).collect();
    let known: BTreeSet<&str> = helps.iter().flat_map(|(_, help)| flags(help)).collect();
    let readme = file("README.md");
    for line in readme.lines().filter(|line| !line.contains("git ") && !line.contains("cargo ")) {
        let unknown: Vec<_> = flags(line).difference(&known).copied().collect();
        assert!(unknown.is_empty(), "{unknown:?} in: {line}");
    }
    for line in blocks(&readme, "sh").iter().flat_map(|block| block.lines()) {
        let Some(rest) = line.split('#').next().unwrap().strip_prefix("cutover ") else { continue };
        let verb = rest.split(' ').next().unwrap();
        let (_, help) = helps.iter().find(|(known, _)| *known == verb).unwrap_or_else(|| panic!("no verb: {line}"));
        let unknown: Vec<_> = flags(rest).difference(&flags(help)).copied().collect();
        assert!(unknown.is_empty(), "{unknown:?} in: {line}");
    }
}

#[test]
fn the_table_of_actions_is_the_one_that_there_is() {
    let output = Newcomer::new().cutover(&["actions", "--format", "json"]);
    let actions: Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = |action: &Value| {
        let text = |key: &str| action[key].as_str().unwrap().to_owned();
        let outputs: Vec<String> = action["outputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|output| format!("`{}`", output["name"].as_str().unwrap()))
            .collect();
        format!("| `{}` | {} | {} | {} |\n", text("name"), text("effect"), text("summary"), outputs.join(", "))
            .replace("|  |", "| |")
    };
    let rows: String = actions["actions"].as_array().unwrap().iter().map(row).collect();
    let table = format!("| action | effect | what it does | outputs |\n|---|---|---|---|\n{rows}\n");
    assert!(file("README.md").contains(&table), "README.md needs this table:\n\n{table}");
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let output = String::from_utf8(Newcomer::new().cutover(&["--help"]).stdout).unwrap();
    let (_, codes) = output.split_once("Exit codes:\n").unwrap();
    let of_help: Vec<&str> = codes.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let readme = file("README.md");
    let (_, table) = readme.split_once("## Exit codes\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let of_readme: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .filter(|cell| cell.parse::<u8>().is_ok())
        .collect();
    assert_eq!(of_readme, of_help);
}

#[test]
fn the_yaml_in_it_is_valid() {
    let readme = file("README.md");
    let blocks = blocks(&readme, "yaml");
    assert_eq!(blocks.len(), 3, "two workflows and a profile");
    for workflow in &blocks[..2] {
        let loaded = load(&SourceText::new("README.md", *workflow), &cutover::action::specs());
        assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics, false));
    }
    let profile = Profile::parse(&SourceText::new("README.md", blocks[2]));
    assert!(profile.is_ok(), "{:?}", profile.err());
}

#[test]
fn its_links_lead_somewhere() {
    for (page, directory) in
        [("README.md", ""), ("examples/run-step/README.md", "examples/run-step"), ("CHANGELOG.md", "")]
    {
        // Every second part between fences is code.
        let text: String = file(page).split("```").step_by(2).collect();
        let headings: Vec<String> = text.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
        for target in text.split("](").skip(1).map(|rest| rest.split_once(')').unwrap().0) {
            if let Some(name) = target.strip_prefix('#') {
                assert!(headings.iter().any(|heading| heading == name), "{page}: no heading for {target}");
            } else if !target.starts_with("https://") {
                assert!(
                    Path::new(env!("CARGO_MANIFEST_DIR")).join(directory).join(target).exists(),
                    "{page}: {target}"
                );
            }
        }
    }
}

fn anchor(heading: &str) -> String {
    let letters = heading.trim_start_matches(['#', ' ']).to_lowercase();
    letters
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -".contains(*letter))
        .collect::<String>()
        .replace(' ', "-")
}
