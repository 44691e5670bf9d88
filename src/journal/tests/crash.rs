//! SIGKILL, at chosen and at random moments.

use std::time::Duration;

use super::child::*;
use super::*;

#[test]
fn a_process_killed_at_any_moment_loses_nothing_acknowledged() {
    let (place, mut chance) = (Place::new(), Chance(0x5EED_0001));
    for round in 0..50 {
        let moment = Duration::from_micros(chance.below(20_000));
        let acknowledged = killed_after(place.path(), chance.below(5), moment);
        let journal = place.open();
        let found = appends(&journal);
        assert!(found >= acknowledged, "round {round}: {acknowledged} acknowledged, {found} found");
        assert!(found <= acknowledged + 1, "round {round}: more is there than was asked for");
        assert_eq!(journal.check().unwrap(), Vec::<String>::new(), "round {round}");
    }
}

#[test]
fn a_process_killed_around_each_commit_leaves_exactly_the_commits_before() {
    // Commit 1 makes the run; commit n + 1 is append n.
    for commit in 1..=8_u32 {
        for (kill, expected) in [("Before", commit.saturating_sub(2)), ("After", commit - 1)] {
            let place = Place::new();
            let point = format!("{kill}({commit})");
            let (acknowledged, peaceful, _) = run_to_end(command(&[], place.path(), 10, Some(&point)));
            assert!(!peaceful, "{point} was not reached");
            assert_eq!(acknowledged, commit.saturating_sub(2), "{point}");
            let journal = place.open();
            assert_eq!(journal.runs().unwrap().len(), usize::from(point != "Before(1)"), "{point}");
            assert_eq!(appends(&journal), expected, "{point}");
        }
    }
}

#[test]
fn the_lock_of_a_killed_process_is_free_and_names_the_dead() {
    let place = Place::new();
    killed_after(place.path(), 0, Duration::ZERO);
    assert_eq!(Lock::holder(place.path()), None);
    let lock = place.lock(RUN);
    let left_by = lock.left_by().unwrap();
    assert_eq!((&left_by.run, left_by.pid == std::process::id()), (&run_id(RUN), false));
}

#[test]
fn a_second_process_is_refused_while_the_first_one_lives() {
    let place = Place::new();
    let held = place.lock(RUN);
    let (acknowledged, peaceful, _) = run_to_end(command(&[], place.path(), 10, None));
    assert_eq!((acknowledged, peaceful), (0, false));
    drop(held);
    assert_eq!(run_to_end(command(&[], place.path(), 10, None)).0, 10);
}
