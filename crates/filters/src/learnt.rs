//! What filters make of the headers of files. No filter itself.

use std::sync::{Arc, PoisonError, RwLock};

/// Headers that are remembered; where more files are read at the same time, some are learnt anew. The
/// longest take half a megabyte each.
const HEADERS_MAX: usize = 16;

/// Remembers what was made of the headers seen last, for all threads.
#[derive(Debug)]
pub(crate) struct Learnt<T>(RwLock<Vec<Known<T>>>);

/// A header and what was made of it, if it could be.
type Known<T> = (Arc<str>, Option<Arc<T>>);

impl<T> Default for Learnt<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Learnt<T> {
    /// What `learn` makes of the header, if it can; it is asked once for each.
    ///
    /// Headers are told apart by where they lie in memory: comparing their texts for every event
    /// would take as long as the header is.
    pub(crate) fn of(
        &self,
        header: &Arc<str>,
        learn: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Arc<T>> {
        let is_it = |(known, _): &&Known<T>| Arc::ptr_eq(known, header);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = known.iter().find(is_it) {
            return made.clone();
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Files of one program have the same text, and need its memory once.
        let alike = known.iter().find(|(text, _)| text == header).map(|(_, made)| made.clone());
        let made = alike.unwrap_or_else(|| learn(header).map(Arc::new));
        if known.len() == HEADERS_MAX {
            known.remove(0);
        }
        known.push((header.clone(), made.clone()));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_learnt_once() {
        let learnt = Learnt::default();
        let [one, same, other]: [Arc<str>; 3] = ["a", "a", "b"].map(Into::into);
        for header in [&one, &one, &same] {
            let made = learnt.of(header, |text| Some(text.to_owned()));
            assert_eq!(made.as_deref().map(String::as_str), Some("a"));
        }
        let asked = std::cell::Cell::new(0);
        for header in [&one, &same, &other, &other] {
            learnt.of(header, |text| {
                asked.set(asked.get() + 1);
                Some(text.to_owned())
            });
        }
        assert_eq!(asked.get(), 1);
    }

    #[test]
    fn only_so_many_are_kept() {
        let learnt = Learnt::default();
        for n in 0..200 {
            let header: Arc<str> = format!("{n}").into();
            let made = learnt.of(&header, |text| Some(text.len()));
            assert_eq!(made.as_deref(), Some(&header.len()));
        }
        assert_eq!(learnt.0.read().map(|known| known.len()).ok(), Some(HEADERS_MAX));
    }
}
