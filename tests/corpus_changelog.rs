//! The changelog edit over every real documentation page of the connector corpus.
//!
//! The corpus is not part of the project: `CUTOVER_CORPUS` names a monorepo laid out already or the script that lays
//! one out; without either, the tests say that they are skipped.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

use cutover::edit::changelog::{self, About, Added, Entry, PullRequestNumber};
use cutover::edit::version::{Level, bump};

/// Pages of Python and low-code connectors that a careful person would mend before adding a row, and why.
const REFUSED: [(&str, &str); 9] = [
    ("source-babelforce", "the row at line 50 begins without a leading pipe"),
    ("source-coingecko-coins", "there is a row for 0.1.1 already (line 53)"),
    ("source-commcare", "the changelog's header (line 38) is not followed by a delimiter row"),
    ("source-genesys", "there is a row for 0.1.1 already (line 27)"),
    ("source-hubplanner", "a blank line (line 41) cuts the changelog's rows off"),
    ("source-rocket-chat", "the row below the changelog's header (line 40) is not a valid delimiter row: its cell 1"),
    ("source-surveycto", "the changelog's header (line 50) is not followed by a delimiter row"),
    ("source-talkdesk-explore", "the delimiter row of the changelog stands at line 53 instead of directly below"),
    (
        "source-zapier-supported-storage",
        "the row below the changelog's header (line 24) is not a valid delimiter row: its cell 4",
    ),
];

/// The same for Java connectors and those without a language: its table is that of another connector, whose 2.0.1 was
/// something else.
const REFUSED_OTHERS: [(&str, &str); 1] =
    [("destination-bigquery-denormalized", "there is a row for 2.0.1 already (line 160)")];

/// A connector as far as these tests need it.
struct Connector {
    name: String,
    version: String,
    page: PathBuf,
    edited: bool,
}

/// A monorepo; laid out for this test unless it was there.
struct Corpus {
    root: PathBuf,
    _directory: Option<tempfile::TempDir>,
}

/// Tests that run beside each other share one; the last to end removes it.
static SHARED: Mutex<Weak<Corpus>> = Mutex::new(Weak::new());

impl Corpus {
    fn find() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(corpus) = shared.upgrade() {
            return Some(corpus);
        }
        let corpus = Arc::new(Self::lay_out()?);
        *shared = Arc::downgrade(&corpus);
        Some(corpus)
    }

    fn lay_out() -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/make-monorepo");
        let given = std::env::var_os("CUTOVER_CORPUS").map_or(beside, PathBuf::from);
        if given.join("docs/integrations").is_dir() {
            return Some(Self { root: given, _directory: None });
        }
        let script = if given.is_dir() { given.join("make-monorepo") } else { given };
        if !script.is_file() {
            println!("skipped: no connector corpus at {}; set CUTOVER_CORPUS", script.display());
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("mono");
        let made = Command::new(&script).arg(&root).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(Self { root, _directory: Some(directory) })
    }

    /// Every connector whose metadata names a page of the documentation site that is there.
    fn connectors(&self) -> Vec<Connector> {
        let mut found = Vec::new();
        let mut directories = vec![self.root.join("airbyte-integrations/connectors")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(&directory).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    directories.push(entry.path());
                } else if entry.file_name() == "metadata.yaml" {
                    found.extend(self.connector(&directory));
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    fn connector(&self, directory: &Path) -> Option<Connector> {
        let name = directory.file_name()?.to_str()?.to_owned();
        let has = |file: &str| directory.join(file).exists();
        let manifest = format!("{}/manifest.yaml", name.replace('-', "_"));
        let edited = has(&manifest) || has("setup.py") || has("pyproject.toml");
        let metadata = std::fs::read_to_string(directory.join("metadata.yaml")).unwrap();
        let field = |key: &str| {
            let value =
                metadata.lines().find_map(|line| line.strip_prefix("  ")?.strip_prefix(key)?.strip_prefix(": "));
            value.map(|value| value.trim().to_owned())
        };
        let url = field("documentationUrl")?;
        let rest = url.strip_prefix("https://docs.airbyte.com")?.trim_matches('/');
        let page = self.root.join(format!("docs/{rest}.md"));
        let scaffold = name.contains("-scaffold-");
        (!scaffold && page.exists()).then_some(Connector { name, version: field("dockerImageTag")?, page, edited })
    }
}

/// The row of a patch bump.
fn add(text: &str, connector: &Connector, all: &[Connector]) -> Result<Added, changelog::ChangelogError> {
    let others = all.iter().filter(|other| other.page == connector.page && other.name != connector.name);
    let shared_with: Vec<String> = others.map(|other| other.name.clone()).collect();
    let current = connector.version.parse().unwrap();
    let about = About { connector: &connector.name, shared_with: &shared_with, current_version: Some(&current) };
    changelog::add(text, &entry(connector), &about)
}

fn entry(connector: &Connector) -> Entry {
    Entry {
        version: bump(&connector.version, &Level::Patch).unwrap(),
        date: jiff::civil::date(2023, 10, 19),
        pull_request: Some(PullRequestNumber::Number(31_337)),
        message: "Use the base image".to_owned(),
        repository_url: "https://github.com/airbytehq/airbyte".to_owned(),
    }
}

/// The one line that was added, found by comparing the lines before and after.
fn added_line(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let at = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    assert_eq!(new.len(), old.len() + 1);
    assert_eq!(old[at..], new[at + 1..], "exactly one line is added");
    new[at].to_owned()
}

fn pipes(line: &str) -> Vec<usize> {
    line.chars().enumerate().filter(|(_, c)| *c == '|').map(|(at, _)| at).collect()
}

/// Whether the table is aligned, looking at its first three lines. In such a table a row that fits is aligned too.
fn check_padding(name: &str, page: &str, row: &str) -> bool {
    let lines: Vec<&str> = page.lines().collect();
    let above_row = lines.iter().position(|line| *line == row).unwrap();
    let head = lines[..above_row].iter().rposition(|line| !line.starts_with('|')).unwrap() + 1;
    let rule = pipes(lines[head + 1]);
    let rows = lines[head + 2..].iter().filter(|line| **line != row);
    let first = rows.clone().next().filter(|line| line.starts_with('|')).map_or_else(Vec::new, |line| pipes(line));
    let aligned = pipes(lines[head]) == rule && rule == first;
    let widths = rule.windows(2).map(|pair| pair[1] - pair[0] - 1);
    let fits = row.split('|').skip(1).zip(widths).all(|(cell, width)| cell.trim().chars().count() + 2 <= width);
    assert!(!(aligned && fits) || pipes(row) == rule, "{name}\n{}\n{row}", lines[head + 1]);
    aligned && fits
}

/// Adds the row of a patch bump to every page, each time from the page as it is in the corpus.
///
/// Gives the number of rows in aligned tables.
fn check(corpus: &Corpus, edited: bool, expected: &[(&str, &str)]) -> usize {
    let connectors = corpus.connectors();
    let (mut accepted, mut padded, mut refused) = (0, 0, BTreeMap::new());
    for connector in connectors.iter().filter(|connector| connector.edited == edited) {
        let page = std::fs::read_to_string(&connector.page).unwrap();
        let added = match add(&page, connector, &connectors) {
            Ok(added) => added,
            Err(error) => {
                refused.insert(connector.name.as_str(), error.to_string());
                continue;
            }
        };
        let row = added_line(&page, &added.edit.text);
        assert!(row.contains(&entry(connector).version.to_string()) && row.contains("/pull/31337"), "{row}");
        accepted += 1;
        padded += usize::from(check_padding(&connector.name, &added.edit.text, &row));
        let again = add(&added.edit.text, connector, &connectors).unwrap();
        assert!(!again.edit.changed(), "{}: the second time changes nothing", connector.name);
    }
    println!("{accepted} rows added, {padded} of them in aligned tables; refused: {refused:#?}");
    assert_eq!(refused.keys().copied().collect::<Vec<_>>(), expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, reason) in expected {
        assert!(refused[name].starts_with(reason), "{name}: {}", refused[name]);
    }
    padded
}

#[test]
fn every_page_of_a_python_or_low_code_connector_gets_its_row_or_is_refused_for_a_reason() {
    let Some(corpus) = Corpus::find() else { return };
    assert!(check(&corpus, true, &REFUSED) > 100, "many tables are aligned");
}

#[test]
fn every_page_of_another_connector_gets_its_row_or_is_refused_for_a_reason() {
    let Some(corpus) = Corpus::find() else { return };
    check(&corpus, false, &REFUSED_OTHERS);
}

#[test]
fn connectors_that_share_a_page_both_get_their_rows_whichever_runs_first() {
    let Some(corpus) = Corpus::find() else { return };
    let connectors = corpus.connectors();
    let mut pages: BTreeMap<&Path, Vec<&Connector>> = BTreeMap::new();
    for connector in &connectors {
        pages.entry(&connector.page).or_default().push(connector);
    }
    let refused = |connector: &&Connector| REFUSED_OTHERS.iter().any(|(name, _)| *name == connector.name);
    pages.retain(|_, users| users.len() > 1 && !users.iter().any(refused));
    assert!(pages.len() > 10);
    for (page, users) in pages {
        let before = std::fs::read_to_string(page).unwrap();
        let run = |users: &mut dyn Iterator<Item = &&Connector>| {
            users.fold(before.clone(), |text, connector| add(&text, connector, &connectors).unwrap().edit.text)
        };
        for after in [run(&mut users.iter()), run(&mut users.iter().rev())] {
            let versions: std::collections::BTreeSet<_> = users.iter().map(|user| entry(user).version).collect();
            for version in &versions {
                assert!(after.lines().any(|line| line.contains("31337") && line.contains(&version.to_string())));
            }
            let added = after.split('\n').count() - before.split('\n').count();
            assert!(added >= versions.len() && added <= users.len(), "{}", page.display());
        }
    }
}
