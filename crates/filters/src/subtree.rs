//! The fields below a name: `url` holds `url`, `url.path` and `url.query`.
//!
//! Events carry keys, not names, so telling whether one lies below another needs its name. Each
//! thread remembers the names it has asked for, since the table of all names is behind a lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use weir_event::Key;

thread_local! {
    static NAMES: RefCell<HashMap<Key, &'static str, BuildHasherDefault<Spread>>> =
        RefCell::default();
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
