//! Events as lines, for files and terminals.

use weir_codec::json::DocumentWriter;
use weir_component::template::{MissingField, Template};
use weir_component::{Encoded, Refusal};
use weir_event::{EventRef, Key, ValueRef};

/// How a line is made.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// The message as it is.
    Message,
    /// What a template makes of the event.
    Template(Template),
    /// The whole event as a JSON document.
    Json,
}

/// Writes lines, one worker's.
pub(crate) struct Liner {
    line: Line,
    document: DocumentWriter,
}

impl Liner {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, document: DocumentWriter::default() }
    }

    /// Appends the event's line with its end. On error `out` may hold a part.
    pub(crate) fn write(
        &mut self,
        event: EventRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), MissingField> {
        match &self.line {
            Line::Json => self.document.write(event, out),
            Line::Template(template) => template.render(event, out)?,
            Line::Message => match event.view(Key::MESSAGE) {
                Some(ValueRef::Text(text)) => out.extend_from_slice(text),
                Some(other) => other.write_text(out),
                None => return Err(MissingField(Key::MESSAGE)),
            },
        }
        out.push(b'\n');
        Ok(())
    }

    /// Puts aside an event that lacks a field which its line or its place needs.
    pub(crate) fn refuse(&mut self, event: EventRef<'_>, missing: MissingField, out: &mut Encoded) {
        out.refused.push(refusal(&mut self.document, event, missing));
    }
}

/// An event that lacks a field which a template asks for.
pub(crate) fn refusal(
    writer: &mut DocumentWriter,
    event: EventRef<'_>,
    missing: MissingField,
) -> Refusal {
    let mut document = Vec::new();
    writer.write(event, &mut document);
    Refusal { document, reason: format!("the event has no field `{}`", missing.0) }
}
