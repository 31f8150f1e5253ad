//! The positions on disk: how far each file was delivered.
//!
//! One text file, `positions`, in the input's state folder. A line is a record; of an identity
//! the last record counts:
//!
//! ```text
//! 7b0c1e55 {"identity":"4f1d…","device":2049,"inode":131,"offset":8192,"prefix":[1024,"9a3e…"],
//!           "marker":[64,"77c0…"],"mid-line":false,"ended":false,"seen":1795428000,"path":"/var/log/a.log"}
//! ```
//!
//! Of a file with a [header](weir_component::Header) there is also `"header":[0,17,1]`: where it
//! begins, its bytes and its lines. The eight digits are the CRC-32 of what follows the space (on one line in the file). Records are
//! appended and synced; a write torn by a crash fails its CRC and is cut off when the file is opened
//! next. When the file has grown to several times what it says, or holds something damaged, it is
//! written anew beside itself and renamed. The first line names the format: `weir-positions 1`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use weir_host::{Files, WriteFile, read_all, replace_with};

use weir_component::Header;

use super::content::{Digest, Proof};
use super::life::Life;

const HEADER: &str = "weir-positions 1\n";

/// Largest positions file that is opened: 500,000 files need about 120 MB.
const BYTES_MAX: u64 = 1 << 30;

/// The file is written anew when it is this many times as long as its content needs.
const REWRITE_FACTOR: u64 = 4;

/// The same when it is opened, in records for each life: then nobody waits for an event yet.
const REWRITE_RECORDS: usize = 2;

/// Below this length it is not worth it.
const REWRITE_BYTES_MIN: u64 = 1 << 20;

/// Records are written in pieces of about this many bytes.
const PIECE_BYTES: usize = 64 << 10;

/// The positions file, open for appending.
pub(super) struct Positions {
    path: PathBuf,
    file: Box<dyn WriteFile>,
    len: u64,
    /// Length when it was last written anew.
    len_compact: u64,
}

/// What opening found.
pub(super) struct Opened {
    pub(super) positions: Positions,
    pub(super) lives: Vec<Life>,
    /// Records that could not be used, other than a torn last one.
    pub(super) damaged: usize,
}

impl Positions {
    /// Opens the file, making it if need be.
    pub(super) fn open(files: &dyn Files, folder: &Path) -> io::Result<Opened> {
        let path = folder.join("positions");
        let content = match read_all(files, &path, BYTES_MAX) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let header = content.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_torn_header = HEADER.as_bytes().starts_with(header);
        if header != HEADER.as_bytes() && !is_torn_header {
            return Err(io::Error::other(
                "it is not a positions file of this version of weir; move it away to start anew",
            ));
        }
        let Parsed { lives, records, damaged, is_torn } =
            parse(content.get(HEADER.len()..).unwrap_or_default());
        let is_sound = header.len() == HEADER.len() && !is_torn && damaged == 0;
        let positions = if is_sound && records <= lives.len() * REWRITE_RECORDS {
            let (file, len) = (files.append(&path)?, content.len() as u64);
            Self { path, file, len, len_compact: len / REWRITE_RECORDS as u64 }
        } else {
            Self::rewrite(files, path, lives.iter())?
        };
        Ok(Opened { positions, lives, damaged })
    }

    fn rewrite<'a>(
        files: &dyn Files,
        path: PathBuf,
        lives: impl Iterator<Item = &'a Life>,
    ) -> io::Result<Self> {
        let mut len = 0;
        replace_with(files, &path, |file| {
            file.write_all(HEADER.as_bytes())?;
            len = HEADER.len() as u64 + write_records(lives, file)?;
            Ok(())
        })?;
        let file = files.append(&path)?;
        Ok(Self { path, file, len, len_compact: len })
    }

    /// Makes the given lives durable; `all` are needed when the file is due to be written anew.
    pub(super) fn keep<'a>(
        &mut self,
        files: &dyn Files,
        changed: &[&Life],
        all: impl Iterator<Item = &'a Life>,
    ) -> io::Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        if self.len > REWRITE_BYTES_MIN && self.len > self.len_compact * REWRITE_FACTOR {
            *self = Self::rewrite(files, self.path.clone(), all)?;
            return Ok(());
        }
        match write_records(changed.iter().copied(), &mut *self.file) {
            Ok(len) => self.len += len,
            Err(error) => {
                // A torn record in the middle would cost the next one as well.
                self.file.truncate(self.len)?;
                return Err(error);
            }
        }
        self.file.sync()
    }
}

/// Writes records a piece at a time: of ten thousand files they are megabytes. Returns how long they
/// are.
fn write_records<'a>(
    lives: impl Iterator<Item = &'a Life>,
    file: &mut dyn WriteFile,
) -> io::Result<u64> {
    let (mut piece, mut len) = (Vec::new(), 0);
    for life in lives {
        write_record(life, &mut piece);
        if piece.len() >= PIECE_BYTES {
            file.write_all(&piece)?;
            len += piece.len() as u64;
            piece.clear();
        }
    }
    file.write_all(&piece)?;
    Ok(len + piece.len() as u64)
}

/// What stands in a line behind its checksum.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Record<'a> {
    identity: Hex,
    device: u64,
    inode: u64,
    offset: u64,
    prefix: (u32, Hex),
    marker: (u32, Hex),
    /// Where the header lies, its length in bytes and lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<(u64, u32, u32)>,
    mid_line: bool,
    ended: bool,
    seen: i64,
    #[serde(borrow)]
    path: Cow<'a, str>,
}

/// A number whose bits count, which JSON readers with floats would spoil: sixteen hex digits.
struct Hex(u64);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <&str>::deserialize(deserializer)?;
        u64::from_str_radix(digits, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

fn write_record(life: &Life, out: &mut Vec<u8>) {
    let digest = |digest: Digest| (digest.len, Hex(digest.hash));
    let header = life.proof.header;
    let record = Record {
        identity: Hex(life.identity),
        device: life.device,
        inode: life.inode,
        offset: life.proof.offset,
        prefix: digest(life.proof.prefix),
        marker: digest(life.proof.marker),
        header: (header.len > 0).then_some((header.at, header.len, header.lines)),
        mid_line: life.mid_line,
        ended: life.ended,
        seen: life.seen,
        path: Cow::Borrowed(&life.path),
    };
    let start = out.len();
    out.extend_from_slice(b"00000000 ");
    serde_json::to_writer(&mut *out, &record).expect("texts and numbers are written to memory");
    let crc = crc32fast::hash(&out[start + 9..]);
    write!(&mut out[start..start + 8], "{crc:08x}").expect("there is room for eight digits");
    out.push(b'\n');
}

/// What a positions file says.
struct Parsed {
    /// Each identity's last record, in the order in which they first came.
    lives: Vec<Life>,
    records: usize,
    /// Whole lines that could not be used.
    damaged: usize,
    /// Whether the last line has no end.
    is_torn: bool,
}

fn parse(content: &[u8]) -> Parsed {
    let mut parsed = Parsed { lives: Vec::new(), records: 0, damaged: 0, is_torn: false };
    let mut by_identity: HashMap<u64, usize> = HashMap::new();
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            parsed.is_torn = true;
            break;
        };
        let Some(life) = parse_record(line) else {
            parsed.damaged += 1;
            continue;
        };
        parsed.records += 1;
        match by_identity.get(&life.identity) {
            Some(&place) => parsed.lives[place] = life,
            None => {
                by_identity.insert(life.identity, parsed.lives.len());
                parsed.lives.push(life);
            }
        }
    }
    parsed
}

fn parse_record(line: &[u8]) -> Option<Life> {
    let (crc, record) = line.split_at_checked(8)?;
    let record = record.strip_prefix(b" ")?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?, 16).ok()?;
    if crc != crc32fast::hash(record) {
        return None;
    }
    let record: Record = serde_json::from_slice(record).ok()?;
    let digest = |(len, hash): (u32, Hex)| Digest { len, hash: hash.0 };
    let header = record.header.map(|(at, len, lines)| Header { at, len, lines });
    Some(Life {
        identity: record.identity.0,
        device: record.device,
        inode: record.inode,
        path: record.path.into(),
        proof: Proof {
            offset: record.offset,
            prefix: digest(record.prefix),
            marker: digest(record.marker),
            header: header.unwrap_or_default(),
        },
        mid_line: record.mid_line,
        ended: record.ended,
        seen: record.seen,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use weir_host::DiskFiles;

    use super::*;

    fn life(identity: u64, offset: u64) -> Life {
        let digest = Digest { len: 3, hash: u64::MAX };
        Life {
            identity,
            device: 1,
            inode: 2,
            path: "/var/log/\u{e9} \"x\"\n.log".into(),
            proof: Proof { offset, prefix: digest, marker: digest, header: Header::default() },
            mid_line: true,
            ended: false,
            seen: 5,
        }
    }

    fn reopened(folder: &Path) -> Vec<Life> {
        Positions::open(&DiskFiles, folder).unwrap().lives
    }

    #[test]
    fn the_last_record_of_a_life_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut positions = Positions::open(&DiskFiles, folder.path()).unwrap().positions;
        for life in [life(1, 10), life(2, 20), life(1, 30)] {
            positions.keep(&DiskFiles, &[&life], std::iter::empty()).unwrap();
        }
        assert_eq!(reopened(folder.path()), [life(1, 30), life(2, 20)]);
    }

    #[test]
    fn a_write_torn_at_any_byte_loses_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions");
        let mut whole = HEADER.as_bytes().to_vec();
        write_record(&life(1, 10), &mut whole);
        let first = whole.len();
        write_record(&life(2, 20), &mut whole);
        for torn in 0..whole.len() {
            std::fs::write(&path, &whole[..torn]).unwrap();
            let opened = Positions::open(&DiskFiles, folder.path()).unwrap();
            assert_eq!(opened.lives.len(), usize::from(torn >= first), "torn at {torn}");
            assert_eq!(opened.damaged, 0);
            let mut positions = opened.positions;
            positions.keep(&DiskFiles, &[&life(3, 30)], std::iter::empty()).unwrap();
            assert!(reopened(folder.path()).contains(&life(3, 30)), "torn at {torn}");
        }
    }

    #[test]
    fn a_damaged_record_is_passed_over_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut content = HEADER.as_bytes().to_vec();
        write_record(&life(1, 10), &mut content);
        let damaged = String::from_utf8(content.clone()).unwrap();
        let damaged = damaged.replace("\"offset\":10", "\"offset\":99");
        write_record(&life(2, 20), &mut content);
        let content = [damaged.as_bytes(), &content[HEADER.len()..]].concat();
        std::fs::write(folder.path().join("positions"), content).unwrap();
        let opened = Positions::open(&DiskFiles, folder.path()).unwrap();
        assert_eq!((opened.lives.len(), opened.damaged), (2, 1));
    }

    #[test]
    fn a_record_looks_as_it_always_did() {
        let mut record = Vec::new();
        write_record(&Life { path: "/a \"b\".log".into(), ..life(0xAB, 10) }, &mut record);
        let wanted = concat!(
            r#"{"identity":"00000000000000ab","device":1,"inode":2,"offset":10,"#,
            r#""prefix":[3,"ffffffffffffffff"],"marker":[3,"ffffffffffffffff"],"#,
            r#""mid-line":true,"ended":false,"seen":5,"path":"/a \"b\".log"}"#
        );
        assert_eq!(String::from_utf8_lossy(&record[9..]).trim_end(), wanted);
    }

    #[test]
    fn a_foreign_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("positions"), "something else\n").unwrap();
        assert!(Positions::open(&DiskFiles, folder.path()).is_err());
        assert_eq!(std::fs::read(folder.path().join("positions")).unwrap(), b"something else\n");
    }

    #[test]
    fn the_file_does_not_grow_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut positions = Positions::open(&DiskFiles, folder.path()).unwrap().positions;
        for offset in 0..900 {
            let life = Life { path: "x".repeat(2500).into(), ..life(1, offset) };
            positions.keep(&DiskFiles, &[&life], std::iter::once(&life)).unwrap();
        }
        let len = std::fs::metadata(folder.path().join("positions")).unwrap().len();
        assert!(len < REWRITE_BYTES_MIN * 2, "{len} bytes");
        assert_eq!(reopened(folder.path())[0].proof.offset, 899);
    }
}
