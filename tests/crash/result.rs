//! What a run leaves: branches, pull requests, outcomes. Two runs of one migration must leave the same.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;

use cutover::git::Repository;
use cutover::journal::Journal;
use serde_json::Value;

use super::child::{load, state_of};
use super::monorepo::{git, git_command};
use super::site::Site;

/// A pull request as far as it must be the same in every run.
#[derive(Debug, Clone, PartialEq)]
struct Published {
    number: u64,
    title: String,
    body: String,
    state: String,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Left {
    /// The commit of every branch, and with it trees, messages, authors and dates.
    branches: BTreeMap<String, String>,
    /// The pull request of each branch.
    published: BTreeMap<String, Published>,
    /// Each connector with its outcome and the states of its steps.
    units: Vec<(String, String)>,
}

impl Left {
    /// Reads everything, and checks on the way that the repository is sound and that no branch has two pull requests.
    pub(crate) fn by(site: &Site) -> Self {
        assert_eq!(git(&site.root, &["fsck", "--strict", "--no-dangling"]), "", "{}", site.root);
        let refs = git(&site.root, &["for-each-ref", "--format=%(refname) %(objectname)"]);
        let branches = refs.lines().filter_map(|line| line.split_once(' '));
        Self {
            branches: branches.map(|(name, id)| (name.to_owned(), id.to_owned())).collect(),
            published: published(site),
            units: units(site),
        }
    }

    pub(crate) fn numbers(&self) -> BTreeMap<&str, u64> {
        self.published.iter().map(|(head, published)| (head.as_str(), published.number)).collect()
    }

    /// How many connectors have this outcome.
    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.units.iter().filter(|(_, stands)| stands.starts_with(outcome)).count()
    }

    /// Asserts that another run left exactly this: commit ids, pull requests with their numbers, outcomes.
    pub(crate) fn assert_exactly(&self, other: &Self, round: &str) {
        assert_eq!(self.units, other.units, "{round}");
        assert_eq!(self.published, other.published, "{round}");
        assert_eq!(self.branches, other.branches, "{round}");
    }

    /// Asserts the same where the pull requests may have been opened in another order: then commits differ in just the
    /// numbers, and commits that name no number, or the same one, have the same id.
    /// Returns whether the numbers were the same, and with them all commits.
    pub(crate) fn assert_same_but_for_numbers(
        &self,
        other: &Self,
        (mine, theirs): (&Site, &Site),
        round: &str,
    ) -> bool {
        if self.numbers() == other.numbers() {
            self.assert_exactly(other, round);
            return true;
        }
        let names = |left: &Self| left.branches.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(other), "{round}");
        let heads = |left: &Self| left.published.keys().cloned().collect::<Vec<_>>();
        assert_eq!(heads(self), heads(other), "{round}");
        let mut numbers: [Vec<u64>; 2] = [self, other].map(|left| left.numbers().into_values().collect());
        for numbers in &mut numbers {
            numbers.sort_unstable();
        }
        assert_eq!(numbers[0], numbers[1], "{round}: the same numbers are given, each once");
        let mut pairs = Vec::new();
        for (name, commit) in &self.branches {
            let their_commit = &other.branches[name];
            let number = |left: &Self| left.published.get(name.trim_start_matches("refs/heads/")).map(|p| p.number);
            match (number(self), number(other)) {
                (mine, theirs) if mine == theirs => assert_eq!(commit, their_commit, "{round}: {name}"),
                (mine, theirs) => {
                    pairs.push(Pair { commits: [commit, their_commit], numbers: [mine.unwrap(), theirs.unwrap()] });
                }
            }
        }
        assert_differ_by_number(mine, theirs, &pairs, round);
        for (unit, their_unit) in self.units.iter().zip(&other.units) {
            assert_eq!(without_numbers(&unit.1), without_numbers(&their_unit.1), "{round}: {}", unit.0);
        }
        false
    }
}

/// The pull requests of the local forge, by branch.
fn published(site: &Site) -> BTreeMap<String, Published> {
    let mut found = BTreeMap::new();
    let Ok(files) = site.state().join("forge").read_dir_utf8() else { return found };
    for file in files {
        let path = file.unwrap().into_path();
        if path.extension() != Some("json") {
            assert_eq!(path.file_name(), Some("lock"), "half-written files stay behind");
            continue;
        }
        let json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let text = |key: &str| json[key].as_str().unwrap().to_owned();
        let number = json["number"].as_u64().unwrap();
        let published = Published { number, title: text("title"), body: text("body"), state: text("state") };
        let head = text("head");
        assert_eq!(found.insert(head.clone(), published), None, "{}: {head} has two pull requests", site.root);
    }
    found
}

/// Every connector with its outcome and the states of its steps.
fn units(site: &Site) -> Vec<(String, String)> {
    let repository = Repository::open(&site.root).unwrap();
    let journal = Journal::open_existing(&state_of(&repository)).unwrap().unwrap();
    assert_eq!(journal.check().unwrap(), Vec::<String>::new(), "{}", site.root);
    let (migration, state) = load(&journal).unwrap();
    assert_eq!(state.holder(), None, "the journal says that the run was given back");
    let unit = |(unit, stands): (cutover::event::UnitIndex, &cutover::event::UnitState)| {
        let name = migration.frozen.unit(unit).connector.name.to_string();
        let steps: Vec<&str> = stands.steps.iter().map(cutover::event::StepState::as_str).collect();
        let checkpoint = stands.checkpoint.as_ref().map(|checkpoint| &checkpoint.tree);
        let outcome = state.outcome(unit);
        (name, format!("{} {steps:?} {checkpoint:?} {outcome:?}", outcome.as_str()))
    };
    state.connectors().map(unit).collect()
}

/// The id of a tree tells of the numbers in it.
fn without_numbers(unit: &str) -> String {
    unit.split(' ').filter(|word| !word.starts_with("Some(\"")).collect()
}

/// Two commits that should be the same but for the number of the pull request.
struct Pair<'a> {
    commits: [&'a str; 2],
    numbers: [u64; 2],
}

/// Asserts that the commits of each pair have one parent and one message, and differ in nothing but a number.
fn assert_differ_by_number(mine: &Site, theirs: &Site, pairs: &[Pair<'_>], round: &str) {
    let facts_of = |site: &Site, side: usize| {
        let commits: Vec<&str> = pairs.iter().map(|pair| pair.commits[side]).collect();
        let format = "--format=%P %an %ae %at %cn %ce %ct %B";
        git(&site.root, &[&["log", "--no-walk=unsorted", format][..], &commits[..]].concat())
    };
    assert_eq!(facts_of(mine, 0), facts_of(theirs, 1), "{round}");
    let mut diff = git_command(&mine.root, &["diff-tree", "--stdin", "-r", "-p", "-U0", "--no-color"]);
    diff.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", theirs.root.join("objects"));
    let mut diff = diff.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = diff.stdin.take().unwrap();
    let lines: Vec<String> = pairs.iter().map(|pair| format!("{} {}\n", pair.commits[1], pair.commits[0])).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()).unwrap());
    let output = diff.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{round}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut rest = text.as_str();
    for pair in pairs.iter().rev() {
        // Each pair's part begins with a line that names its second commit.
        let (before, part) = rest.rsplit_once(&format!("{}\n", pair.commits[1])).unwrap();
        rest = before;
        assert_eq!(lines_of(part, '-', pair.numbers[0]), lines_of(part, '+', pair.numbers[1]), "{round}: {part}");
    }
    assert_eq!(rest, "", "{round}");
}

/// The lines of one side of a diff, without blanks and with its number taken out.
fn lines_of(diff: &str, sign: char, number: u64) -> Vec<String> {
    let header = format!("{sign}{sign}{sign}");
    let changed = diff.lines().filter(|line| line.starts_with(sign) && !line.starts_with(&header));
    let squeezed = changed.map(|line| line[1..].split_whitespace().collect::<String>());
    // The link of a row.
    let spellings = [format!("[{number}]"), format!("/pull/{number})")];
    squeezed.map(|line| spellings.iter().fold(line, |line, spelling| line.replace(spelling, "N"))).collect()
}
