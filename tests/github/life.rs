//! A pull request from its opening to its end, and how few requests that takes.

use cutover::forge::{
    CheckState, Forge as _, ForgeError, MergeMethod, MergeRequest, Mergeable, Merged, NewPullRequest, PullRequestState,
    Verdict,
};

use crate::github::checks::{After, CheckPlan};
use crate::github::model::{Method, Protection, Role, Verdict as Said};
use crate::stage::{Stage, head, log, mark, own, wanted};

#[test]
fn what_is_opened_is_found_by_this_forge_and_the_next() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    assert_eq!(stage.wait(forge.find(&head(1), &mark(1))).unwrap(), None);
    let opened = stage.open(&forge, 1);
    assert_eq!((opened.number, opened.state, opened.draft), (1, PullRequestState::Open, true));
    assert_eq!((opened.head.as_str(), opened.base.as_str(), opened.title.as_str()), (&*head(1), "main", "Move c1"));
    assert!(opened.mark.as_ref().unwrap().is_of_same_unit(&mark(1)));
    assert_eq!(opened.head_commit.as_ref(), Some(&stage.double.pull(1).head));
    for forge in [&forge, &stage.forge()] {
        assert_eq!(stage.wait(forge.find(&head(1), &mark(1))).unwrap().as_ref(), Some(&opened));
        assert_eq!(stage.wait(forge.get(1)).unwrap(), opened);
        assert_eq!(stage.wait(forge.list(Some(&head(1)))).unwrap(), std::slice::from_ref(&opened));
        assert_eq!(stage.wait(forge.find(&head(1), &mark(2))).unwrap(), None, "another unit's is not ours");
    }
    assert!(matches!(stage.wait(forge.get(7)), Err(ForgeError::NotFound(7))));
    stage.judged();
}

#[test]
fn opening_and_completing_takes_three_writes_and_doing_it_again_none() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.label("migration");
    stage.double.milestone("November");
    stage.double.collaborator("bob", Role::Write);
    stage.double.team("owners", &["bob"]);
    let new = NewPullRequest {
        labels: own(&["Migration"]),
        reviewers: own(&["bob"]),
        teams: own(&["owners"]),
        assignees: own(&["bob"]),
        milestone: Some("November".to_owned()),
        ..wanted(1)
    };
    let opened = stage.try_open(&forge, &new).unwrap();
    let updated = stage.wait(forge.update(&opened, &new)).unwrap();
    assert_eq!(
        stage.asked(),
        [
            "query 200",
            "GET /labels 200",
            "GET /milestones 200",
            "POST /pulls 201",
            "query 200",
            "PATCH /issues/1 200",
            "POST /pulls/1/requested_reviewers 201"
        ]
    );
    let pull = stage.double.pull(1);
    assert_eq!((pull.labels, pull.assignees, pull.milestone), (own(&["migration"]), own(&["bob"]), Some(1)));
    assert_eq!((pull.reviewers, pull.teams), (own(&["bob"]), own(&["owners"])));
    assert_eq!(updated, stage.wait(forge.get(1)).unwrap());
    stage.asked();
    assert_eq!(stage.wait(forge.update(&opened, &new)).unwrap(), updated);
    assert_eq!(stage.asked(), ["query 200"], "there is nothing left to do");
}

#[test]
fn what_people_did_meanwhile_stays() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    for label in ["migration", "by-hand"] {
        stage.double.label(label);
    }
    stage.double.collaborator("bob", Role::Write);
    let opened = stage.open(&forge, 1);
    stage.double.world().pull_mut(0, 1).unwrap().labels = own(&["by-hand"]);
    stage.double.review(1, "bob", Said::Approved);
    let body = format!("A person's first line.\r\n\r\n{}\n\nA person's last.", opened.body.replace('\n', "\r\n"));
    stage.double.edit(1, Some("Hold: Move c1"), Some(&body));
    let wanted = NewPullRequest {
        title: "Move c1 on".to_owned(),
        body: "What changes now.".to_owned(),
        labels: own(&["migration"]),
        reviewers: own(&["bob"]),
        ..wanted(1)
    };
    let updated = stage.wait(forge.update(&opened, &wanted)).unwrap();
    let pull = stage.double.pull(1);
    assert_eq!(pull.labels, own(&["by-hand", "migration"]));
    assert_eq!(pull.title, "Hold: Move c1", "a person's title stays");
    let text = pull.body.unwrap();
    assert!(text.starts_with("A person's first line.\r\n\r\n<!-- cutover:begin -->"), "{text}");
    assert!(text.ends_with("\n\nA person's last."), "{text}");
    assert!(text.contains("\nWhat changes now.\n") && !text.contains("What changes."), "{text}");
    assert!(pull.reviewers.is_empty(), "who has looked is not asked again");
    assert_eq!(updated.body, text);
    stage.judged();
}

#[test]
fn a_draft_is_made_ready_once() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.open(&forge, 1);
    stage.wait(forge.ready(1)).unwrap();
    assert!(!stage.double.pull(1).draft);
    stage.judged();
    stage.asked();
    stage.wait(forge.ready(1)).unwrap();
    assert_eq!(stage.asked(), ["query 200"]);
}

#[test]
fn checks_are_seen_run_again_and_their_logs_read() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    let log = log(60);
    stage.double.set_checks([
        CheckPlan::failing("broken", &log),
        CheckPlan::flaky("flaky"),
        CheckPlan::new("slow").after(After::Never),
        CheckPlan::new("legal").by_status(),
        CheckPlan::new("docs").optional(),
    ]);
    stage.open(&forge, 1);
    let standing = stage.wait(forge.standing(1)).unwrap();
    let told: Vec<(&str, CheckState, bool)> =
        standing.checks.iter().map(|check| (check.name.as_str(), check.state, check.required)).collect();
    let expected = [
        ("broken", CheckState::Failed, true),
        ("flaky", CheckState::Failed, true),
        ("slow", CheckState::Pending, true),
        ("legal", CheckState::Passed, true),
        ("docs", CheckState::Passed, false),
    ];
    for one in expected {
        assert!(told.contains(&one), "{one:?} in {told:?}");
    }
    let check = |name: &str| standing.checks.iter().find(|check| check.name == name).unwrap();
    let lines = stage.wait(forge.check_log(check("broken"))).unwrap();
    assert_eq!((lines.len(), lines[39].as_str()), (40, "line 59"));
    assert_eq!(stage.wait(forge.check_log(check("legal"))).unwrap(), [""; 0]);
    let error = stage.wait(forge.rerun(1, check("legal"))).unwrap_err();
    assert!(error.to_string().contains("`legal`"), "{error}");
    stage.judged();
}

#[test]
fn a_flaky_check_is_green_after_it_was_run_again() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.set_checks([CheckPlan::flaky("flaky")]);
    stage.open(&forge, 1);
    let standing = stage.wait(forge.standing(1)).unwrap();
    stage.asked();
    stage.wait(forge.rerun(1, &standing.checks[0])).unwrap();
    let asked = stage.asked();
    assert_eq!(asked.iter().filter(|line| line.starts_with("POST")).count(), 1, "{asked:?}");
    let standing = stage.wait(forge.standing(1)).unwrap();
    assert_eq!(standing.checks[0].state, CheckState::Passed);
    stage.judged();
}

#[test]
fn reviews_and_what_the_rules_ask_for_are_told() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.collaborator("bob", Role::Write);
    stage.double.protect("main", Protection { required_approvals: 1, ..Protection::default() });
    stage.open(&forge, 1);
    let standing = stage.wait(forge.standing(1)).unwrap();
    assert!(standing.review_required && standing.reviews.is_empty());
    stage.double.review(1, "bob", Said::ChangesRequested);
    stage.double.review(1, "cyd", Said::Commented);
    let standing = stage.wait(forge.standing(1)).unwrap();
    let said: Vec<(&str, Verdict)> =
        standing.reviews.iter().map(|review| (review.by.as_str(), review.verdict)).collect();
    assert_eq!(said, [("bob", Verdict::ChangesRequested), ("cyd", Verdict::Commented)]);
    assert_eq!(standing.reviews[0].commit.as_ref(), Some(&stage.double.pull(1).head));
    stage.double.review(1, "bob", Said::Approved);
    let standing = stage.wait(forge.standing(1)).unwrap();
    assert!(!standing.review_required);
    assert_eq!(standing.reviews[0].verdict, Verdict::Approved);
    stage.judged();
}

#[test]
fn a_required_check_that_has_not_begun_is_not_green() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    let rules = Protection { required_checks: own(&["ci"]), ruleset: true, ..Protection::default() };
    stage.double.protect("main", rules);
    stage.open(&forge, 1);
    stage.wait(forge.ready(1)).unwrap();
    let standing = stage.wait(forge.standing(1)).unwrap();
    assert_eq!(standing.checks.len(), 1, "{:?}", standing.checks);
    assert_eq!((standing.checks[0].name.as_str(), standing.checks[0].state), ("ci", CheckState::Pending));
    stage.judged();
}

#[test]
fn a_conflict_with_the_base_is_told() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.open(&forge, 1);
    stage.double.push("main", "bob", "c1.txt", "another");
    let mut standing = stage.wait(forge.standing(1)).unwrap();
    // GitHub may still be finding out at the first look.
    if standing.mergeable == Mergeable::Unknown {
        standing = stage.wait(forge.standing(1)).unwrap();
    }
    assert_eq!(standing.mergeable, Mergeable::Conflict);
}

fn request(stage: &Stage, number: u64, methods: &[MergeMethod]) -> MergeRequest {
    MergeRequest { number, head: stage.double.pull(number).head, methods: methods.to_vec(), squash_text: None }
}

#[test]
fn a_pull_request_is_merged_by_the_first_method_that_is_allowed() {
    let stage = Stage::new(3);
    let forge = stage.forge();
    let cases = [
        ([Method::Merge, Method::Squash, Method::Rebase].as_slice(), MergeMethod::Squash),
        (&[Method::Merge, Method::Rebase], MergeMethod::Merge),
        (&[Method::Rebase], MergeMethod::Rebase),
    ];
    for (number, (allowed, used)) in (1..).zip(cases) {
        stage.double.allow_methods(allowed);
        let forge = stage.forge();
        stage.open(&forge, number);
        stage.wait(forge.ready(number)).unwrap();
        let wanted = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase];
        let request = request(&stage, number, &wanted);
        let merged = stage.wait(forge.merge(&request)).unwrap();
        let body = stage.double.requests().last().unwrap().body.clone();
        assert_eq!(body["merge_method"], used.as_str());
        let commit = stage.double.pull(number).merge.unwrap().commit;
        assert_eq!(merged, Merged::Merged { commit: Some(commit.clone()) });
        stage.asked();
        assert_eq!(stage.wait(forge.merge(&request)).unwrap(), merged, "merging again tells the same");
        assert!(stage.asked().iter().all(|line| line.starts_with("query")));
        let standing = stage.wait(forge.standing(number)).unwrap();
        assert_eq!((standing.pull_request.state, standing.merge_commit), (PullRequestState::Merged, Some(commit)));
    }
    stage.double.allow_methods(&[Method::Merge]);
    drop(forge);
    stage.judged();
}

#[test]
fn what_is_not_to_be_merged_now_says_why() {
    let stage = Stage::new(2);
    let forge = stage.forge();
    stage.open(&forge, 1);
    let all = [MergeMethod::Squash];
    let not_now = |number: u64| {
        let request = request(&stage, number, &all);
        match stage.wait(forge.merge(&request)).unwrap() {
            Merged::NotNow(why) => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(not_now(1), "it is a draft");
    stage.wait(forge.ready(1)).unwrap();
    let old = request(&stage, 1, &all);
    stage.double.push(&head(1), "bob", "more.txt", "more");
    assert_eq!(
        stage.wait(forge.merge(&old)).unwrap(),
        Merged::NotNow("its branch has moved to another commit".to_owned())
    );
    stage.double.protect("main", Protection { required_approvals: 1, ..Protection::default() });
    assert!(not_now(1).contains("approving review"), "{}", not_now(1));
    stage.double.close(1, "bob");
    assert_eq!(not_now(1), "it is closed");
}

#[test]
fn a_base_with_a_merge_queue_gets_it_queued_and_the_queue_merges() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.protect("main", Protection { merge_queue: true, ruleset: true, ..Protection::default() });
    stage.open(&forge, 1);
    stage.wait(forge.ready(1)).unwrap();
    let request = request(&stage, 1, &[MergeMethod::Squash]);
    assert_eq!(stage.wait(forge.merge(&request)).unwrap(), Merged::Queued);
    assert_eq!(stage.wait(forge.merge(&request)).unwrap(), Merged::Queued, "and is not put in twice");
    let mut looks = 0;
    loop {
        let standing = stage.wait(forge.standing(1)).unwrap();
        if standing.pull_request.state == PullRequestState::Merged {
            break;
        }
        assert_eq!(standing.queue_position, Some(1));
        looks += 1;
        assert!(looks < 20, "the queue does not merge");
    }
    assert!(matches!(stage.wait(forge.merge(&request)).unwrap(), Merged::Merged { .. }));
    stage.judged();
}

#[test]
fn closing_says_why_once() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.open(&forge, 1);
    // A former try got as far as the comment.
    stage.double.comment(1, "ada", "Superseded.\r\n");
    stage.wait(forge.close(1, Some("Superseded."))).unwrap();
    let pull = stage.double.pull(1);
    assert_eq!((pull.open, pull.comments.len()), (false, 1));
    stage.asked();
    stage.wait(forge.close(1, Some("Superseded."))).unwrap();
    assert_eq!(stage.asked(), ["query 200"]);
    stage.double.reopen(1);
    stage.wait(forge.close(1, Some("For good."))).unwrap();
    assert_eq!(stage.double.pull(1).comments.len(), 2);
    assert_eq!(stage.asked(), ["query 200", "POST /issues/1/comments 201", "PATCH /pulls/1 200"]);
    stage.judged();
}
