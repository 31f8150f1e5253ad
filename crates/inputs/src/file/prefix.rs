//! What is remembered of a file's beginning while it is read.

use super::content::{Digest, PREFIX_MAX};

/// How many of the first bytes are kept as they are, to tell most files apart at a glance.
const HEAD: usize = 32;

/// Digest of the file's first bytes, up to the position and [`PREFIX_MAX`]. The bytes themselves are
/// not kept: with ten thousand files they would be ten megabytes. Until there are enough of them
/// every read begins with them anyway.
#[derive(Debug, Default)]
pub(super) struct Prefix {
    digest: Digest,
    head: [u8; HEAD],
}

impl Prefix {
    /// Of a file that begins with the given bytes.
    pub(super) fn of(text: &[u8]) -> Self {
        let start = &text[..text.len().min(PREFIX_MAX)];
        let mut head = [0; HEAD];
        let known = start.len().min(HEAD);
        head[..known].copy_from_slice(&start[..known]);
        Self { digest: Digest::of(start), head }
    }

    pub(super) fn len(&self) -> usize {
        self.digest.len as usize
    }

    pub(super) fn digest(&self) -> Digest {
        self.digest
    }

    /// Takes more of a file's first bytes, those that are known included.
    pub(super) fn extend(&mut self, text: &[u8]) {
        if self.len() < PREFIX_MAX {
            *self = Self::of(text);
        }
    }

    /// Whether another file's beginning, of up to [`PREFIX_MAX`] bytes, is the same as far as both
    /// go. Nothing when the digest alone does not tell.
    pub(super) fn agrees_with(&self, beginning: &[u8]) -> Option<bool> {
        let both = self.len().min(beginning.len()).min(HEAD);
        if self.head[..both] != beginning[..both] {
            return Some(false);
        }
        let start = beginning.get(..self.len())?;
        Some(Digest::of(start) == self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_grows_until_it_is_whole() {
        let text: Vec<u8> = (0..=255).cycle().take(PREFIX_MAX + 100).collect();
        let mut prefix = Prefix::default();
        for end in (0..text.len()).step_by(100) {
            prefix.extend(&text[..end]);
            assert_eq!(prefix.digest(), Digest::of(&text[..end.min(PREFIX_MAX)]));
            assert_eq!(prefix.agrees_with(&text[..PREFIX_MAX]), Some(true));
        }
        assert_eq!(prefix.len(), PREFIX_MAX);
        assert_eq!(prefix.agrees_with(&text[..10]), None, "too short to tell");
        assert_eq!(prefix.agrees_with(&text[1..11]), Some(false));
        assert_eq!(prefix.agrees_with(&text[1..=PREFIX_MAX]), Some(false));
        let mut other = text[..PREFIX_MAX].to_vec();
        other[PREFIX_MAX - 1] = b'x';
        assert_eq!(prefix.agrees_with(&other), Some(false), "only the digest tells");
    }
}
