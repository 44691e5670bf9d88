//! Prints what people see, for a person who works on it: `cargo test --lib report::tests::look -- --ignored --nocapture`
//! with `WIDTH` and `CONNECTORS` in the environment.

use std::time::Duration;

use super::super::{Style, plan, run};
use super::fixture::Fixture;

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
#[ignore = "prints for a person"]
fn look_at_a_plan() {
    let fixture = Fixture::of(number("CONNECTORS", 12));
    let options = plan::Options { diff: number("DIFF", 0) == 1 };
    let style = Style { colour: number("COLOUR", 0) == 1, width: number("WIDTH", 100) };
    println!("{}", plan::text(&fixture.migration, &fixture.units, None, &options, &style));
}

#[test]
#[ignore = "prints for a person"]
fn look_at_a_run() {
    let fixture = Fixture::of(number("CONNECTORS", 12));
    let units = fixture.units.len();
    let state = fixture.after(&fixture.events(units * 9 / 10));
    let next = ["cutover resume 20261122-094500-3f9a".to_owned()];
    let facts = run::Facts {
        migration: &fixture.migration,
        state: &state,
        running: false,
        stopped: None,
        elapsed: Some(Duration::from_secs(193)),
        next: &next,
    };
    let style = Style { colour: number("COLOUR", 0) == 1, width: number("WIDTH", 100) };
    println!("{}", run::text(&facts, &style));
}
