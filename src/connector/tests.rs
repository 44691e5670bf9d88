use std::fmt::Write;

use serde_json::json;

use super::*;
use crate::base::{FileMode, MemoryTree, TreeEntry, TreeError, TreeFile};
use crate::diagnostic::{SourceText, render};
use crate::expression::Expression;

const ROOT: &str = "airbyte-integrations/connectors";

/// An Airbyte connector with these lines under `data`.
fn connector(tree: MemoryTree, directory: &str, data: &str) -> MemoryTree {
    let lines: Vec<String> = data.lines().map(|line| format!("  {}", line.trim())).collect();
    tree.with_file(
        &format!("{ROOT}/{directory}/metadata.yaml"),
        format!("data:\n  license: MIT\n{}\n", lines.join("\n")),
    )
}

fn found(tree: &MemoryTree) -> Vec<Connector> {
    discover(&Profile::airbyte(), tree).unwrap()
}

fn the(connectors: &[Connector], name: &str) -> Connector {
    connectors.iter().find(|connector| connector.name.as_str() == name).unwrap().clone()
}

fn names(connectors: &[Connector]) -> Vec<&str> {
    connectors.iter().map(|connector| connector.name.as_str()).collect()
}

#[test]
fn a_connector_is_read_from_its_metadata_and_files() {
    let data = "connectorType: source\ndockerImageTag: 1.2.3\ndockerRepository: airbyte/source-x\n\
                supportLevel: certified\ndocumentationUrl: https://docs.airbyte.com/integrations/sources/x/";
    let tree = connector(MemoryTree::new(), "source-x", data)
        .with_file(&format!("{ROOT}/source-x/setup.py"), "")
        .with_file("docs/integrations/sources/x.md", "");
    let x = the(&found(&tree), "source-x");
    assert_eq!(x.connector_type.as_deref(), Some("source"));
    assert_eq!(x.version.as_deref(), Some("1.2.3"));
    assert_eq!(x.repository.as_deref(), Some("airbyte/source-x"));
    assert_eq!(x.support_level.as_deref(), Some("certified"));
    assert_eq!(x.language.as_deref(), Some("python"));
    assert_eq!(x.documentation.unwrap().as_str(), "docs/integrations/sources/x.md");
    assert!(x.documentation_exists);
    assert_eq!(x.metadata_path.as_str(), "airbyte-integrations/connectors/source-x/metadata.yaml");
    assert!(!x.third_party);
}

#[test]
fn scaffolds_hidden_directories_and_directories_without_metadata_are_no_connectors() {
    let tree = connector(MemoryTree::new(), "source-x", "");
    let tree = connector(tree, "source-scaffold-java-jdbc", "");
    let tree = connector(tree, ".hidden", "");
    let tree = tree.with_file(&format!("{ROOT}/source-mongodb/Dockerfile.test"), "");
    assert_eq!(names(&found(&tree)), ["source-x"]);
}

#[test]
fn a_metadata_file_inside_a_connector_is_test_material() {
    let tree = connector(MemoryTree::new(), "source-x", "");
    let tree = connector(tree, "source-x/unit_tests/fixture", "");
    assert_eq!(names(&found(&tree)), ["source-x"]);
}

#[test]
fn a_name_is_the_directory_where_that_is_unique_and_the_path_where_it_is_not() {
    let tree = connector(MemoryTree::new(), "source-x", "");
    let tree = connector(tree, "third-party/acme/source-y", "");
    let tree = connector(tree, "third-party/acme/source-x", "");
    let tree = connector(tree, "third-party/other/source-x", "");
    let connectors = found(&tree);
    assert_eq!(names(&connectors), ["source-x", "source-y", "third-party/acme/source-x", "third-party/other/source-x"]);
    assert!(connectors.iter().all(|connector| !connector.technical_name.contains('/')));
}

#[test]
fn trap_05_a_third_party_connector_is_described_by_its_metadata_not_by_its_name() {
    let data = "connectorType: source\ndockerRepository: acme/pager\n\
                documentationUrl: https://docs.airbyte.com/integrations/sources/pager";
    let tree = connector(MemoryTree::new(), "third-party/acme/airbyte-pager-source", data)
        .with_file("docs/integrations/sources/pager.md", "");
    let pager = the(&found(&tree), "airbyte-pager-source");
    assert_eq!(pager.connector_type.as_deref(), Some("source"));
    assert_eq!(pager.documentation.unwrap().as_str(), "docs/integrations/sources/pager.md");
    assert_eq!(pager.repository.as_deref(), Some("acme/pager"));
    assert!(pager.third_party);
    assert_eq!(pager.language, None);
}

#[test]
fn trap_06_a_directory_with_nothing_but_metadata_is_a_connector_without_a_language() {
    let tree = connector(MemoryTree::new(), "destination-old", "supportLevel: community");
    let old = the(&found(&tree), "destination-old");
    assert_eq!((old.language, old.support_level.as_deref()), (None, Some("community")));
}

#[test]
fn trap_07_the_language_is_told_by_files_and_not_by_tags() {
    let lies = "tags: [language:java]";
    let tree = connector(MemoryTree::new(), "source-no-code", lies)
        .with_file(&format!("{ROOT}/source-no-code/source_no_code/manifest.yaml"), "")
        .with_file(&format!("{ROOT}/source-no-code/setup.py"), "");
    let tree = connector(tree, "source-py", lies).with_file(&format!("{ROOT}/source-py/pyproject.toml"), "");
    let tree = connector(tree, "source-jvm", "tags: [language:python]")
        .with_file(&format!("{ROOT}/source-jvm/src/main/java/A.java"), "");
    let tree = connector(tree, "source-manifest", "").with_file(&format!("{ROOT}/source-manifest/manifest.yaml"), "");
    let tree = connector(tree, "source-tagged", "tags: [language:low-code]")
        .with_file(&format!("{ROOT}/source-tagged/other/manifest.yaml"), "");
    let languages: Vec<_> = found(&tree).into_iter().map(|found| (found.name.to_string(), found.language)).collect();
    let expected = [
        ("source-jvm", Some("java")),
        ("source-manifest", Some("manifest-only")),
        ("source-no-code", Some("low-code")),
        ("source-py", Some("python")),
        ("source-tagged", None),
    ];
    assert_eq!(languages, expected.map(|(name, language)| (name.to_owned(), language.map(str::to_owned))));
}

#[test]
fn the_documentation_page_is_found_by_its_url_and_shared_pages_are_known() {
    let page = |path: &str| format!("documentationUrl: {path}");
    let tree = connector(MemoryTree::new(), "source-a", &page("https://docs.airbyte.com/sources/a#setup"));
    let tree = connector(tree, "source-a-strict", &page("https://docs.airbyte.com/sources/a/?x=1"));
    let tree = connector(tree, "source-b", &page("https://example.com/b"));
    let tree = connector(tree, "source-c", &page("https://docs.airbyte.com.example.com/c"));
    let tree = connector(tree, "source-d", &page("https://docs.airbyte.com/"));
    let tree = connector(tree, "source-e", &page("https://docs.airbyte.com/../../../etc/passwd"));
    let connectors = found(&tree);
    let a = the(&connectors, "source-a");
    assert_eq!(a.documentation.as_ref().unwrap().as_str(), "docs/sources/a.md");
    assert!(!a.documentation_exists);
    let sharers = |name: &str| -> Vec<String> {
        the(&connectors, name).shares_documentation_with.iter().map(ToString::to_string).collect()
    };
    assert_eq!(sharers("source-a"), ["source-a-strict"]);
    assert_eq!(sharers("source-a-strict"), ["source-a"]);
    assert_eq!(a.shares_documentation_with.len(), 1);
    let stored = serde_json::to_value(&a).unwrap();
    assert_eq!(stored["shares_documentation_with"], json!(["source-a-strict"]));
    let read = serde_json::from_value::<Connector>(stored).unwrap();
    assert_eq!((&read.shares_documentation_with, &read.name), (&a.shares_documentation_with, &a.name));
    assert!(read.metadata.is_err(), "the document is not kept");
    assert!(the(&connectors, "source-b").shares_documentation_with.is_empty());
    for name in ["source-b", "source-c", "source-d", "source-e"] {
        assert_eq!(the(&connectors, name).documentation, None, "{name}");
    }
}

#[test]
fn metadata_that_cannot_be_read_is_that_connectors_error_and_nobody_elses() {
    let metadata = |name: &str| format!("{ROOT}/{name}/metadata.yaml");
    let tree = connector(MemoryTree::new(), "source-good", "dockerImageTag: 1.0.0")
        .with_file(&metadata("source-syntax"), "data:\n  a: [1\n  b: 2\n")
        .with_file(&metadata("source-twice"), "data:\n  a: 1\n  a: 2\n")
        .with_file(&metadata("source-latin"), b"data: {name: \"\xe9\"}\n")
        .with_file(&metadata("source-laughs"), laughs())
        .with_file(&metadata("source-deep"), format!("data: {}1{}\n", "[".repeat(50_000), "]".repeat(50_000)))
        .with_file(&metadata("source-tab"), "data:\n\ta: 1\n")
        .with_file(&metadata("source-empty"), "")
        .with_file(&metadata("source-list"), "- a\n")
        .with_symlink(&metadata("source-link"), "../source-good/metadata.yaml");
    let mut told = String::new();
    for connector in found(&tree) {
        match connector.metadata {
            Ok(_) => assert_eq!(connector.name.as_str(), "source-good"),
            Err(error) => {
                assert_eq!(connector.version, None);
                writeln!(told, "{error}").unwrap();
                if let Some(hint) = &error.hint {
                    writeln!(told, "  {hint}").unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(told);
}

/// Aliases of aliases: a billion values in a few lines.
fn laughs() -> String {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (above, name) in ('a'..='i').zip('b'..='j') {
        writeln!(text, "{name}: &{name} [{}]", vec![format!("*{above}"); 10].join(", ")).unwrap();
    }
    text
}

#[test]
fn ten_thousand_connectors_may_share_a_page() {
    let tree = (0..10_000).fold(MemoryTree::new(), |mut tree, number| {
        let path = RepoPath::new(&format!("{ROOT}/source-{number}/metadata.yaml")).unwrap();
        let bytes = b"data: {documentationUrl: https://docs.airbyte.com/x}".as_slice().into();
        tree.insert(&path, TreeFile { bytes, mode: FileMode::File });
        tree
    });
    assert_eq!(found(&tree)[0].shares_documentation_with.len(), 9_999);
}

#[test]
fn a_byte_order_mark_and_numbers_are_no_hindrance() {
    let tree = MemoryTree::new()
        .with_file(&format!("{ROOT}/source-x/metadata.yaml"), "\u{feff}data:\r\n  dockerImageTag: 7\r\n");
    assert_eq!(the(&found(&tree), "source-x").version.as_deref(), Some("7"));
}

#[test]
fn expressions_read_data_metadata_and_the_connector() {
    let tree = connector(MemoryTree::new(), "source-x", "dockerImageTag: 1.2.3");
    let x = the(&found(&tree), "source-x");
    let scope = x.scope(Scope::new());
    for expression in [
        "data.dockerImageTag == '1.2.3'",
        "metadata.data.license == 'MIT'",
        "connector.name == 'source-x' and connector.version == data.dockerImageTag",
        "connector.language is None and not connector.third_party",
    ] {
        assert_eq!(Expression::parse(expression).unwrap().is_true(&scope), Ok(true), "{expression}");
    }
    let names: Vec<String> = x.properties().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, Connector::property_names());
}

#[test]
fn a_repository_without_the_profiles_directories_is_an_error_that_says_so() {
    let error = discover(&Profile::airbyte(), &MemoryTree::new().with_file("README.md", "")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no directory airbyte-integrations/connectors in this repository; is it the right one? \
         A file cutover.yaml at its root can say where its connectors are"
    );
}

#[test]
fn a_tree_that_cannot_be_read_is_an_error() {
    struct Broken(MemoryTree);
    impl crate::base::Tree for Broken {
        fn entries(&self, directory: Option<&RepoPath>) -> Result<Option<Vec<TreeEntry>>, TreeError> {
            self.0.entries(directory)
        }
        fn read(&self, path: &RepoPath) -> Result<Option<TreeFile>, TreeError> {
            Err(TreeError { path: path.to_string(), message: "object is missing".to_owned() })
        }
        fn mode(&self, path: &RepoPath) -> Result<Option<FileMode>, TreeError> {
            self.0.mode(path)
        }
    }
    let tree = Broken(connector(MemoryTree::new(), "source-x", ""));
    assert!(matches!(discover(&Profile::airbyte(), &tree), Err(DiscoverError::Tree(_))));
}

fn profile(text: &str) -> Result<Profile, String> {
    Profile::parse(&SourceText::new("cutover.yaml", text)).map_err(|diagnostics| render(&diagnostics, false))
}

#[test]
fn a_profile_of_ones_own_reads_another_shape_of_repository() {
    let profile = profile(
        "version: 1
repository-url: https://example.com/acme/platform/
connectors:
  roots: [plugins, extra/plugins, missing]
  exclude: ['**/template-*']
  third-party: ['vendor/**']
  metadata: plugin.yml
  data: spec
  name: spec.id
  type: spec.kind
  support-level: spec.tier
  version: spec.version
  repository: spec.image
  language:
    files:
      - rust: [Cargo.toml]
      - go: [go.mod, '{package}/go.mod']
  documentation: { url: spec.docs, base: https://docs.example.com/, file: 'handbook/{path}.adoc' }
",
    )
    .unwrap();
    let tree = MemoryTree::new()
        .with_file(
            "plugins/one/plugin.yml",
            "spec: {id: uno, kind: sink, tier: gold, version: 1.0, image: r/uno, docs: https://docs.example.com/uno}",
        )
        .with_file("plugins/one/uno/go.mod", "")
        .with_file("plugins/vendor/two/plugin.yml", "spec: {}")
        .with_file("plugins/template-x/plugin.yml", "spec: {}")
        .with_file("extra/plugins/three/plugin.yml", "spec: {}")
        .with_file("extra/plugins/three/Cargo.toml", "")
        .with_file("handbook/uno.adoc", "");
    let connectors = discover(&profile, &tree).unwrap();
    assert_eq!(names(&connectors), ["three", "two", "uno"]);
    let uno = the(&connectors, "uno");
    assert_eq!(uno.path.as_str(), "plugins/one");
    assert_eq!(uno.properties()["language"], json!("go"));
    assert_eq!(uno.properties()["type"], json!("sink"));
    assert_eq!(uno.properties()["support_level"], json!("gold"));
    assert_eq!(uno.properties()["repository"], json!("r/uno"));
    assert!(uno.documentation_exists);
    assert_eq!(uno.data().unwrap()["id"], json!("uno"));
    assert!(the(&connectors, "two").third_party);
    assert_eq!(the(&connectors, "three").language.as_deref(), Some("rust"));
    assert_eq!(profile.repository_url(), Some("https://example.com/acme/platform"));
    assert_eq!(profile.version_path().unwrap(), ["spec", "version"]);
}

#[test]
fn a_profile_may_build_on_the_built_in_one_and_look_from_the_repositorys_root() {
    let profile =
        profile("version: 1\nprofile: airbyte\nconnectors: { roots: ['.'], language: { metadata: data.lang } }")
            .unwrap();
    let tree = MemoryTree::new()
        .with_file("source-x/metadata.yaml", "data: {dockerImageTag: 0.1.0, lang: elixir}")
        .with_file("metadata.yaml", "data: {}");
    let connectors = discover(&profile, &tree).unwrap();
    assert_eq!(names(&connectors), ["source-x"]);
    assert_eq!(connectors[0].version.as_deref(), Some("0.1.0"));
    assert_eq!(connectors[0].language.as_deref(), Some("elixir"));
}

#[test]
fn a_profile_that_is_wrong_says_where_and_what_to_do() {
    let mut told = String::new();
    for text in [
        "",
        "version: 1\n",
        "version: 2\nprofile: airbyt\n",
        "version: 1\nprofile: airbyte\nrepository-uri: https://example.com\n",
        "version: 1\nconnectors: {root: [a], metadata: m.yaml}\n",
        "version: 1\nconnectors: [a\n",
        "version: 1
repository-url: example.com
connectors:
  roots: [../outside, /absolute]
  metadata: a/b.yaml
  exclude: ['a[b']
  version: data..version
  documentation: {url: data.docs, base: https://docs.example.com, file: docs/page.md}
",
    ] {
        told.push_str(&profile(text).unwrap_err());
        told.push_str("\n\n=====\n\n");
    }
    insta::assert_snapshot!(told);
}
