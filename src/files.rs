//! Pipeline files: finding them, naming them, reading them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use weir_component::metrics::Meters;
use weir_config::{Diagnostic, Diagnostics, Document, SourceFile, Surroundings};
use weir_host::{DiskFiles, FileKind, Files as _, read_all};
use weir_pipeline::Blueprint;

use crate::catalog::CATALOGUE;

/// A file larger than this is no pipeline, in bytes.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Folders nested deeper than this are not searched for pipelines.
const DEPTH_MAX: usize = 16;

/// A pipeline file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineFile {
    /// What the pipeline is called: after its file, or its folder when the file is `pipeline.toml`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The pipelines at the given paths: a file is one, a folder holds those below it.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PipelineFile>, Diagnostics> {
    let mut mistakes = Diagnostics::new();
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        match DiskFiles.stat(path, true) {
            Ok(stat) if stat.kind == FileKind::Folder => search(path, DEPTH_MAX, &mut found),
            Ok(_) => found.push(path.clone()),
            Err(cause) => {
                mistakes.push(
                    Diagnostic::error(format!("`{}` cannot be opened: {cause}", path.display()))
                        .help("name a pipeline file, or a folder that holds some"),
                );
                continue;
            }
        }
        if found.len() == before {
            let title = format!("there is no pipeline below `{}`", path.display());
            mistakes.push(
                Diagnostic::error(title).help("a pipeline is a file whose name ends in `.toml`"),
            );
        }
    }
    let mut named: HashMap<String, PathBuf> = HashMap::new();
    let mut files = Vec::new();
    for path in found {
        let name = name_of(&path);
        if let Some(other) = named.insert(name.clone(), path.clone())
            && other != path
        {
            let title = format!("two pipelines are called `{name}`");
            let note = format!("`{}` and `{}`", other.display(), path.display());
            mistakes.push(Diagnostic::error(title).note(note).help("rename one of the files"));
        }
        files.push(PipelineFile { name, path });
    }
    mistakes.or_ok(files)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(mut entries) = DiskFiles.list(folder) else { return };
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    for entry in entries {
        let is_hidden =
            entry.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        match entry.kind {
            _ if is_hidden => {}
            FileKind::Folder if depth > 0 => search(&entry.path, depth - 1, found),
            FileKind::Regular | FileKind::Link
                if entry.path.extension().is_some_and(|extension| extension == "toml") =>
            {
                found.push(entry.path);
            }
            _ => {}
        }
    }
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = match absolute.parent().and_then(Path::file_name) {
        Some(folder) if stem == "pipeline" => folder.to_string_lossy().into_owned(),
        _ => stem.into_owned(),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.chars().map(plain).collect()
}

/// Builds a pipeline from its file.
pub fn read(file: &PipelineFile, meters: &Meters) -> Result<Blueprint, Diagnostics> {
    let shown = file.path.display().to_string();
    let content = read_all(&DiskFiles, &file.path, FILE_BYTES_MAX).map_err(|cause| {
        Diagnostics::from(Diagnostic::error(format!("`{shown}` cannot be read: {cause}")))
    })?;
    let text = String::from_utf8(content).map_err(|wrong| {
        let offset = wrong.utf8_error().valid_up_to();
        Diagnostics::from(
            Diagnostic::error(format!("`{shown}` is not UTF-8 text"))
                .note(format!("the first byte that is not stands at offset {offset}")),
        )
    })?;
    let document = Document::parse(SourceFile::new(shown, text), surroundings())?;
    Blueprint::read(&file.name, &document, CATALOGUE, meters)
}

/// Builds the pipelines of several files, reporting the mistakes of all of them.
pub fn read_every(files: &[PipelineFile], meters: &Meters) -> Result<Vec<Blueprint>, Diagnostics> {
    let mut mistakes = Diagnostics::new();
    let blueprints = files.iter().filter_map(|file| mistakes.take(read(file, meters))).collect();
    mistakes.or_ok(blueprints)
}

fn surroundings() -> Surroundings {
    Surroundings::new(
        |name| std::env::var(name).ok(),
        |path| {
            let content = read_all(&DiskFiles, Path::new(path), 64 * 1024)
                .map_err(|cause| cause.to_string())?;
            let text = String::from_utf8(content).map_err(|_| "it is not UTF-8 text".to_owned())?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_is_named_after_its_file_or_folder() {
        assert_eq!(name_of(Path::new("/etc/weir/nginx.toml")), "nginx");
        assert_eq!(name_of(Path::new("/etc/weir/my app/pipeline.toml")), "my-app");
    }

    #[test]
    fn folders_are_searched() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for path in ["a.toml", "b/pipeline.toml", "b/readme.md", ".hidden/c.toml"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        let names = |paths: &[PathBuf]| -> Vec<String> {
            find(paths).expect("found").into_iter().map(|file| file.name).collect()
        };
        assert_eq!(names(&[folder.path().to_owned()]), ["a", "b"]);
        assert!(find(&[folder.path().join("absent")]).is_err());
        assert!(find(&[folder.path().join(".hidden/x")]).is_err());
        let twice = find(&[folder.path().join("a.toml"), folder.path().join(".hidden/../a.toml")]);
        assert!(twice.is_err(), "two paths, one name");
    }
}
