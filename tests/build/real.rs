//! Connectors on the real `airbyte-cdk`: one of our own making, and one that nobody here wrote.

use std::process::Command;

use super::containers::{Base, Containers};
use super::place::outcomes;
use super::site::{Connector, Site, built, output};

/// A source on the CDK, as small as one can be.
const SOURCE: &str = r#"from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import Stream


class Numbers(Stream):
    primary_key = None

    def read_records(self, *args, **kwargs):
        yield from ({"number": number} for number in range(3))

    def get_json_schema(self):
        return {"type": "object", "properties": {"number": {"type": "integer"}}}


class SourceNumbers(AbstractSource):
    def check_connection(self, logger, config):
        return config["key"] == "right", "the key is wrong"

    def streams(self, config):
        return [Numbers()]
"#;

const MAIN: &str = "import sys\nfrom airbyte_cdk.entrypoint import launch\nfrom source_numbers.source import SourceNumbers\n\nlaunch(SourceNumbers(), sys.argv[1:])\n";

const SPEC: &str = "connectionSpecification:\n  type: object\n  required: [key]\n  properties:\n    key: {type: string, airbyte_secret: true}\n";

const TEST: &str = "from source_numbers.source import Numbers\n\n\ndef test_numbers():\n    assert [record[\"number\"] for record in Numbers().read_records()] == [0, 1, 2]\n";

/// Versions that work on Python 3.9 to 3.11 and need little.
const CDK: &str = "airbyte-cdk>=0.73.0,<0.74.0";

fn numbers(base: &str) -> Connector<'static> {
    Connector::new("source-numbers")
        .on(base)
        .setup(&[CDK])
        .file("main.py", MAIN)
        .file("source_numbers/source.py", SOURCE)
        .file("source_numbers/spec.yaml", SPEC)
        .file("unit_tests/test_numbers.py", TEST)
}

#[test]
fn connectors_on_the_real_cdk_answer_spec_and_check_and_pass_their_tests() {
    let Some(containers) = Containers::get() else { return };
    let base = containers.base(Base::Bookworm);
    let Some(wheels) = containers.wheels("cdk", Base::Bookworm, &[CDK, "pytest", FAKER]) else { return };
    let Some(faker) = faker(containers, &base) else { return };
    let site = Site::new(containers, [numbers(&base), faker]);
    let answer = site.build(&format!("wheels: {wheels}, no-index: true")).exits(0).json();
    for (name, outcome) in outcomes(&answer) {
        assert_eq!(outcome, "unchanged", "{:#}", built(&answer, &name));
    }
    let config = site.beside("config.json");
    let check = |connector: &str, text: &str| {
        std::fs::write(&config, text).unwrap();
        let args = ["python", "/airbyte/integration_code/main.py", "check", "--config", "/config.json"];
        let said = site.inside(&output(&answer, connector, "image"), Some(&format!("{config}:/config.json:ro")), &args);
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    assert!(check("source-numbers", r#"{"key": "right"}"#).contains("\"SUCCEEDED\""));
    assert!(check("source-numbers", r#"{"key": "x"}"#).contains("\"FAILED\""));
    let said = check("source-faker", r#"{"count": 5, "seed": 1, "parallelism": 1}"#);
    assert!(said.contains("\"SUCCEEDED\""), "{said}");
    // Its own tests, in its image.
    let directory = site.place.root().join(super::monorepo::CONNECTORS).join("source-numbers/unit_tests");
    let container = containers.buildah(&["from", "--pull-never", &output(&answer, "source-numbers", "image")]);
    let (wheels, tests) = (format!("{wheels}:/wheels:ro"), format!("{directory}:/tests:ro"));
    let run = ["run", "--isolation", "chroot", "-v", &wheels, "-v", &tests, &container, "--"];
    let pip = ["python", "-m", "pip", "install", "-q", "--no-index", "--find-links", "/wheels", "pytest"];
    containers.buildah(&[&run[..], &pip[..]].concat());
    let pytest = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "/tests"];
    let said = containers.buildah(&[&run[..], &pytest[..]].concat());
    containers.buildah(&["rm", &container]);
    assert!(said.contains("1 passed"), "{said}");
}

/// The connector from PyPI that nobody here wrote, and what it needs.
const FAKER: &str = "airbyte-source-faker==6.1.1";

/// It, laid out as in the monorepo: what its wheel holds, and the two files that the wheel lacks.
fn faker(containers: &Containers, base: &str) -> Option<Connector<'static>> {
    let wheels = containers.wheels("cdk", Base::Bookworm, &[])?;
    let wheel = wheels
        .read_dir_utf8()
        .unwrap()
        .flatten()
        .find(|wheel| wheel.file_name().starts_with("airbyte_source_faker"))?;
    let unpacked = containers.kept().join("faker");
    let unzip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let unzipped =
        Command::new("python3").args(["-c", unzip, wheel.path().as_str(), unpacked.as_str()]).status().unwrap();
    assert!(unzipped.success());
    let metadata = glob(&unpacked, "airbyte_source_faker-").join("METADATA");
    let metadata = std::fs::read_to_string(metadata).unwrap();
    let requirements: Vec<&str> = metadata.lines().filter_map(|line| line.strip_prefix("Requires-Dist: ")).collect();
    let requirements: Vec<String> = requirements
        .iter()
        .filter(|line| !line.contains("extra =="))
        .map(|line| line.replace([' ', '(', ')'], ""))
        .collect();
    let pyproject = format!(
        "[build-system]\nrequires = [\"setuptools\"]\n\n[project]\nname = \"airbyte-source-faker\"\nversion = \"0.0.0\"\ndependencies = {requirements:?}\n"
    );
    let mut connector = Connector::new("source-faker").on(base).without("source_faker/source.py");
    connector =
        connector.file("pyproject.toml", &pyproject).file("main.py", "from source_faker.run import run\n\nrun()\n");
    for file in files(&unpacked.join("source_faker")) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        connector = connector.file(file.strip_prefix(&unpacked).unwrap().as_str(), &text);
    }
    Some(connector)
}

fn glob(directory: &camino::Utf8Path, prefix: &str) -> camino::Utf8PathBuf {
    let found = directory.read_dir_utf8().unwrap().flatten().find(|entry| entry.file_name().starts_with(prefix));
    found.unwrap().path().to_owned()
}

fn files(directory: &camino::Utf8Path) -> Vec<camino::Utf8PathBuf> {
    let mut all = Vec::new();
    for entry in directory.read_dir_utf8().unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(entry.path()));
        } else {
            all.push(entry.path().to_owned());
        }
    }
    all
}
