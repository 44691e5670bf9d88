//! SIGKILL right before and right after every commit of the journal.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::result::Left;
use super::site::{End, PUBLISHED, Site, Template, WITH_PROCESSES, monorepo};

/// Rounds at a time.
const ABREAST: usize = 2;

/// A run that was never killed, and what it left.
pub(crate) struct Undisturbed {
    pub(crate) site: Site,
    pub(crate) left: Left,
    pub(crate) commits: u64,
}

impl Undisturbed {
    pub(crate) fn of(template: &Template) -> Self {
        let site = template.site("undisturbed");
        let commits = site.finish();
        let left = Left::by(&site);
        Self { site, left, commits }
    }
}

/// Kills a run at each commit of its journal in turn, resumes it, and hands it to `check`; the number of rounds in
/// which a process was killed.
fn sweep(template: &Template, check: impl Fn(&Site, &str) + Sync) -> usize {
    let (next, rounds) = (AtomicU64::new(1), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..ABREAST {
            scope.spawn(|| {
                loop {
                    let commit = next.fetch_add(1, Ordering::Relaxed);
                    let killed = ["Before", "After"].map(|side| {
                        let point = format!("{side}({commit})");
                        let site = template.site(&point);
                        let killed = is_killed(&site, &point);
                        if killed {
                            site.finish();
                            *rounds.lock().unwrap() += 1;
                        }
                        check(&site, &point);
                        site.remove();
                        killed
                    });
                    // Commits are grouped by chance: the last point is the one that is no longer reached.
                    if killed == [false, false] {
                        return;
                    }
                }
            });
        }
    });
    rounds.into_inner().unwrap()
}

fn is_killed(site: &Site, point: &str) -> bool {
    match site.carry(Some(point)) {
        End::Killed => true,
        End::Peaceful { .. } => false,
        End::Error(error) => panic!("{point}: {error}"),
    }
}

#[test]
fn one_connector_at_a_time_killed_around_every_write_ends_the_very_same() {
    let template = Template::new(&monorepo(4), PUBLISHED, Some(1));
    let undisturbed = Undisturbed::of(&template);
    let rounds = sweep(&template, |site, round| Left::by(site).assert_exactly(&undisturbed.left, round));
    println!("killed around {} writes, one connector at a time: {rounds} rounds", undisturbed.commits);
    assert!(rounds >= 100, "only {rounds} points were found");
}

#[test]
fn forty_connectors_together_killed_around_every_write_end_with_the_same_commits_and_pull_requests() {
    let template = Template::new(&monorepo(34), PUBLISHED, None);
    let undisturbed = Undisturbed::of(&template);
    assert_eq!((undisturbed.left.count("changed"), undisturbed.left.count("failed")), (38, 4));
    assert_eq!(undisturbed.left.count("unchanged"), 1);
    let other_order = AtomicU64::new(0);
    let rounds = sweep(&template, |site, round| {
        let left = Left::by(site);
        let sites = (site, &undisturbed.site);
        if !left.assert_same_but_for_numbers(&undisturbed.left, sites, round) {
            other_order.fetch_add(1, Ordering::Relaxed);
        }
    });
    let other_order = other_order.into_inner();
    println!(
        "killed around {} writes, 43 connectors together: {rounds} rounds, {other_order} with pull requests in another order",
        undisturbed.commits
    );
    assert!(rounds >= 60, "only {rounds} points were found");
}

#[test]
fn a_run_with_processes_killed_around_every_write_runs_none_again_that_is_written_down() {
    let template = Template::new(&monorepo(0), WITH_PROCESSES, Some(1));
    let undisturbed = Undisturbed::of(&template);
    let ran = |site: &Site| -> Vec<String> {
        std::fs::read_to_string(&site.marks).unwrap().lines().map(str::to_owned).collect()
    };
    let once = ran(&undisturbed.site);
    assert_eq!(undisturbed.left.count("changed"), 9);
    assert_eq!(once.len(), 10);
    let rounds = sweep(&template, |site, round| {
        Left::by(site).assert_exactly(&undisturbed.left, round);
        let marks = ran(site);
        let distinct: std::collections::BTreeSet<&String> = marks.iter().collect();
        assert_eq!(distinct, once.iter().collect(), "{round}");
        // One process at most was under way when the run was killed.
        assert!(marks.len() <= once.len() + 1, "{round}: {marks:?}");
    });
    println!("killed around {} writes of a run with processes: {rounds} rounds", undisturbed.commits);
    assert!(rounds >= 60, "only {rounds} points were found");
}
