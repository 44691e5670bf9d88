//! Containerfiles, word for word.

use crate::base::RepoPath;
use crate::recipe::{Instruction, Mount, MountContent, Packaging, Protocol, Recipe, RecipeError, SideContent, Sources};

const BASE: &str = "localhost/cutover/base:abc";

fn sources(packaging: Packaging, descriptions: &[&str]) -> Sources {
    let descriptions = descriptions.iter().map(|name| (*name).to_owned()).collect();
    Sources { packaging, descriptions, local: vec![], package: Some("source_x".into()) }
}

/// The text for these sources, with changes to the recipe.
fn text(sources: &Sources, change: impl Fn(&mut Recipe<'_>)) -> String {
    text_with(sources, &[], &[], change)
}

/// The same with what hooks do.
fn text_with(sources: &Sources, pre: &[Instruction], post: &[Instruction], change: impl Fn(&mut Recipe<'_>)) -> String {
    let home = RepoPath::new("connectors/source-x").unwrap();
    let labels = [("io.airbyte.version", "0.1.1".to_owned()), ("io.airbyte.name", "airbyte/source-x".to_owned())];
    let mut recipe = Recipe {
        base: BASE,
        user: None,
        home: &home,
        sources,
        main_file: "main.py",
        pre,
        mounts: &[],
        post,
        labels: &labels,
        wheels: false,
        no_index: false,
        variables: false,
    };
    change(&mut recipe);
    recipe.containerfile().unwrap().text
}

/// What an instruction becomes: the line, and what stands beside the context.
fn rendered(instructions: &[Instruction]) -> Result<(String, Vec<SideContent>), RecipeError> {
    let home = RepoPath::new("x").unwrap();
    let sources = Sources { packaging: Packaging::Nothing, descriptions: vec![], local: vec![], package: None };
    let recipe = Recipe {
        base: BASE,
        user: Some("airbyte"),
        home: &home,
        sources: &sources,
        main_file: "main.py",
        pre: &[],
        mounts: &[],
        post: instructions,
        labels: &[],
        wheels: false,
        no_index: false,
        variables: false,
    };
    let made = recipe.containerfile()?;
    let (_, lines) = made.text.split_once("CMD []\n").unwrap();
    Ok((lines.trim_end().to_owned(), made.side.into_iter().map(|side| side.content).collect()))
}

fn line(instruction: Instruction) -> String {
    rendered(&[instruction]).unwrap().0
}

#[test]
fn a_connector_with_setup_py() {
    insta::assert_snapshot!(text(&sources(Packaging::SetupPy, &["setup.py", "README.md"]), |_| ()));
}

#[test]
fn a_poetry_connector_with_hooks_on_a_base_that_does_not_run_as_root() {
    let pre = [Instruction::Exec { args: vec!["apt-get".into(), "update".into()], mounts: vec![] }];
    let post = [Instruction::Env { name: "MODE".into(), value: "a $b \"c\"".into() }];
    let sources = sources(Packaging::Poetry, &["pyproject.toml", "poetry.lock"]);
    insta::assert_snapshot!(text_with(&sources, &pre, &post, |recipe| {
        (recipe.user, recipe.main_file) = (Some("airbyte"), "main_dev.py");
    }));
}

#[test]
fn a_connector_that_is_installed_with_another_project_from_wheels_with_secrets() {
    let mut sources = sources(Packaging::Requirements, &["requirements.txt"]);
    sources.local = vec![RepoPath::new("airbyte-cdk/python").unwrap()];
    insta::assert_snapshot!(text(&sources, |recipe| {
        (recipe.wheels, recipe.no_index, recipe.variables) = (true, true, true);
    }));
}

#[test]
fn dependencies_that_are_listed_do_not_depend_on_the_rest_of_their_file() {
    let listed = text(&sources(Packaging::Listed(vec!["six >= 1".into()]), &["pyproject.toml"]), |_| ());
    assert!(listed.contains(r#"["python","-m","pip","install","six >= 1"]"#), "{listed}");
    assert!(!listed.contains("pyproject"), "{listed}");
    let none = text(&sources(Packaging::Listed(vec![]), &["pyproject.toml"]), |_| ());
    assert!(!none.contains("builder"), "{none}");
}

#[test]
fn what_a_word_could_mean_to_a_containerfile_it_does_not_mean() {
    let env = |value: &str| line(Instruction::Env { name: "A".into(), value: value.into() });
    assert_eq!(env(r#"a "b" $c \d"#), r#"ENV A="a \"b\" \$c \\d""#);
    assert_eq!(line(Instruction::Label { name: "a.b".into(), value: "$x".into() }), r#"LABEL "a.b"="\$x""#);
    assert_eq!(line(Instruction::Workdir { path: "/a $b".into() }), r"WORKDIR /a \$b");
    assert_eq!(
        line(Instruction::Exec { args: vec!["echo".into(), "$HOME \"".into()], mounts: vec![] }),
        r#"RUN ["echo","$HOME \""]"#
    );
    assert_eq!(line(Instruction::ExposedPort { port: 80, protocol: Protocol::Udp }), "EXPOSE 80/udp");
    assert_eq!(line(Instruction::Entrypoint { args: vec!["a".into()] }), "ENTRYPOINT [\"a\"]\nCMD []");
}

#[test]
fn what_no_containerfile_can_say_is_refused() {
    let error = |instruction| rendered(&[instruction]).unwrap_err().to_string();
    assert_eq!(
        error(Instruction::Env { name: "A".into(), value: "a\nb".into() }),
        "the variable \"a\\nb\" has a line break, which no Containerfile can express"
    );
    assert!(error(Instruction::UnsetLabel { name: "a".into() }).contains("one of the base image"));
    let mounts = vec![Mount { path: "/a,b".into(), content: MountContent::Temp }];
    assert!(error(Instruction::Exec { args: vec![], mounts }).contains("mounts cannot have"));
}

#[test]
fn files_come_from_beside_the_context_with_mode_and_owner() {
    let (lines, side) = rendered(&[
        Instruction::NewFile {
            path: "/etc/a b".into(),
            contents: "x".into(),
            permissions: Some(0o600),
            owner: Some("1:2".into()),
        },
        Instruction::CopyFile {
            source: "connectors/x/*.txt".into(),
            path: "/b$".into(),
            permissions: None,
            owner: None,
        },
        Instruction::CopyDirectory {
            source: "d".into(),
            path: "/c".into(),
            include: vec![],
            exclude: vec!["*.pyc".into()],
            owner: None,
        },
    ])
    .unwrap();
    insta::assert_snapshot!(lines);
    assert_eq!(side[0], SideContent::Text { contents: "x".into(), permissions: 0o600 });
    assert_eq!(side[1], SideContent::File { source: "connectors/x/*.txt".into() });
    assert!(matches!(&side[2], SideContent::Tree { exclude, .. } if exclude == &["*.pyc"]));
}

#[test]
fn a_directory_is_made_by_root_whoever_the_user_is() {
    let made = |owner: Option<&str>| {
        line(Instruction::NewDirectory { path: "/d".into(), permissions: None, owner: owner.map(str::to_owned) })
    };
    assert_eq!(made(None), "USER root\nRUN [\"install\",\"-d\",\"-m\",\"0755\",\"/d\"]\nUSER airbyte");
    assert!(made(Some("1:2")).contains(r#""-o","1","-g","2""#));
}

#[test]
fn a_variable_that_goes_is_left_to_the_engine_unless_it_comes_back() {
    let home = RepoPath::new("x").unwrap();
    let sources = Sources { packaging: Packaging::Nothing, descriptions: vec![], local: vec![], package: None };
    let unset = |post: &[Instruction]| {
        let recipe = Recipe {
            base: BASE,
            user: None,
            home: &home,
            sources: &sources,
            main_file: "main.py",
            pre: &[],
            mounts: &[],
            post,
            labels: &[],
            wheels: false,
            no_index: false,
            variables: false,
        };
        recipe.containerfile().unwrap().unset_env
    };
    let gone = Instruction::UnsetEnv { name: "A".into() };
    assert_eq!(unset(std::slice::from_ref(&gone)), ["A"]);
    assert!(unset(&[gone, Instruction::Env { name: "A".into(), value: "1".into() }]).is_empty());
}

#[test]
fn mounts_are_seen_by_their_command_only() {
    let mounts = vec![
        Mount { path: "/cache".into(), content: MountContent::Cache { key: "k".into() } },
        Mount { path: "/tmp/t".into(), content: MountContent::Temp },
        Mount { path: "/src".into(), content: MountContent::Directory { source: "docs".into() } },
    ];
    insta::assert_snapshot!(line(Instruction::Exec { args: vec!["true".into()], mounts }));
}
