//! What a strict mapping refuses.

use anyhow::Result;
use serde_json::{Value, json};
use weir_testkit::live::shared_opensearch;

use super::documents;
use crate::kit::{Folder, Weir, file_input, search_output};

/// Exactly the document that is wrong becomes a dead letter, with the server's reason.
pub(super) fn one_refused_document() -> Result<()> {
    const LINES: u64 = 1_000;
    const WRONG: u64 = 321;
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    let properties = json!({
        "@timestamp": { "type": "date" },
        "message": { "type": "keyword" },
        "n": { "type": "integer" },
        "status": { "type": "integer" },
    });
    server.strict_template("live-refusal", "live-refusal-*", &properties)?;
    let mut text = String::new();
    for n in 0..LINES {
        let status = if n == WRONG { json!("fine") } else { json!(200) };
        text += &format!("{}\n", json!({ "n": n, "status": status }));
    }
    let input = folder.write("in.log", text)?;
    let letters = folder.path("refused.ndjson");
    let pipeline = file_input(&input)
        + "add-origin = false\n[[filter]]\ntype = \"json\"\nfield = \"message\"\n"
        + &search_output(&server.url(), "live-refusal-a")
        + &format!("dead-letter = \"{}\"\n", letters.display());
    let pipeline = folder.write("p.toml", pipeline)?;
    Weir::once(&pipeline)?.with(0)?.said("refused for good")?;

    let text = folder.text("refused.ndjson");
    let refused: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(refused.len(), 1, "{text}");
    assert_eq!(refused[0]["event"]["n"], WRONG, "{text}");
    assert_eq!(refused[0]["output"], "elasticsearch", "{text}");
    let reason = refused[0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("mapper_parsing_exception") && reason.contains("status"), "{text}");

    let mut indexed: Vec<u64> = documents(server, "live-refusal-a")?
        .iter()
        .filter_map(|document| document["n"].as_u64())
        .collect();
    indexed.sort_unstable();
    assert_eq!(indexed, (0..LINES).filter(|n| *n != WRONG).collect::<Vec<_>>());
    Ok(())
}
