//! Room on the disk, so that SQLite never meets a full one by our doing.

use camino::Utf8Path;

/// What always stays free: enough for the index of the WAL and the bookkeeping around it.
pub(super) const RESERVE: u64 = 1 << 20;

/// Bytes that may be written below this directory; `None` if the system does not tell.
pub(super) fn free(directory: &Utf8Path) -> Option<u64> {
    let status = rustix::fs::statvfs(directory.as_std_path()).ok()?;
    Some(status.f_bavail.saturating_mul(status.f_frsize))
}

/// Whether the disk is so full that nothing should be written or mapped any more.
pub(super) fn is_scarce(directory: &Utf8Path) -> bool {
    free(directory).is_some_and(|free| free < RESERVE)
}

/// What a transaction of this many bytes may need: its pages go into the WAL now and into the database
/// later, and each of them may touch others.
pub(super) fn needed(bytes: u64) -> u64 {
    RESERVE + bytes.saturating_mul(3)
}
