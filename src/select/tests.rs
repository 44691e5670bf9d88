use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::json;

use super::*;
use crate::base::{MemoryTree, RepoPath};
use crate::connector::{Patterns, Profile, discover};
use crate::diagnostic::render;
use crate::workflow::Selection;

const ROOT: &str = "airbyte-integrations/connectors";

/// Six connectors of the kinds that matter.
fn tree() -> MemoryTree {
    let connectors = [
        ("source-alpha", "supportLevel: certified\n  connectorBuildOptions:\n    baseImage: x:1", "setup.py"),
        ("source-beta", "supportLevel: certified\n  tags: [a]", "setup.py"),
        ("source-gamma", "supportLevel: community", "source_gamma/manifest.yaml"),
        ("source-delta", "supportLevel: certified", "src/main/java/A.java"),
        ("source-delta-strict-encrypt", "license: MIT", "src/main/java/A.java"),
        ("third-party/acme/acme-pager", "supportLevel: community", "README.md"),
    ];
    connectors.into_iter().fold(MemoryTree::new(), |tree, (directory, data, file)| {
        tree.with_file(&format!("{ROOT}/{directory}/metadata.yaml"), format!("data:\n  name: x\n  {data}\n"))
            .with_file(&format!("{ROOT}/{directory}/{file}"), "")
    })
}

fn connectors(tree: &MemoryTree) -> Vec<Connector> {
    discover(&Profile::airbyte(), tree).unwrap()
}

fn listing(filters: &[Filters]) -> Listing {
    select(connectors(&tree()), filters, &Scope::new().with("inputs", json!({"level": "certified"})))
}

fn selected(listing: &Listing) -> Vec<&str> {
    listing.selected().map(|connector| connector.name.as_str()).collect()
}

fn query(text: &str) -> Filters {
    Filters { where_: vec![Condition::parse("--metadata-query", text).unwrap()], ..Filters::default() }
}

fn language(languages: &[&str]) -> Filters {
    Filters { language: languages.iter().map(|&language| language.to_owned()).collect(), ..Filters::default() }
}

fn names(patterns: &[&str]) -> Filters {
    Filters { names: Patterns::new(patterns).unwrap(), ..Filters::default() }
}

fn codes(listing: &Listing) -> Vec<&str> {
    listing.warnings.iter().map(|warning| warning.code).collect()
}

fn reason<'a>(listing: &'a Listing, name: &str) -> &'a str {
    &listing.connectors.iter().find(|listed| listed.connector.name.as_str() == name).unwrap().reason
}

fn told(listing: &Listing) -> String {
    let mut told = String::new();
    for Listed { connector, selected, reason } in &listing.connectors {
        writeln!(told, "{} {}: {reason}", if *selected { "in " } else { "out" }, connector.name).unwrap();
    }
    writeln!(told, "\n{}", render(&listing.warnings, false)).unwrap();
    told
}

#[test]
fn trap_01_a_filter_that_matches_nothing_selects_nothing() {
    let level = Filters { support_level: vec!["certified".to_owned()], ..Filters::default() };
    let listing = listing(&[level, query("data.connectorBuildOption.baseImage is not None")]);
    assert_eq!(selected(&listing), [""; 0]);
    insta::assert_snapshot!(told(&listing));
}

#[test]
fn trap_02_no_filter_selects_all() {
    let listing = listing(&[]);
    assert_eq!(listing.selected().count(), 6);
    assert!(listing.connectors.iter().all(|listed| listed.reason == "no filter is given"));
    assert_eq!(listing.warnings, []);
    assert_eq!(select(connectors(&tree()), &[Filters::default()], &Scope::new()).selected().count(), 6);
}

#[test]
fn trap_03_a_query_about_support_alone_takes_the_java_connectors_and_the_language_leaves_them_out() {
    let guide = "data.supportLevel == 'certified' and 'connectorBuildOptions' not in data.keys()";
    let all = listing(&[query(guide)]);
    assert_eq!(selected(&all), ["source-beta", "source-delta"]);
    let narrowed = listing(&[query(guide), language(&["python", "low-code"])]);
    assert_eq!(selected(&narrowed), ["source-beta"]);
    assert_eq!(reason(&narrowed, "source-delta"), "its language is java, not python or low-code");
    assert_eq!(reason(&narrowed, "acme-pager"), "it has no language; asked for python or low-code");
}

#[test]
fn trap_04_a_single_equals_sign_is_an_error_and_lists_and_missing_keys_do_what_they_say() {
    let error = Condition::parse("--metadata-query", "data.supportLevel = 'certified'").unwrap_err();
    insta::assert_snapshot!(render(&[*error], false));

    let list = listing(&[query("data.supportLevel in ['certified', 'community']")]);
    assert_eq!(list.selected().count(), 5);
    let missing = reason(&list, "source-delta-strict-encrypt");
    assert!(missing.ends_with("cannot be evaluated: `data.supportLevel` is not set"), "{missing}");
    assert_eq!(codes(&list), ["evaluation"]);
    let counted = &list.warnings[0].message;
    assert!(counted.contains("for 1 of 6 connectors"), "{counted}");

    let absent = listing(&[query("data.get('connectorBuildOptions') is None")]);
    assert_eq!(absent.selected().count(), 5);
    assert_eq!(absent.warnings, []);
}

#[test]
fn trap_05_a_third_party_connector_goes_by_its_name_or_its_path() {
    assert_eq!(selected(&listing(&[names(&["acme-pager"])])), ["acme-pager"]);
    assert_eq!(selected(&listing(&[names(&["**/third-party/**"])])), ["acme-pager"]);
    assert_eq!(selected(&listing(&[query("connector.third_party")])), ["acme-pager"]);
}

#[test]
fn trap_06_a_connector_without_a_language_is_out_when_a_language_is_asked_for_and_in_when_none_is() {
    assert!(selected(&listing(&[])).contains(&"acme-pager"));
    assert!(!selected(&listing(&[language(&["python", "low-code", "java"])])).contains(&"acme-pager"));
}

#[test]
fn trap_07_the_language_filter_asks_the_files() {
    let tagged = tree().with_file(&format!("{ROOT}/source-tagged/metadata.yaml"), "data: {tags: ['language:python']}");
    let listing = select(connectors(&tagged), &[language(&["python"])], &Scope::new());
    assert_eq!(selected(&listing), ["source-alpha", "source-beta"]);
}

#[test]
fn names_are_globs_that_can_be_negated() {
    assert_eq!(
        selected(&listing(&[names(&["source-*", "!*-strict-encrypt", "!*-gamma"])])),
        ["source-alpha", "source-beta", "source-delta"]
    );
    let workflow = names(&["source-*"]);
    let command_line = names(&["*-alpha", "acme-*"]);
    assert_eq!(selected(&listing(&[workflow, command_line])), ["source-alpha"], "filters are intersected");
}

#[test]
fn a_filter_value_that_nobody_has_is_warned_of_with_what_was_probably_meant() {
    let filters = Filters {
        origin: Origin::Workflow,
        names: Patterns::new(["source-alpah", "destination-*"]).unwrap(),
        language: vec!["pyhton".to_owned(), "java".to_owned()],
        support_level: vec!["gold".to_owned()],
        ..Filters::default()
    };
    insta::assert_snapshot!(told(&listing(&[filters])));
}

#[test]
fn filters_of_which_no_two_agree_say_so() {
    let listing = listing(&[names(&["source-alpha"]), language(&["java"])]);
    assert_eq!(codes(&listing), ["empty-selection"]);
    assert_eq!(
        listing.warnings[0].message,
        "no connector passes `--name source-alpha` and `--language java` together, so none is selected"
    );
}

#[test]
fn a_misspelt_key_is_told_wherever_it_stands() {
    for (text, message, hint) in [
        ("data.suportLevel == 'x'", "no connector has `data.suportLevel`", Some("Did you mean `data.supportLevel`?")),
        (
            "data.connectorBuildOptions.baseImag == 'x'",
            "no connector has `data.connectorBuildOptions.baseImag`",
            Some("Did you mean `data.connectorBuildOptions.baseImage`?"),
        ),
        ("metadata.dat.name == 'x'", "no connector has `metadata.dat`", Some("Did you mean `metadata.data`?")),
        ("connector.lang == 'x'", "no connector has `connector.lang`", Some("Did you mean `connector.language`?")),
        ("dta.name == 'x'", "there is nothing called `dta`", Some("Did you mean `data`?")),
        ("inputs.levle == 'x'", "no connector has `inputs.levle`", Some("Did you mean `inputs.level`?")),
        ("data.zzz == 'x'", "no connector has `data.zzz`", None),
        (
            "'conectorBuildOptions' not in data.keys()",
            "no connector has `data.conectorBuildOptions`",
            Some("Did you mean `data.connectorBuildOptions`?"),
        ),
        (
            "data.get('suportLevel') == 'x'",
            "no connector has `data.suportLevel`",
            Some("Did you mean `data.supportLevel`?"),
        ),
    ] {
        let listing = listing(&[query(text)]);
        let found: Vec<_> = listing.warnings.iter().filter(|warning| warning.code == "unknown-path").collect();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].message.as_str(), found[0].hint.as_deref()), (message, hint), "{text}");
    }
}

#[test]
fn asking_whether_a_new_key_is_there_is_no_slip() {
    let listing = listing(&[query("'erdApprovedBy' not in data.keys() and data.get('zzz') is None")]);
    assert_eq!(listing.selected().count(), 6);
    assert_eq!(listing.warnings, []);
}

#[test]
fn conditions_read_inputs_and_files() {
    assert_eq!(listing(&[query("data.get('supportLevel') == inputs.level")]).selected().count(), 3);
    let files: Arc<dyn Tree> = Arc::new(tree());
    let filters = [query("exists('setup.py') and not exists('../../../../../etc/passwd')")];
    let with_files = select_in(&files, connectors(&tree()), &filters, &Scope::new());
    assert_eq!(selected(&with_files), ["source-alpha", "source-beta"]);
    assert_eq!(
        reason(&listing(&filters), "source-alpha").split(": ").nth(1).unwrap(),
        "`exists(...)` has no files to look at here"
    );
}

#[test]
fn a_condition_is_asked_only_of_those_whom_the_other_filters_leave() {
    let listing = listing(&[language(&["java"]), query("data.supportLevel == 'community'")]);
    assert_eq!(codes(&listing), ["evaluation", "empty-filter"]);
    assert!(listing.warnings[0].message.contains("for 1 of 2 connectors"));
    assert!(listing.warnings[1].message.contains("matches none of the 2 connectors that the other filters leave"));
}

#[test]
fn only_takes_names_and_paths_and_tells_those_that_are_not_there() {
    let only = Only {
        names: ["source-beta", "airbyte-integrations/connectors/source-gamma", "source-betta"]
            .map(str::to_owned)
            .into(),
        origin: "@failed.txt".to_owned(),
    };
    let listing = listing(&[Filters { only: Some(only), ..Filters::default() }]);
    assert_eq!(selected(&listing), ["source-beta", "source-gamma"]);
    assert_eq!(reason(&listing, "source-alpha"), "not listed in @failed.txt");
    assert_eq!(listing.warnings.len(), 1);
    assert_eq!(listing.warnings[0].hint.as_deref(), Some("Did you mean `source-beta`?"));
}

#[test]
fn an_empty_list_of_names_selects_nothing() {
    let only = Only { names: Vec::new(), origin: "@none.txt".to_owned() };
    let listing = listing(&[Filters { only: Some(only), ..Filters::default() }]);
    assert_eq!(selected(&listing), [""; 0]);
    assert_eq!(codes(&listing), ["empty-filter"]);
}

#[test]
fn a_changed_file_selects_its_connector_and_a_page_does_not() {
    let changed = [
        "airbyte-integrations/connectors/source-alpha/setup.py",
        "airbyte-integrations/connectors/source-alpha/main.py",
        "airbyte-integrations/connectors/source-beta/README.md",
        "airbyte-integrations/connectors/source-delta-strict-encrypt/src/main/java/A.java",
        "airbyte-integrations/connectors/third-party/acme/acme-pager/x",
        "docs/integrations/sources/gamma.md",
        "setup.py",
    ];
    let modified: BTreeSet<RepoPath> = changed.iter().map(|path| RepoPath::new(path).unwrap()).collect();
    let listing = listing(&[Filters { modified: Some(modified), ..Filters::default() }]);
    assert_eq!(selected(&listing), ["acme-pager", "source-alpha", "source-delta-strict-encrypt"]);
    assert_eq!(reason(&listing, "source-alpha"), "changed: main.py and 1 other file");
    assert_eq!(reason(&listing, "source-delta"), "none of its files changed, pages aside");
}

#[test]
fn the_smallest_limit_keeps_the_first_selected() {
    let limit = |number| Filters { limit: Some(number), ..Filters::default() };
    let listing = listing(&[language(&["java", "python"]), limit(2), limit(4)]);
    assert_eq!(selected(&listing), ["source-alpha", "source-beta"]);
    assert_eq!(reason(&listing, "source-delta"), "left out by `--limit 2`");
    assert_eq!(reason(&listing, "source-gamma"), "its language is low-code, not java or python");
}

#[test]
fn a_connector_whose_metadata_cannot_be_read_is_in_only_where_the_metadata_is_not_asked() {
    let tree = tree()
        .with_file(&format!("{ROOT}/source-broken/metadata.yaml"), "data: [")
        .with_file(&format!("{ROOT}/source-broken/setup.py"), "");
    let is_in = |filters: &[Filters]| {
        let listing = select(connectors(&tree), filters, &Scope::new());
        assert!(codes(&listing).contains(&"unreadable-metadata"));
        let why = reason(&listing, "source-broken").to_owned();
        assert!(why.contains("source-broken/metadata.yaml cannot be read"), "{why}");
        selected(&listing).contains(&"source-broken")
    };
    assert!(is_in(&[]));
    assert!(is_in(&[names(&["source-b*"])]));
    assert!(is_in(&[language(&["python"])]));
    assert!(!is_in(&[query("data.name == 'x'")]));
    assert!(!is_in(&[query("data.get('x') is None")]));
    assert!(!is_in(&[Filters { support_level: vec!["certified".to_owned()], ..Filters::default() }]));
}

#[test]
fn the_filters_of_a_workflow_are_taken_over() {
    let selection = Selection {
        names: vec!["source-*".to_owned()],
        language: vec!["python".to_owned()],
        support_level: vec!["certified".to_owned()],
        where_: Some("'connectorBuildOptions' not in data.keys()".to_owned()),
    };
    let listing = listing(&[Filters::of_workflow(&selection).unwrap()]);
    assert_eq!(selected(&listing), ["source-beta"]);
    assert_eq!(
        reason(&listing, "source-beta"),
        "its name matches, its language is python, its support level is certified, \
         `'connectorBuildOptions' not in data.keys()` is true"
    );
    let wrong = Selection { where_: Some("a = b".to_owned()), ..Selection::default() };
    assert_eq!(Filters::of_workflow(&wrong).unwrap_err().code, "expression-syntax");
    let wrong = Selection { names: vec!["a[".to_owned()], ..Selection::default() };
    assert_eq!(Filters::of_workflow(&wrong).unwrap_err().code, "pattern");
}

#[test]
fn a_repository_without_connectors_says_so() {
    assert_eq!(
        codes(&select(Vec::new(), &[language(&["python"])], &Scope::new())),
        ["unknown-language", "no-connectors"]
    );
}
