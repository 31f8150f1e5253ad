//! Where lines within a message end. Most messages are one line, so the first answer is kept.

use memchr::memchr;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Newlines {
    first: Option<usize>,
}

impl Newlines {
    /// The first newline at or after `from`, else the length of the line.
    #[inline]
    pub(crate) fn next(&mut self, line: &[u8], from: usize) -> usize {
        let first = match self.first {
            Some(first) => first,
            None => {
                let first = memchr(b'\n', line).unwrap_or(line.len());
                self.first = Some(first);
                first
            }
        };
        if from <= first {
            return first;
        }
        memchr(b'\n', &line[from..]).map_or(line.len(), |at| from + at)
    }
}
