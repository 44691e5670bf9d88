//! The structure that `src/lib.rs` promises, and the rules that no lint of the compiler knows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "layers/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use source::Source;

/// Files are split long before this.
const MOST_LINES: usize = 500;

/// Crates whose types stay behind one module's border.
const BORDERS: [(&str, &[&str]); 16] = [
    ("anyhow", &["cli"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("comfy_table", &["report"]),
    ("git2", &["git"]),
    ("granit_parser", &["edit", "workflow"]),
    ("indicatif", &["report"]),
    ("minijinja", &["expression"]),
    ("oci_client", &["image"]),
    ("octocrab", &["forge"]),
    ("parse_dockerfile", &["edit"]),
    ("pulldown_cmark", &["edit"]),
    ("quick_xml", &["junit"]),
    ("reqwest", &["web"]),
    ("rusqlite", &["journal"]),
    ("toml_edit", &["edit"]),
];

/// What a module of layer 0 or 1 may not name: disk, clock, environment, processes, threads, async.
const IMPURE: &str = r"\bstd::(fs|env|process|net|thread)\b|\b(tokio|camino|rustix|tempfile)::|\b(SystemTime|Instant|Timestamp|Zoned)::now\b|\basync (fn|move)\b";

/// The one file of the pure layers that reads the clock: behind the trait that hands it to everyone else.
const CLOCK: &str = "src/base/clock.rs";

/// The layer of each module, as the table in `src/lib.rs` has it.
fn layers() -> BTreeMap<String, u32> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let row = Regex::new(r"(?m)^//! \| (\d+) \| (.+) \|$").unwrap();
    let name = Regex::new(r"\[`(\w+)`\]").unwrap();
    let mut layers = BTreeMap::new();
    for found in row.captures_iter(&text) {
        for module in name.captures_iter(&found[2]) {
            layers.insert(module[1].to_owned(), found[1].parse().unwrap());
        }
    }
    layers
}

/// Every Rust file that is the project's own.
fn all() -> &'static [Source] {
    static ALL: LazyLock<Vec<Source>> = LazyLock::new(|| Source::all(&["src", "tests", "benches", "examples"]));
    &ALL
}

/// The files of the library and its binary.
fn sources() -> impl Iterator<Item = &'static Source> {
    all().iter().filter(|source| source.path.starts_with("src/"))
}

/// Every import of one module by another: from, to, and where.
fn imports() -> Vec<(String, String, String)> {
    let layers = layers();
    let mut imports = Vec::new();
    for source in sources() {
        let Some(from) = source.module() else { continue };
        for (to, line) in source.imports() {
            if to != from && layers.contains_key(&to) {
                imports.push((from.to_owned(), to, format!("{}:{line}", source.path)));
            }
        }
    }
    imports
}

/// Fails with every place where a rule is broken.
fn none(places: &[String], rule: &str) {
    assert!(places.is_empty(), "{rule}:\n  {}", places.join("\n  "));
}

/// The places where a pattern stands in the code of these files that is compiled without tests.
fn places(sources: impl Iterator<Item = &'static Source>, pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let mut places = Vec::new();
    for source in sources {
        for found in pattern.find_iter(source.shipped()) {
            places.push(format!("{}:{}: {}", source.path, source.line(found.start()), found.as_str().trim()));
        }
    }
    places
}

#[test]
fn the_table_of_layers_names_every_module_and_no_other() {
    let there: BTreeSet<String> = sources().filter_map(|source| source.module().map(str::to_owned)).collect();
    assert_eq!(layers().into_keys().collect::<BTreeSet<_>>(), there, "the table in src/lib.rs");
}

#[test]
fn imports_point_downwards() {
    let layers = layers();
    let upwards: Vec<String> = imports()
        .into_iter()
        .filter(|(from, to, _)| layers[to] > layers[from])
        .map(|(from, to, at)| format!("{at}: {from} (layer {}) imports {to} (layer {})", layers[&from], layers[&to]))
        .collect();
    none(&upwards, "imports point downwards only; move what is shared to a lower layer, or pass it in as an argument");
}

#[test]
fn modules_of_one_layer_do_not_import_each_other_in_a_circle() {
    let layers = layers();
    let mut edges: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (from, to, at) in imports() {
        if layers[&from] == layers[&to] {
            edges.entry(from).or_default().entry(to).or_insert(at);
        }
    }
    let mut circles = Vec::new();
    for start in edges.keys() {
        // Each circle is told once, from its first member.
        if let Some(path) = way_back(&edges, start, &mut vec![start]).filter(|path| path.iter().min() == Some(&start)) {
            let mut told = String::new();
            for (index, from) in path.iter().enumerate() {
                let to = path[(index + 1) % path.len()];
                let _ = write!(told, "{from} imports {to} ({}); ", edges[*from][to]);
            }
            circles.push(told);
        }
    }
    none(&circles, "modules of one layer import each other in a circle");
}

/// A way through the edges from the end of `path` back to its start.
fn way_back<'a>(
    edges: &'a BTreeMap<String, BTreeMap<String, String>>,
    start: &'a String,
    path: &mut Vec<&'a String>,
) -> Option<Vec<&'a String>> {
    for next in edges.get(*path.last()?)?.keys() {
        if next == start {
            return Some(path.clone());
        }
        if !path.contains(&next) {
            path.push(next);
            if let Some(found) = way_back(edges, start, path) {
                return Some(found);
            }
            path.pop();
        }
    }
    None
}

#[test]
fn the_types_of_a_third_party_stay_behind_one_modules_border() {
    for (name, modules) in BORDERS {
        let outside = sources().filter(|source| !source.module().is_some_and(|own| modules.contains(&own)));
        let found = places(outside, &format!(r"\b{name}::"));
        none(&found, &format!("{name} is named outside of {}", modules.join(" and ")));
    }
}

#[test]
fn the_lower_layers_are_pure() {
    let layers = layers();
    let pure = |source: &Source| source.module().is_some_and(|module| layers[module] <= 1) && source.path != CLOCK;
    none(
        &places(sources().filter(|source| pure(source)), IMPURE),
        "layers 0 and 1 know no disk, clock, environment, process, thread and no async",
    );
}

#[test]
fn only_the_command_line_reads_arguments_and_environment() {
    // What a process inherits is its business; what cutover itself is told comes in through cli.
    let others = sources().filter(|source| !matches!(source.module(), Some("cli" | "process")));
    none(&places(others, r"\bstd::env::(args|var|vars|current_dir)\w*"), "what the environment says comes from cli");
}

#[test]
fn only_reports_and_the_command_line_print() {
    let silent = sources().filter(|source| !matches!(source.module(), Some("cli" | "report")));
    none(&places(silent, r"\be?print(ln)?!|\bdbg!"), "the library prints nothing; return it, or emit an event");
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let mut broken = Vec::new();
    let allowed = Regex::new(r"#!?\[\s*(allow\b|cfg_attr\([^\]]*\ballow\b)").unwrap();
    let expected = Regex::new(r"#!?\[\s*expect\(([^\]]*)\)\s*\]").unwrap();
    for source in all() {
        for found in allowed.find_iter(&source.code) {
            broken.push(format!("{}:{}: allow", source.path, source.line(found.start())));
        }
        for found in expected.captures_iter(&source.code) {
            if !found[1].contains("reason") {
                broken.push(format!("{}:{}: no reason", source.path, source.line(found.get(0).unwrap().start())));
            }
        }
    }
    none(&broken, "write `#[expect(lint, reason = \"…\")]`");
}

#[test]
fn no_file_is_longer_than_it_can_be_read() {
    let long: Vec<String> = all()
        .iter()
        .filter(|source| source.lines > MOST_LINES)
        .map(|source| format!("{} has {} lines", source.path, source.lines))
        .collect();
    none(&long, &format!("a file of more than {MOST_LINES} lines is two files"));
}
