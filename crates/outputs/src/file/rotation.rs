//! When a file is full, and what it is called then.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use weir_host::Files;

/// When to begin a new file, and how many old ones to keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    pub(crate) bytes_max: Option<u64>,
    pub(crate) every: Option<Duration>,
    pub(crate) keep: u32,
}

impl Rotation {
    /// Whether a file of `len` bytes, last written to at `written`, has to make way before `more`
    /// bytes are written at `now` (nanoseconds since 1970).
    pub(crate) fn is_due(&self, len: u64, more: u64, written: i128, now: i128) -> bool {
        if len == 0 {
            return false;
        }
        let is_too_large = self.bytes_max.is_some_and(|max| len.saturating_add(more) > max);
        let is_too_old = self.every.is_some_and(|every| {
            let every = i128::try_from(every.as_nanos()).unwrap_or(i128::MAX).max(1);
            written.div_euclid(every) != now.div_euclid(every)
        });
        is_too_large || is_too_old
    }

    /// Renames the file to `.1`, what was `.1` to `.2`, up to `keep`; the oldest is replaced.
    pub(crate) fn rotate(&self, files: &dyn Files, path: &Path) -> io::Result<()> {
        for n in (1..self.keep).rev() {
            match files.rename(&numbered(path, n), &numbered(path, n + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        files.rename(path, &numbered(path, 1))
    }
}

/// `all.log.1`; `all.log.1.gz` for `all.log.gz`, so that gzip's tools still know it.
fn numbered(path: &Path, n: u32) -> PathBuf {
    let text = path.as_os_str().to_string_lossy();
    match text.strip_suffix(".gz") {
        Some(stem) => PathBuf::from(format!("{stem}.{n}.gz")),
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{n}"));
            name.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_makes_way_when_it_would_grow_too_large_or_its_time_is_over() {
        let rotation =
            Rotation { bytes_max: Some(100), every: Some(Duration::from_nanos(10)), keep: 1 };
        assert!(!rotation.is_due(0, 500, 0, 99), "an empty file is never renamed");
        assert!(!rotation.is_due(50, 50, 5, 9));
        assert!(rotation.is_due(50, 51, 5, 9));
        assert!(rotation.is_due(1, 1, 9, 10));
        assert!(rotation.is_due(1, 1, 10, 9), "clocks may go back");
    }

    #[test]
    fn the_number_goes_before_the_ending_of_gzip() {
        assert_eq!(numbered(Path::new("/a/b.log"), 2), Path::new("/a/b.log.2"));
        assert_eq!(numbered(Path::new("/a/b.log.gz"), 2), Path::new("/a/b.log.2.gz"));
    }
}
