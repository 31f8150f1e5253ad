//! What a test asks a search server over HTTP, and the states it can bring it into.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::http::{self, Request};
use super::search_server::SearchServer;

const LIMIT: Duration = Duration::from_mins(1);
const PAGE: u32 = 5_000;
const JSON: (&str, &str) = ("Content-Type", "application/json");

impl SearchServer {
    /// `GET path`: status and body.
    ///
    /// # Errors
    /// When there is no answer. Every status is an answer; this holds for the four methods.
    pub fn get(&self, path: &str) -> Result<(u16, Value)> {
        self.ask("GET", path, b"", JSON)
    }

    /// `POST path` with a JSON body; [`Value::Null`] stands for no body.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.ask("POST", path, &text(body), JSON)
    }

    /// `PUT path` with a JSON body; [`Value::Null`] stands for no body.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn put(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.ask("PUT", path, &text(body), JSON)
    }

    /// `DELETE path` with a JSON body; [`Value::Null`] stands for no body.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn delete(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.ask("DELETE", path, &text(body), JSON)
    }

    /// `POST /_bulk` with newline-delimited JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn bulk(&self, body: &str) -> Result<(u16, Value)> {
        self.ask("POST", "/_bulk", body.as_bytes(), ("Content-Type", "application/x-ndjson"))
    }

    /// Makes everything stored so far visible to searches.
    ///
    /// # Errors
    /// When the index or pattern does not exist, or there is no answer.
    pub fn refresh(&self, index: &str) -> Result<()> {
        self.accepted("POST", &format!("/{index}/_refresh"), &Value::Null).map(drop)
    }

    /// How many documents an index, pattern or data stream holds; zero when it does not exist.
    ///
    /// Refreshes first.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn count(&self, index: &str) -> Result<u64> {
        let (status, body) = self.post(&format!("/{index}/_refresh"), &Value::Null)?;
        if status == 404 {
            return Ok(0);
        }
        ensure!(status == 200, "refresh of `{index}` answered {status}: {body}");
        let body = self.accepted("GET", &format!("/{index}/_count"), &Value::Null)?;
        body["count"].as_u64().with_context(|| format!("no count in {body}"))
    }

    /// Every hit of an index, pattern or data stream, with `_index`, `_id` and `_source`.
    ///
    /// Pages through by scrolling, so 100 000 documents are fine. `sort` names a field; without
    /// it the order is the storage order. Refreshes first.
    ///
    /// # Errors
    /// When the index does not exist or there is no answer.
    pub fn search_all(&self, index: &str, sort: Option<&str>) -> Result<Vec<Value>> {
        self.refresh(index)?;
        let query = json!({ "size": PAGE, "sort": [sort.unwrap_or("_doc")] });
        let path = format!("/{index}/_search?scroll=1m");
        let mut page = self.accepted("POST", &path, &query)?;
        let mut hits = Vec::new();
        loop {
            let scroll = page["_scroll_id"].as_str().context("no _scroll_id")?.to_owned();
            let Value::Array(more) = page["hits"]["hits"].take() else {
                anyhow::bail!("no hits in {page}");
            };
            if more.is_empty() {
                self.accepted("DELETE", "/_search/scroll", &json!({ "scroll_id": scroll }))?;
                return Ok(hits);
            }
            hits.extend(more);
            let next = json!({ "scroll": "1m", "scroll_id": scroll });
            page = self.accepted("POST", "/_search/scroll", &next)?;
        }
    }

    /// Makes an index template for `pattern` with a strict mapping: a document with a field
    /// outside `properties` is refused with 400 `strict_dynamic_mapping_exception`, one whose
    /// value does not fit its field with 400 and the server's name for a parsing mistake.
    ///
    /// # Errors
    /// When the server refuses the template.
    pub fn strict_template(&self, name: &str, pattern: &str, properties: &Value) -> Result<()> {
        let template = json!({
            "index_patterns": [pattern],
            "priority": 500,
            "template": {
                "settings": { "number_of_shards": 1, "number_of_replicas": 0 },
                "mappings": { "dynamic": "strict", "properties": properties },
            },
        });
        self.accepted("PUT", &format!("/_index_template/{name}"), &template).map(drop)
    }

    /// Makes a template so that the first document for a name in `pattern` makes a data stream.
    ///
    /// # Errors
    /// When the server refuses the template.
    pub fn data_stream_template(&self, name: &str, pattern: &str) -> Result<()> {
        let template = json!({
            "index_patterns": [pattern],
            "priority": 500,
            "data_stream": {},
            "template": { "settings": { "number_of_shards": 1, "number_of_replicas": 0 } },
        });
        self.accepted("PUT", &format!("/_index_template/{name}"), &template).map(drop)
    }

    /// Answers each bulk item for `index` with a real 429 `cluster_block_exception`, as when
    /// the disk is full, while `on`; works at once. The index must exist.
    ///
    /// # Errors
    /// When the index does not exist.
    pub fn set_flood_stage(&self, index: &str, on: bool) -> Result<()> {
        let value = if on { json!(true) } else { Value::Null };
        let settings = json!({ "index.blocks.read_only_allow_delete": value });
        self.accepted("PUT", &format!("/{index}/_settings"), &settings).map(drop)
    }

    /// Answers each request with a body over `bytes` with a real 429
    /// `circuit_breaking_exception`; `None` restores the default; works at once.
    ///
    /// # Errors
    /// When the server refuses the setting.
    pub fn refuse_bodies_over(&self, bytes: Option<u64>) -> Result<()> {
        let value = bytes.map_or(Value::Null, |bytes| json!(format!("{bytes}b")));
        let settings = json!({ "transient": { "network.breaker.inflight_requests.limit": value } });
        self.accepted("PUT", "/_cluster/settings", &settings).map(drop)
    }

    fn accepted(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.ask(method, path, &text(body), JSON)?;
        ensure!(status < 300, "{method} {path} answered {status}: {answer}");
        Ok(answer)
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        content_type: (&str, &str),
    ) -> Result<(u16, Value)> {
        let none: &[(&str, &str)] = &[];
        let one = [content_type];
        let headers = if body.is_empty() { none } else { &one };
        let request = Request { method, path, headers, body };
        let response = http::send(self.address(), LIMIT, &request)
            .with_context(|| format!("no answer to {method} {}{path}", self.url()))?;
        Ok((response.status, response.json()))
    }
}

fn text(body: &Value) -> Vec<u8> {
    if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }
}
