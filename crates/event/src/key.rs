//! Field names, interned: an event carries four bytes a name, and comparing names is comparing
//! numbers.
//!
//! Names live as long as the process. That is safe only because there is a limit: names in the
//! configuration always get a place, names found in data only while there is room
//! ([`KEYS_MAX`]); beyond it a decoder files the field under [`Key::OTHER`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

/// How many different names data may bring in: 65,536.
///
/// Elasticsearch refuses an index beyond 1,000 fields, so honest data stays far below; a sender
/// that makes up names cannot grow the table further.
pub const KEYS_MAX: usize = 65_536;

/// The longest name data may bring in, in bytes. Longer ones go under [`Key::OTHER`].
const NAME_BYTES_MAX: usize = 512;

/// A field's name: a dotted path such as `http.response.status_code`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u32);

impl Key {
    /// `@timestamp`: the event's own time, not a field of its list.
    pub const TIME: Self = Self(0);
    /// `message`: the log line.
    pub const MESSAGE: Self = Self(1);
    /// `tags`: a list of texts; failures leave their mark here.
    pub const TAGS: Self = Self(2);
    /// Holds, as one map, the fields whose names found no place; delivered as if they stood beside
    /// the others.
    pub const OTHER: Self = Self(3);
    /// `log.offset`: where in its file the event began.
    pub const OFFSET: Self = Self(4);

    const FIXED: [&str; 5] = ["@timestamp", "message", "tags", "weir.other", "log.offset"];

    /// The key of a name that the configuration or the program uses.
    #[must_use]
    pub fn named(name: &str) -> Self {
        lookup(name).unwrap_or_else(|| intern(name, usize::MAX).expect("no limit was set"))
    }

    /// The key of a name found in data, or nothing when the table is full or the name too long.
    #[must_use]
    pub fn found(name: &str) -> Option<Self> {
        lookup(name)
            .or_else(|| if name.len() > NAME_BYTES_MAX { None } else { intern(name, KEYS_MAX) })
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let names = NAMES.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        names.by_key[self.0 as usize]
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

struct Names {
    by_key: Vec<&'static str>,
    by_name: HashMap<&'static str, Key>,
}

static NAMES: LazyLock<RwLock<Names>> = LazyLock::new(|| {
    let mut names = Names { by_key: Vec::new(), by_name: HashMap::new() };
    for name in Key::FIXED {
        names.add(name);
    }
    RwLock::new(names)
});

thread_local! {
    /// What this thread has looked up before, so that workers do not meet at the lock.
    static SEEN: RefCell<HashMap<&'static str, Key>> = RefCell::new(HashMap::new());
}

impl Names {
    fn add(&mut self, name: &'static str) -> Key {
        let key = Key(u32::try_from(self.by_key.len()).expect("names are counted in thousands"));
        self.by_key.push(name);
        self.by_name.insert(name, key);
        key
    }
}

fn lookup(name: &str) -> Option<Key> {
    if let Some(key) = SEEN.with_borrow(|seen| seen.get(name).copied()) {
        return Some(key);
    }
    let names = NAMES.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (&name, &key) = names.by_name.get_key_value(name)?;
    SEEN.with_borrow_mut(|seen| seen.insert(name, key));
    Some(key)
}

fn intern(name: &str, names_max: usize) -> Option<Key> {
    let mut names = NAMES.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(&key) = names.by_name.get(name) {
        return Some(key);
    }
    if names.by_key.len() >= names_max {
        return None;
    }
    Some(names.add(Box::leak(name.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_key() {
        let key = Key::named("source.ip");
        assert_eq!(key, Key::named("source.ip"));
        assert_eq!(Some(key), Key::found("source.ip"));
        assert_eq!(key.name(), "source.ip");
    }

    #[test]
    fn the_fixed_keys_have_their_names() {
        assert_eq!(Key::named("@timestamp"), Key::TIME);
        assert_eq!(Key::named("message"), Key::MESSAGE);
        assert_eq!(Key::named("tags"), Key::TAGS);
        assert_eq!(Key::named("log.offset"), Key::OFFSET);
    }

    #[test]
    fn data_cannot_grow_the_table_without_end() {
        assert_eq!(Key::found(&"x".repeat(NAME_BYTES_MAX + 1)), None);
        assert_eq!(intern("one name too many", 3), None);
    }
}
