//! The forms of project that the monorepo has, and those that it may come to have.

use serde_json::{Value, json};

use super::project::{Dependencies, LocalDependency, ProjectFiles};

fn of(files: &ProjectFiles) -> Dependencies {
    files.dependencies(|_| false)
}

fn pyproject(value: Value) -> ProjectFiles {
    ProjectFiles { pyproject: Some(value), ..ProjectFiles::default() }
}

const SETUP: &str = r#"
TEST_REQUIREMENTS = ["pytest~=6.1"]
setup(name="source_a", python_requires=">=3.9,<3.12", install_requires=["airbyte-cdk"], extras_require={"tests": TEST_REQUIREMENTS})
"#;

#[test]
fn a_setup_py_is_installed_with_its_extras_and_without_its_own_line_of_requirements() {
    let files = ProjectFiles {
        setup_py: Some(SETUP.to_owned()),
        requirements_txt: Some("-e ../../bases/connector-acceptance-test\n-e .\n".to_owned()),
        ..ProjectFiles::default()
    };
    let found = of(&files);
    assert_eq!(found.requirements, [".[tests]", "pytest"]);
    assert_eq!((found.lines, found.local), (None, vec![]));
    assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
    assert_eq!(found.python.unwrap().to_string(), ">=3.9,<3.12");
}

#[test]
fn a_local_dependency_is_kept_and_told() {
    let setup = "setup(install_requires=['base @ file:../../bases/base-x'], extras_require={'main': []})";
    let files = ProjectFiles {
        setup_py: Some(setup.to_owned()),
        requirements_txt: Some("-e ../source-b[extra] # of ours\nrequests==2.31.0\n".to_owned()),
        ..ProjectFiles::default()
    };
    let found = of(&files);
    assert_eq!(found.requirements, [".[main]", "pytest"]);
    assert_eq!(found.lines.as_deref(), Some("-e ../source-b[extra] # of ours\nrequests==2.31.0\n"));
    let local = |path: &str, named_in| LocalDependency { path: path.to_owned(), named_in };
    assert_eq!(found.local, [local("../source-b", "requirements.txt"), local("../../bases/base-x", "setup.py")]);
}

#[test]
fn only_requirements_are_installed_where_there_is_no_project() {
    let files = ProjectFiles { requirements_txt: Some("# nothing\n\nrequests\n".into()), ..ProjectFiles::default() };
    let found = of(&files);
    assert_eq!(found.requirements, ["pytest"]);
    assert!(found.lines.unwrap().contains("requests"));
    let empty = ProjectFiles { requirements_txt: Some("# nothing\n\n".into()), ..ProjectFiles::default() };
    assert_eq!((of(&empty).lines, empty.is_empty()), (None, false));
    assert!(ProjectFiles::default().is_empty());
}

#[test]
fn poetrys_groups_and_lock_file_are_handed_to_pip() {
    let mut files = pyproject(json!({
        "build-system": {"build-backend": "poetry.core.masonry.api"},
        "tool": {"poetry": {
            "name": "source-a",
            "dependencies": {"python": "^3.9,<3.12", "airbyte-cdk": "^0", "base": {"path": "../base"}},
            "group": {"dev": {"dependencies": {"pytest": "^6.2", "source-acceptance-test": {"path": "../../bases/sat"}}}},
        }},
    }));
    files.lock = Some(json!({"package": [{"name": "airbyte-cdk", "version": "0.80.0"}]}));
    let found = of(&files);
    assert_eq!(found.requirements, [".", "pytest>=6.2,<7", "pytest"]);
    assert_eq!(found.pins, ["airbyte-cdk==0.80.0"]);
    assert_eq!(found.local, [LocalDependency { path: "../base".into(), named_in: "pyproject.toml" }]);
    assert_eq!(found.python.unwrap().to_string(), "^3.9,<3.12");
}

#[test]
fn a_project_that_is_no_package_gives_its_dependencies_one_by_one() {
    let found = of(&pyproject(json!({"tool": {"poetry": {
        "package-mode": false, "dependencies": {"python": "^3.10", "airbyte-cdk": "6.0.0"}, "dev-dependencies": {"freezegun": "*"}
    }}})));
    assert_eq!(found.requirements, ["airbyte-cdk==6.0.0", "freezegun", "pytest"]);
}

#[test]
fn standard_extras_and_groups_are_found_and_circles_end() {
    let found = of(&pyproject(json!({
        "project": {"name": "a", "requires-python": ">=3.11", "optional-dependencies": {"tests": [], "docs": []}},
        "dependency-groups": {"dev": [{"include-group": "test"}], "test": ["responses", {"include-group": "dev"}]},
    })));
    assert_eq!((found.requirements[0].as_str(), found.requirements[1].as_str()), (".[tests]", "responses"));
    assert_eq!(found.python.unwrap().to_string(), ">=3.11");
}

#[test]
fn settings_of_tools_alone_are_no_project() {
    let files = ProjectFiles { setup_py: Some(SETUP.into()), ..pyproject(json!({"tool": {"black": {}}})) };
    assert_eq!(of(&files).requirements, [".[tests]", "pytest"]);
    assert_eq!(of(&pyproject(json!({"tool": {"black": {}}}))).requirements, ["pytest"]);
}
