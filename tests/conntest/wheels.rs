//! Folders of wheels, fetched once for each checkout and kept below `target/tmp`.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use camino::Utf8PathBuf;

/// What connectors are tested with: pytest, and what builds projects with a `setup.py` and those of Poetry.
const PACKAGES: [&str; 4] = ["pytest==8.4.2", "setuptools<81", "wheel", "poetry-core"];

/// The folder; nothing, with a printed line, where this machine has no Python or PyPI does not answer.
pub(crate) fn wheels() -> Option<&'static Utf8PathBuf> {
    static SHARED: LazyLock<Result<Utf8PathBuf, String>> = LazyLock::new(|| fetched("wheels", &PACKAGES, &[]));
    said(&SHARED)
}

/// The folder with the program `uv` in it.
pub(crate) fn uv() -> Option<&'static Utf8PathBuf> {
    static SHARED: LazyLock<Result<Utf8PathBuf, String>> = LazyLock::new(|| {
        let place = kept().join("uv");
        if place.join("bin/uv").exists() {
            return Ok(place.join("bin"));
        }
        let lock = fs::File::create(kept().join("uv.lock")).map_err(|error| error.to_string())?;
        lock.lock().map_err(|error| error.to_string())?;
        pip(&["install", "-q", "--target", place.as_str(), "uv"]).map(|()| place.join("bin"))
    });
    said(&SHARED)
}

fn said(shared: &'static LazyLock<Result<Utf8PathBuf, String>>) -> Option<&'static Utf8PathBuf> {
    match &**shared {
        Ok(folder) => Some(folder),
        Err(why) => {
            println!("skipped: {why}");
            None
        }
    }
}

fn kept() -> Utf8PathBuf {
    let place = Utf8PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conntest");
    fs::create_dir_all(&place).unwrap();
    place
}

/// Fetches wheels into a folder that is there when it is complete.
fn fetched(name: &str, packages: &[&str], further: &[&str]) -> Result<Utf8PathBuf, String> {
    let place = kept().join(name);
    let lock = fs::File::create(kept().join(format!("{name}.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if place.exists() {
        return Ok(place);
    }
    let partial = place.with_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    pip(&[&["download", "-q", "-d", partial.as_str()], further, packages].concat())?;
    fs::rename(&partial, &place).map_err(|error| error.to_string())?;
    Ok(place)
}

fn pip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("python3").args(["-m", "pip", "--retries", "1"]).args(arguments).output();
    let output = output.map_err(|error| format!("no python3 on this machine ({error})"))?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("pip: {}", words.lines().last().unwrap_or_default())) }
}
