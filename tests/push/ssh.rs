//! SSH as the user's git does it.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use cutover::git::{Pushed, Remote, RemoteTrouble};

use crate::world::{World, git, new, outcomes, push, trouble, write_script};

#[test]
fn the_users_ssh_command_is_used() {
    let world = World::new();
    let commit = world.commits(1)[0];
    let log = world.root.join("log");
    let script = world.root.join("my-ssh");
    write_script(&script, &format!("echo \"$@\" >> {log}; for last; do :; done; exec sh -c \"$last\""));
    world.setting("core.sshCommand", script.as_str());
    world.setting("ssh.variant", "simple");
    let remote = Remote::new(format!("git@example.invalid:{}", world.bare()));
    assert_eq!(outcomes(push(&world, &remote, &[new("x", commit)])), [Pushed::Done]);
    assert_eq!(world.branch("x"), Some(commit));
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("git@example.invalid") && said.contains("git-receive-pack"), "{said}");
}

#[test]
fn a_host_that_does_not_exist_is_told() {
    let world = World::new();
    let commit = world.commits(1)[0];
    if Command::new("ssh").arg("-V").stderr(Stdio::null()).status().is_err() {
        println!("skipped: no ssh");
        return;
    }
    let remote = Remote::new("git@host.invalid:acme/connectors.git");
    assert_eq!(trouble(push(&world, &remote, &[new("x", commit)])), RemoteTrouble::Unreachable);
}

/// A real server on loopback, ended with the value.
struct Sshd {
    child: Child,
    port: u16,
}

impl Sshd {
    /// Starts one that lets in who has the key `mine`; `None` where there is no sshd.
    fn start(directory: &Utf8Path) -> Option<Self> {
        let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|program| Path::new(program).exists())?;
        for name in ["host", "mine", "other"] {
            let mut generate = Command::new("ssh-keygen");
            generate.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(directory.join(name));
            assert!(generate.status().unwrap().success());
        }
        std::fs::copy(directory.join("mine.pub"), directory.join("authorized")).unwrap();
        // A root's sshd wants this directory.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/authorized\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPidFile none\n"
        );
        std::fs::write(directory.join("config"), config).unwrap();
        let mut sshd = Command::new(program);
        sshd.args(["-D", "-e", "-f"]).arg(directory.join("config"));
        let child = sshd.stderr(std::fs::File::create(directory.join("sshd.log")).unwrap()).spawn().ok()?;
        let started = Self { child, port };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(started);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("sshd does not listen: {}", std::fs::read_to_string(directory.join("sshd.log")).unwrap());
    }

    /// The host's key as the user's list of known hosts has it.
    fn known_host(&self, directory: &Utf8Path) -> String {
        let key = std::fs::read_to_string(directory.join("host.pub")).unwrap();
        format!("[127.0.0.1]:{} {key}", self.port)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_real_server_takes_the_right_key_and_nothing_is_ever_asked() {
    let world = World::new();
    let commits = world.commits(3);
    let keys = world.root.join("keys");
    std::fs::create_dir(&keys).unwrap();
    let Some(sshd) = Sshd::start(&keys) else {
        println!("skipped: no sshd");
        return;
    };
    let known = keys.join("known");
    let use_key = |name: &str| {
        let command = format!("ssh -F /dev/null -o IdentitiesOnly=yes -i {keys}/{name} -o UserKnownHostsFile={known}");
        world.setting("core.sshCommand", &command);
    };
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let remote = Remote::new(format!("ssh://{}@127.0.0.1:{}{}", user.trim(), sshd.port, world.bare()))
        .with_timeout(Duration::from_secs(20));
    let push_x = || push(&world, &remote, &[new("x", commits[0]), new("y", commits[1])]);
    use_key("mine");
    assert_eq!(trouble(push_x()), RemoteTrouble::Untrusted, "the host is not known yet");
    std::fs::write(&known, sshd.known_host(&keys)).unwrap();
    use_key("other");
    assert_eq!(trouble(push_x()), RemoteTrouble::Authentication);
    use_key("mine");
    assert_eq!(outcomes(push_x()), [Pushed::Done, Pushed::Done]);
    assert_eq!(world.branch("y"), Some(commits[1]));
    let elsewhere = Remote::new(format!("ssh://{}@127.0.0.1:{}{}x", user.trim(), sshd.port, world.bare()));
    assert_eq!(trouble(push(&world, &elsewhere, &[new("x", commits[2])])), RemoteTrouble::NotThere);
    assert_eq!(git(world.bare(), &["fsck"]), "");
}
