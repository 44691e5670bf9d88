//! Machines that do not play along: no engine, no permission, a full disk, a kill in the middle.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::containers::{Base, Containers};
use super::place::outcomes;
use super::site::{Connector, Site, built, failure, output, small_wheels, workflow};

const IMAGE: &str = super::monorepo::IMAGE;

/// A directory for PATH with git, a shell and what is given, and nothing else.
fn path(site: &Site, scripts: &[(&str, String)]) -> Utf8PathBuf {
    let directory = site.beside("bin");
    std::fs::create_dir_all(&directory).unwrap();
    for program in ["git", "sh", "cat", "python3", "unshare", "true", "touch"] {
        let place = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|path| path.join(program))
            .find(|path| path.is_file());
        let _ = symlink(place.unwrap_or_else(|| panic!("no {program}")), directory.join(program));
    }
    for (name, script) in scripts {
        std::fs::write(directory.join(name), script).unwrap();
        std::fs::set_permissions(directory.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

/// A site without containers of its own: nothing is built in it.
fn bare<'a>(connectors: impl IntoIterator<Item = Connector<'a>>) -> Option<Site> {
    Some(Site::new(Containers::get()?, connectors))
}

#[test]
fn without_an_engine_that_works_each_connector_says_what_to_do() {
    let Some(site) = bare([Connector::new("source-a").on(IMAGE), Connector::new("source-b").on(IMAGE)]) else { return };
    let directory = path(&site, &[]);
    let site = site.with_env([("PATH", directory.clone().into_string())]);
    let answer = site.build("").exits(1).json();
    for name in ["source-a", "source-b"] {
        assert_eq!(
            failure(&answer, name),
            "machine: no container engine works here: there is no buildah, no podman, no docker in PATH"
        );
    }
    site.cutover(&["status"]).answers(&["Install buildah (`apt-get install buildah`), podman or docker"]);
    assert_eq!(
        failure(&site.build("engine: podman").exits(1).json(), "source-a"),
        "machine: there is no podman in PATH"
    );

    let denied = "#!/bin/sh\necho 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock' >&2\nexit 1\n";
    path(&site, &[("docker", denied.to_owned())]);
    let answer = site.build("engine: docker").exits(1).json();
    assert!(
        failure(&answer, "source-a").starts_with("permission: docker does not let this user work with it"),
        "{}",
        failure(&answer, "source-a")
    );
    site.cutover(&["status"]).answers(&["Add this user to the group `docker`"]);
}

/// A double of docker's command line, recorded from docker 28: it answers as docker does and writes down what it was
/// asked. There is no daemon behind it.
fn double(record: &Utf8Path) -> String {
    format!(
        r#"#!/bin/sh
echo "$*" >>{record}/asked
case "$1 $2" in
"version --format") echo 28.2.2 ;;
"image inspect")
    case "$3" in localhost/cutover/*) [ -e {record}/marked ] || {{ echo "Error response from daemon: No such image: $3" >&2; exit 1; }} ;; esac
    echo '[{{"Id":"sha256:f7bf","Config":{{"User":"airbyte","Env":["PATH=/bin"],"Entrypoint":["python","/airbyte/integration_code/main.py"],"WorkingDir":"/airbyte"}}}}]' ;;
"run --rm")
    case "$*" in
    *python_version*) echo 3.11.9 ;;
    *) echo '{{"type":"SPEC","spec":{{"connectionSpecification":{{"type":"object"}}}}}}' ;;
    esac ;;
build*)
    touch {record}/marked
    for word; do case "$word" in --iidfile=*) printf sha256:f7bf >"${{word#--iidfile=}}" ;; --file=*) cat "${{word#--file=}}" >>{record}/files ;; esac; done ;;
esac
"#
    )
}

#[test]
fn docker_is_told_what_it_understands() {
    let Some(site) = bare([Connector::new("source-a").on(IMAGE).setup(&[])]) else { return };
    let record = site.beside("record");
    std::fs::create_dir_all(&record).unwrap();
    let directory = path(&site, &[("docker", double(&record))]);
    let site = site.with_env([("PATH", directory.into_string())]);
    let answer = site.build("platform: linux/amd64, network: host").exits(0).json();
    assert_eq!(output(&answer, "source-a", "engine"), "docker");
    assert_eq!(output(&answer, "source-a", "image"), "airbyte/source-a:dev");
    assert_eq!(output(&answer, "source-a", "python"), "3.11.9");
    let asked = std::fs::read_to_string(record.join("asked")).unwrap();
    // Directories and container names differ from run to run.
    let asked = asked.replace(site.place.root().as_str(), "/repository");
    let asked = regex::Regex::new(r"\d{8}-\d{6}-[0-9a-f]{4}").unwrap().replace_all(&asked, "RUN");
    let asked = regex::Regex::new(r"cutover-\d+-\d+").unwrap().replace_all(&asked, "cutover-N");
    insta::assert_snapshot!(asked);
    let files = std::fs::read_to_string(record.join("files")).unwrap();
    assert!(files.contains("ARG CUTOVER=1") && files.contains("COPY --chown=airbyte [\"main.py\",\"./\"]"), "{files}");
}

#[test]
fn a_disk_that_is_full_fails_the_connector_and_not_the_others() {
    let Some(containers) = Containers::get() else { return };
    let base = containers.base(Base::Bullseye);
    let greedy = "with open('/big', 'wb') as big:\n    for _ in range(400):\n        big.write(bytes(1 << 20))\nfrom setuptools import setup\nsetup(name='x')\n";
    let site = Site::new(
        containers,
        [
            Connector::new("source-a-greedy").on(&base).file("setup.py", greedy),
            Connector::new("source-modest").on(&base).setup(&[]),
        ],
    );
    let disk = site.beside("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let mount = |options: &str| {
        Command::new("mount").args(["-t", "tmpfs", "-o", options, "none", disk.as_str()]).status().unwrap().success()
    };
    if !mount("size=300m") {
        println!("skipped: no tmpfs can be mounted here");
        return;
    }
    let _mounted = Mounted(disk.clone());
    let site = site.with_env(containers.env_with(&disk));
    let with = site.place.workflow(&workflow("spec-timeout: 60s"));
    let answer = site.cutover(&["run", &with, "--jobs", "1", "--format", "json", "--yes"]).exits(1).json();
    assert_eq!(
        failure(&answer, "source-a-greedy"),
        "machine: its image could not be built: the disk is full",
        "{:#}",
        built(&answer, "source-a-greedy")
    );
    assert_eq!(outcomes(&answer)[1].1, "unchanged", "{:#}", built(&answer, "source-modest"));
    assert!(mount("remount,size=2g"));
    site.cutover(&["resume", "--retry-failed"]).exits(0);
}

struct Mounted(Utf8PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", self.0.join("graph/overlay").as_str()]).output();
        let _ = Command::new("umount").args(["-l", self.0.as_str()]).output();
    }
}

fn runs(words: &str) -> bool {
    let processes = Command::new("ps").args(["-eo", "args"]).output().unwrap();
    String::from_utf8_lossy(&processes.stdout).lines().any(|line| line.contains(words))
}

pub(crate) fn wait_until(what: &str, most: Duration, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < most, "{what} did not come true");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_kill_in_the_middle_of_a_build_leaves_nothing_and_resume_finishes_it() {
    let Some(containers) = Containers::get() else { return };
    let Some(wheels) = small_wheels(containers) else { return };
    let slow = "import os, subprocess\nif not os.path.exists('/run/cutover/wheels/go'):\n    subprocess.run(['sleep', '4321'])\nfrom setuptools import setup\nsetup(name='x')\n";
    let site = Site::new(
        containers,
        [Connector::new("source-slow").on(&containers.base(Base::Bullseye)).file("setup.py", slow)],
    );
    let folder = site.beside("wheels");
    std::fs::create_dir_all(&folder).unwrap();
    for wheel in wheels.read_dir_utf8().unwrap().flatten() {
        std::fs::copy(wheel.path(), folder.join(wheel.file_name())).unwrap();
    }
    // In a storage of its own: whoever else builds in the same one keeps what was left from being cleared up.
    let storage = site.beside("storage");
    let env = containers.env_with(&storage);
    let site = site.with_env(env.clone());
    let with = site.place.workflow(&workflow(&format!("wheels: {folder}, no-index: true")));
    let mut child = site.command(&["run", &with, "--yes"]).spawn().unwrap();
    wait_until("the installation", Duration::from_mins(3), || runs("sleep 4321"));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the end of all processes", Duration::from_secs(10), || {
        !runs("sleep 4321") && !runs("build --tag=airbyte/source-slow")
    });
    let containers_left = || {
        let mut command = Command::new("unshare");
        command
            .args(["--pid", "--fork", "--kill-child", "--mount-proc", "buildah", "containers", "-q"])
            .envs(env.clone());
        String::from_utf8(command.output().unwrap().stdout).unwrap().lines().count()
    };
    assert!(containers_left() > 0, "the engine keeps the containers of a build that is killed");
    std::fs::write(folder.join("go"), "").unwrap();
    site.cutover(&["resume"]).exits(0);
    assert_eq!(containers_left(), 0, "what a killed build has left is cleared up");
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(storage.join("graph").as_str()), "{mounts}");
}
