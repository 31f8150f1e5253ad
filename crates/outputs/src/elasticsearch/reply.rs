//! What a server's answer means for a request and for each of its items.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use weir_component::{SendError, Sent};

use super::request::Answer;

/// How far into an answer `"errors":false` stands: servers write it first, or after `took`.
const HEAD_BYTES: usize = 256;

/// The longest reason that is kept, in bytes; servers quote whole documents.
const REASON_BYTES_MAX: usize = 600;

/// Refusals of single items that a person can lift, by the error's type and words of its reason.
/// The events are fine, so none is put aside for these.
const WAITING_FOR_A_PERSON: &[(&str, &str)] = &[
    ("cluster_block_exception", ""),
    ("security_exception", ""),
    ("index_not_found_exception", ""),
    ("index_closed_exception", ""),
    ("illegal_argument_exception", "pipeline with id ["),
    ("illegal_argument_exception", "no write index is defined"),
    ("illegal_argument_exception", "only write ops with an op_type of create"),
    ("illegal_argument_exception", "this action would add"),
    ("validation_exception", "this action would add"),
];

/// The answer to a bulk request, without what we do not ask for.
#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

/// One item's outcome, under the name of what was asked for.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(alias = "index", borrow)]
    create: Outcome<'a>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    status: u16,
    #[serde(borrow)]
    error: Option<Fault<'a>>,
}

#[derive(Default, Deserialize)]
struct Fault<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
    /// The mapping's complaint is often only in here.
    #[serde(default)]
    caused_by: Option<Box<Cause>>,
}

#[derive(Deserialize)]
struct Cause {
    #[serde(default)]
    reason: Option<String>,
}

/// Says what became of a request of `items` items to `host`.
pub(crate) fn judge(answer: &Answer, host: &str, items: usize) -> Result<Sent, SendError> {
    let retry = |cause| Err(SendError::Retry { cause, after: answer.retry_after });
    let blocked = |cause| Err(SendError::Blocked { cause });
    let status = answer.status;
    match status {
        200 | 201 => outcome(answer, host, items),
        413 => {
            let cause = format!("the request is too large for `{host}` (413)");
            Err(SendError::TooLarge { cause })
        }
        429 => retry(format!("`{host}` is busy and asks for a pause (429){}", said(answer))),
        408 | 500.. => {
            retry(format!("`{host}` cannot serve the request ({status}){}", said(answer)))
        }
        401 => blocked(format!(
            "`{host}` does not accept who we are (401): check `username` and `password`, or \
             `api-key`{}",
            said(answer)
        )),
        403 => blocked(format!(
            "`{host}` does not allow this (403): give the user or key the right to write to the \
             index (`create_doc`, and `auto_configure` to create it){}",
            said(answer)
        )),
        404 => blocked(format!(
            "`{host}` has no bulk interface there, or no such index (404): check `url` and \
             `index`{}",
            said(answer)
        )),
        300..=399 => blocked(format!(
            "`{host}` sends us elsewhere ({status}): put the address `{}` into `url`",
            answer.location.as_deref().unwrap_or("it means")
        )),
        _ => blocked(format!("`{host}` refuses the request ({status}){}", said(answer))),
    }
}

/// Reads the items of a request that the server worked on.
fn outcome(answer: &Answer, host: &str, items: usize) -> Result<Sent, SendError> {
    let head = &answer.body[..answer.body.len().min(HEAD_BYTES)];
    if contains(head, b"\"errors\":false") {
        return Ok(Sent::default());
    }
    let retry = |cause| Err(SendError::Retry { cause, after: answer.retry_after });
    let reply: Reply<'_> = match serde_json::from_slice(&answer.body) {
        Ok(reply) => reply,
        Err(_) => return retry(format!("what `{host}` answered is no answer to a bulk request")),
    };
    if reply.items.len() != items {
        let got = reply.items.len();
        return retry(format!("`{host}` answered for {got} of {items} events"));
    }
    let mut tally = Tally::default();
    for (i, item) in reply.items.iter().enumerate() {
        tally.add(i, &item.create);
    }
    tally.verdict(host, items)
}

/// The items that were not simply taken.
#[derive(Default)]
struct Tally {
    duplicates: usize,
    refused: Vec<(usize, String)>,
    retry: Vec<usize>,
    /// The first reason to try again.
    busy: Option<String>,
    /// The first reason to ask a person.
    waiting: Option<String>,
}

impl Tally {
    fn add(&mut self, i: usize, outcome: &Outcome<'_>) {
        match outcome.status {
            200..=299 => {}
            409 => self.duplicates += 1,
            429 | 500.. => {
                self.retry.push(i);
                self.busy.get_or_insert_with(|| reason(outcome));
            }
            _ if waits_for_a_person(outcome) => {
                self.retry.push(i);
                self.waiting.get_or_insert_with(|| reason(outcome));
            }
            _ => self.refused.push((i, reason(outcome))),
        }
    }

    fn verdict(self, host: &str, items: usize) -> Result<Sent, SendError> {
        let Self { duplicates, refused, retry, busy, waiting } = self;
        if refused.is_empty() && retry.is_empty() {
            return Ok(Sent { duplicates });
        }
        let is_all = retry.len() == items;
        match waiting {
            Some(cause) if is_all => {
                Err(SendError::Blocked { cause: format!("`{host}` takes nothing: {cause}") })
            }
            waiting => {
                let count = retry.len();
                let cause = waiting.or(busy).map_or_else(String::new, |cause| {
                    format!("`{host}` did not take {count} of {items}: {cause}")
                });
                Err(if is_all {
                    SendError::Retry { cause, after: None }
                } else {
                    SendError::Partial { refused, retry, duplicates, cause }
                })
            }
        }
    }
}

fn waits_for_a_person(outcome: &Outcome<'_>) -> bool {
    if outcome.status == 401 || outcome.status == 403 {
        return true;
    }
    let Some(fault) = &outcome.error else { return false };
    let reason = fault.reason.as_deref().unwrap_or_default();
    WAITING_FOR_A_PERSON.iter().any(|(kind, words)| fault.kind == *kind && reason.contains(words))
}

/// The reason of an item's outcome for the operator: `type: reason`.
fn reason(outcome: &Outcome<'_>) -> String {
    let Some(fault) = &outcome.error else { return format!("status {}", outcome.status) };
    let inner = fault.caused_by.as_ref().and_then(|cause| cause.reason.as_deref());
    let parts = [Some(&*fault.kind), fault.reason.as_deref(), inner];
    cut(parts.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

/// What the body of an answer says in words, to be put behind a sentence.
fn said(answer: &Answer) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else { return String::new() };
    let error = &value["error"];
    let text = error["reason"].as_str().or(error.as_str()).or(value["message"].as_str());
    text.map(|text| cut(format!("; it says: {text}"))).unwrap_or_default()
}

fn cut(mut text: String) -> String {
    if text.len() > REASON_BYTES_MAX {
        text.truncate(text.floor_char_boundary(REASON_BYTES_MAX));
        text.push('…');
    }
    text
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests;
