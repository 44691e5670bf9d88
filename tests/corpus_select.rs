//! Discovery and selection over the real connector monorepo, read from its git objects as `cutover list` reads them.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use camino::Utf8Path;
use cutover::base::{RepoPath, Tree};
use cutover::connector::{Connector, Profile, discover};
use cutover::expression::Scope;
use cutover::git::Repository;
use cutover::select::{Condition, Filters, Listing, select, select_in};

/// The corpus as a repository, if this machine has it. Laid out once for all tests.
fn corpus() -> Option<&'static Path> {
    static CORPUS: OnceLock<Option<PathBuf>> = OnceLock::new();
    let corpus = CORPUS.get_or_init(lay_out).as_deref();
    if corpus.is_none() {
        println!("skipped: no corpus (set CUTOVER_CORPUS to its directory or to make-monorepo)");
    }
    corpus
}

fn lay_out() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/make-monorepo");
    let given = std::env::var_os("CUTOVER_CORPUS").map_or(beside, PathBuf::from);
    if given.join(".git").exists() {
        return Some(given);
    }
    let script = if given.is_dir() { given.join("make-monorepo") } else { given };
    if !script.is_file() {
        return None;
    }
    // Kept for the next time; made under another name, so that what has the name is complete.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-select");
    if !target.join(".git").exists() {
        let making = target.with_extension(std::process::id().to_string());
        let made = Command::new(&script).arg(&making).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if std::fs::rename(&making, &target).is_err() {
            std::fs::remove_dir_all(&making).unwrap();
        }
    }
    Some(target)
}

fn tree(corpus: &Path) -> Arc<dyn Tree> {
    let repository = Repository::open(Utf8Path::from_path(corpus).unwrap()).unwrap();
    let head = repository.resolve("HEAD").unwrap();
    Arc::new(repository.tree(&head).unwrap())
}

fn connectors(corpus: &Path) -> Vec<Connector> {
    discover(&Profile::airbyte(), &*tree(corpus)).unwrap()
}

fn query(text: &str) -> Filters {
    Filters { where_: vec![Condition::parse("--metadata-query", text).unwrap()], ..Filters::default() }
}

fn language(languages: &[&str]) -> Filters {
    Filters { language: languages.iter().map(|&language| language.to_owned()).collect(), ..Filters::default() }
}

fn selected(listing: &Listing) -> Vec<&str> {
    listing.selected().map(|connector| connector.name.as_str()).collect()
}

const IMAGE_QUERY: &str = "data.connectorBuildOptions.baseImage is not None";
const CERTIFIED_QUERY: &str = "data.supportLevel == 'certified' and 'connectorBuildOptions' not in data.keys()";

#[test]
fn the_corpus_has_372_connectors_five_of_them_third_party() {
    let Some(corpus) = corpus() else { return };
    let connectors = connectors(corpus);
    assert_eq!(connectors.len(), 372);
    assert_eq!(connectors.iter().filter(|connector| connector.third_party).count(), 5);
    assert!(connectors.iter().all(|connector| connector.metadata.is_ok()));
    assert!(connectors.iter().all(|connector| connector.name.as_str() == connector.technical_name));
    assert!(!connectors.iter().any(|connector| connector.name.as_str().contains("scaffold")));

    let mut table: BTreeMap<(Option<&str>, Option<&str>), usize> = BTreeMap::new();
    for connector in connectors.iter().filter(|connector| !connector.third_party) {
        *table.entry((connector.language.as_deref(), connector.support_level.as_deref())).or_default() += 1;
    }
    let (certified, community) = (Some("certified"), Some("community"));
    let expected = [
        ((Some("python"), certified), 41),
        ((Some("python"), community), 104),
        ((Some("low-code"), certified), 9),
        ((Some("low-code"), community), 136),
        ((Some("low-code"), None), 1),
        ((Some("java"), certified), 6),
        ((Some("java"), community), 55),
        ((Some("java"), None), 13),
        ((None, community), 2),
    ];
    assert_eq!(table, expected.into_iter().collect());
    let sources = connectors
        .iter()
        .filter(|connector| !connector.third_party && connector.connector_type.as_deref() == Some("source"));
    assert_eq!(sources.count(), 295);
}

#[test]
fn documentation_is_found_by_url_and_shared_by_seventeen_pairs() {
    let Some(corpus) = corpus() else { return };
    let connectors = connectors(corpus);
    let pages: BTreeSet<&RepoPath> =
        connectors.iter().filter_map(|connector| connector.documentation.as_ref()).collect();
    assert_eq!(pages.len(), 355);
    let missing: Vec<&str> = connectors
        .iter()
        .filter(|connector| !connector.documentation_exists)
        .map(|connector| connector.name.as_str())
        .collect();
    assert_eq!(missing, ["source-appstore-singer"]);
    let shared: BTreeSet<&RepoPath> = connectors
        .iter()
        .filter(|connector| !connector.shares_documentation_with.is_empty())
        .filter_map(|connector| connector.documentation.as_ref())
        .collect();
    assert_eq!(shared.len(), 17);
    let dev_null = connectors.iter().find(|connector| connector.name.as_str() == "destination-dev-null").unwrap();
    assert_eq!(dev_null.documentation.as_ref().unwrap().as_str(), "docs/integrations/destinations/e2e-test.md");
}

#[test]
fn the_queries_of_the_migration_guide_select_3_54_and_48() {
    let Some(corpus) = corpus() else { return };
    let first = select(connectors(corpus), &[query(IMAGE_QUERY)], &Scope::new());
    assert_eq!(selected(&first), ["source-auth0", "source-file", "source-zendesk-chat"]);
    assert_eq!(first.warnings.len(), 1, "{:?}", first.warnings);
    assert!(first.warnings[0].message.contains("for 369 of 372 connectors"), "{}", first.warnings[0].message);

    let second = select(connectors(corpus), &[query(CERTIFIED_QUERY)], &Scope::new());
    assert_eq!(second.selected().count(), 54);
    assert!(second.warnings[0].message.contains("for 14 of 372 connectors"), "{}", second.warnings[0].message);

    let filters = [query(CERTIFIED_QUERY), language(&["python", "low-code"])];
    assert_eq!(select(connectors(corpus), &filters, &Scope::new()).selected().count(), 48);

    let certified = Filters { support_level: vec!["certified".to_owned()], ..Filters::default() };
    let filters = [query(IMAGE_QUERY), certified.clone()];
    assert_eq!(select(connectors(corpus), &filters, &Scope::new()).selected().count(), 2);
    assert_eq!(select(connectors(corpus), &[certified], &Scope::new()).selected().count(), 56);
}

#[test]
fn a_misspelt_query_selects_nothing_and_says_what_was_meant() {
    let Some(corpus) = corpus() else { return };
    let listing =
        select(connectors(corpus), &[query("data.connectorBuildOption.baseImage is not None")], &Scope::new());
    assert_eq!(listing.selected().count(), 0);
    let codes: Vec<&str> = listing.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["unknown-path", "empty-filter"]);
    assert_eq!(listing.warnings[0].hint.as_deref(), Some("Did you mean `data.connectorBuildOptions`?"));
}

#[test]
fn no_filter_selects_all_and_limits_and_files_narrow_them() {
    let Some(corpus) = corpus() else { return };
    assert_eq!(select(connectors(corpus), &[], &Scope::new()).selected().count(), 372);
    let limit = Filters { limit: Some(10), ..Filters::default() };
    assert_eq!(select(connectors(corpus), &[limit], &Scope::new()).selected().count(), 10);
    let dockerfile = [query("exists('Dockerfile')")];
    assert_eq!(select_in(&tree(corpus), connectors(corpus), &dockerfile, &Scope::new()).selected().count(), 295);
}

/// Queries that mean the same to the reference tool's evaluator and to ours.
const SAME: &[&str] = &[
    IMAGE_QUERY,
    CERTIFIED_QUERY,
    "data.supportLevel == 'certified'",
    "data.supportLevel != 'certified'",
    "data.supportLevel == 'certified' or data.releaseStage == 'generally_available'",
    "not data.supportLevel == 'community'",
    "data.connectorBuildOptions is None",
    "data.get('connectorBuildOptions') is None",
    "data.get('supportLevel', 'none') == 'none'",
    "'language:python' in data.tags",
    "'language:python' not in data.tags",
    "'language:python' in data.tags and 'language:low-code' not in data.tags",
    "data.ab_internal.ql >= 400",
    "data.ab_internal.ql > 100 and data.ab_internal.sl < 300",
    "100 < data.ab_internal.ql <= 300",
    "data.ab_internal.ql + data.ab_internal.sl == 200",
    "data.dockerImageTag < '1'",
    "data.dockerImageTag.startswith('0.')",
    "data.dockerImageTag.split('.')[0] == '2'",
    "int(data.dockerImageTag.split('.')[0]) >= 2",
    "data.dockerRepository.lower().endswith('-strict-encrypt')",
    "data['connectorType'] == 'destination' and data.registries.cloud.enabled",
    "data.registries.cloud.dockerRepository is not None",
    "data.registries.oss.enabled is True",
    "data.registries.oss.enabled == False",
    "'hosts' in data.allowedHosts",
    "data.allowedHosts.hosts[0] == '*'",
    "data.name.replace(' ', '').upper() == 'AUTH0'",
    "'certified' if data.connectorType == 'source' else ''",
    "str(data.ab_internal.ql) == '400'",
    "data.resourceRequirements.jobSpecific[0].jobType == 'sync'",
    "'MSSQL' in data.name or 'Postgres' in data.name",
    "data.nothing.at.all",
    "data.supportLevel.nothing",
];

/// Queries on which ours differs on purpose: how many the reference selects, how many we do, and why.
const DIFFERENT: &[(&str, usize, usize, &str)] = &[
    ("data.supportLevel in ['certified']", 0, 56, "the reference has no list literals"),
    ("len(data.tags) == 1", 0, 249, "the reference has no `len`"),
    ("data.releaseDate >= '2023-01-01'", 1, 19, "dates are texts with us, so that they can be compared with texts"),
    ("data.nothing | default('x') == 'x'", 0, 372, "the reference has no filters"),
    ("data.supportLevel = 'certified'", 372, 0, "a single `=` is an error with us"),
];

#[test]
fn conditions_are_true_of_the_connectors_that_the_reference_tool_finds() {
    let Some(corpus) = corpus() else { return };
    let queries: Vec<&str> = SAME.iter().copied().chain(DIFFERENT.iter().map(|(query, ..)| *query)).collect();
    let Some(truths) = simpleeval(corpus, &queries) else { return };
    let connectors = connectors(corpus);
    let ours = |text: &str| -> Vec<String> {
        let condition = Condition::parse("query", text).unwrap();
        let is_true = |connector: &&Connector| condition.expression.is_true(&connector.scope(Scope::new())) == Ok(true);
        let mut paths: Vec<String> = connectors.iter().filter(is_true).map(below_root).collect();
        paths.sort();
        paths
    };
    for text in SAME {
        assert_eq!(ours(text), truths[*text], "{text}");
    }
    for (text, reference, own, why) in DIFFERENT {
        let selects = if Condition::parse("query", text).is_ok() { ours(text).len() } else { 0 };
        assert_eq!((truths[*text].len(), selects), (*reference, *own), "{text}: {why}");
    }
}

fn below_root(connector: &Connector) -> String {
    connector.path.as_str().trim_start_matches("airbyte-integrations/connectors/").to_owned()
}

/// What the reference tool's evaluator says, if it can be installed here.
fn simpleeval(corpus: &Path, queries: &[&str]) -> Option<BTreeMap<String, Vec<String>>> {
    let Some(python) = interpreter() else {
        println!("skipped: simpleeval 0.9.13 and PyYAML cannot be installed here");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/simpleeval_truth.py");
    let mut child =
        Command::new(python).arg(script).arg(corpus).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(serde_json::to_string(queries).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let mut truths: BTreeMap<String, Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    for paths in truths.values_mut() {
        paths.sort();
    }
    Some(truths)
}

/// A Python with the two packages, in an environment of its own that is kept for the next time.
fn interpreter() -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("simpleeval-0.9.13");
    let python = environment.join("bin/python");
    let ready = |python: &Path| {
        Command::new(python)
            .args(["-c", "import simpleeval, yaml"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if ready(&python) {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv"]).arg(&environment).output();
    if !made.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let packages = ["install", "--quiet", "--retries", "0", "--timeout", "10", "simpleeval==0.9.13", "PyYAML"];
    let _ = Command::new(&python).args(["-m", "pip"]).args(packages).output();
    ready(&python).then_some(python)
}
