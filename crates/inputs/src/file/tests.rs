//! The file input against real files: what became of a file, while running or while stopped, and
//! which lines come out. Delivery is immediate unless a test holds it back.

#![expect(clippy::unwrap_used, reason = "tests")]

mod cutting;
mod heading;
mod joining;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;
use weir_component::metrics::Meters;
use weir_component::spec::InputConfig as _;
use weir_component::{Input as _, InputError, Intake, Joiner, Loan, Pool, Sender, Stop};
use weir_event::{Key, Receipt};
use weir_host::Host;

use super::File;

/// What a delivered event was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: String,
    /// Identity, position and part: what makes an event's id.
    id: (u64, u64, u64),
    tags: String,
    /// What the columns of its file are.
    header: String,
}

/// A folder with logs, and the state of an input that reads them.
struct Rig {
    folder: TempDir,
    settings: String,
    meters: Meters,
    host: Host,
    joiner: Option<Arc<dyn Joiner>>,
}

impl Rig {
    fn new(paths: &str) -> Self {
        Self::with(paths, "")
    }

    fn with(paths: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = folder.path().join(paths);
        let settings = format!(
            "paths = [{:?}]\nscan-interval = \"50ms\"\n{settings}",
            paths.display().to_string()
        );
        Self { folder, settings, meters: Meters::new(), host: Host::real(), joiner: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(text.as_ref()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn start(&self, once: bool) -> Running {
        self.start_with(once, |receipt| {
            receipt.delivered();
        })
    }

    /// Runs; the first batch is lost on its way, all others are delivered.
    fn start_losing_the_first(&self) -> Running {
        let first = Mutex::new(true);
        self.start_with(false, move |receipt| {
            if std::mem::take(&mut *first.lock().unwrap()) {
                drop(receipt);
            } else {
                receipt.delivered();
            }
        })
    }

    fn start_with(&self, once: bool, settle: impl Fn(Receipt) + Send + Sync + 'static) -> Running {
        let file: File = toml::from_str(&self.settings).unwrap();
        let input = file.build().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let taken = lines.clone();
        let largest = Arc::new(Mutex::new(0));
        let seen = largest.clone();
        let take = move |mut loan: Loan| {
            let mut lines = taken.lock().unwrap();
            let mut largest = seen.lock().unwrap();
            *largest = loan.batch.len().max(*largest);
            drop(largest);
            for event in loan.batch.iter() {
                let mut tags = Vec::new();
                if let Some(value) = event.view(Key::TAGS) {
                    value.write_text(&mut tags);
                }
                lines.push(Line {
                    text: String::from_utf8_lossy(event.bytes(Key::MESSAGE).unwrap()).into_owned(),
                    id: (event.origin().identity, event.position(), event.part()),
                    tags: String::from_utf8(tags).unwrap(),
                    header: event.origin().header.as_deref().unwrap_or_default().to_owned(),
                });
            }
            drop(lines);
            settle(loan.batch.take_receipt());
            loan.give_back();
        };
        let (switch, stop) = Stop::new();
        let intake = Intake {
            out: Sender::new(Pool::new(4), Arc::new(take)),
            stop,
            host: self.host.clone(),
            state: self.path("state"),
            once,
            joiner: self.joiner.clone(),
            counters: self.meters.input("test", "file"),
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(input.run(intake))
        });
        Running { lines, largest, switch, thread: Some(thread) }
    }

    /// Everything there is, read and kept.
    fn once(&self) -> Vec<Line> {
        self.start(true).end()
    }

    fn texts_once(&self) -> Vec<String> {
        texts(&self.once())
    }
}

struct Running {
    lines: Arc<Mutex<Vec<Line>>>,
    /// Events in the largest batch.
    largest: Arc<Mutex<usize>>,
    switch: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<Result<(), InputError>>>,
}

impl Running {
    /// Waits until the condition holds for the lines so far.
    #[track_caller]
    fn until(&self, what: &str, holds: impl Fn(&[Line]) -> bool) {
        for _ in 0..2000 {
            if holds(&self.lines.lock().unwrap()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{what} never came; there is {:?}", self.lines.lock().unwrap());
    }

    #[track_caller]
    fn until_count(&self, count: usize) {
        self.until(&format!("line {count}"), |lines| lines.len() >= count);
    }

    fn stop(self) -> Vec<Line> {
        self.switch.send_replace(true);
        self.end()
    }

    fn end(self) -> Vec<Line> {
        let (lines, ended) = self.outcome();
        ended.unwrap();
        lines
    }

    fn outcome(mut self) -> (Vec<Line>, Result<(), InputError>) {
        let ended = self.thread.take().unwrap().join().unwrap();
        (self.lines.lock().unwrap().clone(), ended)
    }
}

fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| line.text.clone()).collect()
}

/// Numbered lines, each long enough that a few of them tell files apart.
fn numbered(range: std::ops::Range<usize>) -> String {
    range.map(|n| format!("line {n:06} {}\n", "x".repeat(40))).collect()
}

#[track_caller]
fn assert_each_once(lines: &[Line], count: usize) {
    let mut texts = texts(lines);
    texts.sort();
    let wanted: Vec<String> = numbered(0..count).lines().map(str::to_owned).collect();
    assert_eq!(texts.len(), wanted.len(), "number of lines");
    assert!(texts == wanted, "every line once");
    let mut ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), lines.len(), "ids tell all lines apart");
}

#[test]
fn lines_are_read_once_across_restarts() {
    let rig = Rig::new("*.log");
    rig.append("a.log", "one\r\ntwo\n\nunfin");
    assert_eq!(rig.texts_once(), ["one", "two", "", "unfin"]);
    assert_eq!(rig.texts_once(), Vec::<String>::new());
    rig.append("a.log", "ished\nthree\n");
    assert_eq!(rig.texts_once(), ["ished", "three"]);
}

#[test]
fn a_line_is_read_when_it_is_finished() {
    let rig = Rig::new("a.log");
    let running = rig.start(false);
    rig.append("a.log", "one\ntw");
    running.until_count(1);
    rig.append("a.log", "o\n");
    running.until_count(2);
    assert_eq!(texts(&running.stop()), ["one", "two"]);
}

#[test]
fn a_rotated_file_is_read_to_its_end() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..10));
    let running = rig.start(false);
    running.until_count(10);
    // Renamed out of the pattern while its writer goes on.
    rig.rename("a.log", "a.log.1");
    rig.append("a.log.1", numbered(10..20));
    rig.append("a.log", numbered(20..30));
    running.until_count(30);
    let lines = running.stop();
    assert_each_once(&lines, 30);
    assert_eq!(texts(&lines), numbered(0..30).lines().collect::<Vec<_>>(), "in order");
}

#[test]
fn a_file_renamed_within_the_pattern_is_not_read_again() {
    let rig = Rig::new("a.log*");
    rig.append("a.log", numbered(0..10));
    let running = rig.start(false);
    running.until_count(10);
    rig.rename("a.log", "a.log.1");
    rig.append("a.log.1", numbered(10..20));
    rig.append("a.log", numbered(20..30));
    running.until_count(30);
    assert_each_once(&running.stop(), 30);
    // And while stopped.
    rig.rename("a.log.1", "a.log.2");
    rig.rename("a.log", "a.log.1");
    rig.append("a.log.1", "tail\n");
    rig.append("a.log", "new\n");
    let mut texts = rig.texts_once();
    texts.sort();
    assert_eq!(texts, ["new", "tail"]);
}

#[test]
fn a_file_cut_while_running_begins_a_new_life() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..50));
    let running = rig.start(false);
    running.until_count(50);
    fs::write(rig.path("a.log"), numbered(50..60)).unwrap();
    running.until_count(60);
    fs::write(rig.path("a.log"), numbered(60..200)).unwrap();
    running.until_count(200);
    assert_each_once(&running.stop(), 200);
    let metrics = rig.meters.text();
    assert!(
        metrics.contains("weir_input_truncations_total{pipeline=\"test\",input=\"file\"} 2"),
        "{metrics}"
    );
}

#[test]
fn a_file_cut_while_stopped_begins_a_new_life() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..50));
    let mut lines = rig.once();
    // Shorter than before.
    fs::write(rig.path("a.log"), numbered(50..60)).unwrap();
    lines.extend(rig.once());
    // Longer than before: only the content tells.
    fs::write(rig.path("a.log"), numbered(60..200)).unwrap();
    lines.extend(rig.once());
    assert_each_once(&lines, 200);
}

#[test]
fn a_copy_made_before_the_cut_is_not_read_again() {
    let rig = Rig::new("a.log*");
    rig.append("a.log", numbered(0..50));
    let running = rig.start(false);
    running.until_count(50);
    fs::copy(rig.path("a.log"), rig.path("a.log.1")).unwrap();
    // What the writer adds to the copy alone stands for lines that were not read before the cut.
    rig.append("a.log.1", numbered(50..60));
    fs::write(rig.path("a.log"), numbered(60..80)).unwrap();
    running.until_count(80);
    assert_each_once(&running.stop(), 80);
    assert_eq!(rig.texts_once(), Vec::<String>::new());
}

#[test]
fn a_copy_of_a_file_that_was_closed_is_not_read_again() {
    let rig = Rig::with("a.log*", "close-inactive = \"50ms\"");
    rig.append("a.log", numbered(0..50));
    let running = rig.start(false);
    running.until_count(50);
    let open = rig.meters.input("test", "file").open_files;
    running.until("the closing", |_| open.get() == 0);
    fs::copy(rig.path("a.log"), rig.path("a.log.1")).unwrap();
    fs::write(rig.path("a.log"), numbered(50..60)).unwrap();
    running.until_count(60);
    assert_each_once(&running.stop(), 60);
}

#[test]
fn more_files_than_may_be_open_are_all_read() {
    let mut rig = Rig::new("*.log");
    rig.host.open_files_max = 4;
    for n in 0..20 {
        rig.append(&format!("{n}.log"), numbered(n * 10..n * 10 + 5));
    }
    let running = rig.start(false);
    running.until_count(100);
    let open = rig.meters.input("test", "file").open_files;
    assert!((1..=3).contains(&open.get()), "{} files are open", open.get());
    for n in 0..20 {
        rig.append(&format!("{n}.log"), numbered(n * 10 + 5..n * 10 + 10));
    }
    running.until_count(200);
    assert_each_once(&running.stop(), 200);
    assert_eq!(rig.texts_once(), Vec::<String>::new());
}

#[test]
fn a_reused_inode_is_a_new_file() {
    let rig = Rig::new("*.log");
    rig.append("a.log", "first file\n");
    assert_eq!(rig.texts_once(), ["first file"]);
    // Overwriting in place keeps the inode: the surest way to have it used again.
    fs::write(rig.path("a.log"), "other file, longer than the first\n").unwrap();
    rig.rename("a.log", "b.log");
    assert_eq!(rig.texts_once(), ["other file, longer than the first"]);
}

#[test]
fn a_deleted_file_is_read_to_its_end() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..10));
    let running = rig.start(false);
    running.until_count(10);
    let mut writer = OpenOptions::new().append(true).open(rig.path("a.log")).unwrap();
    fs::remove_file(rig.path("a.log")).unwrap();
    writer.write_all(numbered(10..20).as_bytes()).unwrap();
    running.until_count(20);
    assert_each_once(&running.stop(), 20);
}

#[test]
fn two_paths_to_one_file_are_read_once() {
    let rig = Rig::new("*.log");
    rig.append("a.log", "one\n");
    std::os::unix::fs::symlink(rig.path("a.log"), rig.path("b.log")).unwrap();
    fs::hard_link(rig.path("a.log"), rig.path("c.log")).unwrap();
    assert_eq!(rig.texts_once(), ["one"]);
}

#[test]
fn a_link_that_is_turned_leads_to_a_new_file() {
    let rig = Rig::new("current.log");
    rig.append("2026-01.txt", "one\n");
    std::os::unix::fs::symlink(rig.path("2026-01.txt"), rig.path("current.log")).unwrap();
    let running = rig.start(false);
    running.until_count(1);
    rig.append("2026-02.txt", "two\n");
    std::os::unix::fs::symlink(rig.path("2026-02.txt"), rig.path("next")).unwrap();
    rig.rename("next", "current.log");
    running.until_count(2);
    assert_eq!(texts(&running.stop()), ["one", "two"]);
}

#[test]
fn a_file_that_moved_to_another_inode_goes_on() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..30));
    let mut lines = rig.once();
    // As `mv` across file systems, or an editor that writes anew and renames.
    fs::copy(rig.path("a.log"), rig.path("copy")).unwrap();
    fs::remove_file(rig.path("a.log")).unwrap();
    rig.rename("copy", "a.log");
    rig.append("a.log", numbered(30..40));
    lines.extend(rig.once());
    assert_each_once(&lines, 40);
}

#[test]
fn files_with_the_same_beginning_are_told_apart() {
    let rig = Rig::new("*.log");
    let header = numbered(0..100);
    rig.append("a.log", format!("{header}a\n"));
    rig.append("b.log", format!("{header}b\n"));
    assert_eq!(rig.once().len(), 202);
    rig.append("c.log", format!("{header}c\n"));
    assert_eq!(rig.once().len(), 101);
}

#[test]
fn reading_can_begin_at_the_end() {
    let rig = Rig::with("*.log", "start-at = \"end\"");
    rig.append("a.log", "old\nunfin");
    assert_eq!(rig.texts_once(), ["unfin"]);
    rig.append("a.log", "ished\nnew\n");
    rig.append("b.log", "all of this\n");
    let mut texts = rig.texts_once();
    texts.sort();
    assert_eq!(texts, ["all of this", "ished", "new"]);
}

#[test]
fn a_long_line_arrives_in_pieces() {
    let rig = Rig::with("a.log", "line-bytes-max = \"1 KiB\"");
    let long = "y".repeat(700_000);
    rig.append("a.log", format!("before\n{long}\nafter\n"));
    let lines = rig.once();
    assert_eq!(lines[0].text, "before");
    assert_eq!(lines.last().unwrap().text, "after");
    let pieces = &lines[1..lines.len() - 1];
    assert!(pieces.iter().all(|line| line.text.len() <= 1024 && line.tags == "_line_cut"));
    assert_eq!(texts(pieces).concat(), long);
}

#[test]
fn a_file_of_empty_lines_is_read_in_small_batches() {
    let rig = Rig::new("a.log");
    rig.append("a.log", "\n".repeat(100_000));
    let running = rig.start(true);
    let largest = running.largest.clone();
    assert_eq!(running.end().len(), 100_000);
    assert!(*largest.lock().unwrap() <= 8192);
}

#[test]
fn odd_bytes_arrive_tagged_and_whole() {
    let rig = Rig::new("a.log");
    rig.append("a.log", b"\xef\xbb\xbfbom\nnul \x00 byte\nlatin \xe9t\xe9\nfine\n");
    let lines = rig.once();
    assert_eq!(texts(&lines), ["bom", "nul \0 byte", "latin \u{FFFD}t\u{FFFD}", "fine"]);
    let tags: Vec<&str> = lines.iter().map(|line| line.tags.as_str()).collect();
    assert_eq!(tags, ["", "", "_invalid_utf8", ""]);
}

#[test]
fn what_is_no_file_is_passed_over() {
    let rig = Rig::new("*");
    rig.append("a.log", "one\n");
    rig.append("empty.log", "");
    fs::create_dir(rig.path("folder")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(rig.path("fifo")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink(rig.path("nowhere"), rig.path("dangling")).unwrap();
    assert_eq!(rig.texts_once(), ["one"]);
}

#[test]
fn excluded_files_are_left_alone() {
    let rig = Rig::with("**/*", "exclude = [\"*.gz\", \"**/state/**\"]");
    rig.append("a.log", "one\n");
    rig.append("b.gz", "not this\n");
    assert_eq!(rig.texts_once(), ["one"]);
    assert_eq!(rig.texts_once(), Vec::<String>::new());
}

#[test]
fn undelivered_lines_are_read_again_with_the_same_ids() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..10));
    let (lost, ended) = rig.start_with(true, drop).outcome();
    assert!(ended.unwrap_err().to_string().contains("lost on their way"));
    let again = rig.once();
    assert_eq!(again, lost[..10]);
    assert_eq!(rig.once(), []);
}

#[test]
fn a_file_of_which_nothing_was_delivered_keeps_its_identity() {
    let rig = Rig::new("a.log");
    rig.append("a.log", "one\n");
    let (lost, _) = rig.start_with(true, drop).outcome();
    assert_eq!(rig.once(), lost[..1]);
}

#[test]
fn lost_lines_are_read_again_while_running() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..10));
    let running = rig.start_losing_the_first();
    running.until_count(20);
    let lines = running.stop();
    assert_eq!(lines[..10], lines[10..]);
}

#[test]
fn an_input_that_is_never_answered_stops_reading() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..100_000));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let held = kept.clone();
    let running = rig.start_with(false, move |receipt| held.lock().unwrap().push(receipt));
    running.until_count(100_000);
    // Receipts that come late are enough for the positions.
    kept.lock().unwrap().drain(..).for_each(Receipt::delivered);
    running.stop();
    assert_eq!(rig.once(), []);
}

#[test]
fn positions_are_kept_in_a_file_people_can_read() {
    let rig = Rig::new("a.log");
    rig.append("a.log", numbered(0..3));
    rig.once();
    let text = fs::read_to_string(Path::new(&rig.path("state")).join("positions")).unwrap();
    assert!(text.starts_with("weir-positions 1\n"), "{text}");
    assert!(
        text.contains(&format!("\"path\":{:?}", rig.path("a.log").display().to_string())),
        "{text}"
    );
}
