//! Contents of files that processes made, stored once each under their SHA-256.

use std::fmt::Write as _;

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in hexadecimal: the name of a content in the store.
pub fn content_hash(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("writing into a string does not fail");
    }
    text
}

/// Puts a content in, unless it is there.
pub(super) fn put(connection: &Connection, bytes: &[u8]) -> rusqlite::Result<()> {
    let hash = Sha256::digest(bytes);
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO contents (hash, bytes) VALUES (?1, ?2)")?;
    insert.execute((hash.as_slice(), bytes)).map(drop)
}

/// Takes a content out; `None` if it is missing or is not what its name says.
pub(super) fn get(connection: &Connection, hash: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut select = connection.prepare_cached("SELECT bytes FROM contents WHERE hash = unhex(?1)")?;
    let bytes: Option<Vec<u8>> = select.query_row([hash], |row| row.get(0)).optional()?;
    Ok(bytes.filter(|bytes| content_hash(bytes) == hash))
}
