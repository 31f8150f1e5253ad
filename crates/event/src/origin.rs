//! How events reached us: what is the same for every event of a file or a connection.

use std::sync::Arc;

use crate::Key;

/// A shared [`Origin`].
pub type OriginRef = Arc<Origin>;

/// Facts that hold for every event of one source; stored once, not per event.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Names the source for good (for a file: this one life of it), so that identity and position
    /// together name an event. Zero when the source cannot be read again.
    pub identity: u64,
    /// Whether its lines were joined to events where they were read.
    pub joined: bool,
    /// The newest lines before it that say what its columns are, if the input knows such lines.
    pub header: Option<Arc<str>>,
    facts: Vec<Fact>,
}

#[derive(Clone, Debug)]
struct Fact {
    key: Key,
    text: Arc<str>,
    delivered: bool,
}

impl Origin {
    /// An origin without facts.
    #[must_use]
    pub fn new(identity: u64) -> Self {
        Self { identity, ..Self::default() }
    }

    /// Adds a fact. One that is not delivered can still be used in conditions and templates.
    #[must_use]
    pub fn with(mut self, key: Key, text: impl Into<Arc<str>>, delivered: bool) -> Self {
        self.facts.retain(|fact| fact.key != key);
        self.facts.reserve_exact(1);
        self.facts.push(Fact { key, text: text.into(), delivered });
        self
    }

    /// A fact by its name.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&str> {
        self.facts.iter().find(|fact| fact.key == key).map(|fact| &*fact.text)
    }

    /// A fact by its name, unless it is one that is delivered.
    pub(crate) fn get_hidden(&self, key: Key) -> Option<&str> {
        self.facts.iter().find(|fact| fact.key == key && !fact.delivered).map(|fact| &*fact.text)
    }

    /// The facts that are sent along with every event that has no field of the same name.
    pub fn delivered(&self) -> impl Iterator<Item = (Key, &str)> {
        self.facts.iter().filter(|fact| fact.delivered).map(|fact| (fact.key, &*fact.text))
    }
}
