#![expect(clippy::unwrap_used, reason = "tests")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use weir_host::{Clock, DiskFiles, Entry, Files, ReadFile, Stat, WriteFile};

use super::*;
use crate::tests::{built, chunks, encoded, examples, with_settings};

const STARTED: &str = r#"{"message":"started"}"#;

/// A disk with room for so many bytes, and a clock that stands still.
#[derive(Clone, Default)]
struct Machine {
    room: Arc<AtomicUsize>,
    seconds: Arc<AtomicI64>,
    cannot_cut: Arc<AtomicUsize>,
}

impl Machine {
    fn new() -> Self {
        let machine = Self::default();
        machine.room.store(usize::MAX, Ordering::Relaxed);
        machine
    }

    fn host(&self) -> Host {
        Host { clock: Arc::new(self.clone()), files: Arc::new(self.clone()), ..Host::real() }
    }
}

impl Clock for Machine {
    fn wall_nanos(&self) -> i128 {
        i128::from(self.seconds.load(Ordering::Relaxed)) * 1_000_000_000
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

struct Full {
    file: Box<dyn WriteFile>,
    machine: Machine,
}

impl WriteFile for Full {
    fn stat(&self) -> io::Result<Stat> {
        self.file.stat()
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self.machine.room.load(Ordering::Relaxed);
        let (fits, rest) = bytes.split_at(bytes.len().min(room));
        self.machine.room.fetch_sub(fits.len(), Ordering::Relaxed);
        self.file.write_all(fits)?;
        if rest.is_empty() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        if self.machine.cannot_cut.load(Ordering::Relaxed) > 0 {
            self.machine.cannot_cut.fetch_sub(1, Ordering::Relaxed);
            return Err(io::Error::other("not now"));
        }
        self.file.truncate(len)
    }
}

impl Files for Machine {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        DiskFiles.open(path)
    }

    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat> {
        DiskFiles.stat(path, follow)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        DiskFiles.list(folder)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(Full { file: DiskFiles.append(path)?, machine: self.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        DiskFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        DiskFiles.remove(path)
    }
}

struct Trial {
    folder: tempfile::TempDir,
    machine: Machine,
}

impl Trial {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), machine: Machine::new() }
    }

    fn filer(&self, toml: &str) -> Filer {
        let toml = toml.replace("/var/log/archive", &self.folder.path().display().to_string());
        with_settings(&toml, |file: File| file.build_on(&self.machine.host())).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The file as `zcat` shows it.
    fn unzipped(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path(name)).unwrap();
        let mut text = String::new();
        io::Read::read_to_string(&mut flate2::bufread::MultiGzDecoder::new(&bytes[..]), &mut text)
            .unwrap();
        text
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Sends the chunks of each file in a request of their own, as the driver does.
async fn send(filer: &Filer, documents: &[&str]) -> Result<(), SendError> {
    for chunk in chunks(filer, documents) {
        filer.send(&[chunk]).await?;
    }
    Ok(())
}

const TEXT: &str = "path = '/var/log/archive/all.log'\ncodec = 'text'\n";

fn message(text: &str) -> String {
    serde_json::json!({ "message": text }).to_string()
}

#[tokio::test]
async fn the_page_shows_what_is_written() {
    let trial = Trial::new();
    for example in examples::<File>() {
        let filer = trial.filer(&example.toml);
        send(&filer, &[example.json.as_deref().unwrap()]).await.unwrap();
        let path = example.before_text.split("appends to `/var/log/archive/").nth(1).unwrap();
        let path = path.split_once('`').unwrap().0;
        assert_eq!(trial.text(path), example.text.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_finds_its_file() {
    let trial = Trial::new();
    let filer = trial.filer("path = '/var/log/archive/%{app}/x.log'\ncodec = 'text'");
    let event = |app: &str, text: &str| format!(r#"{{"app":"{app}","message":"{text}"}}"#);
    let events =
        [event("a", "1"), event("b", "2"), event("a", "3"), event("../../b", "4"), event("b", "5")];
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    send(&filer, &events).await.unwrap();
    assert_eq!(trial.text("a/x.log"), "1\n3\n");
    assert_eq!(trial.text("b/x.log"), "2\n5\n");
    assert_eq!(trial.text("_._.._b/x.log"), "4\n");
    let refused = encoded(&filer, &[STARTED, r#"{"app":"a"}"#]).refused;
    let reasons: Vec<&str> = refused.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(reasons, ["the event has no field `app`", "the event has no field `message`"]);
}

#[tokio::test]
async fn a_full_disk_doubles_and_tears_no_line() {
    let trial = Trial::new();
    let filer = trial.filer(TEXT);
    let lines = [message("one"), message("two")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    send(&filer, &lines).await.unwrap();
    for cannot_cut in [0, 1] {
        trial.machine.room.store(6, Ordering::Relaxed);
        trial.machine.cannot_cut.store(cannot_cut, Ordering::Relaxed);
        let before = trial.text("all.log");
        match send(&filer, &lines).await.unwrap_err() {
            SendError::Retry { cause, .. } => assert!(cause.ends_with("is full"), "{cause}"),
            other => panic!("{other:?}"),
        }
        let torn = if cannot_cut == 0 { "" } else { "one\ntw" };
        assert_eq!(trial.text("all.log"), format!("{before}{torn}"));
        trial.machine.room.store(usize::MAX, Ordering::Relaxed);
        send(&filer, &lines).await.unwrap();
        assert_eq!(trial.text("all.log"), format!("{before}one\ntwo\n"));
    }
}

#[tokio::test]
async fn full_files_are_renamed_and_the_oldest_replaced() {
    let trial = Trial::new();
    let filer = trial.filer(&format!("{TEXT}rotate-bytes = 4\nkeep = 2"));
    for line in ["one", "two", "six", "ten"] {
        send(&filer, &[&message(line)]).await.unwrap();
    }
    assert_eq!(trial.names(), ["all.log", "all.log.1", "all.log.2"]);
    assert_eq!(trial.text("all.log"), "ten\n");
    assert_eq!(trial.text("all.log.1"), "six\n");
    assert_eq!(trial.text("all.log.2"), "two\n");
}

#[tokio::test]
async fn a_new_hour_begins_a_new_file() {
    let trial = Trial::new();
    let filer = trial.filer(&format!("{TEXT}rotate-every = '1h'"));
    let now = i64::try_from(
        DiskFiles.stat(trial.folder.path(), true).unwrap().modified_nanos / 1_000_000_000,
    );
    let hour = now.unwrap() / 3600 * 3600;
    for (after, line) in [(10, "one"), (3599, "two"), (3600, "six")] {
        trial.machine.seconds.store(hour + after, Ordering::Relaxed);
        send(&filer, &[&message(line)]).await.unwrap();
    }
    assert_eq!(trial.text("all.log.1"), "one\ntwo\n");
    assert_eq!(trial.text("all.log"), "six\n");
}

#[tokio::test]
async fn compressed_files_are_what_zcat_reads() {
    let trial = Trial::new();
    let settings = "path = '/var/log/archive/all.gz'\ncodec = 'text'\ncompression = 'gzip'\n\
                    sync = 'delivered'";
    for _ in 0..2 {
        let filer = trial.filer(settings);
        let mut request = chunks(&filer, &[&message("one"), &message("two")]);
        let raw = filer.unpack(&request[0]).unwrap();
        assert_eq!(raw, b"one\ntwo\n");
        request.push(request[0].pick(&raw, &[1]));
        filer.send(&request).await.unwrap();
    }
    assert_eq!(trial.unzipped("all.gz"), "one\ntwo\ntwo\n".repeat(2));
}

#[tokio::test]
async fn what_a_crash_left_does_not_spoil_what_follows() {
    let trial = Trial::new();
    std::fs::write(trial.path("all.log"), "one\ntw").unwrap();
    send(&trial.filer(TEXT), &[&message("two")]).await.unwrap();
    assert_eq!(trial.text("all.log"), "one\ntw\ntwo\n");

    let settings = "path = '/var/log/archive/all.gz'\ncodec = 'text'\ncompression = 'gzip'";
    send(&trial.filer(settings), &[&message("one")]).await.unwrap();
    let whole = std::fs::read(trial.path("all.gz")).unwrap();
    for torn in 1..whole.len() {
        std::fs::write(trial.path("all.gz"), [&whole[..], &whole[..torn]].concat()).unwrap();
        send(&trial.filer(settings), &[&message("two")]).await.unwrap();
        assert_eq!(trial.unzipped("all.gz"), "one\ntwo\n", "torn at {torn}");
    }
}

#[tokio::test]
async fn what_is_no_gzip_is_left_alone() {
    let trial = Trial::new();
    std::fs::write(trial.path("all.gz"), "precious").unwrap();
    let filer =
        trial.filer("path = '/var/log/archive/all.gz'\ncodec = 'text'\ncompression = 'gzip'");
    match send(&filer, &[STARTED]).await.unwrap_err() {
        SendError::Blocked { cause } => assert!(cause.contains("something else"), "{cause}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(trial.text("all.gz"), "precious");
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_begun_anew() {
    let trial = Trial::new();
    let filer = trial.filer(TEXT);
    send(&filer, &[&message("one")]).await.unwrap();
    std::fs::rename(trial.path("all.log"), trial.path("moved")).unwrap();
    send(&filer, &[&message("two")]).await.unwrap();
    assert_eq!((trial.text("moved"), trial.text("all.log")), ("one\n".into(), "two\n".into()));
}

#[tokio::test]
async fn more_files_than_are_kept_open_are_written_all_the_same() {
    let trial = Trial::new();
    let filer = trial.filer("path = '/var/log/archive/%{app}'\ncodec = 'text'");
    for round in 0..2 {
        let events: Vec<String> =
            (0..300).map(|app| format!(r#"{{"app":"{app}","message":"{round}"}}"#)).collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        send(&filer, &events).await.unwrap();
    }
    assert_eq!(trial.names().len(), 300);
    assert!((0..300).all(|app| trial.text(&app.to_string()) == "0\n1\n"));
    assert!(filer.shelf.lock().unwrap().open_count() <= 256);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_for_a_person() {
    let trial = Trial::new();
    std::fs::write(trial.path("file"), "").unwrap();
    let filer = trial.filer("path = '/var/log/archive/file/all.log'");
    assert!(matches!(send(&filer, &[STARTED]).await, Err(SendError::Blocked { .. })));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused = |more: &str| {
        let toml = format!("path = '/x'\n{more}");
        built::<File>(&toml).err().unwrap()
    };
    assert!(refused("keep = 0").contains("throw away"));
    assert!(refused("rotate-every = '0s'").contains("no length"));
    assert!(refused("template = '%{message}'").contains("`codec = \"text\"`"));
}
