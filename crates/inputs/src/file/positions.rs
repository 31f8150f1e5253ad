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
//! The eight digits are the CRC-32 of what follows the space (on one line in the file). Records are
//! appended and synced; a write torn by a crash fails its CRC and is cut off when the file is opened
//! next. When the file has grown to several times what it says, it is written anew beside itself and
//! renamed. The first line names the format: `weir-positions 1`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use weir_host::{Files, WriteFile, read_all, replace};

use super::content::{Digest, Proof};
use super::life::Life;

const HEADER: &str = "weir-positions 1\n";

/// Largest positions file that is opened: 500,000 files need about 120 MB.
const BYTES_MAX: u64 = 1 << 30;

/// The file is written anew when it is this many times as long as its content needs.
const REWRITE_FACTOR: u64 = 4;

/// Below this length it is not worth it.
const REWRITE_BYTES_MIN: u64 = 1 << 20;

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
        let (lives, damaged) = parse(content.get(HEADER.len()..).unwrap_or_default());
        let positions = Self::rewrite(files, path, &lives)?;
        Ok(Opened { positions, lives, damaged })
    }

    fn rewrite(files: &dyn Files, path: PathBuf, lives: &[Life]) -> io::Result<Self> {
        let mut content = HEADER.to_owned();
        for life in lives {
            write_record(life, &mut content);
        }
        replace(files, &path, content.as_bytes())?;
        let file = files.append(&path)?;
        let len = content.len() as u64;
        Ok(Self { path, file, len, len_compact: len })
    }

    /// Makes the given lives durable; `all` are needed when the file is due to be written anew.
    pub(super) fn keep(
        &mut self,
        files: &dyn Files,
        changed: &[&Life],
        all: impl Iterator<Item = Life>,
    ) -> io::Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        if self.len > REWRITE_BYTES_MIN && self.len > self.len_compact * REWRITE_FACTOR {
            let all: Vec<Life> = all.collect();
            *self = Self::rewrite(files, self.path.clone(), &all)?;
            return Ok(());
        }
        let mut records = String::new();
        for life in changed {
            write_record(life, &mut records);
        }
        if let Err(error) = self.file.write_all(records.as_bytes()) {
            // A torn record in the middle would cost the next one as well.
            self.file.truncate(self.len)?;
            return Err(error);
        }
        self.len += records.len() as u64;
        self.file.sync()
    }
}

fn write_record(life: &Life, out: &mut String) {
    let digest = |digest: Digest| json!([digest.len, format!("{:016x}", digest.hash)]);
    let record = json!({
        "identity": format!("{:016x}", life.identity),
        "device": life.device,
        "inode": life.inode,
        "offset": life.proof.offset,
        "prefix": digest(life.proof.prefix),
        "marker": digest(life.proof.marker),
        "mid-line": life.mid_line,
        "ended": life.ended,
        "seen": life.seen,
        "path": life.path,
    })
    .to_string();
    let crc = crc32fast::hash(record.as_bytes());
    writeln!(out, "{crc:08x} {record}").expect("writing to a string cannot fail");
}

/// The records, each identity's last one, and how many whole lines were damaged.
fn parse(content: &[u8]) -> (Vec<Life>, usize) {
    let mut lives: Vec<Life> = Vec::new();
    let mut by_identity: HashMap<u64, usize> = HashMap::new();
    let mut damaged = 0;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else { break };
        let Some(life) = parse_record(line) else {
            damaged += 1;
            continue;
        };
        match by_identity.get(&life.identity) {
            Some(&place) => lives[place] = life,
            None => {
                by_identity.insert(life.identity, lives.len());
                lives.push(life);
            }
        }
    }
    (lives, damaged)
}

fn parse_record(line: &[u8]) -> Option<Life> {
    let line = std::str::from_utf8(line).ok()?;
    let (crc, record) = line.split_at_checked(8)?;
    let record = record.strip_prefix(' ')?;
    if u32::from_str_radix(crc, 16).ok()? != crc32fast::hash(record.as_bytes()) {
        return None;
    }
    let record: Value = serde_json::from_str(record).ok()?;
    let hex = |value: &Value| u64::from_str_radix(value.as_str()?, 16).ok();
    let digest = |name: &str| {
        let len = u32::try_from(record.get(name)?.get(0)?.as_u64()?).ok()?;
        Some(Digest { len, hash: hex(record.get(name)?.get(1)?)? })
    };
    Some(Life {
        identity: hex(record.get("identity")?)?,
        device: record.get("device")?.as_u64()?,
        inode: record.get("inode")?.as_u64()?,
        path: record.get("path")?.as_str()?.to_owned(),
        proof: Proof {
            offset: record.get("offset")?.as_u64()?,
            prefix: digest("prefix")?,
            marker: digest("marker")?,
        },
        mid_line: record.get("mid-line")?.as_bool()?,
        ended: record.get("ended")?.as_bool()?,
        seen: record.get("seen")?.as_i64()?,
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
            proof: Proof { offset, prefix: digest, marker: digest },
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
        let mut whole = HEADER.to_owned();
        write_record(&life(1, 10), &mut whole);
        let first = whole.len();
        write_record(&life(2, 20), &mut whole);
        for torn in 0..whole.len() {
            std::fs::write(&path, &whole.as_bytes()[..torn]).unwrap();
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
        let mut content = HEADER.to_owned();
        write_record(&life(1, 10), &mut content);
        let damaged = content.replace("\"offset\":10", "\"offset\":99");
        write_record(&life(2, 20), &mut content);
        let content = damaged + &content[HEADER.len()..];
        std::fs::write(folder.path().join("positions"), content).unwrap();
        let opened = Positions::open(&DiskFiles, folder.path()).unwrap();
        assert_eq!((opened.lives.len(), opened.damaged), (2, 1));
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
            let life = Life { path: "x".repeat(2500), ..life(1, offset) };
            positions.keep(&DiskFiles, &[&life], std::iter::once(life.clone())).unwrap();
        }
        let len = std::fs::metadata(folder.path().join("positions")).unwrap().len();
        assert!(len < REWRITE_BYTES_MIN * 2, "{len} bytes");
        assert_eq!(reopened(folder.path())[0].proof.offset, 899);
    }
}
