//! The way in: bytes or text of a workflow file to a checked workflow.

use std::sync::Arc;

use super::check::check;
use super::document::{self, MAX_BYTES};
use super::findings::Findings;
use super::read::read;
use super::{ActionSpec, Workflow};
use crate::diagnostic::{Diagnostic, Severity, SourceText};

/// What became of a workflow file.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The workflow; `None` if there is any error.
    pub workflow: Option<Workflow>,
    /// Every error and warning, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    fn refused(diagnostic: Diagnostic) -> Self {
        Self { workflow: None, diagnostics: vec![diagnostic] }
    }
}

/// Reads and checks a workflow file as it comes from the disk or a commit. `name` is what messages call it.
pub fn load_bytes(name: &str, bytes: &[u8], actions: &[ActionSpec]) -> Loaded {
    if let Some(refused) = too_large(name, bytes.len()) {
        return Loaded::refused(refused);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => load(&SourceText::new(name, text), actions),
        Err(error) => {
            let readable = SourceText::new(name, String::from_utf8_lossy(bytes));
            let at = error.valid_up_to();
            let width = readable.text[at..].chars().next().map_or(0, char::len_utf8);
            let found = format!("the byte 0x{:02x} is not part of a letter", bytes[at]);
            let finding = Diagnostic::error("not-utf8", "the file is not UTF-8").at(&readable, at..at + width);
            Loaded::refused(finding.label(found).hint("Save it as UTF-8."))
        }
    }
}

/// Reads and checks the text of a workflow file: all of its errors at once.
pub fn load(source: &Arc<SourceText>, actions: &[ActionSpec]) -> Loaded {
    if let Some(refused) = too_large(&source.name, source.text.len()) {
        return Loaded::refused(refused);
    }
    let mut findings = Findings::new(source);
    let root = document::parse(&mut findings);
    if root.is_none() && findings.diagnostics.is_empty() {
        let finding = findings.error("empty-workflow", 0..0, "the file holds no workflow");
        findings.add(finding.hint("`cutover init` writes one to begin with."));
    }
    let draft = root.as_ref().and_then(|root| read(root, actions, &mut findings));
    if let Some(draft) = &draft {
        check(draft, &mut findings);
    }
    let workflow = draft.map(|draft| draft.workflow).filter(|_| !any_error(&findings.diagnostics));
    Loaded { workflow, diagnostics: findings.into_sorted() }
}

fn too_large(name: &str, bytes: usize) -> Option<Diagnostic> {
    (bytes > MAX_BYTES).then(|| {
        let (tenths, limit) = (bytes * 10 / MAX_BYTES, MAX_BYTES / (1024 * 1024));
        let size = format!("{}.{}", tenths / 10, tenths % 10);
        Diagnostic::error("file-too-large", format!("{name} has {size} MiB; a workflow file may have {limit} MiB"))
            .hint("Is this the right file? Workflows have a few kilobytes.")
    })
}

/// Whether any of these forbids to go on.
pub(super) fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
