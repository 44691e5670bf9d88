//! The actions, by the cases in `tests/actions/<action>/*.yaml`: a new action brings its own folder, and nothing here
//! is touched.
//!
//! A file holds cases by title: the files `before`, the step's `with`, and what comes `after`: what the step says, and
//! every line that differs. `CUTOVER_UPDATE_CASES=1 cargo test --test actions` writes the `after` of each case anew;
//! then look at the difference.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "actions/case.rs"]
mod case;
#[path = "actions/look.rs"]
mod look;
#[path = "actions/stage.rs"]
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use case::Case;
use cutover::action::Deed;
use cutover::base::{FileMode, TreeFile};
use cutover::event::{FailureClass, StepResult};
use stage::{Ending, Played, play, rewritten};

/// The actions whose result does not depend on what the file was, so that there is nothing to keep.
const WRITES_WHOLE_FILES: &str = "file.write";

/// The action that counts from the base: in the next run, it rightly acts again.
const COUNTS_FROM_THE_BASE: &str = "version.bump";

/// A case, where it stands, and how it ended on its files as they are.
struct Example {
    action: String,
    place: String,
    case: Case,
    played: Played,
}

/// Every case, played once.
fn examples() -> &'static [Example] {
    static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
        let example = |(action, file, title, case): (String, PathBuf, String, Case)| {
            let played = play(&action, &case, &case.tree());
            let place = format!("{action}/{}: {title}", file.file_name().unwrap().to_string_lossy());
            Example { action, place, case, played }
        };
        case::all().into_iter().map(example).collect()
    });
    &EXAMPLES
}

/// Fails with everything that is wrong with any case.
fn for_each(mut wrong: impl FnMut(&Example) -> Option<String>) {
    let mut found = String::new();
    for example in examples() {
        if let Some(wrong) = wrong(example) {
            let _ = write!(found, "\n{}\n{wrong}\n", example.place);
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn every_action_has_cases_and_every_folder_an_action() {
    let names = |name: &str| name.to_owned();
    // What asks the outside world meets real servers in tests/image.
    let staged = |deed: &Deed| matches!(deed, Deed::Edit(_) | Deed::Publish(_));
    let all = cutover::action::all().iter().filter(|action| staged(&action.deed));
    let there: BTreeSet<String> = all.map(|action| names(action.spec.name)).collect();
    let covered: BTreeSet<String> = case::all().into_iter().map(|(action, ..)| action).collect();
    let folders = case::folders().len();
    assert_eq!(covered, there, "tests/actions has a folder with cases for each action");
    assert_eq!(folders, covered.len(), "no folder is empty");
}

#[test]
fn every_edit_shows_a_change_a_refusal_and_nothing_to_do() {
    let mut shown: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (action, _, _, case) in case::all() {
        let keys = ["changed", "unchanged", "refused"];
        shown.entry(action).or_default().extend(keys.iter().filter(|key| case.after.get(key).is_some()));
    }
    for action in cutover::action::all().iter().filter(|action| matches!(action.deed, Deed::Edit(_))) {
        assert_eq!(shown[action.spec.name].len(), 3, "{} shows {:?} only", action.spec.name, shown[action.spec.name]);
    }
}

#[test]
fn what_comes_out_is_what_the_case_says() {
    if std::env::var_os("CUTOVER_UPDATE_CASES").is_some() {
        for (action, file, title, case) in case::all() {
            let after = look::after(&case.tree(), &play(&action, &case, &case.tree()), &case.home());
            if after != case.after {
                case::rewrite(&file, &title, &after);
            }
        }
        return;
    }
    for_each(|Example { case, played, .. }| {
        let after = look::after(&case.tree(), played, &case.home());
        let shown = |value| serde_json::to_string_pretty(value).unwrap().replace("\\n", "\n");
        (after != case.after).then(|| format!("expected {}\nfound {}", shown(&case.after), shown(&after)))
    });
}

#[test]
fn what_is_done_twice_is_done_once() {
    for_each(|Example { case, played, .. }| {
        if case.except.contains_key("twice") {
            return None;
        }
        let same = match (&played.ending, &played.again) {
            (Ending::Done(first), Ending::Done(again)) => {
                let is_edit = played.published.is_empty();
                (!again.changed || !is_edit) && first.outputs.keys().eq(again.outputs.keys())
            }
            (first, again) => first == again,
        };
        if !same {
            return Some(format!("first {:?}\nthen {:?}", played.ending, played.again));
        }
        let diff = look::diff(&played.tree, &played.tree_again, &case.home());
        (!diff.is_empty()).then(|| format!("the second time changes\n{diff}"))
    });
}

#[test]
fn the_next_run_finds_nothing_left_to_do() {
    for_each(|Example { action, case, played, .. }| {
        let Ending::Done(_) = &played.ending else { return None };
        if action == COUNTS_FROM_THE_BASE || !played.published.is_empty() || case.except.contains_key("next-run") {
            return None;
        }
        match play(action, case, &played.tree).ending {
            Ending::Done(result) if !result.changed => None,
            other => Some(format!("{other:?}")),
        }
    });
}

#[test]
fn an_edit_always_gives_every_output_that_it_promises() {
    for_each(|Example { action, played, .. }| {
        let action = cutover::action::find(action).filter(|action| matches!(action.deed, Deed::Edit(_)))?;
        let Ending::Done(result) = &played.ending else { return None };
        let missing: Vec<&str> = action
            .spec
            .outputs
            .iter()
            .map(|output| output.name)
            .filter(|name| !result.outputs.contains_key(*name))
            .collect();
        (!missing.is_empty()).then(|| format!("no {}", missing.join(", ")))
    });
}

#[test]
fn a_refusal_leaves_every_file_alone() {
    for_each(|Example { case, played, .. }| {
        let refused = matches!(played.ending, Ending::Refused(_));
        let diff = look::diff(&case.tree(), &played.tree, &case.home());
        (refused && !diff.is_empty()).then_some(diff)
    });
}

/// An ending to compare: in another encoding, the same mistake stands in another column.
fn without_columns(ending: &Ending) -> (Option<&StepResult>, Option<(FailureClass, String)>) {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect();
    match ending {
        Ending::Done(result) => (Some(result), None),
        Ending::Refused(failure) => (None, Some((failure.class, letters(&failure.message)))),
        Ending::Waits(waiting) => (None, Some((FailureClass::Conflict, waiting.to_string()))),
        Ending::Held(held) => (None, Some((FailureClass::Conflict, format!("{held:?}")))),
    }
}

/// Writes every text file in another way, and expects the same result, written in that way.
fn keeps(property: &str, way: impl Fn(TreeFile) -> TreeFile + Copy) {
    for_each(|Example { action, case, played, .. }| {
        if action == WRITES_WHOLE_FILES || case.except.contains_key(property) || !played.published.is_empty() {
            return None;
        }
        let other = play(action, case, &rewritten(&case.tree(), way));
        if without_columns(&played.ending) != without_columns(&other.ending) {
            return Some(format!("plain {:?}\nother {:?}", played.ending, other.ending));
        }
        let diff = look::diff(&rewritten(&played.tree, way), &other.tree, &case.home());
        (!diff.is_empty()).then(|| format!("expected (-) and found (+):\n{diff}"))
    });
}

/// A file with another text.
fn with_text(file: &TreeFile, way: impl Fn(&str) -> String) -> TreeFile {
    let text = std::str::from_utf8(&file.bytes).unwrap();
    TreeFile { bytes: way(text).into_bytes().into(), mode: file.mode }
}

#[test]
fn windows_line_ends_stay() {
    keeps("windows-line-ends", |file| with_text(&file, |text| text.replace("\r\n", "\n").replace('\n', "\r\n")));
}

#[test]
fn a_byte_order_mark_stays() {
    keeps("byte-order-mark", |file| {
        with_text(&file, |text| format!("\u{feff}{}", text.trim_start_matches('\u{feff}')))
    });
}

#[test]
fn a_missing_final_line_break_stays_missing() {
    keeps("no-final-line-break", |file| with_text(&file, |text| text.strip_suffix('\n').unwrap_or(text).to_owned()));
}

#[test]
fn the_executable_bit_stays() {
    keeps("executable-bit", |file| TreeFile { mode: FileMode::Executable, ..file });
}
