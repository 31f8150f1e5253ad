//! The repository's text files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A file and its text.
#[derive(Clone, Debug)]
pub(super) struct TextFile {
    /// From the repository's top.
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl TextFile {
    /// Whether all of it is test code.
    pub(super) fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests" || part == "tests.rs")
    }

    /// The lines before the inline test module, numbered from 1.
    pub(super) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines
            .windows(2)
            .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {"))
            .unwrap_or(lines.len());
        lines.into_iter().take(tests).enumerate().map(|(i, line)| (i + 1, line))
    }
}

/// The files of one kind below some folders, sorted; a folder that is missing holds none.
pub(super) fn files(root: &Path, folders: &[&str], extension: &str) -> Result<Vec<TextFile>> {
    let mut found = Vec::new();
    for folder in folders {
        collect(root, Path::new(folder), extension, &mut found)?;
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The files of one kind in one folder alone.
pub(super) fn files_in(root: &Path, folder: &str, extension: &str) -> Result<Vec<TextFile>> {
    let mut found = Vec::new();
    for path in entries(root, Path::new(folder))? {
        if path.extension().is_some_and(|it| it == extension) {
            found.push(read(root, path)?);
        }
    }
    Ok(found)
}

/// What is in a folder, sorted, without hidden files and build results; paths from the top.
pub(super) fn entries(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let full = root.join(folder);
    if !full.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(&full).with_context(|| full.display().to_string())? {
        let name = entry?.file_name();
        let shown = name.to_string_lossy();
        if !shown.starts_with('.') && shown != "target" {
            paths.push(folder.join(&name));
        }
    }
    paths.sort();
    Ok(paths)
}

fn collect(root: &Path, folder: &Path, extension: &str, found: &mut Vec<TextFile>) -> Result<()> {
    for path in entries(root, folder)? {
        if root.join(&path).is_dir() {
            collect(root, &path, extension, found)?;
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(read(root, path)?);
        }
    }
    Ok(())
}

fn read(root: &Path, path: PathBuf) -> Result<TextFile> {
    let text = fs::read_to_string(root.join(&path)).with_context(|| path.display().to_string())?;
    Ok(TextFile { path, text })
}
