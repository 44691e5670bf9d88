//! Reads that are asked for at the same time are one question, and long lists are read to their end.

use std::sync::Arc;

use cutover::forge::{Forge, ForgeError, NewPullRequest, PullRequestState};

use crate::github::checks::CheckPlan;
use crate::stage::{Stage, head, mark, own, wanted};

#[test]
fn hundreds_of_reads_at_the_same_time_are_a_few_questions() {
    let stage = Stage::new(250);
    let forge = Arc::new(stage.forge());
    for number in 1..=250 {
        stage.open(&forge, number);
    }
    stage.asked();
    let all = |part: &'static str| {
        let forge = Arc::clone(&forge);
        stage.wait(async move {
            let mut set = tokio::task::JoinSet::new();
            for number in 1..=250 {
                let forge = Arc::clone(&forge);
                set.spawn(async move {
                    let found = match part {
                        "find" => forge.find(&head(number), &mark(number)).await.unwrap().unwrap(),
                        "get" => forge.get(number).await.unwrap(),
                        _ => forge.standing(number).await.unwrap().pull_request,
                    };
                    assert_eq!((found.number, found.head), (number, head(number)));
                });
            }
            while let Some(done) = set.join_next().await {
                done.unwrap();
            }
        });
    };
    for part in ["find", "get", "standing"] {
        all(part);
        let asked = stage.asked();
        let queries = asked.iter().filter(|line| line.starts_with("query")).count();
        assert!((3..=5).contains(&queries), "{part}: {asked:?}");
        assert!(asked.len() - queries <= 2, "{part}: the rules of the base are asked once: {asked:?}");
    }
}

#[test]
fn one_that_is_not_there_does_not_harm_the_others() {
    let stage = Stage::new(2);
    let forge = stage.forge();
    stage.open(&forge, 1);
    stage.open(&forge, 2);
    stage.asked();
    let (first, none, second) = stage.wait(async { tokio::join!(forge.get(1), forge.get(999), forge.get(2)) });
    assert_eq!((first.unwrap().number, second.unwrap().number), (1, 2));
    assert!(matches!(none, Err(ForgeError::NotFound(999))), "{none:?}");
    assert_eq!(stage.asked(), ["query 200"]);
    stage.judged();
}

#[test]
fn whoever_asked_first_may_stop_waiting_and_the_others_are_answered() {
    let stage = Stage::new(1);
    let forge = Arc::new(stage.forge());
    stage.open(&forge, 1);
    stage.wait(async {
        let first = tokio::spawn({
            let forge = Arc::clone(&forge);
            async move { forge.get(1).await }
        });
        tokio::task::yield_now().await;
        let second = forge.get(1);
        first.abort();
        assert_eq!(second.await.unwrap().number, 1);
    });
}

#[test]
fn all_that_are_ours_are_found_whatever_became_of_them_and_no_others() {
    let stage = Stage::new(330);
    let forge = stage.forge();
    for number in 1..=330 {
        stage.open(&forge, number);
    }
    for number in 1..=30 {
        stage.double.close(number, "bob");
    }
    stage.double.push("by-hand", "bob", "by-hand.txt", "x");
    let by_hand = NewPullRequest { head: "by-hand".to_owned(), ..wanted(1) };
    let by_hand = stage.try_open(&forge, &by_hand).unwrap();
    stage.double.edit(by_hand.number, None, Some("See `cutover:` in the guide."));
    let all = stage.wait(forge.list(None)).unwrap();
    let numbers: Vec<u64> = all.iter().map(|found| found.number).collect();
    assert_eq!(numbers, (1..=330).collect::<Vec<_>>());
    assert_eq!(all.iter().filter(|found| found.state == PullRequestState::Closed).count(), 30);
    stage.judged();
}

#[test]
fn the_newest_of_many_from_one_branch_is_found_and_strangers_are_passed_over() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    for _ in 0..12 {
        let opened = stage.open(&forge, 1);
        stage.double.close(opened.number, "bob");
    }
    let all = stage.wait(forge.list(Some(&head(1)))).unwrap();
    assert_eq!(all.iter().map(|found| found.number).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(stage.wait(forge.find(&head(1), &mark(1))).unwrap().unwrap().number, 12);
    for number in 2..=12 {
        stage.double.edit(number, None, Some("A person wrote all of this anew."));
    }
    assert_eq!(stage.wait(forge.find(&head(1), &mark(1))).unwrap().unwrap().number, 1, "on the third page");
    stage.judged();
}

#[test]
fn labels_are_listed_to_the_end_and_once() {
    let stage = Stage::new(2);
    let forge = stage.forge();
    for number in 1..=230 {
        stage.double.label(&format!("label-{number}"));
    }
    for number in 1..=2 {
        let new = NewPullRequest { labels: own(&["label-1", "Label-230"]), ..wanted(number) };
        let opened = stage.try_open(&forge, &new).unwrap();
        stage.wait(forge.update(&opened, &new)).unwrap();
        assert_eq!(stage.double.pull(number).labels, own(&["label-1", "label-230"]));
    }
    assert_eq!(stage.asked().iter().filter(|line| line.starts_with("GET /labels")).count(), 3);
    stage.judged();
}

#[test]
fn more_checks_than_one_page_has_are_all_seen() {
    let stage = Stage::new(1);
    let forge = stage.forge();
    stage.double.set_checks((1..=230).map(|number| CheckPlan::new(&format!("check {number}"))).collect::<Vec<_>>());
    stage.open(&forge, 1);
    let standing = stage.wait(forge.standing(1)).unwrap();
    let mut names: Vec<String> = standing.checks.into_iter().map(|check| check.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 230);
    stage.judged();
}
