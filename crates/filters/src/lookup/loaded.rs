//! What was made from files, made anew when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwapOption, Guard};
use weir_host::{Host, Stat};

/// Something made from files, while workers use it.
#[derive(Debug)]
pub(crate) struct Loaded<T> {
    paths: Vec<PathBuf>,
    current: ArcSwapOption<T>,
    /// What the files were when they were last read, with or without success: a damaged file is
    /// reported once, and not read again and again.
    seen: Mutex<Option<Vec<Stat>>>,
}

impl<T> Loaded<T> {
    /// Nothing yet, to be made from these files; without files it is made once.
    pub(crate) fn from_files(paths: Vec<PathBuf>) -> Self {
        Self { paths, current: ArcSwapOption::empty(), seen: Mutex::default() }
    }

    /// What was made last, if anything.
    pub(crate) fn current(&self) -> Guard<Option<Arc<T>>> {
        self.current.load()
    }

    /// Makes it if the files are not those of the last time. On an error, which is a sentence for
    /// the operator, the old one stays.
    pub(crate) fn refresh(
        &self,
        host: &Host,
        make: impl FnOnce(&[PathBuf]) -> Result<T, String>,
    ) -> Result<(), String> {
        // Looked at before they are read: what is written in between is noticed the next time.
        let stat =
            |path: &PathBuf| host.files.stat(path, true).map_err(|why| unreadable(path, &why));
        let now = self.paths.iter().map(stat).collect::<Result<Vec<_>, _>>()?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref() != Some(&now) {
            *seen = Some(now);
            self.current.store(Some(Arc::new(make(&self.paths)?)));
        }
        Ok(())
    }
}

/// The sentence for a file that could not be read.
pub(crate) fn unreadable(path: &Path, why: &std::io::Error) -> String {
    format!("`{}` cannot be read: {why}", path.display())
}
