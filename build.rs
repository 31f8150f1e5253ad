//! Makes the list of presets: the pipelines in the folder `pipelines`, which are part of the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folder = root.join("pipelines");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
    let mut folders = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    folders.retain(|folder| folder.join("pipeline.toml").is_file());
    folders.sort();
    let rows: String = folders.iter().map(|folder| row(folder)).collect();
    let list = format!("static PRESETS: &[PresetSpec] = &[\n{rows}];\n");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("presets.rs"), list)
}

/// A preset is called after its folder. Debug forms of texts are Rust's literals.
fn row(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut row = format!("    PresetSpec {{ name: {name:?}");
    for (field, file) in [("pipeline", "pipeline.toml"), ("page", "README.md")] {
        let path = folder.join(file).to_string_lossy().into_owned();
        write!(row, ", {field}: include_str!({path:?})").expect("memory takes all");
    }
    row + " },\n"
}
