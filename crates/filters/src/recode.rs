//! What the filters share that give a text another encoding: where the text comes from and where
//! the result goes. No filter itself.

use weir_component::{FieldPath, FilterError, Keep};
use weir_event::{EventMut, Key, Value};

use crate::source;

/// Which field is changed, and where the result goes.
#[derive(Debug)]
pub(crate) struct Ends {
    field: Key,
    target: Key,
    tag: &'static str,
}

impl Ends {
    /// The result replaces the text unless it has a target.
    pub(crate) fn new(field: FieldPath, target: Option<FieldPath>, tag: &'static str) -> Self {
        Self { field: field.key(), target: target.map_or(field.key(), FieldPath::key), tag }
    }

    /// Sets the target to what `change` makes of the field's text. Its error is the end of the
    /// sentence that begins with the field.
    pub(crate) fn apply(
        &self,
        event: &mut EventMut<'_>,
        change: impl FnOnce(&[u8], &mut Vec<u8>) -> Result<(), &'static str>,
    ) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, self.tag)? else { return Ok(Keep::Yes) };
        let (arena, scratch) = event.arena_and_scratch();
        scratch.text.clear();
        let changed = change(arena.get(span), &mut scratch.text);
        // Outputs write texts as UTF-8: anything else would be lost there.
        let changed = changed.and_then(|()| match std::str::from_utf8(&scratch.text) {
            Ok(_) => Ok(()),
            Err(_) => Err("holds bytes that are no UTF-8"),
        });
        if let Err(why) = changed {
            return Err(FilterError::because(self.tag, format!("`{}` {why}", self.field)));
        }
        let span = arena.append(&scratch.text);
        event.set(self.target, Value::Text(span));
        Ok(Keep::Yes)
    }
}
