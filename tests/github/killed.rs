//! A refresh of pull requests on GitHub that is killed around each of its calls, and at other moments: the next one ends
//! it as if nothing had happened.

use std::process::Child;
use std::time::{Duration, Instant};

use crate::github::fault::{Calls, Effect, Fault};
use crate::monorepo::{Files, page_of};
use crate::site::{MIGRATION, Site, branch};

const NAMES: [&str; 3] = ["source-a", "source-b", "source-c"];

/// A run on GitHub whose base has moved under everything; the same each time.
fn site() -> Site {
    let site = Site::new(&NAMES.into_iter().fold(Files::default(), Files::python));
    site.run(MIGRATION).exits(0);
    for name in NAMES {
        site.release(name);
    }
    site.double.take_requests();
    site
}

fn assert_fresh(site: &Site, round: &str) {
    assert_eq!(site.double.pulls().len(), NAMES.len(), "{round}");
    for name in NAMES {
        let (pull, branch) = (site.pull(name), branch(name));
        let head = site.there(&["rev-parse", &branch]);
        assert_eq!((&pull.head, pull.open, pull.draft), (&head, true, false), "{round}: {name}");
        assert_eq!(site.place.git(&["rev-parse", &branch]), head, "{round}: {name}");
        assert_eq!(site.there(&["rev-list", "--count", &format!("main..{branch}")]), "1", "{round}: {name}");
        let page = site.there(&["show", &format!("{branch}:docs/{}.md", page_of(name))]);
        let versions = page.lines().filter(|line| line.starts_with("| ") && line.contains("](https://"));
        let versions: Vec<&str> = versions.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
        assert_eq!(versions, ["0.1.2", "0.1.1", "0.1.0"], "{round}: {name}");
        assert_eq!(page.matches(&format!("/pull/{})", pull.number)).count(), 1, "{round}: {name}\n{page}");
    }
}

/// Kills a refresh as soon as this is so; whether it got that far.
fn killed(mut child: Child, so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(1) {
        if so() {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the refresh does not end");
}

fn refresh(site: &Site) -> Child {
    let mut command = site.command(&["refresh"]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
}

#[test]
fn a_refresh_on_github_that_is_killed_around_each_call_is_ended_by_the_next() {
    let mut rounds = 0;
    // The call is under way: before it does anything, and when it has done it and the answer is on its way.
    for effect in [Effect::Slow(20_000), Effect::SlowAfter(20_000)] {
        for call in 1.. {
            let site = site();
            let round = format!("{effect:?} at call {call}");
            site.double.fault(Fault::new(Calls::any(), effect.clone()).at(call));
            let met = || site.double.world().faults.iter().any(|fault| fault.happened > 0);
            let was_killed = killed(refresh(&site), met);
            site.double.clear_faults();
            site.cutover(&["refresh"]).exits(0);
            assert_fresh(&site, &round);
            if !was_killed {
                break;
            }
            rounds += 1;
        }
    }
    println!("a refresh on GitHub killed around each call: {rounds} rounds");
    assert!(rounds >= 6, "only {rounds}");
}

#[test]
fn a_refresh_on_github_that_is_killed_at_any_moment_is_ended_by_the_next() {
    for pause in [30, 70, 120, 180, 250, 340, 450] {
        let site = site();
        let begun = Instant::now();
        killed(refresh(&site), || begun.elapsed() >= Duration::from_millis(pause));
        site.cutover(&["refresh"]).exits(0);
        assert_fresh(&site, &format!("killed after {pause} ms"));
    }
}
