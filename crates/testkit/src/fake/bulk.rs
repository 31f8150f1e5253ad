//! What a bulk server says.

use std::fmt::Write as _;

/// The answer to `GET /` and to everything else that is asked before delivery.
pub(super) const GREETING: &str = r#"{"name":"fake","cluster_name":"fake","cluster_uuid":"fake","version":{"number":"8.19.0","build_flavor":"default","lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0","minimum_index_compatibility_version":"7.0.0"},"license":{"status":"active","uid":"fake","type":"basic"},"tagline":"You Know, for Search"}"#;

/// All items were created.
pub(super) fn all_created(items: usize) -> String {
    const ITEM: &str = r#"{"create":{"status":201}},"#;
    let mut answer = String::with_capacity(64 + items * ITEM.len());
    answer.push_str(r#"{"errors":false,"took":1,"items":["#);
    answer.push_str(&ITEM.repeat(items));
    if items > 0 {
        answer.pop();
    }
    answer.push_str("]}");
    answer
}

/// Items with a status and, if it is not in the 200s, a reason each.
pub(super) fn answer(fates: Vec<(u16, &str)>) -> String {
    let has_errors = fates.iter().any(|(status, _)| *status >= 300);
    let mut answer = format!(r#"{{"errors":{has_errors},"took":1,"items":["#);
    for (i, (status, reason)) in fates.into_iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let error = match status {
            ..300 => String::new(),
            _ => format!(r#","error":{{"type":"{}","reason":"{reason}"}}"#, kind(status)),
        };
        write!(answer, r#"{comma}{{"create":{{"status":{status}{error}}}}}"#)
            .expect("writing to memory cannot fail");
    }
    answer.push_str("]}");
    answer
}

/// The error's type that Elasticsearch usually has with a status.
fn kind(status: u16) -> &'static str {
    match status {
        409 => "version_conflict_engine_exception",
        429 => "es_rejected_execution_exception",
        403 => "cluster_block_exception",
        404 => "index_not_found_exception",
        500.. => "unavailable_shards_exception",
        _ => "document_parsing_exception",
    }
}
