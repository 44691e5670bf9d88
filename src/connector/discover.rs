//! Finding the connectors of a tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::language::Listing;
use super::metadata::{self, MetadataError};
use super::profile::LanguageSource;
use super::{Connector, Profile, Sharers};
use crate::base::{FileMode, RepoPath, Tree, TreeEntry, TreeError, UnitName, sentence_list};

/// Connectors that could not be looked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DiscoverError {
    /// None of the profile's directories is in the tree.
    #[error(
        "there is no directory {} in this repository; is it the right one? \
         A file cutover.yaml at its root can say where its connectors are",
        sentence_list(&.roots.iter().map(RepoPath::as_str).collect::<Vec<_>>())
    )]
    NoRoot {
        /// The profile's directories.
        roots: Vec<RepoPath>,
    },
    /// The tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A directory with a metadata file.
struct Found {
    /// Its path below the root; empty for the root itself.
    below_root: String,
    directory: RepoPath,
    entries: Vec<TreeEntry>,
}

/// Every connector of the tree, sorted by name. One whose metadata cannot be read is among them.
pub fn discover(profile: &Profile, tree: &dyn Tree) -> Result<Vec<Connector>, DiscoverError> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for root in &profile.roots {
        match (tree.entries(root.as_ref())?, root) {
            (Some(entries), Some(root)) => found.extend(walk(profile, tree, root.clone(), "", entries)?),
            // What lies at the repository's own root has no directory of its own.
            (Some(entries), None) => found.extend(walk_below(profile, tree, None, "", &entries)?),
            (None, root) => missing.extend(root.clone()),
        }
    }
    if missing.len() == profile.roots.len() {
        return Err(DiscoverError::NoRoot { roots: missing });
    }
    // One root may lie within another.
    found.sort_by(|a, b| a.directory.cmp(&b.directory));
    found.dedup_by(|a, b| a.directory == b.directory);
    let connectors: Result<Vec<_>, TreeError> =
        found.par_iter().map(|found| Ok((read(profile, tree, found)?, found.below_root.as_str()))).collect();
    Ok(finish(connectors?))
}

/// The connectors in a directory and below it. A connector's own directory is not looked into: files named like
/// metadata are test material there.
fn walk(
    profile: &Profile,
    tree: &dyn Tree,
    directory: RepoPath,
    below_root: &str,
    entries: Vec<TreeEntry>,
) -> Result<Vec<Found>, TreeError> {
    let is_metadata = |entry: &TreeEntry| entry.name == profile.metadata_file && entry.mode != FileMode::Directory;
    if entries.iter().any(is_metadata) {
        return Ok(vec![Found { below_root: below_root.to_owned(), directory, entries }]);
    }
    walk_below(profile, tree, Some(&directory), below_root, &entries)
}

fn walk_below(
    profile: &Profile,
    tree: &dyn Tree,
    directory: Option<&RepoPath>,
    below_root: &str,
    entries: &[TreeEntry],
) -> Result<Vec<Found>, TreeError> {
    let directories = entries.par_iter().filter(|entry| entry.mode == FileMode::Directory);
    let found: Result<Vec<Vec<Found>>, TreeError> = directories
        .filter(|entry| !entry.name.starts_with('.'))
        .map(|entry| {
            let below_root =
                if below_root.is_empty() { entry.name.clone() } else { format!("{below_root}/{}", entry.name) };
            let path = directory.map_or_else(|| RepoPath::new(&entry.name), |above| above.join(&entry.name));
            let excluded = !profile.exclude.is_empty() && profile.exclude.accept(&[&below_root]);
            match path {
                Ok(path) if !excluded => match tree.entries(Some(&path))? {
                    Some(entries) => walk(profile, tree, path, &below_root, entries),
                    None => Ok(Vec::new()),
                },
                _ => Ok(Vec::new()),
            }
        })
        .collect();
    Ok(found?.into_iter().flatten().collect())
}

fn read(profile: &Profile, tree: &dyn Tree, found: &Found) -> Result<Connector, TreeError> {
    let metadata_path =
        found.directory.join(&profile.metadata_file).expect("the name of a file that is in the directory");
    let metadata = match tree.read(&metadata_path)? {
        Some(file) => metadata::parse(&metadata_path, &file),
        None => Err(MetadataError {
            path: metadata_path.clone(),
            problem: "is not a file; put a file in its place".to_owned(),
            hint: None,
        }),
    };
    let text = |path: &Option<Vec<String>>| metadata::text_at(metadata.as_ref().ok()?, path.as_deref()?);
    let technical_name = text(&profile.fields.name).unwrap_or_else(|| found.directory.file_name().to_owned());
    let language = match &profile.language {
        LanguageSource::Metadata(path) => metadata.as_ref().ok().and_then(|metadata| metadata::text_at(metadata, path)),
        LanguageSource::Files(rules) => {
            Listing { tree, directory: &found.directory, entries: &found.entries }.language(rules, &technical_name)?
        }
    };
    let documentation = profile.documentation.as_ref().and_then(|rule| {
        let url = metadata::text_at(metadata.as_ref().ok()?, &rule.url)?;
        rule.page(&url)
    });
    let documentation_exists = match &documentation {
        Some(page) => tree.mode(page)?.is_some_and(FileMode::is_regular),
        None => false,
    };
    Ok(Connector {
        // Settled when all connectors are known.
        name: UnitName::new(&technical_name).expect("names of directories and texts of the metadata are not empty"),
        connector_type: text(&profile.fields.connector_type),
        support_level: text(&profile.fields.support_level),
        version: text(&profile.fields.version),
        repository: text(&profile.fields.repository),
        third_party: !profile.third_party.is_empty() && profile.third_party.accept(&[&found.below_root]),
        path: found.directory.clone(),
        shares_documentation_with: Sharers::default(),
        data_path: Arc::clone(&profile.data),
        technical_name,
        metadata_path,
        language,
        documentation,
        documentation_exists,
        metadata,
    })
}

/// Settles what needs all connectors to be known: unique names, shared pages, the order.
fn finish(connectors: Vec<(Connector, &str)>) -> Vec<Connector> {
    let names = unique_names(&connectors);
    let mut connectors: Vec<Connector> =
        connectors.into_iter().zip(names).map(|((connector, _), name)| Connector { name, ..connector }).collect();
    connectors.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
    let mut pages: BTreeMap<RepoPath, Vec<UnitName>> = BTreeMap::new();
    for connector in &connectors {
        if let Some(page) = &connector.documentation {
            pages.entry(page.clone()).or_default().push(connector.name.clone());
        }
    }
    let pages: BTreeMap<RepoPath, Arc<[UnitName]>> =
        pages.into_iter().filter(|(_, names)| names.len() > 1).map(|(page, names)| (page, names.into())).collect();
    for connector in &mut connectors {
        if let Some(names) = connector.documentation.as_ref().and_then(|page| pages.get(page)) {
            connector.shares_documentation_with = Sharers::among(names, &connector.name);
        }
    }
    connectors
}

/// For each connector the shortest of its names that no other bears: its technical name, its path below the root,
/// its path.
fn unique_names(connectors: &[(Connector, &str)]) -> Vec<UnitName> {
    let candidates: Vec<[&str; 3]> = connectors
        .iter()
        .map(|(connector, below_root)| [connector.technical_name.as_str(), *below_root, connector.path.as_str()])
        .collect();
    let mut level = vec![0; candidates.len()];
    loop {
        let mut bearers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, names) in candidates.iter().enumerate() {
            bearers.entry(names[level[index]]).or_default().push(index);
        }
        let clashing: Vec<usize> = bearers.into_values().filter(|bearers| bearers.len() > 1).flatten().collect();
        let raised = clashing.into_iter().filter(|&index| {
            let higher = level[index] < 2;
            level[index] = (level[index] + 1).min(2);
            higher
        });
        // Paths are unique, so this ends.
        if raised.count() == 0 {
            break;
        }
    }
    let name = |(names, level): (&[&str; 3], usize)| {
        UnitName::new(names[level]).expect("names of directories and texts of the metadata are not empty")
    };
    candidates.iter().zip(level).map(name).collect()
}
