//! Build hooks as they are written, and held against those that are there.

use super::*;
use crate::edit::dockerfile::hooks::{missing, render};

/// A Dockerfile that has something for each hook.
fn rich() -> String {
    one_stage(
        ALPINE,
        "RUN apk --no-cache add libxslt xmlsec\nENV MODE=\"a b\" LOUD=1\n",
        "RUN pip install duckdb\nUSER app\n",
    )
    .replace("main.py", "main_dev.py")
}

fn judged_rich() -> Judgement {
    judged_with(&rich(), &[("main_dev.py", "")], &Decisions::default())
}

#[test]
fn hooks_name_the_line_that_each_call_stands_for() {
    let wanted = "\
\"\"\"What the Dockerfile did beyond the base image and the build process.\"\"\"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagger import Container

# Dockerfile line 12: ENTRYPOINT [\"python\", \"/airbyte/integration_code/main_dev.py\"]
MAIN_FILE_NAME = \"main_dev.py\"


async def pre_connector_install(base_image_container: Container) -> Container:
    \"\"\"Runs on the base image, before the connector's dependencies are installed.\"\"\"
    container = base_image_container
    # Dockerfile line 2: RUN apk --no-cache add libxslt xmlsec
    container = container.with_exec(
        [
            \"sh\",
            \"-c\",
            \"apt-get update && apt-get install -y --no-install-recommends libxslt1.1 libxmlsec1-openssl && rm -rf /var/lib/apt/lists/*\",
        ]
    )
    # Dockerfile line 3: ENV MODE=\"a b\" LOUD=1
    container = container.with_env_variable(\"MODE\", \"a b\")
    # Dockerfile line 3: ENV MODE=\"a b\" LOUD=1
    container = container.with_env_variable(\"LOUD\", \"1\")
    return container


async def post_connector_install(connector_container: Container) -> Container:
    \"\"\"Runs at the end, with the connector in the image.\"\"\"
    container = connector_container
    # Dockerfile line 7: RUN pip install duckdb
    container = container.with_exec([\"pip\", \"install\", \"duckdb\"], skip_entrypoint=True)
    # Dockerfile line 8: USER app
    container = container.with_user(\"app\")
    return container
";
    let written = render(&rich(), &judged_rich()).unwrap();
    assert_eq!(written, wanted);
    assert_eq!(missing(&written, &judged_rich()), Vec::<&Item>::new());
}

#[test]
fn without_anything_to_carry_over_there_are_no_hooks() {
    let text = two_stages(ALPINE, APK, "");
    assert_eq!(render(&text, &judged(&text)), None);
    let renamed = text.replace("main.py", "start.py");
    let written = render(&renamed, &judged_with(&renamed, &[("start.py", "")], &Decisions::default())).unwrap();
    assert!(written.ends_with("MAIN_FILE_NAME = \"start.py\"\n") && !written.contains("dagger"), "{written}");
}

#[test]
fn what_the_dockerfile_said_about_a_line_goes_with_it() {
    let text = one_stage(
        SLIM,
        "",
        "# an older remark\n\n#outside of setup.py:\n##  lots of errors\nRUN pip install duckdb && \\\n    # and\n    pip install x\n",
    );
    let written = render(&text, &judged(&text)).unwrap();
    let wanted = "    # outside of setup.py:\n    # lots of errors\n    # Dockerfile line 9: RUN pip install duckdb\n";
    assert!(written.contains(wanted) && !written.contains("older"), "{written}");
    assert!(written.contains("    # and\n    # Dockerfile line 11: RUN pip install x\n"), "{written}");
    assert!(judged("# syntax=docker/dockerfile:1\nFROM python:3.9\n").items[0].remarks.is_empty());
}

#[test]
fn packages_come_with_what_they_recommend_where_the_dockerfile_had_it() {
    let written = |options: &str| {
        let text = one_stage(SLIM, "", &format!("RUN apt-get install -y {options}libpq5\n"));
        render(&text, &judged(&text)).unwrap()
    };
    assert!(written("").contains("apt-get install -y libpq5 &&"));
    assert!(written("--no-install-recommends ").contains("apt-get install -y --no-install-recommends libpq5 &&"));
}

#[test]
fn hooks_end_their_lines_as_the_dockerfile_does() {
    let text = rich().replace('\n', "\r\n");
    let written = render(&text, &judged_rich()).unwrap();
    assert!(written.lines().count() == written.matches("\r\n").count());
}

#[test]
fn files_are_read_beside_the_hooks() {
    let text = one_stage(SLIM, "", "COPY schema.json ./\n");
    let written = render(&text, &judged_with(&text, &[("schema.json", "{}")], &Decisions::default())).unwrap();
    assert!(written.contains("from pathlib import Path\nfrom typing import TYPE_CHECKING\n"), "{written}");
    assert!(
        written.contains(
            "    container = container.with_new_file(\n        \"/airbyte/integration_code/schema.json\",\n        \
         Path(__file__).parent.joinpath(\"schema.json\").read_text(),\n    )\n"
        ),
        "{written}"
    );
}

#[test]
fn hooks_that_are_there_may_be_written_in_another_way() {
    let judgement = judged_rich();
    let by_hand = "MAIN_FILE_NAME = 'main_dev.py'\n\nasync def pre_connector_install(c):\n    c = c.with_exec(['sh', '-c', \
                   'apt-get install -y libxmlsec1-openssl libxslt1.1'])\n    return await c.with_env_variable(\n        'MODE', \
                   'a b',\n    ).with_env_variable('LOUD', '1')\n\nasync def post_connector_install(c):\n    # Dockerfile: RUN \
                   pip install duckdb\n    # Dockerfile line 8: USER  app\n    return c\n";
    assert_eq!(missing(by_hand, &judgement), Vec::<&Item>::new());
    let less =
        by_hand.replace("libxslt1.1", "").replace("# Dockerfile: RUN pip", "# RUN pip").replace("'LOUD'", "'QUIET'");
    let lines: Vec<usize> = missing(&less, &judgement).iter().map(|item| item.line).collect();
    assert_eq!(lines, [2, 3, 7]);
}

#[test]
fn a_person_who_names_a_line_has_decided() {
    let judgement = judged("FROM python:3.7\nRUN make all && make more\n");
    assert_eq!(missing("", &judgement).len(), 3);
    let decided = "# Dockerfile: FROM python:3.7\n# Dockerfile line 2: make all\n# Dockerfiles: RUN make more\n";
    let left: Vec<&str> = missing(decided, &judgement).iter().map(|item| item.text.as_str()).collect();
    assert_eq!(left, ["RUN make more"]);
}
