//! Finding what has left its process group: a variable in the environment that children inherit.
//!
//! A daemon calls `setsid` and so leaves its group, but its environment is its parent's. A contained command carries a
//! variable with a value of its own; whoever has it in the environment is its offspring and ends with it. A process
//! that clears its environment escapes: against that helps only a pid namespace, which needs rights that not every user
//! has. Container engines are run in one where that is possible.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process};

/// The name of the variable.
pub(super) const LEASH: &str = "CUTOVER_LEASH";

/// A process that forks while it is looked for is found in one of so many rounds.
const ROUNDS: u32 = 10;

/// The mark of one command's offspring.
#[derive(Debug, Clone)]
pub(super) struct Leash(String);

impl Leash {
    /// A mark that no other command has.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self(format!("{}-{number}-{now}", std::process::id()))
    }

    /// The variable's value.
    pub(super) fn value(&self) -> &str {
        &self.0
    }

    /// The variable with its value.
    pub(super) fn variable(&self) -> String {
        format!("{LEASH}={}", self.0)
    }

    /// Kills everybody who carries the mark.
    pub(super) fn pull(&self) {
        let mark = self.variable();
        for _ in 0..ROUNDS {
            let carriers = carriers(mark.as_bytes());
            if carriers.is_empty() {
                return;
            }
            for carrier in carriers {
                // It may have ended by itself.
                let _ = kill_process(carrier, Signal::KILL);
            }
        }
    }
}

/// The living processes of this user with this variable.
fn carriers(mark: &[u8]) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let carries = |id: &i32| {
        // Another user's cannot be read, and a dead process has none.
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    };
    ids.filter(carries).filter_map(Pid::from_raw).collect()
}
