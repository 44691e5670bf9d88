//! The twelve connectors, each with something that migrations come across.

use std::fmt::Write as _;

/// The connector whose changelog is broken.
pub(in crate::cli) const BROKEN_CHANGELOG: &str = "destination-quarry";

/// The connector whose Dockerfile installs system packages.
pub(in crate::cli) const SYSTEM_PACKAGES: &str = "source-smithy";

/// A connector that migrates without further ado, to be looked at.
pub(in crate::cli) const MIGRATES: &str = "source-harbor";

const ROOT: &str = "airbyte-integrations/connectors";

/// What a connector is built from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    SetupPy,
    Pyproject,
    LowCode,
    Java,
}

/// How its metadata is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metadata {
    /// Keys in alphabetical order.
    Sorted,
    /// In no order, with comments and quotes, indented by four.
    ByHand,
    /// With another version pinned for one registry.
    Pinned,
    /// It names a base image.
    Migrated,
}

struct Sample {
    path: &'static str,
    title: &'static str,
    version: &'static str,
    support_level: &'static str,
    build: Build,
    metadata: Metadata,
    /// The page, below `docs/integrations`.
    page: &'static str,
}

#[rustfmt::skip]
const SAMPLES: [Sample; 12] = {
    use {
        Build::{Java, LowCode, Pyproject, SetupPy},
        Metadata::{ByHand, Migrated, Pinned, Sorted},
    };
    [
        Sample { path: "destination-foundry", title: "Foundry", version: "2.3.1", support_level: "certified", build: Java, metadata: Sorted, page: "destinations/foundry" },
        Sample { path: "destination-quarry", title: "Quarry", version: "1.0.4", support_level: "certified", build: SetupPy, metadata: Sorted, page: "destinations/quarry" },
        Sample { path: "source-granary", title: "Granary", version: "1.4.2", support_level: "certified", build: SetupPy, metadata: Sorted, page: "sources/granary" },
        Sample { path: "source-granary-secure", title: "Granary", version: "1.4.2", support_level: "certified", build: SetupPy, metadata: Sorted, page: "sources/granary" },
        Sample { path: "source-harbor", title: "Harbor", version: "0.8.3", support_level: "certified", build: SetupPy, metadata: Sorted, page: "sources/harbor" },
        Sample { path: "source-lighthouse", title: "Lighthouse", version: "3.1.0", support_level: "certified", build: Pyproject, metadata: Sorted, page: "sources/lighthouse" },
        Sample { path: "source-meadow", title: "Meadow", version: "0.5.0", support_level: "certified", build: Pyproject, metadata: Migrated, page: "sources/meadow" },
        Sample { path: "source-orchard", title: "Orchard", version: "0.2.7", support_level: "certified", build: LowCode, metadata: ByHand, page: "sources/orchard" },
        Sample { path: "source-smithy", title: "Smithy", version: "0.3.9", support_level: "certified", build: SetupPy, metadata: Sorted, page: "sources/smithy" },
        Sample { path: "source-tidewater", title: "Tidewater", version: "0.6.1", support_level: "community", build: SetupPy, metadata: Pinned, page: "sources/tidewater" },
        Sample { path: "source-windmill", title: "Windmill", version: "0.1.5", support_level: "community", build: LowCode, metadata: Sorted, page: "sources/windmill" },
        Sample { path: "third-party/brightwater/source-cistern", title: "Cistern", version: "0.1.0", support_level: "community", build: Pyproject, metadata: ByHand, page: "sources/cistern" },
    ]
};

/// Every file of every connector.
pub(super) fn files() -> Vec<(String, String)> {
    SAMPLES.iter().flat_map(Sample::files).collect()
}

impl Sample {
    fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    fn package(&self) -> String {
        self.name().replace('-', "_")
    }

    fn files(&self) -> Vec<(String, String)> {
        let (name, package, title) = (self.name(), self.package(), self.title);
        let mut files = vec![
            ("metadata.yaml".to_owned(), self.metadata()),
            ("README.md".to_owned(), format!("# {title}\n\nConnects to {title}.\n")),
        ];
        if self.metadata != Metadata::Migrated {
            files.push(("Dockerfile".to_owned(), self.dockerfile()));
        }
        match self.build {
            Build::Java => {
                let place = format!("src/main/java/com/example/{}.java", title.to_lowercase());
                files.push((place, format!("package com.example;\n\npublic class {title} {{}}\n")));
                files.push(("build.gradle".to_owned(), "plugins {\n    id 'application'\n}\n".to_owned()));
                return self.placed(files);
            }
            Build::Pyproject => files.push(("pyproject.toml".to_owned(), self.pyproject())),
            Build::SetupPy | Build::LowCode => files.push((
                "setup.py".to_owned(),
                format!("from setuptools import setup\n\nsetup(name=\"{package}\", packages=[\"{package}\"])\n"),
            )),
        }
        if self.build == Build::LowCode {
            files.push((format!("{package}/manifest.yaml"), "version: 0.50.0\ntype: DeclarativeSource\n".to_owned()));
        }
        files.push((format!("{package}/__init__.py"), String::new()));
        files.push(("main.py".to_owned(), format!("from {package} import run\n\nrun()  # {name}\n")));
        self.placed(files)
    }

    fn placed(&self, files: Vec<(String, String)>) -> Vec<(String, String)> {
        files.into_iter().map(|(path, text)| (format!("{ROOT}/{}/{path}", self.path), text)).collect()
    }

    fn metadata(&self) -> String {
        let Self { title, version, support_level, page, .. } = self;
        let (name, kind) = (self.name(), self.name().split('-').next().unwrap_or_default());
        let url = format!("https://docs.airbyte.com/integrations/{page}");
        if self.metadata == Metadata::ByHand {
            return format!(
                "# Owned by the catalog team; ask before you change the ids.\nmetadataSpecVersion: '1.0'\ndata:\n    \
                 name: '{title}'\n    connectorType: {kind}\n    dockerRepository: \"example/{name}\"\n    \
                 dockerImageTag: \"{version}\"   # raised with each release\n    documentationUrl: {url}\n    \
                 supportLevel: {support_level}\n    tags: [ language:low-code ]\n"
            );
        }
        let build = match self.metadata {
            Metadata::Migrated => {
                "  connectorBuildOptions:\n    baseImage: docker.io/example/python-connector-base:2.0.0@sha256:\
                 0d4f8a26c1b7e95d3f60a8b2c4e7d91586fa0b3c2d1e4f5768a9b0c1d2e3f405\n"
            }
            _ => "",
        };
        let registries = match self.metadata {
            Metadata::Pinned => "  registries:\n    cloud:\n      dockerImageTag: 0.5.2\n      enabled: true\n",
            _ => "  registries:\n    cloud:\n      enabled: true\n",
        };
        format!(
            "data:\n{build}  connectorType: {kind}\n  dockerImageTag: {version}\n  dockerRepository: example/{name}\n  \
             documentationUrl: {url}\n  license: MIT\n  name: {title}\n{registries}  supportLevel: {support_level}\n\
             metadataSpecVersion: \"1.0\"\n"
        )
    }

    fn dockerfile(&self) -> String {
        let Self { version, .. } = self;
        let mut text = match self.build {
            Build::Java => "FROM eclipse-temurin:17\n",
            _ => "FROM python:3.11-alpine\n",
        }
        .to_owned();
        if self.name() == SYSTEM_PACKAGES {
            text.push_str("RUN apk --no-cache add libxslt xmlsec\n");
        }
        let _ = write!(
            text,
            "WORKDIR /connector\nCOPY . .\nENTRYPOINT [\"python\", \"main.py\"]\nLABEL io.airbyte.version={version}\n\
             LABEL io.airbyte.name=example/{}\n",
            self.name()
        );
        text
    }

    fn pyproject(&self) -> String {
        format!(
            "[tool.poetry]\nname = \"{}\"\nversion = \"{}\"  # as in metadata.yaml\ndescription = \"Connects to {}.\"\n",
            self.name(),
            self.version,
            self.title
        )
    }
}
