//! Pieces of real logs as seeds.
//!
//! Whole files would be seeds too, but libFuzzer then writes texts of their size from the start,
//! and tries a hundredth of the inputs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Of one file, spread over it.
const PIECES_MAX: usize = 48;

/// Lines of every second piece; the others have one.
const LINES: usize = 6;

/// A longer piece would be slow, and few logs have such lines.
const PIECE_BYTES_MAX: usize = 2048;

/// As many ways to set a filter up are reached; a target takes the rest of a division.
const WAYS: u8 = 8;

/// Cuts the files of the folders, as far as they are there, into a new folder.
pub(super) fn cut(folders: &[PathBuf], into: &Path) -> Result<()> {
    fs::create_dir_all(into)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    for (i, path) in files.iter().enumerate() {
        for (nth, piece) in pieces(&fs::read(path)?).into_iter().enumerate() {
            fs::write(into.join(format!("{i}-{nth}")), piece)?;
        }
    }
    Ok(())
}

fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let step = lines.len().div_ceil(PIECES_MAX).max(1);
    let starts = (0..lines.len()).step_by(step).enumerate();
    let piece = |(nth, start): (usize, usize)| {
        let count = if nth % 2 == 0 { 1 } else { LINES };
        let lines = &lines[start..lines.len().min(start + count)];
        let way = b'0' + u8::try_from(nth).unwrap_or_default() / 2 % WAYS;
        let mut piece = vec![way];
        piece.extend(lines.join(&b'\n'));
        piece.truncate(PIECE_BYTES_MAX);
        piece
    };
    starts.map(piece).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn pieces_are_of_one_and_of_several_lines_for_every_way() {
        let text: String = (0..1000).map(|i| format!("line {i}\n")).collect();
        let pieces = pieces(text.as_bytes());
        assert!(pieces.len() <= PIECES_MAX && pieces.len() > PIECES_MAX / 2);
        assert_eq!(pieces[0], b"0line 0");
        assert_eq!(pieces[1].split(|&byte| byte == b'\n').count(), LINES);
        for way in 0..WAYS {
            assert!(pieces.iter().any(|piece| piece[0] == b'0' + way));
        }
    }

    #[test]
    fn what_is_not_there_has_no_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("pieces");
        cut(&[folder.path().join("missing")], &into).unwrap();
        assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
        fs::write(folder.path().join("a.log"), "x\ny\n").unwrap();
        cut(&[folder.path().to_owned()], &into).unwrap();
        assert!(fs::read_dir(&into).unwrap().count() > 0);
    }
}
