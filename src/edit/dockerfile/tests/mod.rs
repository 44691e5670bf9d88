//! Dockerfiles as they are read, changed and judged.

mod accounted;
mod hooks;
mod label;
mod special;
mod verdicts;

use std::collections::BTreeMap;

use super::{Call, ConnectorFiles, Decisions, Item, Judgement, Target, Verdict, judge};

/// The base image that the real connectors first went to, in the version that has most.
const BASE: &str = "docker.io/airbyte/python-connector-base:1.2.0";

/// A connector in memory, called `source-x`.
struct Connector(BTreeMap<String, String>);

impl Connector {
    /// With the files that nearly every connector has, and these.
    fn with(files: &[(&str, &str)]) -> Self {
        let usual = [
            ("Dockerfile", ""),
            ("metadata.yaml", ""),
            ("main.py", ""),
            ("source_x/__init__.py", ""),
            ("source_x/source.py", "import os\n"),
            ("unit_tests/test_source.py", ""),
            ("setup.py", "setup(install_requires=[\"airbyte-cdk~=0.1\"])\n"),
        ];
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self(usual.iter().chain(files).map(owned).collect())
    }
}

impl ConnectorFiles for Connector {
    fn package(&self) -> &'static str {
        "source_x"
    }

    fn text(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let is_below = |path: &&String| {
            directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
        };
        self.0.keys().filter(is_below).cloned().collect()
    }
}

/// The judgement of a connector with only the usual files.
fn judged(text: &str) -> Judgement {
    judged_with(text, &[], &Decisions::default())
}

fn judged_with(text: &str, files: &[(&str, &str)], decisions: &Decisions) -> Judgement {
    judge(text, &Target::of_image(BASE), &Connector::with(files), decisions).unwrap()
}

/// Everything that is not superfluous, a line each: `3 carried before: RUN …` or `5 asked: RUN …: why`.
fn story(judgement: &Judgement) -> Vec<String> {
    let line = |Item { line, text, verdict, .. }: &Item| match verdict {
        Verdict::Superfluous(_) => None,
        Verdict::Carried { phase, calls } => {
            let calls: Vec<String> = calls.iter().map(told).collect();
            Some(format!("{line} carried {}: {text} => [{}]", format!("{phase:?}").to_lowercase(), calls.join(", ")))
        }
        Verdict::Asked(question) => Some(format!("{line} asked {:?}: {text}: {}", question.kind, question.words)),
    };
    judgement.items.iter().filter_map(line).collect()
}

/// A call as these tests write it down.
fn told(call: &Call) -> String {
    match call {
        Call::Packages { names, and_recommended: false } => format!("Packages({names:?})"),
        Call::Packages { names, and_recommended: true } => format!("Packages({names:?}) and what they recommend"),
        call => format!("{call:?}"),
    }
}

/// A Dockerfile of two stages, with lines put in.
fn two_stages(from: &str, build: &str, last: &str) -> String {
    format!(
        "FROM {from} AS base\n\n# what is only needed to install\nFROM base AS builder\nWORKDIR \
         /airbyte/integration_code\n{build}COPY setup.py ./\nRUN pip install --prefix=/install .\n\nFROM \
         base\nWORKDIR /airbyte/integration_code\nCOPY --from=builder /install /usr/local\nCOPY --from=builder \
         /usr/share/zoneinfo/Etc/UTC /etc/localtime\nRUN echo \"Etc/UTC\" > /etc/timezone\n{last}COPY main.py ./\nCOPY \
         source_x ./source_x\nENV AIRBYTE_ENTRYPOINT \"python /airbyte/integration_code/main.py\"\nENTRYPOINT \
         [\"python\", \"/airbyte/integration_code/main.py\"]\nLABEL io.airbyte.version=0.1.0\nLABEL \
         io.airbyte.name=airbyte/source-x\n"
    )
}

/// A Dockerfile of one stage, with lines put in before and behind the installation.
fn one_stage(from: &str, before: &str, behind: &str) -> String {
    format!(
        "FROM {from}\n{before}WORKDIR /airbyte/integration_code\nCOPY setup.py ./\nRUN pip install .\n{behind}COPY \
         source_x ./source_x\nCOPY main.py ./\nENV AIRBYTE_ENTRYPOINT \"python \
         /airbyte/integration_code/main.py\"\nENTRYPOINT [\"python\", \"/airbyte/integration_code/main.py\"]\nLABEL \
         io.airbyte.version=0.1.0 io.airbyte.name=airbyte/source-x\n"
    )
}

/// The usual ways to install what is needed to compile.
const APK: &str =
    "RUN apk --no-cache upgrade \\\n    && pip install --upgrade pip \\\n    && apk --no-cache add tzdata build-base\n";
const APT: &str = "RUN apt-get update && apt-get install -y bash && rm -rf /var/lib/apt/lists/*\n";
const ALPINE: &str = "python:3.9.11-alpine3.15";
const SLIM: &str = "python:3.9-slim";
