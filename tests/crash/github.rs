//! Runs on a double of GitHub that are killed, and whose calls fail: each connector ends with one pull request, one row
//! with its number and the same commits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use camino::Utf8PathBuf;

use super::double::fault::Effect;
use super::double::model::Role;
use super::double::{Double, TOKEN};
use super::monorepo::{Files, git};
use super::site::{End, ON_GITHUB, Site, Template, monorepo};

/// Rounds at a time.
const ABREAST: usize = 2;

/// The connector that gets no row in its changelog: its only commit is made twice.
const QUIET: &str = "source-quiet";

/// A site and the GitHub that it publishes to.
struct Campaign {
    site: Site,
    remote: Utf8PathBuf,
    double: Double,
}

impl Campaign {
    fn new(template: &Template, name: &str) -> Self {
        let mut site = template.site(name);
        let remote = site.root.with_extension("remote.git");
        git(&site.root, &["clone", "-q", "--bare", ".", remote.as_str()]);
        let double = Double::start(remote.as_std_path());
        double.label("migration");
        double.collaborator("grace", Role::Write);
        site.github = Some(format!("{} {TOKEN}", double.url()));
        Self { site, remote, double }
    }

    fn remove(self) {
        self.site.remove();
        drop(self.double);
        std::fs::remove_dir_all(&self.remote).unwrap();
    }

    /// What there is on GitHub: for each connector's branch its commits' trees and messages without the pull request's
    /// number, and the pull request. Asserts that no branch has two, and that each changelog names its own.
    fn left(&self, round: &str) -> BTreeMap<String, String> {
        let mut left = BTreeMap::new();
        for pull in self.double.pulls() {
            let head = pull.head_branch.clone();
            let log = git(&self.remote, &["log", "--format=%s%n%b", &format!("main..{head}")]);
            let diff = git(&self.remote, &["diff", "main", &head]);
            let added: Vec<&str> = diff.lines().filter(|line| line.starts_with('+')).collect();
            let row = format!("/pull/{})", pull.number);
            let rows = added.iter().filter(|line| line.contains(&row)).count();
            let expected = usize::from(!head.ends_with(QUIET));
            assert_eq!(rows, expected, "{round}: {head} has {rows} rows with its number {}\n{diff}", pull.number);
            let last = git(&self.remote, &["log", "-1", "--format=%B", &head]);
            assert!(!last.contains("[skip ci]"), "{round}: {head} hides from continuous integration: {last}");
            // The number stands in the new row only: other rows may have it by chance.
            let changed = diff.lines().filter(|line| !line.starts_with("index ")).map(|line| {
                let line = if line.starts_with('+') {
                    line.replace(&format!("[{}]", pull.number), "[N]").replace(&row, "/pull/N)")
                } else {
                    line.to_owned()
                };
                line.split_whitespace().collect::<Vec<_>>().join(" ")
            });
            let changed: Vec<String> = changed.collect();
            let story = format!(
                "{} draft={} labels={:?} reviewers={:?} | {} | {}",
                pull.title,
                pull.draft,
                pull.labels,
                pull.reviewers,
                log,
                changed.join("\n"),
            );
            assert_eq!(left.insert(head.clone(), story), None, "{round}: {head} has two pull requests");
        }
        // Every branch of the remote is the one of this repository, and has a pull request.
        let branches = |at: &camino::Utf8Path| {
            git(at, &["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/cutover/"])
        };
        assert_eq!(branches(&self.remote), branches(&self.site.root), "{round}");
        left
    }
}

/// Asserts that two stories are the same, and shows the first that is not.
fn same(left: &BTreeMap<String, String>, expected: &BTreeMap<String, String>, round: &str) {
    let heads = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(heads(left), heads(expected), "{round}");
    for (head, story) in left {
        assert_eq!(*story, expected[head], "{round}: {head}");
    }
}

/// Runs what is given on every item, some at a time.
fn abreast<T: Sync>(items: &[T], at_a_time: usize, run: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(item);
                }
            });
        }
    });
}

/// Before or after a write of the journal.
const SIDES: [&str; 2] = ["Before", "After"];

/// A large run is killed again and again, each time at the write that comes so many after the last kill. As many
/// campaigns begin at different writes, so that together they are killed around each one. Much less, and a process that
/// takes the run on would hardly get beyond what the last one was killed in.
const STRIDE: u64 = 32;

#[test]
fn forty_connectors_on_github_killed_around_every_write_have_one_pull_request_each() {
    let template = Template::new(&monorepo(34), ON_GITHUB, None);
    let undisturbed = Campaign::new(&template, "undisturbed");
    let commits = undisturbed.site.finish();
    let expected = undisturbed.left("undisturbed");
    assert_eq!(expected.len(), 38);
    let campaigns: Vec<(&str, u64)> =
        SIDES.iter().flat_map(|side| (1..=STRIDE).map(move |first| (*side, first))).collect();
    let kills = AtomicU64::new(0);
    abreast(&campaigns, ABREAST, |(side, first)| {
        let name = format!("{side} the write {first} and every {STRIDE}th after it");
        let campaign = Campaign::new(&template, &format!("{side}-{first}"));
        let mut point = *first;
        loop {
            match campaign.site.carry(Some(&format!("{side}({point})"))) {
                End::Killed => drop(kills.fetch_add(1, Ordering::Relaxed)),
                End::Peaceful { .. } => break,
                End::Error(error) => panic!("{name}: {error}"),
            }
            point = STRIDE;
        }
        same(&campaign.left(&name), &expected, &name);
        campaign.remove();
    });
    let kills = kills.into_inner();
    println!("a run on GitHub with {commits} writes: killed {kills} times in {} campaigns", campaigns.len());
    assert!(kills >= commits, "only {kills} kills around {commits} writes");
    undisturbed.remove();
}

#[test]
fn a_few_connectors_on_github_killed_once_around_each_write_end_as_if_nothing_had_happened() {
    let files = Files::default().python(QUIET).python("source-shared");
    let files = files.python_with_page("source-shared-strict-encrypt", "integrations/sources/shared");
    let template = Template::new(&files, ON_GITHUB, None);
    let undisturbed = Campaign::new(&template, "undisturbed");
    let commits = undisturbed.site.finish();
    let expected = undisturbed.left("undisturbed");
    // A run that takes its time otherwise may have some more.
    let points: Vec<String> =
        (1..=commits + commits / 4).flat_map(|write| SIDES.map(|side| format!("{side}({write})"))).collect();
    let rounds = AtomicU64::new(0);
    abreast(&points, ABREAST, |point| {
        let campaign = Campaign::new(&template, point);
        match campaign.site.carry(Some(point)) {
            End::Killed => {
                campaign.site.finish();
                rounds.fetch_add(1, Ordering::Relaxed);
            }
            End::Peaceful { .. } => {}
            End::Error(error) => panic!("{point}: {error}"),
        }
        same(&campaign.left(point), &expected, point);
        campaign.remove();
    });
    let rounds = rounds.into_inner();
    println!("killed around {commits} writes of a run on GitHub: {rounds} rounds");
    assert!(rounds >= 20, "only {rounds} points were found");
    undisturbed.remove();
}

/// What a call can meet, each once and at each call in turn.
const FAULTS: [(&str, Effect); 7] = [
    ("502 before it happened", Effect::Status(502)),
    ("502 after it happened", Effect::StatusAfter(502)),
    ("a connection lost before it happened", Effect::HangUp),
    ("a connection lost after it happened", Effect::HangUpAfter),
    ("half an answer", Effect::Truncated),
    ("a secondary limit", Effect::Secondary(Some(1))),
    ("a refused token", Effect::Unauthorized),
];

#[test]
fn each_fault_at_each_call_in_turn_is_mended_by_resuming() {
    let template = Template::new(&Files::default().python("source-a").python("source-b"), ON_GITHUB, Some(1));
    let undisturbed = Campaign::new(&template, "undisturbed");
    undisturbed.site.finish();
    let expected = undisturbed.left("undisturbed");
    let calls = undisturbed.double.requests().len() as u64;
    let rounds: Vec<(u64, usize)> =
        (1..=calls).flat_map(|call| (0..FAULTS.len()).map(move |fault| (call, fault))).collect();
    // Some only wait.
    abreast(&rounds, 2 * ABREAST, |(call, fault)| {
        let (name, effect) = &FAULTS[*fault];
        let round = format!("{name} at call {call}");
        let campaign = Campaign::new(&template, &round.replace(' ', "-"));
        campaign.double.fail_call(*call, effect.clone());
        // Whatever it comes to now, a later resume mends what failed.
        if let End::Error(error) = campaign.site.carry(None) {
            panic!("{round}: {error}");
        }
        campaign.double.clear_faults();
        campaign.site.retry_failed();
        same(&campaign.left(&round), &expected, &round);
        campaign.remove();
    });
    println!("{} faults at each of {calls} calls: {} rounds", FAULTS.len(), rounds.len());
    undisturbed.remove();
}
