//! How far a process of hooks can be shut in on this machine.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

/// Starting a namespace takes milliseconds; a kernel that does not answer by then is not asked again.
const PROBE_LIMIT: Duration = Duration::from_secs(5);

/// The ways to start a program without the network, the best first: in a process namespace of its own as well, so that
/// nothing it starts outlives it; as root, or as an ordinary user where the system allows user namespaces.
const WAYS: [&[&str]; 4] = [
    &["--net", "--pid", "--fork", "--kill-child", "--mount-proc"],
    &["--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"],
    &["--net"],
    &["--user", "--map-root-user", "--net"],
];

/// What stands before the program that runs hooks.
///
/// In the best case it gets a network namespace without any interface and a process namespace. Where the system allows
/// neither, the recorder still refuses every connection that Python itself would open, and the customization carries a
/// note that programs started by a hook could reach the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    prefix: Vec<String>,
}

impl Sandbox {
    /// The best that this machine allows; asked once for the whole process.
    pub async fn of_this_machine() -> &'static Self {
        static FOUND: OnceCell<Sandbox> = OnceCell::const_new();
        FOUND.get_or_init(Self::find).await
    }

    /// No namespaces at all.
    pub fn none() -> Self {
        Self { prefix: Vec::new() }
    }

    /// Whether the kernel keeps the network away, not only the recorder.
    pub fn has_no_network(&self) -> bool {
        !self.prefix.is_empty()
    }

    async fn find() -> Self {
        for way in WAYS {
            if works(way).await {
                let prefix = std::iter::once("unshare").chain(way.iter().copied()).map(str::to_owned).collect();
                return Self { prefix };
            }
        }
        Self::none()
    }

    /// The program and arguments that start this program shut in.
    pub(super) fn around(&self, program: &str, args: Vec<String>) -> (String, Vec<String>) {
        let mut words = self.prefix.iter().cloned();
        match words.next() {
            None => (program.to_owned(), args),
            Some(first) => (first, words.chain(["--".to_owned(), program.to_owned()]).chain(args).collect()),
        }
    }
}

async fn works(way: &[&str]) -> bool {
    let mut command = Command::new("unshare");
    command.args(way).args(["--", "true"]).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    matches!(tokio::time::timeout(PROBE_LIMIT, command.status()).await, Ok(Ok(status)) if status.success())
}
