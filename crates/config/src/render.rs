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
    let window = &text[start..end];
    // A carriage return would be drawn as a sign of its own.
    let carriage_returns = |end: usize| window[..end].matches("\r\n").count();
    let annotations = labels.iter().zip(&spans).map(|(label, span)| {
        let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let (from, to) = (span.start - start, span.end - start);
        let annotation = kind.span(from - carriage_returns(from)..to - carriage_returns(to));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    Snippet::source(window.trim_end_matches('\r').replace("\r\n", "\n"))
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn drawn(text: &str, span: std::ops::Range<usize>, label: &str) -> String {
        let source = SourceFile::new("a.toml", text);
        Diagnostic::error("x").at(Span::from(span), label).in_file(&source).render(Paint::Plain)
    }

    #[test]
    fn spans_in_odd_places_are_drawn() {
        let text = "größe = 'größer'\r\nzwei = 2";
        for start in 0..text.len() + 3 {
            for end in 0..text.len() + 3 {
                assert!(drawn(text, start..end, "here").contains("a.toml:"), "{start}..{end}");
            }
        }
        assert!(drawn("", 0..0, "").contains("a.toml:1:1"));
        assert!(drawn("\n", 1..1, "here").contains("a.toml:2:1"));
    }

    #[test]
    fn wide_characters_are_underlined_in_full() {
        assert_snapshot!(drawn("名前 = '値'", 9..14, "値 here"), @r#"
    error: x
     --> a.toml:1:6
      |
    1 | 名前 = '値'
      |        ^^^^ 値 here
    "#);
    }

    #[test]
    fn only_the_first_line_of_a_long_text_is_marked() {
        assert_snapshot!(drawn("a = '''one\r\ntwo'''\r\nb = 1", 4..15, "here"), @r#"
    error: x
     --> a.toml:1:5
      |
    1 | a = '''one
      |     ^^^^^^ here
    "#);
    }

    #[test]
    fn a_line_of_a_megabyte_is_drawn_in_the_width_of_a_terminal() {
        let text = format!("a = '{}'\nb = [{}]", "ä".repeat(500_000), "1, ".repeat(300_000));
        let middle = 1_000_012 + 300_000;
        let drawing = drawn(&text, middle..middle + 1, "here");
        assert!(drawing.len() < 1000, "{} bytes", drawing.len());
        assert!(drawing.contains("a.toml:2:300"), "{drawing}");
        assert!(drawn(&text, 4..1_000_007, "all of it").len() < 4000);
    }

    #[test]
    fn colours_are_used_when_asked_for() {
        let diagnostic = Diagnostic::warning("odd").note("a fact").help("do this");
        assert!(diagnostic.render(Paint::Colour).contains("\u{1b}["));
        assert_snapshot!(diagnostic.render(Paint::Plain), @r#"
    warning: odd
     |
     = note: a fact
     = help: do this
    "#);
    }

    #[test]
    fn a_diagnostic_about_a_whole_file_names_the_file() {
        let source = SourceFile::new("a.toml", "");
        assert_snapshot!(Diagnostic::error("there is no `[[input]]`").in_file(&source), @r#"
    error: there is no `[[input]]`
    --> a.toml
    "#);
    }
}
