//! Everything that hooks can say of an image, built for real and looked at in the image: what a word could mean to a
//! Containerfile or a shell on the way there, it does not mean.

use serde_json::Value;

use super::containers::{Base, Containers};
use super::site::{Connector, Site};

const HOOKS: &str = r##"from dagger import dag


async def pre_connector_install(c):
    return c.with_env_variable("GONE", "1").with_env_variable("KEPT", "1").with_label("old", "1")


async def post_connector_install(c):
    assets = dag.host().directory("assets")
    made = dag.directory().with_new_directory("empty", permissions=0o700).with_new_file("a/b c", "d")
    words = ["a b", "$HOME", '"q"', "'", "\\", "é", "", "*", "#x"]
    return (
        c.with_env_variable("QUOTED", "say \"hi\" \\ \\n $HOME `x` 'y' #z ${A:-b}  ")
        .with_env_variable("PATH", "/opt/bin:$PATH", expand=True)
        .without_env_variable("GONE")
        .with_label("a note", 'q "x" \\ $Y')
        .without_label("old")
        .with_new_file("/opt/new $file", "text $X \"y\" \\\n", permissions=0o750, owner="1000:1001")
        .with_file("/opt/one.json", dag.host().file("assets/slate $1 [x].json"), permissions=0o600)
        .with_directory("/opt/assets", assets, exclude=["*.tmp"])
        .with_directory("/opt/json", assets, include=["deep/*.json"])
        .with_directory("/opt/made", made, owner="1000")
        .with_mounted_temp("/scratch")
        .with_mounted_cache("/cache", dag.cache_volume("quarry"))
        .with_mounted_directory("/mnt/assets", assets)
        .with_exec(["sh", "-c", "ls /mnt/assets > /opt/mounted; touch /scratch/x /cache/x /mnt/assets/y"], skip_entrypoint=True)
        .without_mount("/scratch").without_mount("/cache").without_mount("/mnt/assets")
        .with_exec(["sh", "-c", 'printf "%s|" "$@" > /opt/words', "sh"] + words, skip_entrypoint=True)
        .with_workdir("/shop floor/$x")
        .with_user("1000:1000")
        .with_exec(["sh", "-c", "pwd > /tmp/where; id -u >> /tmp/where"], skip_entrypoint=True)
        .with_exposed_port(8080)
        .with_default_args(["spec"])
    )
"##;

/// What is in the image, told by itself.
const LOOK: &str = r#"
printf '%s\n' "[$QUOTED]" "[$PATH]" "[${GONE-unset}] [$KEPT]"
stat -c '%a %u:%g' '/opt/new $file'; cat '/opt/new $file'
stat -c '%a' /opt/one.json; stat -c '%a %u' /opt/made/empty
find /opt/assets /opt/json /opt/made | sort
cat '/opt/made/a/b c'; echo; cat /opt/mounted /opt/words; echo; cat /tmp/where
ls /scratch /cache /mnt/assets 2>/dev/null; pwd; id -u; id -g
"#;

#[test]
fn what_hooks_say_is_in_the_image_to_the_letter() {
    let Some(containers) = Containers::get() else { return };
    let connector = Connector::new("source-quarry")
        .on(&containers.base(Base::Bookworm))
        .file("build_customization.py", HOOKS)
        .file("assets/slate $1 [x].json", "{}")
        .file("assets/deep/marble.json", "{}")
        .file("assets/deep/chalk.txt", "")
        .file("assets/dust.tmp", "");
    let site = Site::new(containers, [connector]);
    let said = site.build("engine: buildah");
    assert_eq!(said.code, 0, "{}\n{}", said.out, site.log("source-quarry"));
    insta::assert_snapshot!(site.says("airbyte/source-quarry:dev", &["sh", "-c", LOOK]));
    let inspected = containers.buildah(&["inspect", "--type", "image", "airbyte/source-quarry:dev"]);
    let inspected: Value = serde_json::from_str(&inspected).unwrap();
    let config = &inspected["OCIv1"]["config"];
    assert_eq!(config["Labels"]["a note"], "q \"x\" \\ $Y", "{config:#}");
    assert_eq!((&config["User"], &config["WorkingDir"]), (&"1000:1000".into(), &"/shop floor/$x".into()));
    assert_eq!(config["Cmd"].to_string(), r#"["spec"]"#);
    assert_eq!(config["Entrypoint"].to_string(), r#"["python","/airbyte/integration_code/main.py"]"#);
    assert!(config["ExposedPorts"].as_object().unwrap().contains_key("8080/tcp"), "{config:#}");
}
