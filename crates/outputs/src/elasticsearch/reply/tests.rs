#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    let location = (status == 301).then(|| "https://elsewhere".to_owned());
    Answer { status, retry_after: None, location, body: body.into() }
}

/// An answer to several items, each given as status, type and reason of its error.
fn items(outcomes: &[(u16, &str, &str)]) -> Answer {
    let items: Vec<_> = outcomes
        .iter()
        .map(|(status, kind, reason)| match *kind {
            "" => serde_json::json!({"create": {"status": status}}),
            kind => serde_json::json!({"create": {"status": status, "error": {"type": kind, "reason": reason}}}),
        })
        .collect();
    answer(200, &serde_json::json!({"errors": true, "items": items}).to_string())
}

#[track_caller]
fn blocked(answer: &Answer, words: &str) {
    match judge(answer, "es:9200", 1).unwrap_err() {
        SendError::Blocked { cause } => assert!(cause.contains(words), "{cause}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clean_answer_is_not_read_to_its_end() {
    let cut = answer(200, r#"{"took":3,"errors":false,"items":[{"cre"#);
    assert_eq!(judge(&cut, "es:9200", 7).unwrap(), Sent { duplicates: 0 });
}

#[test]
fn each_item_has_its_own_fate() {
    let answer = items(&[
        (201, "", ""),
        (409, "version_conflict_engine_exception", "exists"),
        (429, "es_rejected_execution_exception", "queue is full"),
        (400, "document_parsing_exception", "no number"),
        (503, "unavailable_shards_exception", "gone"),
        (200, "", ""),
    ]);
    match judge(&answer, "es:9200", 6).unwrap_err() {
        SendError::Partial { refused, retry, duplicates, cause } => {
            assert_eq!(refused, [(3, "document_parsing_exception: no number".to_owned())]);
            assert_eq!((retry, duplicates), (vec![2, 4], 1));
            assert!(cause.contains("2 of 6: es_rejected_execution_exception: queue"), "{cause}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_there_already_counts_as_delivered() {
    let exists = (409, "version_conflict_engine_exception", "exists");
    assert_eq!(judge(&items(&[exists; 3]), "es", 3).unwrap(), Sent { duplicates: 3 });
}

#[test]
fn a_refusal_that_a_person_can_lift_puts_no_event_aside() {
    for (status, kind, reason) in [
        (403, "cluster_block_exception", "disk usage exceeded flood-stage watermark"),
        (403, "security_exception", "unauthorized"),
        (404, "index_not_found_exception", "no such index"),
        (400, "illegal_argument_exception", "pipeline with id [x] does not exist"),
        (400, "validation_exception", "this action would add [2] shards"),
    ] {
        blocked(&items(&[(status, kind, reason)]), reason);
        let both = items(&[(201, "", ""), (status, kind, reason)]);
        match judge(&both, "es", 2).unwrap_err() {
            SendError::Partial { refused, retry, .. } => {
                assert_eq!((refused.len(), retry), (0, vec![1]));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_answer_that_does_not_fit_the_request_is_not_believed() {
    for (body, wanted) in [
        (r#"{"errors":true,"items":[{"create":{"status":201}}]}"#, "1 of 2 events"),
        ("<html>", "no answer to a bulk request"),
        ("", "no answer to a bulk request"),
    ] {
        match judge(&answer(200, body), "es", 2).unwrap_err() {
            SendError::Retry { cause, .. } => assert!(cause.contains(wanted), "{cause}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_status_for_the_whole_request_says_what_to_do() {
    blocked(&answer(401, r#"{"error":{"reason":"missing token"}}"#), "says: missing token");
    blocked(&answer(403, ""), "`create_doc`");
    blocked(&answer(404, r#"{"error":"no handler"}"#), "says: no handler");
    blocked(&answer(301, ""), "https://elsewhere");
    blocked(&answer(400, r#"{"message":"Your request: '/' is not allowed."}"#), "(400); it says");
    assert!(matches!(judge(&answer(413, ""), "es", 1), Err(SendError::TooLarge { .. })));
    for status in [408, 429, 500, 502, 503, 504, 599] {
        let after = Some(Duration::from_secs(7));
        let answer = Answer { retry_after: after, ..answer(status, "") };
        match judge(&answer, "es", 1).unwrap_err() {
            SendError::Retry { after: asked, .. } => assert_eq!(asked, after),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let answer = items(&[(400, "x", &"é".repeat(1000)), (201, "", "")]);
    match judge(&answer, "es", 2).unwrap_err() {
        SendError::Partial { refused, .. } => assert!(refused[0].1.len() < 610),
        other => panic!("{other:?}"),
    }
}
