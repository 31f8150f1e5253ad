//! What is remembered of a file's beginning while it is read.

use super::content::{Digest, PREFIX_MAX};

/// The file's first bytes, up to the position and [`PREFIX_MAX`]. Once there are that many only their
/// digest is kept: with ten thousand files the bytes would be ten megabytes.
#[derive(Debug)]
pub(super) enum Prefix {
    Growing(Vec<u8>),
    Whole(Digest),
}

impl Prefix {
    /// Of bytes that are at most [`PREFIX_MAX`].
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let mut prefix = Self::Growing(bytes);
        prefix.settle();
        prefix
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Growing(bytes) => bytes.len(),
            Self::Whole(digest) => digest.len as usize,
        }
    }

    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Growing(bytes) => Digest::of(bytes),
            Self::Whole(digest) => *digest,
        }
    }

    /// Takes what follows in the file.
    pub(super) fn extend(&mut self, text: &[u8]) {
        if let Self::Growing(bytes) = self {
            let missing = PREFIX_MAX - bytes.len();
            bytes.extend_from_slice(&text[..text.len().min(missing)]);
            self.settle();
        }
    }

    fn settle(&mut self) {
        if let Self::Growing(bytes) = self
            && bytes.len() >= PREFIX_MAX
        {
            *self = Self::Whole(Digest::of(bytes));
        }
    }

    /// Whether another file's beginning, of up to [`PREFIX_MAX`] bytes, is the same as far as both
    /// go. Nothing when the digest alone does not tell.
    pub(super) fn agrees_with(&self, beginning: &[u8]) -> Option<bool> {
        match self {
            Self::Growing(bytes) => {
                let both = bytes.len().min(beginning.len());
                Some(bytes[..both] == beginning[..both])
            }
            Self::Whole(digest) => {
                let start = beginning.get(..digest.len as usize)?;
                Some(Digest::of(start) == *digest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_grows_until_it_is_whole() {
        let text: Vec<u8> = (0..=255).cycle().take(PREFIX_MAX + 100).collect();
        let mut prefix = Prefix::of(Vec::new());
        for piece in text.chunks(100) {
            prefix.extend(piece);
            let known = &text[..prefix.len()];
            assert_eq!(prefix.digest(), Digest::of(known));
            assert_eq!(prefix.agrees_with(&text[..PREFIX_MAX]), Some(true));
        }
        assert_eq!(prefix.len(), PREFIX_MAX);
        assert_eq!(prefix.agrees_with(&text[..10]), None);
        assert_eq!(prefix.agrees_with(&text[1..=PREFIX_MAX]), Some(false));
        assert_eq!(Prefix::of(text[..50].to_vec()).agrees_with(&text[1..30]), Some(false));
    }
}
