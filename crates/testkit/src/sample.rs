//! Log lines from a seed: the same on every machine, and no two alike.
//!
//! Every event carries its number, from 0, in a place of its own where the far end of a benchmark
//! looks for it.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::fs::{Advice, fadvise};

/// The kinds of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Combined log format, about 200 bytes; the number is the size of the answer.
    Access,
    /// A JSON document of about 300 bytes; the number is its member `seq`.
    Json,
    /// What a server logs about its work, about 150 bytes; the number is behind `seq=`.
    App,
    /// Pairs of a name and a value, some of them in quotes, about 200 bytes; the number is `seq`.
    Pairs,
    /// An error of a Java program with its stack of calls, about 760 bytes in eight to sixteen
    /// lines, which are one event; the number is behind `seq=` in the first.
    Trace,
}

/// The mark before the number at the end of each line of [`Sample::of_files`].
pub const REAL_MARK: &str = " #seq=";

/// An input file.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many events are in it.
    pub events: usize,
}

impl Sample {
    /// The lines of real logs again and again, each with its number at its end, until there are so
    /// many bytes.
    ///
    /// # Errors
    /// When the logs hold no line, or the disk is full.
    pub fn of_files(sources: &[PathBuf], path: &Path, bytes: u64) -> Result<Self> {
        let mut text = Vec::new();
        for source in sources {
            text.extend(fs::read(source).with_context(|| source.display().to_string())?);
            if !text.ends_with(b"\n") {
                text.push(b'\n');
            }
        }
        let lines: Vec<&[u8]> = text.split(|it| *it == b'\n').filter(|it| !it.is_empty()).collect();
        ensure!(!lines.is_empty(), "there is no line in {sources:?}");
        let mut number = 0;
        write(path, bytes, |out| {
            let line = lines[number % lines.len()];
            out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            out.extend_from_slice(format!("{REAL_MARK}{number}").as_bytes());
            number += 1;
        })
    }

    /// Brings the file into the page cache.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn warm(&self) -> Result<()> {
        let mut file = OpenOptions::new().read(true).open(&self.path)?;
        io::copy(&mut file, &mut io::sink())?;
        Ok(())
    }

    /// Takes the file out of the page cache, so that it comes from the disk.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn cool(&self) -> Result<()> {
        let file = OpenOptions::new().read(true).open(&self.path)?;
        // Pages that are not on the disk yet would stay.
        file.sync_all()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
        Ok(())
    }
}

/// Writes events, each with its newline, until there are so many bytes.
fn write(path: &Path, bytes: u64, mut event: impl FnMut(&mut Vec<u8>)) -> Result<Sample> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut text = Vec::new();
    let mut sample = Sample { path: path.to_owned(), bytes: 0, events: 0 };
    while sample.bytes < bytes {
        text.clear();
        event(&mut text);
        text.push(b'\n');
        out.write_all(&text)?;
        sample.bytes += text.len() as u64;
        sample.events += 1;
    }
    out.into_inner()?.sync_all()?;
    Ok(sample)
}

impl Kind {
    /// Writes events until there are so many bytes.
    ///
    /// # Errors
    /// When the file is there already, or the disk is full.
    pub fn write(self, path: &Path, bytes: u64) -> Result<Sample> {
        let (mut dice, mut line, mut number) = (Dice(0x5EED), String::new(), 0);
        write(path, bytes, |out| {
            line.clear();
            self.line(&mut line, number, &mut dice);
            out.extend_from_slice(line.as_bytes());
            number += 1;
        })
    }

    /// So many events in memory, each with its newline.
    #[must_use]
    pub fn text(self, events: usize) -> String {
        let (mut dice, mut text) = (Dice(0x5EED), String::new());
        for number in 0..events {
            self.line(&mut text, number, &mut dice);
            text.push('\n');
        }
        text
    }

    fn line(self, line: &mut String, number: usize, dice: &mut Dice) {
        let written = match self {
            Self::Access => access(line, number, dice),
            Self::Json => json(line, number, dice),
            Self::App => app(line, number, dice),
            Self::Pairs => pairs(line, number, dice),
            Self::Trace => trace(line, number, dice),
        };
        written.expect("a string takes any text");
    }
}

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
    "curl/8.14.1",
];
const SHELVES: [&str; 6] = ["tea", "coffee", "kettles", "cups", "gifts", "sale"];
const METHODS: [&str; 4] = ["GET", "GET", "GET", "POST"];
const STATUSES: [u16; 6] = [200, 200, 200, 304, 404, 500];
const LEVELS: [&str; 5] = ["INFO", "INFO", "INFO", "WARN", "ERROR"];
const WORKS: [&str; 5] = [
    "order accepted, stock reserved",
    "payment confirmed by the bank",
    "cache entry expired, fetched again",
    "slow query on table order_items",
    "connection closed by the other side",
];

const METHODS_OF_JAVA: [&str; 5] = [
    "Orders.accept",
    "Stock.reserve",
    "Payment$Confirmation.await",
    "Worker.lambda$run$3",
    "Transaction.<init>",
];

fn access(line: &mut String, number: usize, dice: &mut Dice) -> std::fmt::Result {
    let (a, b, c) = (dice.below(223) + 1, dice.below(256), dice.below(256));
    write!(line, "{a}.{b}.{c}.{} - - ", dice.below(254) + 1)?;
    let second = number / 40;
    let (hour, minute) = (second / 3_600 % 24, second / 60 % 60);
    let day = second / 86_400 % 28 + 1;
    write!(line, "[{day:02}/Nov/2026:{hour:02}:{minute:02}:{:02} +0000] ", second % 60)?;
    let shelf = dice.pick(&SHELVES);
    let method = dice.pick(&METHODS);
    write!(line, "\"{method} /shop/{shelf}/{:x}?page={} HTTP/1.1\" ", dice.next(), dice.below(40))?;
    write!(line, "{} {number} ", dice.pick(&STATUSES))?;
    write!(line, "\"https://shop.example/{}\" \"{}\"", dice.pick(&SHELVES), dice.pick(&AGENTS))
}

fn json(line: &mut String, number: usize, dice: &mut Dice) -> std::fmt::Result {
    write!(line, "{{\"@timestamp\":\"{}\",", instant(number))?;
    write!(line, "\"log\":{{\"level\":\"{}\",\"logger\":\"shop.", dice.pick(&LEVELS))?;
    write!(line, "{}\"}},\"service\":\"shop-{}\",", dice.pick(&SHELVES), dice.below(8))?;
    write!(line, "\"message\":\"{}\",\"seq\":{number},", dice.pick(&WORKS))?;
    write!(line, "\"trace\":\"{:016x}{:016x}\",", dice.next(), dice.next())?;
    write!(line, "\"user\":{{\"id\":{},\"is_new\":{}}},", dice.below(90_000), dice.below(2) == 0)?;
    write!(line, "\"took_ms\":{}.{},", dice.below(900), dice.below(10))?;
    write!(line, "\"host\":\"node-{}\",\"tags_seen\":[\"web\",\"eu\"]}}", dice.below(40))
}

fn app(line: &mut String, number: usize, dice: &mut Dice) -> std::fmt::Result {
    let (level, shelf) = (dice.pick(&LEVELS), dice.pick(&SHELVES));
    write!(line, "{} {level:<5} [worker-{}] ", instant(number), dice.below(32))?;
    write!(line, "shop.{shelf}.Orders - {} ", dice.pick(&WORKS))?;
    let (user, took) = (dice.below(90_000), dice.below(900));
    write!(line, "seq={number} user={user} trace={:016x} took={took}ms", dice.next())
}

fn pairs(line: &mut String, number: usize, dice: &mut Dice) -> std::fmt::Result {
    write!(line, "ts={} level={} ", instant(number), dice.pick(&LEVELS).to_ascii_lowercase())?;
    write!(line, "caller=orders.go:{} msg=\"{}\" ", dice.below(900), dice.pick(&WORKS))?;
    write!(line, "seq={number} shelf={} user={} ", dice.pick(&SHELVES), dice.below(90_000))?;
    write!(line, "trace={:016x} took={}ms ", dice.next(), dice.below(900))?;
    write!(line, "host=node-{} new={}", dice.below(40), dice.below(2) == 0)
}

fn trace(line: &mut String, number: usize, dice: &mut Dice) -> std::fmt::Result {
    let shelf = dice.pick(&SHELVES);
    write!(line, "{} ERROR [worker-{}] ", instant(number), dice.below(32))?;
    write!(line, "shop.{shelf}.Orders - order failed seq={number}")?;
    write!(line, "\njava.lang.IllegalStateException: {}", dice.pick(&WORKS))?;
    for _ in 0..dice.below(6) + 4 {
        write!(line, "\n\tat example.shop.{shelf}.{}(", dice.pick(&METHODS_OF_JAVA))?;
        write!(line, "Orders.java:{})", dice.below(900) + 1)?;
    }
    write!(line, "\nCaused by: java.net.SocketTimeoutException: Read timed out")?;
    for _ in 0..=dice.below(4) {
        write!(line, "\n\tat java.base/java.net.{}(", dice.pick(&METHODS_OF_JAVA))?;
        write!(line, "Socket.java:{})", dice.below(900) + 1)?;
    }
    write!(line, "\n\t... {} more", dice.below(40) + 1)
}

/// A time of RFC 3339, 25 ms after that of the number before.
fn instant(number: usize) -> String {
    let (second, milli) = (number / 40, number % 40 * 25);
    let (hour, minute) = (second / 3_600 % 24, second / 60 % 60);
    let day = second / 86_400 % 28 + 1;
    format!("2026-11-{day:02}T{hour:02}:{minute:02}:{:02}.{milli:03}Z", second % 60)
}

/// The generator splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<T: Copy, const N: usize>(&mut self, items: &[T; N]) -> T {
        let at = usize::try_from(self.below(N as u64)).expect("it is below a usize");
        items[at]
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_dice_fall_as_the_paper_says() {
        let mut dice = Dice(0);
        assert_eq!([dice.next(), dice.next()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn lines_have_the_length_that_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for (kind, wanted) in [
            (Kind::Access, 200),
            (Kind::Json, 300),
            (Kind::App, 150),
            (Kind::Pairs, 200),
            (Kind::Trace, 760),
        ] {
            let path = folder.path().join(format!("{kind:?}"));
            let sample = kind.write(&path, 100_000).unwrap();
            let mean = sample.bytes / sample.events as u64;
            assert!(mean.abs_diff(wanted) < 30, "{kind:?}: {mean}");
        }
    }

    #[test]
    fn a_json_line_is_json_with_its_number() {
        let mut line = String::new();
        Kind::Json.line(&mut line, 17, &mut Dice(1));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["seq"], 17);
    }
    #[test]
    fn a_trace_begins_with_a_time_and_goes_on_without() {
        let text = Kind::Trace.text(100);
        let is_beginning = |line: &&str| line.starts_with("2026-");
        assert_eq!(text.lines().filter(is_beginning).count(), 100);
        assert!(text.lines().count() > 800, "{}", text.lines().count());
    }

    #[test]
    fn what_is_written_is_what_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let sample = Kind::App.write(&folder.path().join("a"), 10_000).unwrap();
        let written = fs::read_to_string(&sample.path).unwrap();
        assert_eq!(written, Kind::App.text(sample.events));
    }

    #[test]
    fn real_lines_come_again_with_another_number() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("real.log");
        fs::write(&source, "one\r\n\ntwo").unwrap();
        let sample = Sample::of_files(&[source], &folder.path().join("a"), 25).unwrap();
        let written = fs::read_to_string(&sample.path).unwrap();
        assert_eq!(written, "one #seq=0\ntwo #seq=1\none #seq=2\n");
        assert_eq!(sample.events, 3);
    }
}
