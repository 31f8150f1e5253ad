//! Data streams, and indices named after the event's date.

use anyhow::{Result, ensure};
use weir_testkit::live::shared_opensearch;

use super::has_each_line_once;
use crate::kit::{Folder, Numbered, Weir, file_input, search_output};

/// The lines of two days go to a stream as a whole and to an index for each day.
pub(super) fn stream_and_dates() -> Result<()> {
    const LINES: usize = 600;
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    server.data_stream_template("logs-weir", "logs-weir-*")?;
    let text: String = Numbered::text(0..LINES, 5)
        .lines()
        .enumerate()
        .map(|(n, line)| format!("2026-11-{}T12:00:00Z {line}\n", if n % 3 == 0 { 22 } else { 23 }))
        .collect();
    let input = folder.write("in.log", text)?;
    let dated = search_output(&server.url(), "live-dated-%{+yyyy.MM.dd}");
    let stream = dated
        .replace("index = \"live-dated-%{+yyyy.MM.dd}\"", "data-stream = \"logs-weir-default\"");
    let filters = "[[filter]]\ntype = \"grok\"\npattern = '^%{TIMESTAMP_ISO8601:time} '\n\
                   [[filter]]\ntype = \"date\"\nfield = \"time\"\nformats = \"ISO8601\"\n";
    let pipeline = folder.write("p.toml", file_input(&input) + filters + &dated + &stream)?;
    Weir::once(&pipeline)?.with(0)?;
    for (index, wanted) in [("live-dated-2026.11.22", 200), ("live-dated-2026.11.23", 400)] {
        let count = server.count(index)?;
        ensure!(count == wanted, "{count} documents in `{index}`, not {wanted}");
    }
    has_each_line_once(server, "live-dated-*", LINES)?;
    has_each_line_once(server, "logs-weir-default", LINES)?;
    let hits = server.search_all("logs-weir-default", None)?;
    let is_backing = |hit: &serde_json::Value| {
        hit["_index"].as_str().is_some_and(|index| index.starts_with(".ds-logs-weir-default-"))
    };
    ensure!(hits.iter().all(is_backing), "not a data stream: {}", hits[0]["_index"]);
    Ok(())
}
