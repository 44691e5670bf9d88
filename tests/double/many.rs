//! Many pull requests: pages, and time.

use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{REPO, Stage};
use crate::github::checks::CheckPlan;
use crate::github::model::Method;

/// As many as a large migration has.
const MANY: u64 = 500;

#[test]
fn five_hundred_are_opened_read_and_merged_in_little_time() {
    let stage = Stage::new();
    stage.branches(MANY);
    stage.double.set_checks([CheckPlan::new("test")]);
    let start = Instant::now();
    for n in 1..=MANY {
        assert_eq!(stage.open(&format!("change-{n}")).status, 201);
    }
    let opened = start.elapsed();
    let pages: Vec<Value> =
        (1..=6).map(|page| stage.get(&format!("{REPO}/pulls?per_page=100&page={page}")).json()).collect();
    let sizes: Vec<usize> = pages.iter().map(|page| page.as_array().unwrap().len()).collect();
    assert_eq!(sizes, [100, 100, 100, 100, 100, 0]);
    let listed = start.elapsed();
    for round in 0..3 {
        read_all(&stage);
        if round == 1 {
            stage.double.push("main", "bob", "elsewhere", "moved\n");
        }
    }
    let read = start.elapsed();
    for n in 1..=20 {
        stage.double.merge(n, "bob", Method::Squash);
    }
    read_all(&stage);
    assert_eq!(read_all(&stage), "MERGEABLE", "those that are left");
    let all = start.elapsed();
    println!(
        "{MANY} opened in {opened:?}, listed by {listed:?}, read three times by {read:?}, twenty merged by {all:?}"
    );
    assert!(all.as_secs() < 120, "{all:?}");
}

/// Every pull request's state in queries of a hundred each; how the last merges.
fn read_all(stage: &Stage) -> String {
    let mut last = Value::Null;
    for first in (1..=MANY).step_by(100) {
        let aliases: Vec<String> =
            (first..first + 100).map(|n| format!("p{n}: pullRequest(number: {n}) {{ ...seen }}")).collect();
        let query = format!(
            "{{ repository(owner: \"acme\", name: \"connectors\") {{ {} }} }}
             fragment seen on PullRequest {{ number state mergeable mergeStateStatus reviewDecision headRefOid
               commits(last: 1) {{ nodes {{ commit {{ statusCheckRollup {{ state }} }} }} }} }}",
            aliases.join(" ")
        );
        let answer = stage.graphql(&query, json!({}));
        last = answer["data"]["repository"][format!("p{}", first + 99)]["mergeable"].clone();
    }
    last.as_str().unwrap().to_owned()
}
