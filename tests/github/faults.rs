//! Whatever goes wrong with any one call: who tries again gets the same end, and nothing is done twice.

use cutover::forge::{
    Forge, ForgeError, ForgeErrorClass, GitHubForge, MergeMethod, MergeRequest, Merged, NewPullRequest,
    PullRequestState,
};

use crate::github::fault::{Calls, Effect, Fault};
use crate::github::model::{Protection, Role};
use crate::stage::{Stage, head, mark, own, said, wanted};

/// What a run does for one connector: each step looks first, as the engine's steps do.
async fn publish(forge: &GitHubForge, new: &NewPullRequest) -> Result<u64, ForgeError> {
    let found = match forge.find(&new.head, &new.mark).await? {
        Some(found) => found,
        None => forge.open(new).await?,
    };
    forge.update(&found, new).await?;
    forge.ready(found.number).await?;
    forge.close(found.number, Some("No longer needed.")).await?;
    Ok(found.number)
}

fn complete(number: u64) -> NewPullRequest {
    NewPullRequest { labels: own(&["migration"]), reviewers: own(&["bob"]), assignees: own(&["bob"]), ..wanted(number) }
}

fn furnished(branches: u64) -> Stage {
    let stage = Stage::new(branches);
    stage.double.label("migration");
    stage.double.collaborator("bob", Role::Write);
    stage
}

/// How many calls it takes when nothing goes wrong.
fn calls() -> u64 {
    let stage = furnished(1);
    stage.wait(publish(&stage.forge(), &complete(1))).unwrap();
    let asked = stage.asked();
    assert_eq!(asked.iter().filter(|line| line.starts_with("query")).count(), 5, "{asked:?}");
    asked.len() as u64
}

/// Sweeps a fault over every call in turn; each meets a connector of its own.
fn sweep(effect: &Effect) {
    let calls = calls();
    let stage = furnished(calls);
    for number in 1..=calls {
        // A new forge each time, as after a crash: nothing is known, so that the calls are as many again.
        stage.double.fail_call(number, effect.clone());
        let new = complete(number);
        let mut tries = 0;
        let opened = loop {
            match stage.wait(publish(&stage.forge(), &new)) {
                Ok(opened) => break opened,
                Err(error) => {
                    let class = error.class();
                    assert!(class != ForgeErrorClass::State && class != ForgeErrorClass::NotFound, "{number}: {error}");
                    tries += 1;
                    assert!(tries < 4, "{effect:?} at call {number}: {}", said(&error));
                }
            }
        };
        stage.double.clear_faults();
        let pulls = stage.double.pulls();
        let ours: Vec<_> = pulls.iter().filter(|pull| pull.head_branch == head(number)).collect();
        assert_eq!(ours.len(), 1, "{effect:?} at call {number}: one pull request");
        let pull = ours[0];
        assert_eq!(pull.number, opened);
        assert_eq!((&pull.labels, &pull.assignees), (&own(&["migration"]), &own(&["bob"])));
        assert_eq!((&pull.reviewers, pull.draft, pull.open), (&own(&["bob"]), false, false));
        assert_eq!(pull.comments.len(), 1, "{effect:?} at call {number}: said once");
    }
}

#[test]
fn a_server_that_fails_before_or_after_it_acted() {
    for effect in [Effect::Status(500), Effect::Status(503), Effect::StatusAfter(502)] {
        sweep(&effect);
    }
}

#[test]
fn a_connection_that_is_lost_before_or_after_it_acted() {
    for effect in [Effect::HangUp, Effect::HangUpAfter, Effect::HangUpWithin] {
        sweep(&effect);
    }
}

#[test]
fn a_limit_that_is_told_in_each_way() {
    for effect in [Effect::Secondary(Some(7)), Effect::Secondary(None), Effect::Primary(90)] {
        sweep(&effect);
    }
}

#[test]
fn an_answer_that_is_cut_off_or_empty_or_a_token_that_is_not_known_for_a_moment() {
    for effect in [Effect::Truncated, Effect::EmptyPage, Effect::Unauthorized] {
        sweep(&effect);
    }
}

/// Merges, as a run does that asks again after a failure; how often the merge itself was asked for.
fn merged_in_spite_of(effect: &Effect, queue: bool) -> usize {
    let stage = Stage::new(1);
    if queue {
        stage.double.protect("main", Protection { merge_queue: true, ruleset: true, ..Protection::default() });
    }
    stage.open(&stage.forge(), 1);
    stage.wait(stage.forge().ready(1)).unwrap();
    stage.asked();
    let request = MergeRequest {
        number: 1,
        head: stage.double.pull(1).head,
        methods: vec![MergeMethod::Squash],
        squash_text: None,
    };
    stage.double.fail_write(1, effect.clone());
    let mut tries = 0;
    loop {
        match stage.wait(stage.forge().merge(&request)) {
            Ok(Merged::Merged { commit }) => {
                assert_eq!(commit, stage.double.pull(1).merge.map(|merge| merge.commit));
                break;
            }
            Ok(Merged::Queued | Merged::NotNow(_)) | Err(_) => tries += 1,
        }
        assert!(tries < 12, "{effect:?}");
    }
    stage.asked().iter().filter(|line| line.starts_with("PUT") || line.starts_with("mutation")).count()
}

#[test]
fn a_merge_of_which_nobody_heard_is_found_and_not_made_twice() {
    for effect in [Effect::StatusAfter(502), Effect::HangUpAfter, Effect::HangUpWithin, Effect::Truncated] {
        assert_eq!(merged_in_spite_of(&effect, false), 1, "{effect:?}");
        assert_eq!(merged_in_spite_of(&effect, true), 1, "{effect:?}, in a queue");
    }
    for effect in [Effect::Status(500), Effect::HangUp, Effect::Secondary(Some(3)), Effect::Primary(30)] {
        assert_eq!(merged_in_spite_of(&effect, false), 2, "{effect:?}");
        assert_eq!(merged_in_spite_of(&effect, true), 2, "{effect:?}, in a queue");
    }
}

#[test]
fn a_write_whose_fate_is_unknown_is_not_sent_again_and_found_by_whoever_looks() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.fail_write(1, Effect::HangUpAfter);
    let error = stage.try_open(&forge, &wanted(1)).unwrap_err();
    assert!(matches!(error, ForgeError::Unanswered(_)), "{error}");
    assert_eq!(error.class(), ForgeErrorClass::Network);
    insta::assert_snapshot!(error.hint().unwrap(), @"Resume: it is looked up first, and nothing is done twice.");
    assert_eq!(stage.asked(), ["query 200", "POST /pulls lost"]);
    let found = stage.wait(forge.find(&head(1), &mark(1))).unwrap().unwrap();
    assert_eq!((found.number, found.state), (1, PullRequestState::Open));
    let again = stage.try_open(&forge, &wanted(1)).unwrap_err();
    assert!(matches!(&again, ForgeError::AlreadyOpen { number: 1, .. }), "{again}");
}

#[test]
fn a_write_that_takes_too_long_is_unanswered_and_a_read_is_asked_again() {
    let stage = Stage::new(1);
    let settings =
        cutover::forge::GitHubSettings { timeout: std::time::Duration::from_millis(500), ..stage.settings() };
    let forge = GitHubForge::new(settings).unwrap();
    stage.double.fault(Fault::new(Calls::rest("POST", "/pulls$"), Effect::SlowAfter(1500)));
    let error = stage.try_open(&forge, &wanted(1)).unwrap_err();
    assert!(matches!(error, ForgeError::Unanswered(_)), "{error}");
    stage.double.fault(Fault::new(Calls::reads(), Effect::Slow(1500)));
    assert!(stage.wait(forge.find(&head(1), &mark(1))).unwrap().is_some());
}

#[test]
fn reads_are_repeated_for_a_while_and_not_for_ever() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.fault(Fault::new(Calls::reads(), Effect::Status(502)).times(3));
    assert_eq!(stage.wait(forge.find(&head(1), &mark(1))).unwrap(), None);
    assert_eq!(stage.asked(), ["query 502", "query 502", "query 502", "query 200"]);
    stage.double.fault(Fault::new(Calls::reads(), Effect::Status(500)).always());
    let error = stage.wait(forge.find(&head(1), &mark(1))).unwrap_err();
    insta::assert_snapshot!(said(&error), @r"
    the forge did not answer: status 500, Server Error
      Look at the connection, then resume.
    ");
    assert_eq!(stage.asked().len(), 4);
}

#[test]
fn a_host_that_nobody_answers_at_is_a_network_failure_of_which_nothing_was_sent() {
    let stage = Stage::new(1);
    let settings = cutover::forge::GitHubSettings { api_url: "http://127.0.0.1:9".to_owned(), ..stage.settings() };
    let forge = GitHubForge::new(settings).unwrap();
    let error = stage.try_open(&forge, &wanted(1)).unwrap_err();
    assert!(matches!(error, ForgeError::Network(_)), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}
