//! The real Dockerfiles of the connector monorepo, all that it ever had, held against what is known of them.
//!
//! They are not part of the project, nor of its corpus: `CUTOVER_AIRBYTE` names a git repository (bare or not) with the
//! monorepo's history. Without it the tests say that they are skipped.
#![expect(clippy::print_stdout, reason = "what is skipped is said on the test's output")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "corpus/hooks.rs"]
mod hooks;
#[path = "corpus/monorepo.rs"]
mod monorepo;

use std::collections::{BTreeMap, BTreeSet};

use cutover::edit::dockerfile::{
    Decisions, Judgement, Pythons, QuestionKind, Target, Verdict, hooks as build_hooks, judge,
};
use monorepo::{Connector, Monorepo};

/// The monorepo of 2023-10-18: 291 Python and low-code connectors, of which 288 have a Dockerfile.
const CORPUS: &str = "c31cf83f5c1c5db7700d78b5fa75d086d7231f6a";

/// Another Python: nothing but a person's word helps.
const PYTHON: &[QuestionKind] = &[QuestionKind::Python];

/// The connectors whose Dockerfile is like no other's, and what becomes of them on each version of the base image: the
/// kinds of questions, and what is carried over.
const SPECIAL: [(&str, &[QuestionKind], &[&str]); 23] = [
    ("destination-chroma", PYTHON, &["pip install Cython<3.0 pyyaml~=5.4"]),
    ("destination-cumulio", &[], &["pip install duckdb"]),
    ("destination-duckdb", &[], &[]),
    ("destination-firebolt", &[], &[]),
    ("destination-firestore", &[], &[]),
    ("destination-google-sheets", &[], &["socat before 1.1"]),
    ("destination-langchain", PYTHON, &["pip install Cython<3.0 pyyaml~=5.4"]),
    ("destination-milvus", PYTHON, &["pip install Cython<3.0 pyyaml~=5.4"]),
    ("destination-pinecone", PYTHON, &["pip install Cython<3.0 pyyaml~=5.4"]),
    ("destination-qdrant", PYTHON, &["pip install Cython<3.0 pyyaml~=5.4"]),
    ("destination-weaviate", PYTHON, &["pip install Cython<3.0 pyyaml~=5.4"]),
    ("source-ashby", &[], &[]),
    ("source-dv-360", PYTHON, &[]),
    ("source-facebook-marketing", &[], &["socat before 1.1"]),
    ("source-google-sheets", &[], &["socat before 1.1"]),
    ("source-kustomer-singer", &[], &[]),
    ("source-kyriba", PYTHON, &[]),
    ("source-s3", &[], &["language data before 1.2"]),
    ("source-shopify", &[], &["socat before 1.1"]),
    ("source-slack", &[], &[]),
    ("source-smartsheets", &[], &[]),
    ("source-surveycto", PYTHON, &[]),
    ("source-talkdesk-explore", PYTHON, &[]),
];

fn base(version: &str) -> Target {
    Target::of_image(&format!("docker.io/airbyte/python-connector-base:{version}"))
}

fn judged(connector: &Connector<'_>, target: &Target) -> Judgement {
    judge(&connector.dockerfile(), target, connector, &Decisions::default())
        .unwrap_or_else(|error| panic!("{}: {error}", connector.name))
}

/// The kinds of questions, and the texts of what is carried over.
fn told(judgement: &Judgement) -> (Vec<QuestionKind>, Vec<String>) {
    let kinds = judgement.questions().map(|(_, question)| question.kind).collect();
    (kinds, judgement.carried().map(|(item, ..)| item.text.clone()).collect())
}

#[test]
fn of_288_dockerfiles_265_are_plain_and_23_special_each_for_its_reason() {
    let Some(monorepo) = Monorepo::open() else { return };
    let connectors = monorepo.connectors(CORPUS);
    assert_eq!(connectors.len(), 288);
    let special: BTreeMap<&str, _> = SPECIAL.iter().map(|(name, kinds, carried)| (*name, (*kinds, *carried))).collect();
    let mut plain = 0;
    for connector in &connectors {
        let judgements = ["1.0.0", "1.1.0", "1.2.0"].map(|version| judged(connector, &base(version)));
        let Some((kinds, carried)) = special.get(connector.name.as_str()) else {
            for judgement in &judgements {
                assert!(judgement.is_plain(), "{}: {:?}", connector.name, told(judgement));
                assert!(judgement.warnings.is_empty(), "{}: {:?}", connector.name, judgement.warnings);
            }
            plain += 1;
            continue;
        };
        for (judgement, minor) in judgements.iter().zip(0..) {
            let (found, texts) = told(judgement);
            assert_eq!(found, *kinds, "{}", connector.name);
            let wanted: Vec<&&str> = carried
                .iter()
                .filter(|what| {
                    !(minor >= 1 && what.ends_with("before 1.1") || minor >= 2 && what.ends_with("before 1.2"))
                })
                .collect();
            let has = |what: &str| match what {
                "socat before 1.1" => judgement.system_packages() == ["socat"],
                "language data before 1.2" => texts.iter().filter(|text| text.contains("nltk.download")).count() == 2,
                "pip install duckdb" => texts == ["RUN pip install duckdb"],
                _ => texts.len() == 1 && texts[0].contains("\"Cython<3.0\" \"pyyaml~=5.4\" --no-build-isolation"),
            };
            assert_eq!(wanted.is_empty(), texts.is_empty(), "{}: {texts:?}", connector.name);
            assert!(wanted.iter().all(|what| has(what)), "{}: {texts:?}", connector.name);
        }
    }
    assert_eq!(plain, 265);
    let there: BTreeSet<&str> = connectors.iter().map(|connector| connector.name.as_str()).collect();
    assert!(special.keys().all(|name| there.contains(name)));
}

#[test]
fn where_the_real_migration_wrote_hooks_ours_agree() {
    let Some(monorepo) = Monorepo::open() else { return };
    // The commit that removed the Dockerfile and added hooks; the one before it has the Dockerfile.
    let chat = monorepo.connector("33c683b0e9^", "source-zendesk-chat");
    let judgement = judged(&chat, &base("1.0.0"));
    assert_eq!(told(&judgement).0, []);
    // The real hooks set the two variables; that the main file is another came with them.
    let real = monorepo.file("33c683b0e9", "source-zendesk-chat", build_hooks::FILE);
    let missing: Vec<&str> = build_hooks::missing(&real, &judgement).iter().map(|item| item.text.as_str()).collect();
    assert_eq!(missing, [""; 0], "{real}");

    let s3 = monorepo.connector("781dc3144d^", "source-s3");
    let (questions, carried) = told(&judged(&s3, &base("1.1.0")));
    assert_eq!((questions.len(), carried.len()), (0, 2), "{carried:?}");
    // A person wrote a script of the two lines: not the same calls, so that a line has to say what they stand for.
    let real = monorepo.file("781dc3144d", "source-s3", build_hooks::FILE);
    assert_eq!(build_hooks::missing(&real, &judged(&s3, &base("1.1.0"))).len(), 2);

    // The hooks of source-file install what its tests need; its Dockerfile had nothing of it.
    let file = monorepo.connector("694d88f9ca^", "source-file");
    assert!(judged(&file, &base("1.0.0")).is_plain());
}

#[test]
fn hooks_of_every_kind_are_python_formatted_and_recorded() {
    let long = "x".repeat(70);
    let lines = [
        "RUN apk add libxslt".to_owned(),
        format!("# why\nRUN pip install 'a[b]>=1' {long}"),
        format!("RUN echo \"it's $HOME\" 'and \"{long}\"' > /etc/x"),
        "ENV A=\"it's\" B='say \"x\"' C=c:\\\\x D=é".to_owned(),
        format!("ENV PATH=/{long}:$PATH"),
        "USER app".to_owned(),
        "LABEL team=\"a b\"".to_owned(),
        "WORKDIR /data".to_owned(),
        "EXPOSE 8080".to_owned(),
        format!("CMD [\"spec\", \"--{long}\"]"),
        "ENTRYPOINT [\"/run.sh\", \"x\"]".to_owned(),
        "ENTRYPOINT [\"python\", \"/airbyte/integration_code/main_dev.py\"]".to_owned(),
        "RUN curl https://example.com | sh".to_owned(),
    ];
    let decisions = Decisions { carry: vec!["*".to_owned()], ..Decisions::default() };
    let hooks = |lines: &[String]| {
        let start =
            "FROM python:3.9-alpine\nRUN pip install .\nENTRYPOINT [\"python\", \"/airbyte/integration_code/main.py\"]";
        let text = format!("{start}\n{}\n", lines.join("\n"));
        let connector = Connector::with_dockerfile("source-x", &text);
        let judgement = judge(&text, &base("1.0.0"), &connector, &decisions).unwrap();
        assert_eq!(judgement.questions().count(), 0);
        build_hooks::render(&text, &judgement).unwrap()
    };
    let mut written: Vec<String> = lines.chunks(1).map(hooks).collect();
    written.push(hooks(&lines[..11]));
    hooks::are_python(&written);
    hooks::are_formatted(&written);
    hooks::are_recorded(&written);
}

#[test]
fn every_dockerfile_that_there_ever_was_is_read_word_for_word_and_its_hooks_are_python() {
    let Some(monorepo) = Monorepo::open() else { return };
    let texts = monorepo.every_dockerfile();
    let (mut plain, mut asked, mut carried, mut unread) = (0, 0, 0, 0);
    let mut written = Vec::new();
    let everything = Decisions { carry: vec!["*".to_owned()], ..Decisions::default() };
    let any = base("1.0.0").accepting(Pythons::Any);
    for (name, text) in &texts {
        let connector = Connector::with_dockerfile(name, text);
        let Ok(judgement) = judge(text, &any, &connector, &Decisions::default()) else {
            unread += 1;
            continue;
        };
        assert_eq!(words_of_items(&judgement), words_of_runs(text), "{name}\n{text}");
        match told(&judgement) {
            (questions, _) if !questions.is_empty() => asked += 1,
            (_, texts) if texts.is_empty() => plain += 1,
            _ => carried += 1,
        }
        let judgement = judge(text, &any, &connector, &everything).unwrap();
        assert!(judgement.carried().all(|(item, ..)| !matches!(item.verdict, Verdict::Asked(_))));
        written.extend(build_hooks::render(text, &judgement));
    }
    println!("{} Dockerfiles: {plain} plain, {carried} carried over, {asked} asked, {unread} not read", texts.len());
    assert!(texts.len() > 2000 && unread < texts.len() / 100, "{unread} of {}", texts.len());
    println!("{} hooks", written.len());
    hooks::are_python(&written);
    hooks::are_formatted(&written);
    hooks::are_recorded(&written);
}

/// The words of every `RUN` of the items, sorted.
fn words_of_items(judgement: &Judgement) -> Vec<String> {
    let runs =
        judgement.items.iter().filter(|item| item.text.get(..4).is_some_and(|run| run.eq_ignore_ascii_case("RUN ")));
    let mut words: Vec<String> = runs.flat_map(|item| bare_words(&item.text[4..])).collect();
    words.sort();
    words
}

/// The same, as a reader sees them who knows no shell.
fn words_of_runs(text: &str) -> Vec<String> {
    let mut joined = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.trim_end().strip_suffix('\\') {
            Some(line) => joined.extend([line, " "]),
            None if line.trim().is_empty() && !joined.ends_with('\n') => {}
            None => joined.extend([line, "\n"]),
        }
    }
    let runs = joined
        .lines()
        .map(str::trim_start)
        .filter(|line| line.get(..4).is_some_and(|run| run.eq_ignore_ascii_case("RUN ")));
    let mut words: Vec<String> = runs.flat_map(|line| bare_words(&line[4..])).collect();
    words.sort();
    words
}

fn bare_words(text: &str) -> Vec<String> {
    // A list of words in JSON is read as its words.
    let words = text.split_whitespace().flat_map(|word| word.split("&&"));
    let words = words.map(|word| word.trim_matches(['[', ']', '"', ',', ';']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
