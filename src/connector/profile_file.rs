//! Reading a profile from `cutover.yaml`: its format, and everything that can be wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_yaml::{Location, Spanned};

use super::Patterns;
use super::documentation::{DocumentationRule, PATH};
use super::language::LanguageRule;
use super::profile::{Fields, LanguageSource, PROFILE_FILE, Profile, keys};
use crate::base::{RepoPath, closest};
use crate::diagnostic::{Diagnostic, SourceText};

/// The version of the file's format.
const VERSION: u64 = 1;
/// The built-in profile.
const AIRBYTE: &str = "airbyte";

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    version: Spanned<u64>,
    profile: Option<Text>,
    repository_url: Option<Text>,
    connectors: Option<Section>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Section {
    roots: Option<Spanned<Vec<Text>>>,
    exclude: Option<Vec<Text>>,
    third_party: Option<Vec<Text>>,
    metadata: Option<Text>,
    data: Option<Text>,
    name: Option<Text>,
    #[serde(rename = "type")]
    connector_type: Option<Text>,
    support_level: Option<Text>,
    version: Option<Text>,
    repository: Option<Text>,
    language: Option<Language>,
    documentation: Option<Documentation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Language {
    /// Where it stands in the metadata.
    metadata: Option<Text>,
    /// Or the files that prove each language, the first that fits.
    files: Option<Vec<BTreeMap<String, Vec<Text>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Documentation {
    url: Text,
    base: Text,
    file: Text,
}

pub(super) fn parse(source: &Arc<SourceText>) -> Result<Profile, Vec<Diagnostic>> {
    let file: File = serde_yaml::from_str(&source.text).map_err(|error| vec![shape(source, &error)])?;
    let mut reader = Reader { source, diagnostics: Vec::new() };
    let profile = reader.profile(file);
    if reader.diagnostics.is_empty() {
        return Ok(profile);
    }
    reader.diagnostics.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|(_, span)| span.start));
    Err(reader.diagnostics)
}

/// The one error of a file that does not have the shape of a profile.
fn shape(source: &Arc<SourceText>, error: &serde_yaml::Error) -> Diagnostic {
    let message = message_of(error);
    let diagnostic = Diagnostic::error("profile-shape", format!("{PROFILE_FILE} cannot be read: {message}"));
    let diagnostic = match error.location() {
        Some(location) => diagnostic.at(source, span(source, &location)),
        None => diagnostic,
    };
    let Some((unknown, known)) = message.split_once("unknown field `").and_then(|(_, rest)| rest.split_once('`'))
    else {
        return diagnostic;
    };
    let known = known.trim_start_matches(", expected one of ").split(", ");
    match closest(unknown, known) {
        Some(meant) => diagnostic.hint(format!("Did you mean `{meant}`?")),
        None => diagnostic,
    }
}

/// What the parser says, without the place, which is shown otherwise, and without advice to programmers.
fn message_of(error: &serde_yaml::Error) -> String {
    let message = error.without_snippet().to_string();
    let end = [" at line ", ", set "].iter().filter_map(|cut| message.find(cut)).min().unwrap_or(message.len());
    message[..end].to_owned()
}

fn span(source: &SourceText, location: &Location) -> Range<usize> {
    let start = location.span().byte_offset().and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
    let length = location.span().byte_len().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let start = source.text.floor_char_boundary(start.min(source.text.len()));
    let end = source.text.ceil_char_boundary((start + length.max(1)).min(source.text.len()));
    start..end
}

struct Reader<'a> {
    source: &'a Arc<SourceText>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error<T>(&mut self, at: &Spanned<T>, message: String, hint: &str) {
        let span = span(self.source, &at.referenced);
        self.diagnostics.push(Diagnostic::error("profile", message).at(self.source, span).hint(hint));
    }

    fn profile(&mut self, file: File) -> Profile {
        if file.version.value != VERSION {
            let message = format!("version {} of {PROFILE_FILE} is not known", file.version.value);
            self.error(&file.version, message, "This program reads version 1; a newer one may read more.");
        }
        let mut profile = match &file.profile {
            None => Profile { repository_url: None, ..blank() },
            Some(name) if name.value == AIRBYTE => Profile::airbyte(),
            Some(name) => {
                let message = format!("there is no built-in profile `{}`", name.value);
                self.error(name, message, "Use `airbyte`, or leave the line out and spell out `connectors`.");
                blank()
            }
        };
        if let Some(url) = file.repository_url {
            if url.value.starts_with("https://") || url.value.starts_with("http://") {
                profile.repository_url = Some(url.value.trim_end_matches('/').to_owned());
            } else {
                self.error(&url, format!("`{}` is not an address", url.value), "Begin it with `https://`.");
            }
        }
        let section = file.connectors.unwrap_or_default();
        if file.profile.is_none() && (section.roots.is_none() || section.metadata.is_none()) {
            let message = format!("{PROFILE_FILE} does not say where connectors are");
            let hint = "Name a built-in profile (`profile: airbyte`), or give `connectors` its `roots` and the name of \
                        its `metadata` file.";
            self.diagnostics.push(Diagnostic::error("profile", message).at(self.source, 0..0).hint(hint));
        }
        self.section(&mut profile, section);
        profile
    }

    fn section(&mut self, profile: &mut Profile, section: Section) {
        if let Some(roots) = section.roots {
            profile.roots = self.roots(&roots);
        }
        if let Some(globs) = section.exclude {
            profile.exclude = self.patterns(&globs);
        }
        if let Some(globs) = section.third_party {
            profile.third_party = self.patterns(&globs);
        }
        if let Some(name) = section.metadata {
            if name.value.is_empty() || name.value.contains('/') || RepoPath::new(&name.value).is_err() {
                let message = format!("`{}` is not the name of a file", name.value);
                self.error(&name, message, "Give the name that the file has in each connector's directory.");
            }
            profile.metadata_file = name.value;
        }
        if let Some(path) = self.path(section.data) {
            profile.data = path.into();
        }
        let fields = &mut profile.fields;
        for (field, given) in [
            (&mut fields.name, section.name),
            (&mut fields.connector_type, section.connector_type),
            (&mut fields.support_level, section.support_level),
            (&mut fields.version, section.version),
            (&mut fields.repository, section.repository),
        ] {
            if let Some(path) = self.path(given) {
                *field = Some(path);
            }
        }
        if let Some(language) = section.language {
            profile.language = self.language(language);
        }
        if let Some(documentation) = section.documentation {
            profile.documentation = self.documentation(documentation);
        }
    }

    fn roots(&mut self, roots: &Spanned<Vec<Text>>) -> Vec<Option<RepoPath>> {
        if roots.value.is_empty() {
            self.error(roots, "`roots` is empty".to_owned(), "Name a directory, or `.` for the whole repository.");
        }
        let mut paths = Vec::new();
        for root in &roots.value {
            match RepoPath::new(&root.value) {
                Ok(path) => paths.push(Some(path)),
                Err(_) if matches!(root.value.as_str(), "." | "./") => paths.push(None),
                Err(error) => {
                    self.error(root, error.to_string(), "Give a directory relative to the repository's root.");
                }
            }
        }
        paths
    }

    fn patterns(&mut self, globs: &[Text]) -> Patterns {
        for glob in globs {
            if let Err(error) = Patterns::new([&glob.value]) {
                self.error(glob, error.to_string(), "Patterns are globs, such as `**/template-*`.");
            }
        }
        Patterns::new(globs.iter().map(|glob| &glob.value)).unwrap_or_default()
    }

    fn path(&mut self, given: Option<Text>) -> Option<Vec<String>> {
        let given = given?;
        let path = keys(&given.value);
        if path.iter().any(String::is_empty) {
            let message = format!("`{}` is not a path of keys", given.value);
            self.error(&given, message, "Write the keys with dots between them, such as `data.version`.");
        }
        Some(path)
    }

    fn language(&mut self, language: Language) -> LanguageSource {
        let rules = language.files.unwrap_or_default();
        if let Some(path) = self.path(language.metadata) {
            if !rules.is_empty() {
                let diagnostic = Diagnostic::error("profile", "`language` has both `metadata` and `files`");
                self.diagnostics.push(diagnostic.hint("Keep the one that tells the language."));
            }
            return LanguageSource::Metadata(path);
        }
        let rules = rules.into_iter().flatten().map(|(language, paths)| LanguageRule {
            language,
            any_of: paths.into_iter().map(|path| path.value).collect(),
        });
        LanguageSource::Files(rules.collect())
    }

    fn documentation(&mut self, given: Documentation) -> Option<DocumentationRule> {
        if !given.file.value.contains(PATH) || RepoPath::new(&given.file.value).is_err() {
            let message = format!("`{}` does not lead to a page", given.file.value);
            let hint = "Write a path in the repository with `{path}` in it, such as `docs/{path}.md`.";
            self.error(&given.file, message, hint);
        }
        let url = self.path(Some(given.url))?;
        Some(DocumentationRule { url, base: given.base.value, file: given.file.value })
    }
}

/// A profile that knows nothing yet.
fn blank() -> Profile {
    Profile {
        name: PROFILE_FILE.to_owned(),
        repository_url: None,
        roots: Vec::new(),
        exclude: Patterns::default(),
        third_party: Patterns::default(),
        metadata_file: String::new(),
        data: Arc::new([]),
        fields: Fields::default(),
        language: LanguageSource::Files(Vec::new()),
        documentation: None,
    }
}
