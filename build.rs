//! Collects the actions: every file in `src/action/{edit,execute,publish,resolve}/` is one action, with a function
//! `action()`. So a new action is a new file, and nothing else is touched.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// One folder for each effect class that has actions.
const FOLDERS: [&str; 4] = ["edit", "execute", "publish", "resolve"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut modules = String::new();
    let mut list = String::new();
    for folder in FOLDERS {
        let directory = root.join("src/action").join(folder);
        println!("cargo::rerun-if-changed={}", directory.display());
        writeln!(modules, "pub mod {folder} {{\n//! The actions of class {folder}, one file each.\n")
            .map_err(io::Error::other)?;
        for (name, path) in sources(&directory)? {
            writeln!(modules, "#[path = {path:?}] pub mod {name};").map_err(io::Error::other)?;
            writeln!(list, "{folder}::{name}::action(),").map_err(io::Error::other)?;
        }
        modules.push_str("}\n");
    }
    let code = format!("{modules}\nfn collected() -> Vec<Action> {{ vec![\n{list}] }}\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("actions.rs"), code)
}

fn sources(directory: &Path) -> io::Result<Vec<(String, String)>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let (Some(stem), Some(extension)) = (path.file_stem(), path.extension()) else { continue };
        if extension == "rs" && stem != "tests" {
            sources.push((stem.to_string_lossy().into_owned(), path.to_string_lossy().into_owned()));
        }
    }
    sources.sort();
    Ok(sources)
}
