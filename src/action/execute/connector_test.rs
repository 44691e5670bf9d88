//! `connector.test`: runs a connector's unit, integration and acceptance tests.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::action::testing::{Installer, Request, SecretsFrom, Suite, TestPlace, test};
use crate::action::{Action, Description, Weight};
use crate::base::sentence_list;
use crate::container::EngineChoice;
use crate::event::{Failure, FailureClass};
use crate::workflow::{OutputSpec, parse_duration};

/// How long a suite may take where the workflow does not say.
const LONGEST: Duration = Duration::from_hours(1);

/// What `connector.test` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// `venv` for a virtual environment of this machine's Python, `image` for the connector's image, with the Python and
    /// the packages that it has in production; if not given, `image` where an image is named.
    r#in: Option<PlaceName>,
    /// The image to test in: `${{ steps.build.image }}` is the one that an earlier `image.build` step has built.
    image: Option<String>,
    /// What runs images: `buildah`, `podman` or `docker`, or `${{ steps.build.engine }}` for the one that built; `auto`
    /// takes the first of them that works.
    #[serde(default)]
    engine: EngineChoice,
    /// The interpreter of the virtual environment, such as `python3.11` or a path. If not given, `python3` where it fits
    /// what the connector says of Python, else the newest that does.
    python: Option<String>,
    /// What installs packages: `uv` where there is one if not given, else `pip`.
    installer: Option<InstallerName>,
    /// Which suites to run; all three if not given. What a connector does not have is skipped.
    #[serde(default = "all_suites")]
    suites: Vec<Suite>,
    /// Where the secrets are that integration and acceptance tests read from the connector's `secrets` directory: the
    /// absolute path of a directory on this machine, or a mapping of file names to variables of the step's `env:`.
    secrets: Option<SecretsFrom>,
    /// The command that runs the acceptance tests in the connector's directory, as a list of words. It may write results
    /// as JUnit to the file named by `CUTOVER_JUNIT`. If not given, the pytest plugin `connector_acceptance_test` where
    /// the connector's test requirements install it.
    #[serde(default)]
    acceptance_command: Vec<String>,
    /// The image that runs the acceptance tests, such as `docker.io/airbyte/connector-acceptance-test:latest`: it finds the
    /// connector's directory at `/test_input`. Fetched if it is not there.
    acceptance_image: Option<String>,
    /// Further arguments of pytest, such as `[-m, not slow]`.
    #[serde(default)]
    pytest_args: Vec<String>,
    /// A directory of wheels, in which pip looks for packages too: an absolute path, or one of the repository that the
    /// step's `paths:` lays out.
    wheels: Option<String>,
    /// Whether packages may come from nowhere but `wheels` and `find-links`.
    #[serde(default)]
    no_index: bool,
    /// Further directories or pages with packages, besides the index.
    #[serde(default)]
    find_links: Vec<String>,
    /// How long a suite may take, such as `20m`; an hour if not given.
    #[serde(default = "longest")]
    suite_timeout: SuiteTimeout,
}

/// Where tests run.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum PlaceName {
    Venv,
    Image,
}

/// What installs packages.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum InstallerName {
    Pip,
    Uv,
}

/// A duration as workflow files write it.
#[derive(Debug, Clone, Copy)]
struct SuiteTimeout(Duration);

impl<'de> Deserialize<'de> for SuiteTimeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let duration = parse_duration(&text).filter(|duration| !duration.is_zero());
        duration.map(Self).ok_or_else(|| D::Error::custom(format!("`{text}` is no duration such as `20m` or `1h30m`")))
    }
}

impl JsonSchema for SuiteTimeout {
    fn schema_name() -> Cow<'static, str> {
        "SuiteTimeout".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$" })
    }
}

fn all_suites() -> Vec<Suite> {
    Suite::ALL.to_vec()
}

fn longest() -> SuiteTimeout {
    SuiteTimeout(LONGEST)
}

impl With {
    fn request(self) -> Result<Request, Failure> {
        let with = self;
        let place = match (with.r#in, with.image) {
            (Some(PlaceName::Venv) | None, None) | (Some(PlaceName::Venv), Some(_)) => TestPlace::Venv,
            (Some(PlaceName::Image) | None, Some(image)) => TestPlace::Image(image),
            (Some(PlaceName::Image), None) => {
                let failure = Failure::new(FailureClass::Expression, "`in: image` needs the `image` to test in");
                return Err(
                    failure.hint("write `image: ${{ steps.build.image }}`, where `build` is an `image.build` step")
                );
            }
        };
        Ok(Request {
            place,
            engine: with.engine,
            python: with.python,
            installer: with.installer.map(|name| match name {
                InstallerName::Pip => Installer::Pip,
                InstallerName::Uv => Installer::Uv,
            }),
            suites: with.suites,
            secrets: with.secrets,
            acceptance_image: with.acceptance_image,
            acceptance_command: with.acceptance_command,
            pytest_args: with.pytest_args,
            wheels: with.wheels,
            no_index: with.no_index,
            find_links: with.find_links,
            suite_timeout: with.suite_timeout.0,
        })
    }
}

fn preview(with: &With) -> String {
    let names: Vec<&str> = with.suites.iter().map(|suite| suite.name()).collect();
    let place = match (with.r#in, &with.image) {
        (Some(PlaceName::Venv), _) | (_, None) => String::new(),
        (_, Some(image)) => format!(" in {image}"),
    };
    format!("run the {} tests{place}", sentence_list(&names))
}

/// The action.
pub fn action() -> Action {
    let output = |name, kind, description| OutputSpec { name, kind, description };
    let description = Description {
        name: "connector.test",
        summary: "Runs a connector's unit, integration and acceptance tests; what it does not have is skipped, not passed.",
        outputs: vec![
            output("unit", "string", "What became of the unit tests: `passed`, `failed` or `skipped`."),
            output("integration", "string", "What became of the integration tests."),
            output("acceptance", "string", "What became of the acceptance tests."),
            output("tests", "integer", "How many tests there were."),
            output("failures", "integer", "How many of them failed."),
            output("skipped", "integer", "How many of them were skipped."),
            output("python", "string", "The version of Python that they ran with."),
        ],
        example: "uses: connector.test\nwith: { suites: [unit, integration], secrets: '/srv/secrets/${{ connector.name }}', suite-timeout: 20m }",
    };
    Action::execute(description, Weight::Test, preview, |with: With, executing| {
        Box::pin(async move { test(with.request()?, executing).await })
    })
}
