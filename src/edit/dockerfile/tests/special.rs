//! What the special Dockerfiles of the real monorepo have in common with no other, each written anew: 23 of 288.

use super::*;
use crate::edit::dockerfile::Pythons;

/// The questions and carried lines of a Dockerfile, by the base image's version.
fn of(version: &str, text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let target = Target::of_image(&format!("docker.io/airbyte/python-connector-base:{version}@sha256:00"));
    story(&judge(text, &target, &Connector::with(files), &Decisions::default()).unwrap())
}

#[test]
fn the_plain_ones_need_nothing() {
    let plain = [
        two_stages(ALPINE, APK, "RUN apk --no-cache add bash\n"),
        two_stages(ALPINE, "", ""),
        two_stages(ALPINE, "RUN apk --no-cache upgrade\nRUN apk add libffi-dev openssl-dev gcc musl-dev\n", ""),
        two_stages("python:3.9.11-slim", "RUN apt update -y && apt upgrade -y\n", ""),
        two_stages(
            "python:3.9.15-slim-bullseye",
            "RUN apt-get update && apt-get install -y && rm -rf /var/lib/apt/lists/* \\\n    && python3 -m pip install \
             --upgrade setuptools\nRUN DEBIAN_FRONTEND=noninteractive TZ=Etc/UTC apt-get -y install tzdata\n",
            "",
        ),
        one_stage(SLIM, APT, ""),
        one_stage("docker.io/library/python:3.9@sha256:00", "", ""),
    ];
    for text in plain {
        let judgement = judged(&text);
        assert!(judgement.is_plain() && judgement.warnings.is_empty(), "{text}{:?}", story(&judgement));
    }
}

#[test]
fn source_s3_loads_language_data_which_the_base_image_has_from_1_2_on() {
    let load = "RUN python -c \"import nltk; nltk.download('punkt')\" && \\\n  python -c \"import nltk; \
                nltk.download('averaged_perceptron_tagger')\"\n";
    let text = two_stages(SLIM, "RUN apt-get update\n", load);
    assert_eq!(of("1.2.0", &text, &[]), [""; 0]);
    let carried = of("1.1.0", &text, &[]);
    assert_eq!(carried.len(), 2, "{carried:?}");
    assert_eq!(
        carried[1],
        "16 carried after: RUN python -c \"import nltk; nltk.download('averaged_perceptron_tagger')\" => \
         [Exec([\"python\", \"-c\", \"import nltk; nltk.download('averaged_perceptron_tagger')\"])]"
    );
    let other = text.replace("punkt", "stopwords");
    assert_eq!(of("1.2.0", &other, &[]).len(), 1);
}

#[test]
fn destination_cumulio_installs_one_more_package_of_python() {
    let text = two_stages("python:3.9.11", "RUN apt-get update && apt-get -y upgrade\n", "RUN pip install duckdb\n");
    assert_eq!(
        of("1.2.0", &text, &[]),
        ["15 carried after: RUN pip install duckdb => [Exec([\"pip\", \"install\", \"duckdb\"])]"]
    );
}

#[test]
fn six_destinations_for_vectors_have_another_python_and_install_first_what_others_are_built_with() {
    let first = "RUN pip install --upgrade pip\nRUN pip install --prefix=/install \"Cython<3.0\" \"pyyaml~=5.4\" \
                 --no-build-isolation\n";
    let compilers = "RUN apt-get update \\\n    && pip install --upgrade pip \\\n    && apt-get install -y build-essential \
                     cmake g++ libffi-dev libstdc++6\n";
    for build in [format!("{compilers}{first}"), first.to_owned()] {
        let found = of("1.2.0", &two_stages("python:3.10-slim", &build, "RUN apt-get install bash\n"), &[]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("1 asked Python: FROM python:3.10-slim AS base: it has Python 3.10, "),
            "{found:?}"
        );
        assert!(found[1].contains("carried before: RUN pip install --prefix=/install"), "{found:?}");
        assert!(
            found[1].ends_with("\"pip\", \"install\", \"--no-build-isolation\", \"Cython<3.0\", \"pyyaml~=5.4\"])]"),
            "{found:?}"
        );
    }
}

#[test]
fn source_kustomer_singer_has_git_for_its_builder_which_matters_if_a_dependency_is_fetched_with_it() {
    let text = two_stages(ALPINE, "RUN apk --no-cache add git && apk --no-cache add build-base\n", "");
    assert_eq!(of("1.2.0", &text, &[]), [""; 0]);
    let fetched = ("setup.py", "setup(install_requires=[\"tap @ git+https://example.com/tap\"])\n");
    let carried = of("1.2.0", &text, &[fetched]);
    assert_eq!(carried, ["6 carried before: RUN apk --no-cache add git => [Packages([\"git\"])]"]);
}

#[test]
fn four_have_another_python() {
    for (from, version) in [("python:3.7.11-alpine3.14", "3.7"), ("python:3.10.8-slim-bullseye", "3.10")] {
        let text = two_stages(from, "", "");
        let found = of("1.1.0", &text, &[]);
        assert_eq!(
            found,
            [format!("1 asked Python: FROM {from} AS base: it has Python {version}, and the base image is for 3.9")]
        );
        let target = Target::of_image(BASE).accepting(Pythons::These(vec!["3.9".to_owned(), version.to_owned()]));
        assert!(judge(&text, &target, &Connector::with(&[]), &Decisions::default()).unwrap().is_plain());
    }
}

#[test]
fn source_surveycto_has_a_comment_line_within_a_command_which_goes_on_behind_it() {
    let build = "RUN apt-get update \\\n    # apk --no-cache upgrade \\\n    && pip install --upgrade pip\n";
    let judgement = judged(&two_stages(SLIM, build, ""));
    let texts: Vec<&str> = judgement.items.iter().map(|item| item.text.as_str()).collect();
    assert!(texts.contains(&"RUN apt-get update") && texts.contains(&"RUN pip install --upgrade pip"), "{texts:?}");
    assert!(judgement.is_plain() && judgement.warnings.is_empty());
}

#[test]
fn four_use_socat_when_they_run_which_the_base_image_has_from_1_1_on() {
    let apk = "RUN apk --no-cache add bash socat && \\\n    # newer libraries\n    apk upgrade\n";
    let apt =
        "RUN apt-get update && apt-get install -y bash && apt-get install -y socat && rm -rf /var/lib/apt/lists/*\n";
    for text in [two_stages(ALPINE, APK, apk), one_stage(SLIM, apt, "")] {
        assert_eq!(of("1.1.0", &text, &[]), [""; 0]);
        let carried = of("1.0.0", &text, &[]);
        assert_eq!(carried.len(), 1);
        assert!(carried[0].contains("=> [Packages([\"socat\"])"), "{carried:?}");
    }
}

#[test]
fn destination_duckdb_installs_with_poetry_as_the_build_process_does() {
    let text = one_stage("python:3.9.11", "", "").replace(
        "COPY setup.py ./\nRUN pip install .\n",
        "RUN apt-get update && apt-get -y upgrade && pip install poetry\nCOPY pyproject.toml poetry.lock* ./\nRUN poetry \
         config virtualenvs.create false \\\n    && poetry install --no-root --no-dev\nCOPY --from=python:3.9.11 \
         /usr/share/zoneinfo/Etc/UTC /etc/localtime\n",
    );
    assert_eq!(of("1.0.0", &text, &[("pyproject.toml", "")]), [""; 0]);
    assert_eq!(of("1.0.0", &text.replace("--no-dev", "--extras x"), &[("pyproject.toml", "")]).len(), 1);
}

#[test]
fn destination_firestore_needs_a_library_that_every_debian_has() {
    let text =
        two_stages(ALPINE, "RUN apk add --no-cache gcc g++ linux-headers\n", "RUN apk --no-cache add libstdc++\n");
    assert_eq!(of("1.0.0", &text, &[]), [""; 0]);
}

#[test]
fn source_slack_and_source_smartsheets_have_variables_for_paths_of_the_dockerfile_only() {
    let text = one_stage(SLIM, "ENV CODE_PATH=\"source_x\"\nENV WORKDIR=/airbyte/integration_code\n", "")
        .replace("WORKDIR /airbyte/integration_code\n", "WORKDIR $WORKDIR\n")
        .replace("COPY source_x ./source_x", "COPY $CODE_PATH ./${CODE_PATH}");
    assert_eq!(of("1.0.0", &text, &[]), [""; 0]);
    let carried = of("1.0.0", &text, &[("source_x/source.py", "os.environ[\"CODE_PATH\"]\n")]);
    assert_eq!(carried.len(), 1, "{carried:?}");
    assert!(carried[0].starts_with("2 carried before: ENV CODE_PATH=\"source_x\" => [Environment"), "{carried:?}");
}

#[test]
fn source_ashby_names_a_platform_which_is_told_and_destination_firebolt_says_python3() {
    let judgement = judged(&two_stages(&format!("--platform=linux/amd64 {ALPINE}"), APK, ""));
    assert!(judgement.is_plain());
    assert_eq!(judgement.warnings, ["Dockerfile line 1: the platform linux/amd64 is the build process's choice now"]);
    let text = two_stages(SLIM, "", "")
        .replace("[\"python\"", "[\"python3\"")
        .replace("RUN pip install", "RUN pip3 install --no-cache-dir");
    assert!(judged(&text).is_plain());
}

#[test]
fn source_zendesk_chat_is_started_with_another_main_file_and_has_variables_of_its_own() {
    let text =
        one_stage(SLIM, &format!("{APT}ENV AIRBYTE_IMPL_PATH=\"SourceX\"\n"), "").replace("main.py", "main_dev.py");
    let found = of("1.0.0", &text, &[("main_dev.py", "")]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("carried before: ENV AIRBYTE_IMPL_PATH=\"SourceX\" => [Environment"), "{found:?}");
    assert!(found[1].ends_with("=> [MainFile(\"main_dev.py\")]"), "{found:?}");
}
