//! Draws a diagnostic the way rustc does, in plain text or with colours for a terminal.
//!
//! Deliberately not here: wrapping to the terminal's width and deciding whether to use colours.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::at::Span;
use crate::diagnostic::{Diagnostic, Label, Remark, Severity};
use crate::source::SourceFile;

/// Whether a drawing carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Text only: for files, tests and pipes.
    Plain,
    /// With ANSI colours: for terminals.
    Colour,
}

pub(crate) fn render(diagnostic: &Diagnostic, paint: Paint) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.title()));
    if let Some(source) = diagnostic.source() {
        if diagnostic.labels().is_empty() {
            group = group.element(Origin::path(source.path()));
        } else {
            group = group.element(snippet(source, diagnostic.labels()));
        }
    }
    for remark in diagnostic.remarks() {
        group = group.element(match remark {
            Remark::Note(text) => Level::NOTE.message(text),
            Remark::Help(text) => Level::HELP.message(text),
        });
    }
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Colour => Renderer::styled(),
    };
    let mut drawing = renderer.render(&[group]);
    drawing.push('\n');
    drawing
}

/// The marked lines of the file. Only the lines between the first and the last mark are handed
/// to the renderer, so that the cost does not depend on the size of the file.
fn snippet<'a>(
    source: &'a SourceFile,
    labels: &'a [Label],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let text = source.text();
    let spans: Vec<Span> = labels.iter().map(|label| drawable(text, label.span)).collect();
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[last..].find('\n').map_or(text.len(), |newline| last + newline);
    let annotations = labels.iter().zip(&spans).map(|(label, span)| {
        let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(span.start - start..span.end - start);
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    Snippet::source(&text[start..end])
        .line_start(source.position(start).0)
        .path(source.path())
        .annotations(annotations)
}

/// A span that can be drawn in one piece: inside the text, on character boundaries, and on one
/// line (of a text over several lines only the first is marked).
fn drawable(text: &str, span: Span) -> Span {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(start));
    let line_end = text[start..end].find(['\n', '\r']).map_or(end, |length| start + length);
    Span { start, end: line_end }
}
