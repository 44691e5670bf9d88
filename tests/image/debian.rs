//! A real registry on this machine, and images put into it. An image needs no layers to have a digest.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::wire::{Reply, send};

/// Who may read where somebody has to be known, with the line of htpasswd that says so.
pub(crate) const USER: &str = "ci";
pub(crate) const PASSWORD: &str = "tok";
const HTPASSWD: &str = "ci:$2y$04$XSNQMuEIi.HajLP.hwI9NOFDwFjkw9mdPjAAVzMH0EjnJPToKpTdi\n";

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A registry that goes when it is dropped.
pub(crate) struct Debian {
    child: Child,
    host: String,
    closed: bool,
    directory: TempDir,
}

impl Drop for Debian {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Debian {
    /// One that is open to everybody; nothing, with a printed line, where there is no such program.
    pub(crate) fn open() -> Option<Self> {
        Self::start(false)
    }

    /// One that wants a name and a password.
    pub(crate) fn closed() -> Option<Self> {
        Self::start(true)
    }

    fn start(closed: bool) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        // The port is free a moment ago; should somebody take it, the next one is tried.
        for _ in 0..5 {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let host = format!("127.0.0.1:{port}");
            let config = write_config(Utf8Path::from_path(directory.path()).unwrap(), &host, closed);
            let started = Command::new("docker-registry")
                .args(["serve", config.as_str()])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .env_clear()
                .spawn();
            let Ok(mut child) = started else {
                println!("skipped: no docker-registry on this machine");
                return None;
            };
            if answers(&host, &mut child) {
                return Some(Self { child, host, closed, directory });
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("docker-registry does not start");
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// A repository's whole name.
    pub(crate) fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }

    /// A place for files beside the registry's own.
    pub(crate) fn scratch(&self) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.directory.path().to_owned()).unwrap()
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Reply {
        let login = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
        let mut headers = vec![("content-type", kind)];
        if self.closed {
            headers.push(("authorization", &login));
        }
        let reply = send(&self.host, method, path, &headers, body).unwrap();
        assert!((200..300).contains(&reply.status), "{method} {path}: {reply:?}");
        reply
    }

    fn blob(&self, name: &str, content: &[u8]) -> String {
        let digest = digest(content);
        let begun = self.ask("POST", &format!("/v2/{name}/blobs/uploads/"), CONFIG, b"");
        let location = begun.header("location").unwrap();
        let path = location.strip_prefix(&format!("http://{}", self.host)).unwrap_or(location);
        self.ask("PUT", &format!("{path}&digest={digest}"), "application/octet-stream", content);
        digest
    }

    fn manifest(&self, name: &str, reference: &str, kind: &str, document: &Value) -> String {
        let body = document.to_string();
        self.ask("PUT", &format!("/v2/{name}/manifests/{reference}"), kind, body.as_bytes());
        digest(body.as_bytes())
    }

    /// Puts an image for linux/amd64 under a tag; what it holds makes its digest.
    pub(crate) fn image(&self, name: &str, tag: &str, holds: &str) -> String {
        let document = self.document(name, "linux", "amd64", holds);
        self.manifest(name, tag, MANIFEST, &document)
    }

    /// Puts an index of images for several platforms under a tag; its digest.
    pub(crate) fn index(&self, name: &str, tag: &str, platforms: &[(&str, &str)]) -> String {
        let entries = platforms.iter().map(|(os, architecture)| {
            let document = self.document(name, os, architecture, tag);
            let body = document.to_string();
            let digest = self.manifest(name, &digest(body.as_bytes()), MANIFEST, &document);
            json!({ "mediaType": MANIFEST, "digest": digest, "size": body.len(),
                    "platform": { "os": os, "architecture": architecture } })
        });
        let entries: Vec<Value> = entries.collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        self.manifest(name, tag, INDEX, &index)
    }

    fn document(&self, name: &str, os: &str, architecture: &str, holds: &str) -> Value {
        let config = json!({ "os": os, "architecture": architecture, "rootfs": { "type": "layers", "diff_ids": [] },
                             "config": { "Labels": { "holds": holds } } });
        let config = config.to_string();
        let digest = self.blob(name, config.as_bytes());
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                "config": { "mediaType": CONFIG, "digest": digest, "size": config.len() } })
    }

    /// Takes an image away, with every tag that it has.
    pub(crate) fn remove(&self, name: &str, digest: &str) {
        self.ask("DELETE", &format!("/v2/{name}/manifests/{digest}"), MANIFEST, b"");
    }
}

fn write_config(directory: &Utf8Path, host: &str, closed: bool) -> Utf8PathBuf {
    let mut config = format!(
        "version: 0.1\nlog: {{ level: error }}\nstorage:\n  filesystem: {{ rootdirectory: {directory}/data }}\n  delete: {{ enabled: true }}\nhttp: {{ addr: '{host}' }}\n"
    );
    if closed {
        std::fs::write(directory.join("htpasswd"), HTPASSWD).unwrap();
        let _ = writeln!(config, "auth:\n  htpasswd: {{ realm: test, path: {directory}/htpasswd }}");
    }
    let file = directory.join("config.yml");
    std::fs::write(&file, config).unwrap();
    file
}

fn answers(host: &str, child: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if send(host, "GET", "/v2/", &[], b"").is_ok_and(|reply| matches!(reply.status, 200 | 401)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

pub(crate) fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold("sha256:".to_owned(), |mut digest, byte| {
        let _ = write!(digest, "{byte:02x}");
        digest
    })
}
