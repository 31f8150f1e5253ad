//! Tables of pipeline files.

use std::path::Path;

/// An input that reads what matches a pattern and looks for changes often.
pub(crate) fn file_input(pattern: &Path) -> String {
    format!(
        "[[input]]\ntype = \"file\"\npaths = [\"{}\"]\nscan-interval = \"100ms\"\n",
        pattern.display()
    )
}

/// An output to a file.
pub(crate) fn file_output(path: &Path, codec: &str) -> String {
    format!("[[output]]\ntype = \"file\"\npath = \"{}\"\ncodec = \"{codec}\"\n", path.display())
}

/// An output to a server, with short waits between its retries.
pub(crate) fn search_output(url: &str, index: &str) -> String {
    format!(
        "[[output]]\ntype = \"elasticsearch\"\nurl = \"{url}\"\nindex = \"{index}\"\n\
         retry-delay-min = \"50ms\"\nretry-delay-max = \"500ms\"\n"
    )
}
