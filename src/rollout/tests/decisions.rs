use std::time::Duration;

use super::super::{Checks, Member, Population, Rollout, Stage};
use super::{NOW, at, failed, idle, merged, number, open, rollout, said, waves};
use crate::workflow::Milestone::{Green, Merged, Opened};
use crate::workflow::{MaxFailures, Milestone, RolloutOptions};

fn sizes(options: &RolloutOptions, units: usize) -> Vec<usize> {
    let rollout = rollout(options, units);
    (0..rollout.waves()).map(|wave| rollout.size_of(wave)).collect()
}

#[test]
fn numbers_and_shares_of_all_connectors_make_the_waves() {
    assert_eq!(sizes(&waves(&["10", "10%", "50%", "rest"]), 500), [10, 50, 250, 190]);
    assert_eq!(sizes(&waves(&["10%", "rest"]), 7), [1, 6]);
    assert_eq!(sizes(&waves(&["2", "3"]), 10), [2, 3, 5], "what no wave takes is one more");
    assert_eq!(sizes(&waves(&["50%", "50%"]), 3), [2, 1], "a share is rounded up");
    assert_eq!(sizes(&waves(&["10", "rest"]), 3), [3], "a trial with few connectors");
    assert_eq!(sizes(&waves(&[]), 3), [3]);
    assert_eq!(sizes(&waves(&["1", "rest"]), 0), [0_usize; 0]);
}

#[test]
fn canaries_come_first_and_the_others_keep_their_order() {
    let canary = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let first = |options: &RolloutOptions| {
        let rollout = rollout(options, 12);
        (rollout.turns()[..4].to_vec(), rollout.size_of(0))
    };
    let two = RolloutOptions { canary: canary(&["c7", "c1?"]), ..waves(&["2", "rest"]) };
    assert_eq!(first(&two), (vec![7, 10, 11, 0], 3), "the wave grows with them");
    let filled = RolloutOptions { canary: canary(&["c7"]), ..waves(&["3", "rest"]) };
    assert_eq!(first(&filled), (vec![7, 0, 1, 2], 3));
    let only = RolloutOptions { canary: canary(&["c7"]), ..waves(&[]) };
    assert_eq!(first(&only), (vec![7, 0, 1, 2], 1));
    assert_eq!(rollout(&only, 12).wave_of(7), 0);
    assert_eq!(rollout(&only, 12).wave_of(6), 1);
}

#[test]
fn a_canary_without_a_match_and_waves_that_stay_empty_are_warned_of() {
    let options = RolloutOptions { canary: vec!["c0".into(), "d*".into()], ..waves(&["4", "10", "10%", "rest"]) };
    let names = vec![vec!["c0"], vec!["c1"], vec!["c2"]];
    let said: Vec<String> = Rollout::warnings(&options, &names).into_iter().map(|warning| warning.message).collect();
    assert_eq!(
        said,
        [
            "the canary `d*` of `rollout` matches no connector of the run",
            "the waves of `rollout` ask for 15 connectors and the run has 3: 2 waves of 4 stay empty",
        ]
    );
    assert_eq!(Rollout::warnings(&waves(&["50%", "50%"]), &names), []);
    assert_eq!(Rollout::warnings(&waves(&["3", "rest"]), &names), []);
}

#[test]
fn a_wave_waits_for_the_one_before_it() {
    let rollout = rollout(&waves(&["1", "1", "rest"]), 3);
    assert_eq!(said(&rollout, &[idle(); 3], &[], 0), "ok");
    assert_eq!(said(&rollout, &[idle(); 3], &[], 1), "waits for wave 1 of 3, which is not all green");
    assert_eq!(said(&rollout, &[merged(), idle(), idle()], &[at(NOW)], 1), "ok");
    assert_eq!(
        said(&rollout, &[merged(), idle(), idle()], &[at(NOW)], 2),
        "waits for wave 2 of 3, which is not all green"
    );
}

#[test]
fn a_wave_is_done_when_each_of_its_units_has_come_so_far_or_will_never() {
    let is_done = |advance: Milestone, first: Member| {
        let rollout = rollout(&RolloutOptions { advance, ..waves(&["2", "rest"]) }, 3);
        rollout.next_wave_is_done(&Population { members: &[first, merged(), idle()], done: &[] })
    };
    let (pending, green, red) =
        (open(NOW, Checks::Pending, true), open(NOW, Checks::Green, true), open(NOW, Checks::Red, true));
    assert!(is_done(Opened, pending) && is_done(Opened, red) && is_done(Opened, merged()));
    assert!(is_done(Green, green) && is_done(Green, merged()));
    assert!(!is_done(Green, pending) && !is_done(Green, red));
    assert!(is_done(Merged, merged()) && !is_done(Merged, green));
    for advance in [Opened, Green, Merged] {
        assert!(!is_done(advance, idle()) && !is_done(advance, Member { stage: Stage::Begun, ..idle() }));
        assert!(is_done(advance, failed()), "it keeps nobody waiting");
        assert!(is_done(advance, Member { stage: Stage::Gone, ..idle() }));
        assert!(is_done(advance, Member { held: true, ..pending }), "in a person's hands");
    }
    let last = rollout(&waves(&["1"]), 1);
    assert!(!last.next_wave_is_done(&Population { members: &[merged()], done: &[] }), "nothing follows the last wave");
}

#[test]
fn after_a_wave_it_is_waited_as_long_as_was_asked_for() {
    let rollout = rollout(&RolloutOptions { after: Some(Duration::from_hours(1)), ..waves(&["1", "rest"]) }, 2);
    let members = [merged(), idle()];
    assert_eq!(
        said(&rollout, &members, &[at("2026-11-23T09:30:00Z")], 1),
        "waits for wave 2 of 2, which begins on Mon 2026-11-23 10:30 (UTC) (until 2026-11-23T10:30:00Z)"
    );
    assert_eq!(said(&rollout, &members, &[at("2026-11-23T09:00:00Z")], 1), "ok");
}

#[test]
fn limits_count_what_is_open_and_what_is_about_to_be() {
    let begun = Member { stage: Stage::Begun, ..idle() };
    let green = open(NOW, Checks::Green, true);
    let with = |options: RolloutOptions, members: &[Member]| said(&rollout(&options, members.len()), members, &[], 0);
    let most_open = RolloutOptions { max_open: Some(number(2)), ..RolloutOptions::default() };
    assert_eq!(with(most_open.clone(), &[idle(), begun, merged(), failed()]), "ok");
    assert_eq!(
        with(most_open, &[idle(), begun, green]),
        "waits for its turn: at most 2 pull requests may be open (`max-open`)"
    );
    let most_pending = RolloutOptions { max_pending_checks: Some(number(1)), ..RolloutOptions::default() };
    assert_eq!(with(most_pending.clone(), &[idle(), green, green]), "ok");
    assert_eq!(
        with(most_pending, &[idle(), open(NOW, Checks::Pending, true)]),
        "waits for its turn: at most 1 pull request may have checks running (`max-pending-checks`)"
    );
    let most_unreviewed = RolloutOptions { max_unreviewed: Some(number(1)), ..RolloutOptions::default() };
    assert_eq!(with(most_unreviewed.clone(), &[idle(), green]), "ok");
    assert_eq!(
        with(most_unreviewed, &[idle(), begun]),
        "waits for its turn: at most 1 pull request may be without a review (`max-unreviewed`)"
    );
}

#[test]
fn what_failed_counts_as_long_as_its_pull_request_is_open() {
    let options = RolloutOptions { max_open: Some(number(1)), ..RolloutOptions::default() };
    let rollout = rollout(&options, 2);
    let red = Member { failed: true, ..open(NOW, Checks::Red, false) };
    assert!(said(&rollout, &[idle(), red], &[], 0).contains("max-open"));
    let never_opened = Member { stage: Stage::Begun, failed: true, held: false };
    assert_eq!(said(&rollout, &[idle(), never_opened], &[], 0), "ok");
}

#[test]
fn a_stuck_pull_request_stops_counting() {
    let options = RolloutOptions {
        max_open: Some(number(1)),
        stuck_after: Some(Duration::from_hours(24)),
        ..RolloutOptions::default()
    };
    let rollout = rollout(&options, 2);
    let since = |at: &str| [idle(), open(at, Checks::Pending, false)];
    assert_eq!(said(&rollout, &since("2026-11-22T10:00:00Z"), &[], 0), "ok");
    assert_eq!(
        said(&rollout, &since("2026-11-22T10:00:01Z"), &[], 0),
        "waits for its turn: at most 1 pull request may be open (`max-open`) (until 2026-11-23T10:00:01Z)"
    );
}

#[test]
fn over_the_budget_no_further_wave_begins() {
    let options = RolloutOptions { max_failures: Some(MaxFailures::Percent(50)), ..waves(&["4", "1", "rest"]) };
    let rollout = rollout(&options, 6);
    let red = open(NOW, Checks::Red, true);
    let two = [failed(), red, merged(), merged(), idle(), idle()];
    assert!(
        rollout.next_wave_is_done(&Population { members: &two, done: &[] }),
        "within the budget red is no obstacle"
    );
    assert_eq!(said(&rollout, &two, &[at(NOW)], 4), "ok");
    let three = [failed(), red, failed(), idle(), idle(), idle()];
    assert!(!rollout.next_wave_is_done(&Population { members: &three, done: &[] }));
    let stop = "stop: waits for wave 1, in which 3 of 4 failed; at most 2 may";
    assert_eq!(said(&rollout, &three, &[], 4), stop);
    assert_eq!(said(&rollout, &three, &[at(NOW), at(NOW)], 5), stop, "also where later waves have begun");
    assert_eq!(said(&rollout, &three, &[], 3), "ok", "the wave itself goes on");
}

#[test]
fn without_a_budget_a_wave_in_which_everything_failed_stops_the_rollout() {
    let rollout = rollout(&waves(&["2", "rest"]), 3);
    assert_eq!(said(&rollout, &[failed(), merged(), idle()], &[at(NOW)], 2), "ok");
    let all = [failed(), failed(), idle()];
    assert!(!rollout.next_wave_is_done(&Population { members: &all, done: &[] }));
    assert_eq!(said(&rollout, &all, &[], 2), "stop: waits for wave 1, in which 2 of 2 failed; at most 1 may");
}

#[test]
fn the_forge_is_asked_only_where_its_answer_can_matter() {
    let needs = |options: &RolloutOptions| rollout(options, 3).needs_facts();
    assert!(!needs(&waves(&[])));
    assert!(!needs(&RolloutOptions { advance: Milestone::Opened, ..waves(&["1", "rest"]) }));
    assert!(needs(&waves(&["1", "rest"])));
    assert!(!needs(&waves(&["3", "rest"])), "one wave");
    assert!(needs(&RolloutOptions { max_open: Some(number(9)), ..waves(&[]) }));
}
