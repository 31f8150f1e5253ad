//! The text that a filter is to read. No filter itself.

use weir_component::FilterError;
use weir_event::{EventMut, Key, Span, Value};

/// The text of a field; nothing when the event lacks it or it is null, and a failure with this tag
/// when the field holds something else.
pub(crate) fn text(
    event: &mut EventMut<'_>,
    field: Key,
    tag: &'static str,
) -> Result<Option<Span>, FilterError> {
    if let Some(span) = event.span(field) {
        return Ok(Some(span));
    }
    match event.as_ref().get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(FilterError::because(tag, format!("`{field}` holds no text"))),
    }
}
