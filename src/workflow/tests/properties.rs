//! What must hold for any input.

use proptest::prelude::*;

use super::super::order::topological;
use super::super::{dependencies, load_bytes, order};
use super::{actions, fits_schema, model, with_steps, workflow};
use crate::diagnostic::render;

/// Lines from which almost-workflows are made.
const LINES: &[&str] = &[
    "version: 1",
    "name: w",
    "steps:",
    "  a:",
    "    run: x",
    "    uses: file.remove",
    "    with: { path: x }",
    "    needs: [a, b]",
    "  b: { run: '${{ steps.a.x }}' }",
    "inputs: { a: { type: choice } }",
    "  - x",
    "\t- y",
    "connectors: { where: \"data.x = 'é'\" }",
    "branch: >-\n  ${{ connector.name",
    "success: { a: b.c }",
    "  <<: *x",
    "? [a]",
    "'",
    "\"\\u00",
    "&a",
    "*a",
    "{",
    "]",
    "---",
    "# x",
    "|",
    "🦀",
    "    if: steps.a-b.c",
    "    env: { X: { secret: 1 } }",
    "    timeout: 99999999999999999999h",
    "max-failures: 1%",
    "%YAML 1.2",
];

fn never_panics(bytes: &[u8]) {
    let loaded = load_bytes("w.yaml", bytes, &actions::all());
    for colour in [false, true] {
        let text = render(&loaded.diagnostics, colour);
        assert_eq!(text.is_empty(), loaded.diagnostics.is_empty());
    }
    if loaded.workflow.is_some() {
        assert!(fits_schema(std::str::from_utf8(bytes).unwrap()), "what loads fits the schema");
    }
    assert!(loaded.workflow.is_some() || !loaded.diagnostics.is_empty(), "a refusal says why");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        never_panics(&bytes);
    }

    #[test]
    fn almost_workflows_never_panic(lines in proptest::collection::vec(proptest::sample::select(LINES), 0..14)) {
        never_panics(lines.join("\n").as_bytes());
    }

    #[test]
    fn workflows_with_a_damage_never_panic(at in 0_usize..2_400, length in 0_usize..6, new in "\\PC{0,3}") {
        let text = model::MIGRATION;
        let (start, end) = (text.floor_char_boundary(at), text.ceil_char_boundary((at + length).min(text.len())));
        let start = start.min(end);
        never_panics(format!("{}{new}{}", &text[..start], &text[end..]).as_bytes());
    }

    #[test]
    fn the_order_has_every_step_once_and_after_its_needs(needs in acyclic()) {
        let mut lines = Vec::new();
        for (index, needed) in needs.iter().enumerate() {
            let needed: Vec<String> = needed.iter().map(|needed| format!("s{needed}")).collect();
            let needed = if needed.is_empty() { String::new() } else { format!(", needs: [{}]", needed.join(", ")) };
            lines.push(format!("s{index}: {{ run: x{needed} }}"));
        }
        let steps = workflow(&with_steps(&lines.join("\n"))).steps;
        let order = order(&steps);
        let place = |index: usize| order.iter().position(|step| *step == index).unwrap();
        prop_assert_eq!(order.len(), steps.len());
        for index in 0..steps.len() {
            for needed in dependencies(&steps, index) {
                prop_assert!(place(needed) < place(index));
            }
        }
    }

    #[test]
    fn of_two_steps_that_could_come_next_the_first_in_the_file_does(needs in acyclic()) {
        let order = topological(&needs);
        for (turn, chosen) in order.iter().enumerate() {
            let done = &order[..turn];
            let ready = |step: &usize| !done.contains(step) && needs[*step].iter().all(|needed| done.contains(needed));
            prop_assert_eq!((0..needs.len()).find(ready), Some(*chosen));
        }
    }
}

/// Needs of up to twelve steps without a cycle: along a random order, so that steps may stand before what they need.
fn acyclic() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (1_usize..12).prop_flat_map(|count| {
        let ranks = Just((0..count).collect::<Vec<usize>>()).prop_shuffle();
        let pairs = proptest::collection::vec((0..count, 0..count), 0..20);
        (ranks, pairs).prop_map(move |(ranks, pairs)| {
            let mut needs = vec![Vec::new(); count];
            for (a, b) in pairs {
                if ranks[a] < ranks[b] && !needs[b].contains(&a) {
                    needs[b].push(a);
                }
            }
            needs
        })
    })
}
