//! How many requests a run takes, whatever the number of connectors.

use std::collections::BTreeMap;

use crate::github::record::Exchange;
use crate::monorepo::Files;
use crate::place::outcomes;
use crate::site::{MIGRATION, Site};

/// More than go into one page, one query or one push.
const CONNECTORS: usize = 120;

/// What was asked since the last time, counted by kind.
fn counted(site: &Site) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for exchange in site.double.take_requests() {
        *counts.entry(kind(&exchange)).or_default() += 1;
    }
    counts
}

fn kind(exchange: &Exchange) -> &'static str {
    match exchange.method.as_str() {
        _ if exchange.path.ends_with("/git-receive-pack") => "push",
        _ if exchange.path.contains(".git/") => "git",
        "POST" if exchange.is_graphql() && exchange.writes => "mutation",
        "POST" if exchange.is_graphql() => "query",
        "GET" => "read",
        _ => "write",
    }
}

#[test]
fn a_run_takes_few_requests_and_one_that_has_ended_none() {
    let names: Vec<String> = (0..CONNECTORS).map(|number| format!("source-{number:03}")).collect();
    let site = Site::new(&names.iter().fold(Files::default(), |files, name| files.python(name)));
    let workflow = format!("{MIGRATION}  checks: {{ needs: ready, uses: pull-request.wait-for-checks }}\n");
    let said = site.run(&workflow).exits(5).json();
    let ended = counted(&site);
    println!("a run over {CONNECTORS} connectors until its checks: {ended:?}");
    assert_eq!(said["units"].as_array().unwrap().len(), CONNECTORS);
    let of = |counts: &BTreeMap<&str, usize>, kind: &str| counts.get(kind).copied().unwrap_or_default();
    assert_eq!(of(&ended, "write"), 3 * CONNECTORS, "opening, the label, the reviewer: {ended:?}");
    assert_eq!(of(&ended, "mutation"), CONNECTORS, "ready: {ended:?}");
    // Two commits of each, a hundred in a push at most; units that are ready late go with the next.
    assert!(of(&ended, "push") <= 2 * (CONNECTORS.div_ceil(100) + 2), "{ended:?}");

    // Nothing has happened: it is looked at, and nothing is written.
    site.cutover(&["resume"]).exits(5);
    let looked = counted(&site);
    println!("looking again: {looked:?}");
    assert!(of(&looked, "query") + of(&looked, "read") <= 10, "{looked:?}");
    assert_eq!((of(&looked, "write"), of(&looked, "mutation"), of(&looked, "push")), (0, 0, 0), "{looked:?}");

    for pull in site.double.pulls() {
        site.double.set_checks_of(pull.number, [crate::github::checks::CheckPlan::new("ci")]);
    }
    let said = site.cutover(&["resume", "--format", "json"]).exits(0).json();
    assert!(outcomes(&said).iter().all(|(_, outcome)| outcome == "changed"), "{said:#}");
    counted(&site);
    site.cutover(&["resume"]).exits(0);
    assert_eq!(counted(&site), BTreeMap::new(), "a run that has ended asks nobody");
}
