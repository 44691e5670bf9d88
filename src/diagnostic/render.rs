//! Diagnostics as text, in the shape that compilers have made familiar.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};

/// Renders diagnostics in order, separated by empty lines; `colour` adds ANSI escapes.
pub fn render(diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let rendered: Vec<String> = diagnostics.iter().map(|diagnostic| one(diagnostic, &renderer)).collect();
    rendered.join("\n\n")
}

fn one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title);
    if let Some((source, span)) = &diagnostic.place {
        let end = span.end.min(source.text.len());
        let start = span.start.min(end);
        let primary = AnnotationKind::Primary.span(start..end).label(diagnostic.label.as_deref());
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str()).annotation(primary);
        for (span, label) in &diagnostic.also {
            snippet = snippet.annotation(AnnotationKind::Context.span(span.clone()).label(label.as_str()));
        }
        group = group.element(snippet);
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group])
}
