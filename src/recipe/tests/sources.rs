//! What a connector is installed from.

use super::Files;
use crate::base::RepoPath;
use crate::recipe::{Packaging, RecipeError, Sources};

fn read(files: &[(&'static str, &str)]) -> Result<Sources, RecipeError> {
    let home = RepoPath::new("airbyte-integrations/connectors/source-x").unwrap();
    Sources::read(&home, "source-x", &Files::of(files))
}

fn packaging(files: &[(&'static str, &str)]) -> Packaging {
    read(files).unwrap().packaging
}

fn local(files: &[(&'static str, &str)]) -> Vec<String> {
    read(files).unwrap().local.iter().map(ToString::to_string).collect()
}

#[test]
fn pyproject_comes_before_setup_py_and_that_before_requirements() {
    let poetry = ("pyproject.toml", "[tool.poetry]\nname = 'x'\n[tool.poetry.dependencies]\npython = '^3.9'\n");
    assert_eq!(packaging(&[poetry, ("setup.py", ""), ("requirements.txt", "")]), Packaging::Poetry);
    assert_eq!(packaging(&[("setup.py", ""), ("requirements.txt", "-e .\n")]), Packaging::SetupPy);
    assert_eq!(packaging(&[("requirements.txt", "six")]), Packaging::Requirements);
    assert_eq!(packaging(&[("README.md", "")]), Packaging::Nothing);
}

#[test]
fn a_pyproject_with_the_settings_of_tools_only_says_nothing_of_dependencies() {
    assert_eq!(
        packaging(&[("pyproject.toml", "[tool.black]\nline-length = 140\n"), ("setup.py", "")]),
        Packaging::SetupPy
    );
}

#[test]
fn a_project_that_lists_its_dependencies_is_installed_by_that_list() {
    let text =
        "[build-system]\nbuild-backend = 'hatchling.build'\n[project]\nname = 'x'\ndependencies = ['six>=1', 'a']\n";
    assert_eq!(packaging(&[("pyproject.toml", text)]), Packaging::Listed(vec!["six>=1".into(), "a".into()]));
    let text = "[project]\nname = 'x'\ndynamic = ['dependencies']\n";
    assert_eq!(packaging(&[("pyproject.toml", text)]), Packaging::Backend);
    let text = "[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n[project]\nname = 'x'\n";
    assert_eq!(packaging(&[("pyproject.toml", text)]), Packaging::Poetry);
}

#[test]
fn a_pyproject_that_is_no_toml_is_told() {
    let error = read(&[("pyproject.toml", "[tool\n")]).unwrap_err();
    assert!(error.to_string().starts_with("pyproject.toml: "), "{error}");
}

#[test]
fn only_what_installing_needs_is_described_and_the_package_is_told_by_the_name() {
    let files = [("setup.py", ""), ("README.md", ""), ("main.py", ""), ("unit_tests/", ""), ("source_x/", "")];
    let sources = read(&files).unwrap();
    assert_eq!(
        (sources.descriptions, sources.package),
        (vec!["setup.py".into(), "README.md".into()], Some("source_x".into()))
    );
}

#[test]
fn projects_of_the_repository_are_found_in_every_kind_of_file() {
    let cat = "airbyte-integrations/bases/connector-acceptance-test";
    assert_eq!(local(&[("requirements.txt", "-e ../../bases/connector-acceptance-test\n-e .\nsix  # ../x\n")]), [cat]);
    assert_eq!(local(&[("setup.py", "f\"cdk @ file://{HERE}/../../../airbyte-cdk/python\"")]), ["airbyte-cdk/python"]);
    assert_eq!(local(&[("setup.py", "open('../other/README.md')")]), Vec::<String>::new());
    let poetry = "[tool.poetry.dependencies]\ncdk = {path = \"../../../airbyte-cdk/python\", develop = true}\n";
    assert_eq!(local(&[("pyproject.toml", poetry)]), ["airbyte-cdk/python"]);
    let listed = "[project]\ndependencies = ['cdk @ file:///${PROJECT_ROOT}/../source-y']\n";
    assert_eq!(local(&[("pyproject.toml", listed)]), ["airbyte-integrations/connectors/source-y"]);
}

#[test]
fn a_dependency_outside_of_the_repository_is_refused() {
    let error = read(&[("requirements.txt", "-e ../../../../elsewhere\n")]).unwrap_err();
    assert_eq!(error.to_string(), "requirements.txt names ../../../../elsewhere, which is outside of the repository");
}
