//! What the filters that look things up share: answers ready to be put into events, a memory
//! of the answers given lately, and tables that are read anew when their files change. No filter
//! itself.

mod answer;
mod loaded;
mod recall;

pub(crate) use answer::Answer;
pub(crate) use loaded::{Loaded, unreadable};
pub(crate) use recall::{Recall, Recalled};

use weir_event::{Arena, EventRef, Key, Value, ValueRef};

/// What an event asks about.
pub(crate) enum Question<'a> {
    /// The event lacks the field, or it holds nothing.
    None,
    /// The field's text; of a list the first item.
    Text(&'a [u8]),
    /// The field holds something that is not text.
    Other,
}

impl<'a> Question<'a> {
    /// The question in a field.
    pub(crate) fn of(event: EventRef<'a>, field: Key) -> Self {
        match event.view(field) {
            None | Some(ValueRef::Null) => Self::None,
            Some(ValueRef::Text(text)) => Self::Text(text),
            Some(ValueRef::List(items, arena)) => Self::of_list(items, arena),
            Some(_) => Self::Other,
        }
    }

    fn of_list(items: &[Value], arena: &'a Arena) -> Self {
        match items.first() {
            None => Self::None,
            Some(Value::Text(span)) => Self::Text(arena.get(*span)),
            Some(_) => Self::Other,
        }
    }
}
