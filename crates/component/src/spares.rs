//! Memory for encoded bodies that is used again.
//!
//! Buffers of this size come straight from the system and go straight back: each use of a fresh one
//! costs a page fault for every 4 KiB written to it, which was a third of all the time of copying
//! files. A body that is dropped, wherever that happens, gives its memory back to the encoders.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// What is kept for one output at most, in bytes: about what two workers and a request have under
/// way. What came beyond it goes back to the system.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Buffers of one output that nobody uses now. A clone is the same store.
#[derive(Clone, Debug, Default)]
pub struct Spares(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    buffers: Vec<Vec<u8>>,
    bytes: usize,
}

impl Spares {
    /// An empty buffer, with the memory of an earlier one if there is any.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let buffer = kept.buffers.pop().unwrap_or_default();
        kept.bytes -= buffer.capacity();
        buffer
    }

    /// Makes a body of what a buffer of [`Spares::take`] holds.
    ///
    /// What waits is counted by the memory it holds, so a little text does not keep a large buffer.
    #[must_use]
    pub fn body(&self, text: Vec<u8>) -> Body {
        if text.len() < text.capacity() / 2 {
            let bytes = text.as_slice().into();
            self.keep(text);
            return Body { bytes, home: None };
        }
        Body { bytes: text, home: Some(self.clone()) }
    }

    fn keep(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + buffer.capacity() <= KEPT_BYTES_MAX {
            buffer.clear();
            kept.bytes += buffer.capacity();
            kept.buffers.push(buffer);
        }
    }
}

/// Encoded bytes, as they will be sent.
#[derive(Debug, Default)]
pub struct Body {
    bytes: Vec<u8>,
    /// Where the memory goes afterwards.
    home: Option<Spares>,
}

impl Body {
    /// Memory it holds, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, home: None }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            home.keep(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(spares: &Spares, len: usize) -> Vec<u8> {
        let mut buffer = spares.take();
        buffer.resize(len, 1);
        buffer
    }

    #[test]
    fn the_memory_of_a_dropped_body_is_used_again() {
        let spares = Spares::default();
        let body = spares.body(filled(&spares, 1000));
        let place = body.as_ptr();
        drop(body);
        let again = spares.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        assert!(spares.take().is_empty());
    }

    #[test]
    fn a_little_text_does_not_hold_a_large_buffer() {
        let spares = Spares::default();
        drop(spares.body(filled(&spares, 100_000)));
        let small = spares.body(filled(&spares, 10));
        assert!(small.capacity() < 100, "{}", small.capacity());
        assert_eq!(*small, [1; 10]);
        assert!(spares.take().capacity() >= 100_000);
    }

    #[test]
    fn only_so_much_is_kept() {
        let spares = Spares::default();
        let bodies: Vec<Body> = (0..8).map(|_| spares.body(filled(&spares, 1 << 20))).collect();
        drop(bodies);
        let kept: usize = (0..8).map(|_| spares.take().capacity()).sum();
        assert!((1..=KEPT_BYTES_MAX).contains(&kept), "{kept}");
    }
}
