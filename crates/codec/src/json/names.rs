//! The names of a document's members: mostly those of the document before, in the same order.

use weir_event::{Field, Key};

use super::lead::Lead;
use super::scan::plain_len;

/// The member names of the last document, in order.
#[derive(Default)]
pub(super) struct Names {
    target: Option<Key>,
    pub(super) known: Vec<Known>,
    /// How many members this document had so far.
    pub(super) next: usize,
    /// Whether this document went another way than the last: what follows is learnt anew.
    diverged: bool,
}

pub(super) struct Known {
    /// The object it is in: its place in the list plus one; 0 is the root.
    parent: usize,
    /// The last part of the name.
    pub(super) name: &'static str,
    /// The whole name; nothing when the table of names had no room.
    pub(super) key: Option<Key>,
    /// Whether no earlier member of the document has the same whole name.
    pub(super) unique: bool,
    /// Whether JSON writes the name without escapes.
    plain: bool,
    /// How the member begins.
    pub(super) lead: Lead,
}

impl Names {
    pub(super) fn start(&mut self, target: Option<Key>) {
        if self.target != target {
            self.known.clear();
            self.target = target;
        }
        self.next = 0;
        self.diverged = false;
    }

    /// The place and name of the document's next member if it is that of the last document.
    pub(super) fn guess(&self, parent: usize) -> Option<(usize, &Known)> {
        let known = self.known.get(self.next).filter(|_| !self.diverged)?;
        let is_same = known.parent == parent && known.plain && known.key.is_some();
        is_same.then_some((self.next, known))
    }

    /// The place of the document's next member.
    pub(super) fn place(&mut self, parent: usize, name: &[u8], fields: &[Field]) -> usize {
        let place = self.next;
        self.next += 1;
        if !self.diverged
            && let Some(known) = self.known.get(place)
            && known.parent == parent
            && known.name.as_bytes() == name
            && known.key.is_some()
        {
            return place;
        }
        self.diverged = true;
        self.known.truncate(place);
        let key = self.key(parent, name);
        let unique = key.is_some_and(|key| fields.iter().all(|field| field.key != key));
        let whole = key.map_or("", Key::name);
        let name = whole.get(whole.len().saturating_sub(name.len())..).unwrap_or_default();
        let plain = plain_len(name.as_bytes()) == name.len();
        self.known.push(Known { parent, name, key, unique, plain, lead: Lead::of(name) });
        place
    }

    fn key(&self, parent: usize, name: &[u8]) -> Option<Key> {
        let name = String::from_utf8_lossy(name);
        let above = match parent.checked_sub(1) {
            Some(place) => Some(self.known[place].key?),
            None => self.target,
        };
        match above {
            Some(above) => Key::found(&format!("{above}.{name}")),
            None => Key::found(&name),
        }
    }
}
