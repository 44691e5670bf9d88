//! git's binary patches: deflated content in base 85.
//!
//! Format: `Documentation/gitformat-*` does not describe it; it is what `git diff --binary` writes
//! and `git apply` reads: for each direction `literal <size>`, lines of a length character
//! (`A`-`Z` for 1 to 26 bytes, `a`-`z` for 27 to 52) and five characters for every four bytes.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// git's alphabet, that of RFC 1924.
const ALPHABET: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// How many bytes stand on a line.
const LINE: usize = 52;

/// Writes a patch from one content to the other, and back.
pub(super) fn write(patch: &mut String, before: &[u8], after: &[u8]) {
    patch.push_str("GIT binary patch\n");
    literal(patch, after);
    literal(patch, before);
}

fn literal(patch: &mut String, content: &[u8]) {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let deflated = encoder.write_all(content).and_then(|()| encoder.finish()).expect("a Vec takes every byte");
    let _ = writeln!(patch, "literal {}", content.len());
    for line in deflated.chunks(LINE) {
        let length = u8::try_from(line.len()).expect("a line has at most 52 bytes");
        patch.push(char::from(if length <= 26 { b'A' + length - 1 } else { b'a' + length - 27 }));
        for group in line.chunks(4) {
            let mut bytes = [0; 4];
            bytes[..group.len()].copy_from_slice(group);
            patch.push_str(&base85(u32::from_be_bytes(bytes)));
        }
        patch.push('\n');
    }
    patch.push('\n');
}

fn base85(mut value: u32) -> String {
    let mut characters = [0; 5];
    for character in characters.iter_mut().rev() {
        *character = ALPHABET[(value % 85) as usize];
        value /= 85;
    }
    characters.iter().map(|&byte| char::from(byte)).collect()
}
