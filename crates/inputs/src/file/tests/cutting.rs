//! A file that is cut and written again at the worst moment: between any two reads of it.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use weir_host::{Entry, Files, ReadFile, Stat, WriteFile};

use super::*;

/// A file system in which one file is written anew just before it is read for the `left`-th time.
#[derive(Clone)]
struct Cutting {
    real: Arc<dyn Files>,
    left: Arc<AtomicUsize>,
    path: PathBuf,
    text: Arc<str>,
}

struct CutFile(Box<dyn ReadFile>, Cutting);

impl Files for Cutting {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let file = self.real.open(path)?;
        Ok(if path == self.path { Box::new(CutFile(file, self.clone())) } else { file })
    }

    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat> {
        self.real.stat(path, follow)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        self.real.list(folder)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.real.append(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.real.remove(path)
    }
}

impl ReadFile for CutFile {
    fn stat(&self) -> io::Result<Stat> {
        self.0.stat()
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let Cutting { left, path, text, .. } = &self.1;
        if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            fs::write(path, &**text).unwrap();
        }
        self.0.read_at(into, offset)
    }
}

/// A far end that keeps what it knows by its id, as `create` does.
#[derive(Default)]
struct Store(HashMap<(u64, u64, u64), String>);

impl Store {
    fn take(&mut self, lines: Vec<Line>) {
        for line in lines {
            self.0.entry(line.id).or_insert(line.text);
        }
    }

    #[track_caller]
    fn has(&self, text: &str, moment: usize) {
        let missing = text.lines().find(|line| !self.0.values().any(|known| known == line));
        assert_eq!(missing, None, "cut before read {moment}");
    }
}

/// Everything that was written last is stored, whenever the file is cut while a restarted input
/// finds it. `settle` says what became of the first run's lines.
fn cut_at_any_moment(old: &str, new: &str, settle: fn(Receipt)) {
    const READS: usize = 10;
    let mut cuts = 0;
    for moment in 1..=READS {
        let mut rig = Rig::new("a.log");
        rig.append("a.log", old);
        let mut store = Store::default();
        let running = rig.start_with(false, settle);
        running.until_count(old.lines().count());
        store.take(running.stop());
        let left = Arc::new(AtomicUsize::new(moment));
        let real = rig.host.files.clone();
        let path = rig.path("a.log");
        rig.host.files = Arc::new(Cutting { real, left: left.clone(), path, text: new.into() });
        store.take(rig.once());
        // Counted down to zero, and on below it.
        let is_cut = !(1..=moment).contains(&left.load(Ordering::Relaxed));
        if is_cut {
            cuts += 1;
            store.take(rig.once());
            store.has(new, moment);
        }
    }
    assert!(cuts >= 4, "the file was read fewer times than expected: {cuts}");
}

#[test]
fn nothing_is_lost_of_a_file_cut_while_it_is_found_again() {
    for keep in [drop::<Receipt> as fn(Receipt), |receipt| {
        receipt.delivered();
    }] {
        cut_at_any_moment(&numbered(0..20), &numbered(20..60), keep);
        cut_at_any_moment(&numbered(0..20), &numbered(20..40), keep);
    }
}

#[test]
fn a_heading_that_all_contents_have_does_not_make_them_one() {
    let with_heading = |lines| format!("#Version: 1.0\n{}", numbered(lines));
    cut_at_any_moment(&with_heading(0..20), &with_heading(20..60), drop);
}
