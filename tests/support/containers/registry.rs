//! The registry and the storage of one test process. Both go when the process does, however it ends.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

/// What watches over registry and storage: its input ends when the test process does. It has a process group of its own,
/// so that a Ctrl-C for the tests does not keep it from clearing up.
const WATCH: &str = r#"docker-registry serve "$0/registry.yml" >"$0/registry.log" 2>&1 &
read -r _; kill $!; wait; umount -l "$0/graph/overlay" 2>/dev/null; rm -rf "$0"; true"#;

/// A registry whose images outlast it.
pub(super) struct Registry {
    host: String,
    place: Utf8PathBuf,
    _watch: Child,
}

impl Registry {
    pub(super) fn start(kept: &Utf8Path) -> Self {
        let place = kept.join(format!("process-{}", std::process::id()));
        configure(&place);
        // The port is free a moment ago; should somebody take it, the next one is tried.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let host = format!("127.0.0.1:{port}");
            let config = format!(
                "version: 0.1\nlog: {{ level: error }}\nstorage:\n  filesystem: {{ rootdirectory: {kept}/registry }}\nhttp: {{ addr: '{host}' }}\n"
            );
            std::fs::write(place.join("registry.yml"), config).unwrap();
            let registries = format!("[[registry]]\nprefix = \"docker.io\"\nlocation = \"{host}\"\ninsecure = true\n");
            std::fs::write(place.join("registries.conf"), registries).unwrap();
            let mut watch = Command::new("/bin/sh");
            watch.args(["-c", WATCH, place.as_str()]).stdin(Stdio::piped()).process_group(0);
            let mut watch = watch.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            if answers(&host) {
                return Self { host, place, _watch: watch };
            }
            drop(watch.stdin.take());
            watch.wait().unwrap();
            configure(&place);
        }
        panic!("docker-registry does not start");
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn storage(&self) -> Utf8PathBuf {
        self.place.clone()
    }

    pub(super) fn registries(&self) -> Utf8PathBuf {
        self.place.join("registries.conf")
    }
}

/// Makes a storage.
pub(super) fn configure(place: &Utf8Path) {
    std::fs::create_dir_all(place.join("tmp")).unwrap();
    let config = format!("[storage]\ndriver = \"overlay\"\nrunroot = \"{place}/run\"\ngraphroot = \"{place}/graph\"\n");
    std::fs::write(place.join("storage.conf"), config).unwrap();
}

/// Removes what test processes left that were killed together with their watch.
pub(super) fn sweep(kept: &Utf8Path) {
    for entry in kept.read_dir_utf8().unwrap().flatten() {
        let owner = entry.file_name().strip_prefix("process-");
        if owner.is_some_and(|owner| !Utf8Path::new("/proc").join(owner).exists()) {
            let _ = Command::new("umount").args(["-l", entry.path().join("graph/overlay").as_str()]).output();
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn answers(host: &str) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if TcpStream::connect(host).is_ok_and(|stream| is_registry(stream, host)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn is_registry(mut stream: TcpStream, host: &str) -> bool {
    use std::io::Write as _;
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let mut said = String::new();
    write!(stream, "GET /v2/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").is_ok()
        && stream.read_to_string(&mut said).is_ok()
        && said.contains("registry/2.0")
}
