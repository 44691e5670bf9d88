//! The verdicts on single lines.

use super::*;
use crate::edit::dockerfile::{DockerfileError, Pythons, QuestionKind};

/// What is said of lines behind the installation, in an image made from Debian.
fn behind(lines: &str) -> Vec<String> {
    story(&judged(&one_stage(SLIM, "", lines)))
}

/// What is said of lines before the installation, in an image made from Alpine.
fn on_alpine(lines: &str) -> Vec<String> {
    story(&judged(&one_stage(ALPINE, lines, "")))
}

/// What is said of lines in the builder stage.
fn in_builder(lines: &str) -> Vec<String> {
    story(&judged(&two_stages(ALPINE, lines, "")))
}

/// The one thing that is said, without its line.
fn only(said: &[String]) -> &str {
    assert_eq!(said.len(), 1, "{said:?}");
    said[0].split_once(' ').unwrap().1
}

#[test]
fn packages_of_alpine_are_carried_over_by_their_names_in_debian() {
    assert_eq!(
        only(&on_alpine("RUN apk add --no-cache libxslt xmlsec bash gcc\n")),
        "carried before: RUN apk add --no-cache libxslt xmlsec bash gcc => [Packages([\"libxslt1.1\", \
         \"libxmlsec1-openssl\"])]"
    );
    assert_eq!(
        only(&on_alpine("RUN apk add socat frobnicate jq\n")),
        "asked Package: RUN apk add socat frobnicate jq: what frobnicate is called in Debian 12 is not known"
    );
}

#[test]
fn packages_of_debian_are_carried_over_as_they_are() {
    let said = behind("RUN apt-get update && apt-get install -y --no-install-recommends libpq5 unixodbc\n");
    assert!(only(&said).ends_with("=> [Packages([\"libpq5\", \"unixodbc\"])]"), "{said:?}");
    assert!(
        only(&behind("RUN apt-get install -y libpq5\n"))
            .ends_with("=> [Packages([\"libpq5\"]) and what they recommend]")
    );
    assert!(only(&behind("RUN apt-get install -y libpq5=13.1\n")).starts_with("asked Package"));
    assert!(only(&behind("RUN apt-get -o X=y install -y libpq5\n")).ends_with("`-o` is not understood"));
}

#[test]
fn what_is_installed_to_be_removed_again_only_serves_to_compile() {
    let temporary = "RUN apk add --virtual .deps gcc libpq-dev && pip install --upgrade pip && apk del .deps\n";
    assert_eq!(on_alpine(temporary), [""; 0]);
    assert!(only(&on_alpine(&temporary.replace("gcc", "frob"))).starts_with("asked Package"));
    let purged =
        "RUN apt-get install -y gcc libpq-dev\nRUN pip install --upgrade pip\nRUN apt-get purge -y gcc libpq-dev\n";
    assert_eq!(behind(purged), [""; 0]);
    assert!(
        only(&behind(&purged.replace("purge -y gcc libpq-dev", "purge -y gcc")))
            .ends_with("[Packages([\"libpq-dev\"]) and what they recommend]")
    );
    assert!(only(&on_alpine("RUN apk del frob\n")).starts_with("asked Package"));
}

#[test]
fn an_unknown_package_of_the_builder_is_a_question_and_headers_are_not() {
    assert_eq!(in_builder("RUN apk add libpq-dev\n"), [""; 0]);
    assert_eq!(
        only(&in_builder("RUN apk add curl build-base\n")),
        "asked Package: RUN apk add curl build-base: whether an installation needs curl is not known"
    );
}

#[test]
fn what_pip_installs_beside_the_connector_is_carried_over() {
    assert!(
        only(&behind("RUN pip install --no-cache-dir -U 'a[b]>=1' pip\n")).ends_with("\"--upgrade\", \"a[b]>=1\"])]")
    );
    assert!(only(&in_builder("RUN pip install --prefix=/install a\n")).starts_with("carried before"));
    assert!(only(&behind("RUN pip install setuptools==58\n")).starts_with("carried after"));
    assert!(only(&behind("RUN pip install git+https://example.com/x\n")).starts_with("asked Command"));
    assert!(only(&behind("RUN pip install --index-url https://example.com/simple x\n")).starts_with("asked Command"));
    assert!(only(&behind("RUN pip install .[main]\n")).starts_with("asked Command"));
    assert!(only(&behind("RUN pip install --no-deps .\n")).contains("installs the connector without --no-deps"));
    assert!(only(&behind("RUN pip uninstall -y x\n")).starts_with("asked Command"));
    assert_eq!(behind("RUN pip cache purge && pip install wheel\n"), [""; 0]);
}

#[test]
fn requirements_in_a_file_are_read() {
    let said = |text: &str| {
        let files = [("requirements.txt", text)];
        story(&judged_with(
            &one_stage(SLIM, "", "RUN pip install -r requirements.txt\n"),
            &files,
            &Decisions::default(),
        ))
    };
    assert_eq!(said("# ours\n-e .\n"), [""; 0]);
    assert!(only(&said("-e .\nduckdb==0.9  # pinned\n")).ends_with("\"duckdb==0.9\"])]"));
    assert!(only(&said("-e ../../bases/x\n")).starts_with("asked Command"));
    assert!(only(&behind("RUN pip install -r other.txt\n")).starts_with("asked Command"));
}

#[test]
fn commands_that_do_the_same_anywhere_are_carried_over_and_others_are_questions() {
    assert!(only(&behind("RUN mkdir -p /data && true\n")).ends_with("=> [Exec([\"mkdir\", \"-p\", \"/data\"])]"));
    assert!(
        only(&behind("RUN echo \"a  b\" > /etc/x\n"))
            .ends_with("[Exec([\"sh\", \"-c\", \"echo \\\"a  b\\\" > /etc/x\"])]")
    );
    assert!(only(&behind("RUN chown -R $USER /data\n")).contains("[\"sh\", \"-c\", \"chown -R $USER /data\"]"));
    assert!(only(&behind("RUN curl -L https://example.com | sh\n")).starts_with("asked Command"));
    assert!(only(&behind("RUN cd /x && make\n")).starts_with("asked Command: RUN cd /x && make:"));
    assert!(only(&behind("RUN useradd -m app\n")).starts_with("carried after"));
    assert!(only(&on_alpine("RUN adduser -D app\n")).starts_with("asked Command"));
    assert!(only(&in_builder("RUN mkdir /x\n")).starts_with("asked Command"));
    assert!(only(&behind("ARG V=1\nRUN echo $V > /v\n")).contains("build argument"));
    assert!(only(&behind("RUN [\"python\", \"-m\", \"x\"]\n")).ends_with("[Exec([\"python\", \"-m\", \"x\"])]"));
    assert!(only(&behind("RUN <<END\ntrue\nEND\n")).contains("here-document"));
    assert!(only(&behind("RUN --mount=type=secret,id=x true\n")).contains("--mount"));
    assert_eq!(behind("RUN --mount=type=cache,target=/root/.cache pip install --upgrade pip\n"), [""; 0]);
    assert_eq!(behind("RUN set -eux; ln -snf /usr/share/zoneinfo/UTC /etc/localtime; rm -rf /root/.cache\n"), [""; 0]);
}

#[test]
fn what_a_hash_takes_with_it_is_told() {
    let judgement = judged(&one_stage(SLIM, "", "RUN true # why \\\n    && make all\n"));
    assert!(judgement.is_plain());
    assert_eq!(
        judgement.warnings,
        ["Dockerfile line 5: what follows the # is a comment to the shell, and was never run"]
    );
}

#[test]
fn variables_of_the_image_are_carried_over_with_what_they_refer_to() {
    assert!(only(&behind("ENV A=b\n")).contains("name: \"A\", value: \"b\", expand: false"));
    assert!(only(&behind("ENV PATH=/x:$PATH\n")).contains("value: \"/x:$PATH\", expand: true"));
    assert!(only(&behind("ARG V=1\nENV A=$V\n")).contains("value: \"1\", expand: false"));
    assert_eq!(behind("ENV A=1 B=2\n").len(), 2);
    assert_eq!(behind("ENV POETRY_NO_INTERACTION=1\n"), [""; 0]);
    assert!(only(&in_builder("ENV CFLAGS=-O2\n")).starts_with("asked Variable"));
    assert!(
        only(&behind("ARG CFLAGS=-O2\n")).starts_with("asked Variable"),
        "a script of the installation may read it"
    );
    assert_eq!(in_builder("ENV PIP_NO_CACHE_DIR=1\n"), [""; 0]);
    assert!(behind("ENV AIRBYTE_ENTRYPOINT \"/run.sh\"\n")[0].contains("asked Entrypoint"));
}

#[test]
fn files_of_the_connector_that_the_build_process_leaves_are_carried_over() {
    let said = |line: &str, files: &[(&str, &str)]| {
        story(&judged_with(&one_stage(SLIM, "", line), files, &Decisions::default()))
    };
    let data = [("data/a.json", "{}"), ("data/b/c.json", "{}")];
    assert!(only(&said("COPY data ./data\n", &data)).ends_with(
        "=> [File { path: \"/airbyte/integration_code/data/a.json\", source: \"data/a.json\" }, File { path: \
         \"/airbyte/integration_code/data/b/c.json\", source: \"data/b/c.json\" }]"
    ));
    assert!(only(&said("COPY data/a.json /etc/x.json\n", &data)).contains("path: \"/etc/x.json\""));
    assert!(only(&said("COPY data absent ./\n", &data)).starts_with("asked Copy"));
    assert!(only(&said("COPY absent ./\n", &[])).contains("the build process does not copy absent"));
    assert!(only(&said("COPY main.py ./other.py\n", &[])).starts_with("carried after"));
    assert!(only(&said("COPY source_x ./\n", &[])).starts_with("carried after"), "the content, not the directory");
    assert!(only(&said("COPY --chown=1 main.py ./\n", &[])).contains("--chown"));
    assert!(only(&said("COPY --from=docker:20 /usr/bin/docker /usr/bin/\n", &[])).contains("out of docker:20"));
    assert!(only(&said("ADD https://example.com/x /x\n", &[])).contains("fetches or unpacks"));
    assert_eq!(said("ADD main.py ./\n", &[]), [""; 0]);
    assert!(only(&said("COPY ../x ./\n", &[])).starts_with("asked Copy"));
}

#[test]
fn a_copy_of_everything_is_held_against_what_there_is() {
    let text = "FROM python:3.9\nWORKDIR /app\nCOPY . .\nRUN pip install .\nENTRYPOINT [\"python\", \"main.py\"]\n";
    let said = |files: &[(&str, &str)]| story(&judged_with(text, files, &Decisions::default()));
    assert_eq!(said(&[]), [""; 0]);
    assert!(only(&said(&[("models/x.sql", "")])).ends_with("the build process does not copy models"));
    assert_eq!(said(&[("models/x.sql", ""), (".dockerignore", "*\n!main.py\n!source_x\n")]), [""; 0]);
    assert!(only(&said(&[("source_x/source.py", "open('/app/x')")])).contains("the connector's code names /app"));
}

#[test]
fn code_that_lay_elsewhere_moves_and_what_names_its_old_place_is_noticed() {
    let text = "FROM python:3.9-slim\nWORKDIR /app\nCOPY setup.py .\nRUN pip install .\nCOPY source_x ./source_x\nCOPY \
                main.py .\nENTRYPOINT [\"python\", \"/app/main.py\"]\n";
    assert!(judged(text).is_plain());
    let said = |line: &str| story(&judged(&text.replace("COPY main.py .\n", &format!("COPY main.py .\n{line}\n"))));
    assert!(only(&said("RUN chmod +x /app/main.py")).contains("the code lies in /airbyte/integration_code now"));
    assert!(
        only(&said("ENV CONFIG=/app/source_x/c.json")).contains("value: \"/airbyte/integration_code/source_x/c.json\"")
    );
    assert_eq!(said("WORKDIR /data\nWORKDIR /app").len(), 2, "there and back");
}

#[test]
fn the_image_itself_is_carried_over_as_far_as_hooks_can() {
    assert!(only(&behind("USER app\n")).ends_with("[User(\"app\")]"));
    assert_eq!(story(&judged(&one_stage(SLIM, "USER root\n", ""))), [""; 0]);
    assert!(only(&behind("LABEL team=x\n")).contains("Label { name: \"team\", value: \"x\" }"));
    assert!(only(&behind("EXPOSE 8080 9090/tcp\n")).ends_with("[Port(8080), Port(9090)]"));
    assert!(only(&behind("EXPOSE 53/udp\n")).starts_with("asked Instruction"));
    assert!(only(&behind("CMD [\"spec\"]\n")).ends_with("[DefaultArguments([\"spec\"])]"));
    assert_eq!(behind("MAINTAINER somebody\n"), [""; 0]);
    for line in [
        "CMD spec\n",
        "VOLUME /x\n",
        "HEALTHCHECK CMD true\n",
        "STOPSIGNAL 9\n",
        "SHELL [\"bash\", \"-c\"]\n",
        "ONBUILD RUN x\n",
    ] {
        assert!(only(&behind(line)).starts_with("asked "), "{line}");
    }
    let started = |line: &str| {
        let text =
            one_stage(SLIM, "", "").replace("ENTRYPOINT [\"python\", \"/airbyte/integration_code/main.py\"]", line);
        story(&judged(&text))
    };
    assert!(only(&started("ENTRYPOINT [\"/run.sh\"]")).starts_with("asked Entrypoint"));
    assert!(only(&started("ENTRYPOINT python /airbyte/integration_code/main.py")).starts_with("asked Entrypoint"));
}

#[test]
fn an_image_that_is_not_known_or_does_not_say_its_python_is_a_question() {
    assert!(story(&judged("FROM airbyte/integration-base-python:0.1.1\n"))[0].contains("asked Base"));
    assert!(story(&judged("FROM python:3\n"))[0].contains("its tag does not say which Python it has"));
    let judgement =
        judge("FROM python:3.9\n", &Target::default(), &Connector::with(&[]), &Decisions::default()).unwrap();
    assert_eq!(judgement.questions().next().unwrap().1.kind, QuestionKind::PythonUnsaid);
    let any = Target::default().accepting(Pythons::Any);
    assert!(judge("FROM python:3\n", &any, &Connector::with(&[]), &Decisions::default()).unwrap().is_plain());
    assert!(judged("ARG PY=3.9\nFROM python:${PY}-slim\n").is_plain());
}

#[test]
fn a_stage_that_nothing_comes_from_is_for_nothing() {
    let text = format!("FROM golang:1 AS other\nRUN make\n\n{}", two_stages(ALPINE, APK, ""));
    assert!(judged(&text).is_plain());
    let used = text.replace("COPY main.py ./\n", "COPY main.py ./\nCOPY --from=other /x /x\n");
    assert_eq!(story(&judged(&used)).len(), 3, "its image, its command and the copy");
}

#[test]
fn people_decide_by_line_command_or_package() {
    let text = one_stage(ALPINE, "RUN apk add frob jq && make all\n", "VOLUME /x\n");
    let said = |ignore: &[&str], carry: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        story(&judged_with(&text, &[], &Decisions { ignore: owned(ignore), carry: owned(carry) }))
    };
    assert_eq!(said(&[], &[]).len(), 3);
    assert!(said(&["frob", "make *", "VOLUME /x"], &[])[0].ends_with("[Packages([\"jq\"])]"));
    assert_eq!(said(&["*"], &[]), [""; 0]);
    let carried = said(&["VOLUME*"], &["frob", "RUN make all"]);
    assert!(carried[0].ends_with("[Packages([\"frob\", \"jq\"])]"), "{carried:?}");
    assert!(carried[1].ends_with("[Exec([\"make\", \"all\"])]"), "{carried:?}");
    assert!(said(&[], &["*"]).last().unwrap().ends_with("no hook can carry it over"));
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let error = |text: &str| judge(text, &Target::default(), &Connector::with(&[]), &Decisions::default()).unwrap_err();
    assert!(matches!(error("FROM a\nRUNN b\n"), DockerfileError::Syntax { line: 2, .. }));
    assert_eq!(error("FROM a\nENV a=1 b\n").to_string(), "`b` in the ENV at line 2 is not of the form key=value");
    assert!(error("").to_string().starts_with("the Dockerfile does not parse"));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_no_verdict() {
    let text = two_stages(ALPINE, APK, "RUN apk add \\\n  # why\n  jq\nENV A=\"b c\"\n");
    let plain = judged(&text);
    for other in [text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text.trim_end().to_owned()] {
        assert_eq!(judged(&other).items, plain.items);
    }
}
