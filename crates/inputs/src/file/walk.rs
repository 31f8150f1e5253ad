//! Which files the patterns of an input name now.
//!
//! A pattern is walked part by part: a part without wildcards costs nothing, one with wildcards
//! lists one folder, `**` descends. So `/var/log/app.log` is one `stat`, however full the folder is.

use std::collections::HashSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use weir_host::{FileKind, Files, Stat};

/// How deep `**` descends; deeper trees are cycles through links more often than logs.
const DEPTH_MAX: usize = 32;

/// One path pattern, compiled.
#[derive(Debug)]
pub(super) struct PathPattern {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(PathBuf),
    Wild(GlobMatcher),
    AnyDepth,
}

/// Why a pattern cannot be used.
pub(super) fn glob(text: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

impl PathPattern {
    /// Compiles a pattern: `*`, `?`, `[…]`, `{a,b}` within one name, `**` for any number of folders.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the path is empty".into());
        }
        let mut parts = Vec::new();
        for component in Path::new(text).components() {
            let name = component.as_os_str().to_string_lossy();
            let is_wild = matches!(component, Component::Normal(_))
                && name.contains(['*', '?', '[', '{', '\\']);
            match parts.last_mut() {
                _ if name == "**" => parts.push(Part::AnyDepth),
                _ if is_wild => parts.push(Part::Wild(glob(&name)?)),
                Some(Part::Literal(path)) => path.push(component),
                _ => parts.push(Part::Literal(PathBuf::from(component.as_os_str()))),
            }
        }
        Ok(Self { parts })
    }

    /// The folders whose changes may matter, without wildcards: for notifications.
    pub(super) fn base(&self) -> PathBuf {
        match self.parts.as_slice() {
            [Part::Literal(path)] => path.parent().map(Path::to_owned).unwrap_or_default(),
            [Part::Literal(path), ..] => path.clone(),
            _ => PathBuf::from("."),
        }
    }

    /// Whether folders below [`PathPattern::base`] matter as well.
    pub(super) fn descends(&self) -> bool {
        self.parts.len() > 2 || matches!(self.parts.last(), Some(Part::AnyDepth))
    }
}

/// What a walk sees.
pub(super) trait Visit {
    /// Something that a pattern names, links followed.
    fn found(&mut self, path: PathBuf, stat: Stat);
    /// The system refused to show a path.
    fn refused(&mut self, path: &Path, error: &io::Error);
}

/// Visits everything that one of the patterns names, each path once.
pub(super) fn walk(files: &dyn Files, patterns: &[PathPattern], visit: &mut dyn Visit) {
    // Only several patterns, or folders at any depth, lead to one path twice.
    let is_simple = |it: &PathPattern| !it.parts.iter().any(|part| matches!(part, Part::AnyDepth));
    let seen =
        if matches!(patterns, [only] if is_simple(only)) { None } else { Some(HashSet::new()) };
    let mut walk = Walk { files, visit, seen };
    for pattern in patterns {
        walk.step(&PathBuf::new(), &pattern.parts, DEPTH_MAX);
    }
}

struct Walk<'a> {
    files: &'a dyn Files,
    visit: &'a mut dyn Visit,
    seen: Option<HashSet<PathBuf>>,
}

impl Walk<'_> {
    fn step(&mut self, at: &Path, parts: &[Part], depth: usize) {
        match parts {
            [] => self.arrive(at),
            [Part::Literal(path), rest @ ..] => self.step(&at.join(path), rest, depth),
            [Part::Wild(glob), rest @ ..] => {
                for entry in self.list(at) {
                    let name = entry.path.file_name().unwrap_or_default();
                    let may_descend =
                        rest.is_empty() || matches!(entry.kind, FileKind::Folder | FileKind::Link);
                    if may_descend && glob.is_match(name) {
                        self.step(&entry.path, rest, depth);
                    }
                }
            }
            [Part::AnyDepth, rest @ ..] => {
                if !rest.is_empty() {
                    self.step(at, rest, depth);
                }
                if depth == 0 {
                    return;
                }
                for entry in self.list(at) {
                    match entry.kind {
                        // Links to folders are not followed here: they lead to cycles.
                        FileKind::Folder => self.step(&entry.path, parts, depth - 1),
                        _ if rest.is_empty() => self.arrive(&entry.path),
                        _ => {}
                    }
                }
            }
        }
    }

    fn list(&mut self, folder: &Path) -> Vec<weir_host::Entry> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.files.list(folder).unwrap_or_else(|error| {
            let is_absent =
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
            if !is_absent {
                self.visit.refused(folder, &error);
            }
            Vec::new()
        })
    }

    fn arrive(&mut self, path: &Path) {
        if self.seen.as_mut().is_some_and(|seen| !seen.insert(path.to_owned())) {
            return;
        }
        match self.files.stat(path, true) {
            Ok(stat) => self.visit.found(path.to_owned(), stat),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.visit.refused(path, &error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use weir_host::DiskFiles;

    use super::*;

    #[derive(Default)]
    struct Found(Vec<String>);

    impl Visit for Found {
        fn found(&mut self, path: PathBuf, stat: Stat) {
            if stat.kind == FileKind::Regular {
                self.0.push(path.to_string_lossy().into_owned());
            }
        }
        fn refused(&mut self, path: &Path, error: &io::Error) {
            panic!("{}: {error}", path.display());
        }
    }

    fn found(folder: &Path, pattern: &str) -> Vec<String> {
        let pattern = PathPattern::new(folder.join(pattern).to_str().unwrap()).unwrap();
        let mut found = Found::default();
        walk(&DiskFiles, &[pattern], &mut found);
        found.0.sort();
        let prefix = format!("{}/", folder.display());
        found.0.iter().map(|path| path.strip_prefix(&prefix).unwrap().to_owned()).collect()
    }

    #[test]
    fn patterns_name_files() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a.log", "b.txt", "x/a.log", "x/y/a.log", "x/y/c.log.1", "[1].log"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let check = |pattern: &str, wanted: &[&str]| {
            assert_eq!(found(folder.path(), pattern), wanted, "{pattern}");
        };
        check("a.log", &["a.log"]);
        check("*.log", &["[1].log", "a.log"]);
        check("*.{log,txt}", &["[1].log", "a.log", "b.txt"]);
        check("*/a.log", &["x/a.log"]);
        check("**/a.log", &["a.log", "x/a.log", "x/y/a.log"]);
        check("x/**", &["x/a.log", "x/y/a.log", "x/y/c.log.1"]);
        check("**/y/*.log*", &["x/y/a.log", "x/y/c.log.1"]);
        check("\\[1\\].log", &["[1].log"]);
        check("absent/*.log", &[]);
    }

    #[test]
    fn a_link_that_leads_back_ends() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.log"), "").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("back")).unwrap();
        assert_eq!(found(folder.path(), "**/*.log"), ["a.log"]);
        assert_eq!(found(folder.path(), "*/*.log"), ["back/a.log"]);
    }

    #[test]
    fn a_broken_pattern_is_refused() {
        assert!(PathPattern::new("/var/log/[").is_err());
        assert!(PathPattern::new("").is_err());
    }
}
