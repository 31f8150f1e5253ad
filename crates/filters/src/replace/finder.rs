//! What is looked for: one expression for all events, or one made with an event's fields.

use std::borrow::Cow;
use std::cell::RefCell;

use weir_component::template::Template;
use weir_config::Complaint;
use weir_event::EventRef;

use super::engine::Engine;
use crate::lookup::Recall;

/// How many expressions made with fields are remembered. Compiling one takes as long as reading
/// hundreds of lines, and fields that are worth this have few values.
const RECENT: usize = 256;

/// The longest expression made with fields, in bytes: that of templates.
const EXPRESSION_BYTES_MAX: usize = 16 * 1024;

/// Finds what is to be replaced.
#[derive(Debug)]
pub(super) enum Finder {
    Fixed(Engine),
    /// With fields of the event in it.
    Made {
        pieces: Box<[Piece]>,
        /// The expression with another text in place of the fields; its groups are the same.
        sample: Engine,
        recent: Recall<Option<Engine>>,
    },
}

#[derive(Debug)]
pub(super) enum Piece {
    /// A part of the expression.
    Expression(Box<str>),
    /// A field whose text is meant literally.
    Field(Template),
}

thread_local! {
    /// The expression in the making, and the field's text.
    static TEXTS: RefCell<(String, Vec<u8>)> = const { RefCell::new((String::new(), Vec::new())) };
}

impl Finder {
    pub(super) fn new(text: &str, literal: bool) -> Result<Self, Complaint> {
        let pieces = pieces(text, literal)?;
        let sample: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Expression(text) => text,
                Piece::Field(_) => "x",
            })
            .collect();
        let sample = Engine::compile(&sample)?;
        if pieces.iter().any(|piece| matches!(piece, Piece::Field(_))) {
            let recent = Recall::new(RECENT);
            return Ok(Self::Made { pieces: pieces.into_boxed_slice(), sample, recent });
        }
        Ok(Self::Fixed(sample))
    }

    /// The expression whose groups a replacement may name.
    pub(super) fn sample(&self) -> &Engine {
        match self {
            Self::Fixed(engine) | Self::Made { sample: engine, .. } => engine,
        }
    }

    /// The expression for an event; nothing when the event lacks a field of it.
    pub(super) fn engine(&self, event: EventRef<'_>) -> Option<Cow<'_, Engine>> {
        let (pieces, recent) = match self {
            Self::Fixed(engine) => return Some(Cow::Borrowed(engine)),
            Self::Made { pieces, recent, .. } => (pieces, recent),
        };
        TEXTS.with_borrow_mut(|(expression, value)| {
            expression.clear();
            for piece in pieces {
                match piece {
                    Piece::Expression(text) => expression.push_str(text),
                    Piece::Field(template) => {
                        value.clear();
                        template.render(event, value).ok()?;
                        let text = std::str::from_utf8(value).ok()?;
                        expression.push_str(&regex::escape(text));
                    }
                }
                if expression.len() > EXPRESSION_BYTES_MAX {
                    return None;
                }
            }
            let found = recent.ask(expression.as_bytes(), || Engine::compile(expression).ok());
            found.answer().clone().map(Cow::Owned)
        })
    }
}

/// Takes an expression apart at `%{field}`; `%%{` is the text `%{`.
fn pieces(text: &str, literal: bool) -> Result<Vec<Piece>, Complaint> {
    let expression = |text: &str| {
        Piece::Expression(if literal { regex::escape(text).into() } else { text.into() })
    };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("%{") {
        if rest[..at].ends_with('%') {
            pieces.push(expression(&rest[..at - 1]));
            pieces.push(Piece::Expression(regex::escape("%{").into()));
            rest = &rest[at + 2..];
            continue;
        }
        pieces.push(expression(&rest[..at]));
        let len = rest[at..].find('}').map_or(rest.len() - at, |end| end + 1);
        let template = Template::parse(&rest[at..at + len]).map_err(Complaint::from)?;
        pieces.push(Piece::Field(template));
        rest = &rest[at + len..];
    }
    pieces.push(expression(rest));
    Ok(pieces)
}
