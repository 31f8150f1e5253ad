//! The fields below a name: `url` holds `url`, `url.path` and `url.query`; copying and moving them.
//!
//! Events carry keys, not names, so telling whether one lies below another needs its name. Each
//! thread remembers the names it has asked for, since the table of all names is behind a lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, Hasher};

use weir_event::{EventMut, Field, Key, Value, ValueRef};

thread_local! {
    static NAMES: RefCell<HashMap<Key, &'static str, BuildHasherDefault<Spread>>> =
        RefCell::default();
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
    static COPIES: RefCell<Vec<Field>> = const { RefCell::new(Vec::new()) };
}

/// A key's name, without a lock after the first time.
pub(crate) fn name_of(key: Key) -> &'static str {
    NAMES.with_borrow_mut(|names| *names.entry(key).or_insert_with(|| key.name()))
}

/// Spreads the few bits of a key over a hash. Keys are numbered by us, so nobody can choose them
/// to collide.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(ODD);
    }
}

/// What follows `above` and a dot in `name`.
pub(crate) fn below<'a>(name: &'a str, above: &str) -> Option<&'a str> {
    name.strip_prefix(above)?.strip_prefix('.')
}

/// The key of a name put together from data; nothing when there is no room for another name.
pub(crate) fn put_together(write: impl FnOnce(&mut String)) -> Option<Key> {
    NAME.with_borrow_mut(|name| {
        name.clear();
        write(name);
        Key::found(name)
    })
}

/// The key of `above`, a dot and `rest`; nothing when there is no room for another name.
pub(crate) fn key_below(above: &str, rest: &str) -> Option<Key> {
    put_together(|name| write!(name, "{above}.{rest}").expect("a text takes all"))
}

/// Whether the event has a value of this name, or an object with something in it.
pub(crate) fn is_there(event: &EventMut<'_>, key: Key) -> bool {
    match event.as_ref().view(key) {
        Some(value) => !matches!(value, ValueRef::Null),
        None => has_members(event, key),
    }
}

/// Whether something lies below the name.
pub(crate) fn has_members(event: &EventMut<'_>, key: Key) -> bool {
    let above = name_of(key);
    let seen = event.as_ref();
    let facts = seen.delivered_facts().map(|(key, _)| key);
    let mut names = seen.fields().iter().map(|field| field.key).chain(facts);
    names.any(|key| below(name_of(key), above).is_some())
}

/// What a name stands for, ready to be set in the same event: a field's value, the event's time or
/// position, or a fact about its origin.
pub(crate) fn value_of(event: &mut EventMut<'_>, key: Key) -> Option<Value> {
    let seen = event.as_ref();
    if let Some(value) = seen.get(key) {
        return Some(value.clone());
    }
    match seen.view(key)? {
        ValueRef::Time(time) => Some(Value::Time(time)),
        ValueRef::Int(number) => Some(Value::Int(number)),
        _ => event.span(key).map(Value::Text),
    }
}

/// Copies what lies below `source`; false when a new name found no room.
pub(crate) fn copy_members(event: &mut EventMut<'_>, source: Key, target: Key) -> bool {
    own_facts(event, source);
    let (above, new_above) = (name_of(source), name_of(target));
    let mut complete = true;
    // Names of the target may themselves lie below the source: look first, then copy.
    COPIES.with_borrow_mut(|copies| {
        copies.clear();
        for field in event.as_ref().fields() {
            let Some(rest) = below(name_of(field.key), above) else { continue };
            match key_below(new_above, rest) {
                Some(key) => copies.push(Field { key, value: field.value.clone() }),
                None => complete = false,
            }
        }
        event.absorb(copies);
    });
    complete
}

/// Makes fields of facts about where an event came from if one of them is meant by the name.
pub(crate) fn own_facts(event: &mut EventMut<'_>, key: Key) {
    let is_meant = |it: Key| it == key || below(name_of(it), name_of(key)).is_some();
    if event.as_ref().delivered_facts().any(|(it, _)| is_meant(it)) {
        event.own_facts();
    }
}

/// Renames what lies below `source`; false when a new name found no room.
pub(crate) fn move_members(event: &mut EventMut<'_>, source: Key, target: Key) -> bool {
    let (above, new_above) = (name_of(source), name_of(target));
    rename_fields(event, |name| match below(name, above) {
        Some(rest) => key_below(new_above, rest).into(),
        None => Renaming::None,
    })
}

/// What becomes of a field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renaming {
    /// It stays.
    None,
    To(Key),
    /// It should change, but there is no room for another name.
    NoRoom,
}

impl From<Option<Key>> for Renaming {
    fn from(found: Option<Key>) -> Self {
        found.map_or(Self::NoRoom, Self::To)
    }
}

/// Gives fields other names; false when one found no room and the field keeps its own.
///
/// A renamed field goes to the end, and
/// replaces one that has its new name.
pub(crate) fn rename_fields(
    event: &mut EventMut<'_>,
    mut rename: impl FnMut(&'static str) -> Renaming,
) -> bool {
    let mut complete = true;
    let mut at = 0;
    // What was moved stands at the end, where it must not be looked at again.
    let mut left = event.as_ref().fields().len();
    while at < left.min(event.as_ref().fields().len()) {
        let key = event.as_ref().fields()[at].key;
        match rename(name_of(key)) {
            Renaming::To(new) if new != key => {
                if let Some(value) = event.remove(key) {
                    event.set(new, value);
                }
                left -= 1;
            }
            found => {
                complete &= found != Renaming::NoRoom;
                at += 1;
            }
        }
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_parts_of_a_name_count() {
        assert_eq!(below("url.path.raw", "url"), Some("path.raw"));
        assert_eq!(below("urls.path", "url"), None);
        assert_eq!(below("url", "url"), None);
    }

    #[test]
    fn a_remembered_name_is_the_name() {
        for name in ["subtree.a", "subtree.b", "subtree.a"] {
            assert_eq!(name_of(Key::named(name)), name);
        }
    }
}
