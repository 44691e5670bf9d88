//! What the recorder writes down, read back.

use std::fs::File;
use std::io::Read;

use camino::Utf8Path;
use serde::Deserialize;

use super::fault::{Fault, Place};
use super::{Customization, HookError};

/// The version of the recorder's answer.
const VERSION: u32 = 1;

/// Nobody writes down more than this by hand; files of any size are copied, not written into hooks.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    version: u32,
    #[serde(default)]
    customization: Option<Customization>,
    #[serde(default)]
    trouble: Option<Trouble>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trouble {
    place: Place,
    fault: Fault,
}

/// Reads the answer in this file; `None` if there is none.
pub(super) fn read(path: &Utf8Path) -> Result<Option<Customization>, HookError> {
    let answer = |what: String| HookError::Answer { what };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(answer(format!("not readable: {error}"))),
    };
    let mut text = String::new();
    let read = file.take(MOST_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| answer(format!("not readable: {error}")))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(answer(format!("longer than {} MiB", MOST_BYTES >> 20)));
    }
    understand(&text).map(Some)
}

fn understand(text: &str) -> Result<Customization, HookError> {
    let answer = |what: String| HookError::Answer { what };
    let read: Answer = serde_json::from_str(text).map_err(|error| answer(format!("not an answer: {error}")))?;
    if read.version != VERSION {
        return Err(answer(format!("an answer of version {}, not {VERSION}", read.version)));
    }
    match (read.customization, read.trouble) {
        (Some(customization), None) => Ok(customization),
        (None, Some(Trouble { place, fault })) => Err(HookError::Hook { place, fault }),
        _ => Err(answer("neither a customization nor a fault".to_owned())),
    }
}
