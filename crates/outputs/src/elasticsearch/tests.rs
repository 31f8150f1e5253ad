#![expect(clippy::unwrap_used, reason = "tests")]

use weir_component::{Encoded, Selection};
use weir_testkit::fake::{Act, FakeBulk, Posted};

use super::*;
use crate::tests::{Example, batch_of, built, chunks, encoded, examples};

const STARTED: &str = r#"{"message":"started"}"#;
const STOPPED: &str = r#"{"message":"stopped"}"#;

fn indexer(toml: &str) -> Indexer {
    built::<Elasticsearch>(toml).unwrap()
}

fn sending_to(fake: &FakeBulk, more: &str) -> Indexer {
    indexer(&format!("url = '{}'\nindex = 'logs'\n{more}", fake.url()))
}

#[track_caller]
fn refusal(toml: &str, words: &str) {
    let toml = format!("url = 'http://x'\n{toml}");
    let refused = built::<Elasticsearch>(&toml).err().unwrap();
    assert!(refused.contains(words), "{refused}");
}

/// A request as the manual shows it: without what we ask of the answer.
fn shown(posted: &Posted) -> String {
    let path = posted.path.split_once("?filter_path=").unwrap().0;
    format!("POST {path}\n{}", posted.text)
}

fn causes(error: SendError) -> String {
    match error {
        SendError::Retry { cause, .. } => format!("retry: {cause}"),
        SendError::Blocked { cause } => format!("blocked: {cause}"),
        SendError::TooLarge { cause } => format!("too large: {cause}"),
        SendError::Partial { cause, .. } => format!("partial: {cause}"),
    }
}

#[tokio::test]
async fn the_page_shows_what_is_sent() {
    let examples = examples::<Elasticsearch>();
    let fake = FakeBulk::start().await;
    let Example { toml, json, text, .. } = &examples[0];
    let output = indexer(&toml.replace("http://localhost:9200", &fake.url()));
    output.send(&chunks(&output, &[json.as_deref().unwrap()])).await.unwrap();
    assert_eq!(shown(&fake.posted()[0]), *text.as_deref().unwrap());
    indexer(&examples[1].toml);
}

#[tokio::test]
async fn pieces_of_several_workers_make_one_request() {
    let fake = FakeBulk::start().await;
    for more in ["", "compression = 'none'", "compression-level = 9"] {
        let output = sending_to(&fake, more);
        let mut request = chunks(&output, &[STARTED, STOPPED]);
        let more = batch_of(7, &[STARTED]);
        let mut out = Encoded::default();
        output.encoder().encode(Selection::all(&more), &mut out);
        request.append(&mut out.chunks);
        output.send(&request).await.unwrap();
    }
    let posted = fake.posted();
    assert_eq!(posted.iter().map(|it| it.was_gzip).collect::<Vec<_>>(), [true, false, true]);
    assert!(posted.iter().all(|it| it.text == posted[0].text));
    assert_eq!(
        shown(&posted[0]),
        "POST /logs/_bulk\n\
         {\"create\":{\"_id\":\"8d5f0c3e91b247aa-200\"}}\n\
         {\"@timestamp\":\"2026-11-23T10:00:00.000Z\",\"message\":\"started\"}\n\
         {\"create\":{\"_id\":\"8d5f0c3e91b247aa-400\"}}\n\
         {\"@timestamp\":\"2026-11-23T10:00:00.000Z\",\"message\":\"stopped\"}\n\
         {\"create\":{\"_id\":\"0000000000000007-200\"}}\n\
         {\"@timestamp\":\"2026-11-23T10:00:00.000Z\",\"message\":\"started\"}\n"
    );
    assert_eq!(fake.documents().len(), 3);
}

#[test]
fn events_that_came_of_one_have_ids_of_their_own() {
    let output = indexer("url = 'http://x'\nindex = 'a'\ncompression = 'none'");
    let mut batch = batch_of(7, &[STARTED]);
    batch.copy_behind(0, 0x1f);
    batch.arrange();
    let mut out = Encoded::default();
    output.encoder().encode(Selection::all(&batch), &mut out);
    let text = String::from_utf8(out.chunks[0].body.to_vec()).unwrap();
    let actions: Vec<&str> = text.lines().step_by(2).collect();
    let wanted = [
        r#"{"create":{"_id":"0000000000000007-200"}}"#,
        r#"{"create":{"_id":"0000000000000007-200-1f"}}"#,
    ];
    assert_eq!(actions, wanted);
}

#[tokio::test]
async fn left_over_items_join_what_is_compressed() {
    let fake = FakeBulk::start().await;
    let output = sending_to(&fake, "");
    let mut request = chunks(&output, &[STARTED, STOPPED]);
    let raw = output.unpack(&request[0]).unwrap();
    let left = request[0].pick(&raw, &[1]);
    assert_eq!(left.target, request[0].target);
    assert_eq!(
        output.document(&left.body),
        br#"{"@timestamp":"2026-11-23T10:00:00.000Z","message":"stopped"}"#
    );
    output.send(std::slice::from_ref(&left)).await.unwrap();
    assert_eq!(fake.documents().len(), 1);
    request.insert(0, left);
    assert_eq!(output.send(&request).await.unwrap(), Sent { duplicates: 2 });
    assert_eq!(fake.documents().len(), 2);
    assert!(fake.posted().iter().all(|it| it.was_gzip));
}

#[tokio::test]
async fn a_lost_answer_doubles_nothing() {
    let fake = FakeBulk::start().await;
    let output = sending_to(&fake, "");
    fake.script([Act::CutAfterAccepting]);
    let request = chunks(&output, &[STARTED, STOPPED]);
    let cause = causes(output.send(&request).await.unwrap_err());
    assert!(cause.starts_with("retry: the connection to `127.0.0.1:"), "{cause}");
    assert_eq!(fake.documents().len(), 2);
    let again = sending_to(&fake, "");
    assert_eq!(again.send(&request).await.unwrap(), Sent { duplicates: 2 });
    assert_eq!(fake.documents().len(), 2);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let fake = FakeBulk::start().await;
    let output = sending_to(&fake, "timeout = '200ms'");
    fake.script([Act::Hang]);
    let request = chunks(&output, &[STARTED]);
    let cause = causes(output.send(&request).await.unwrap_err());
    assert!(cause.ends_with("did not answer within 200ms"), "{cause}");
    output.send(&request).await.unwrap();
    assert_eq!(fake.documents().len(), 1);
}

#[tokio::test]
async fn a_request_given_up_half_way_leaves_nothing_behind() {
    let fake = FakeBulk::start().await;
    let output = sending_to(&fake, "");
    fake.script([Act::Hang]);
    let request = chunks(&output, &[STARTED]);
    let given_up =
        tokio::time::timeout(Duration::from_millis(50), output.send(&request)).await.is_err();
    assert!(given_up);
    output.send(&request).await.unwrap();
    assert_eq!(fake.documents().len(), 1);
}

#[tokio::test]
async fn what_the_server_says_reaches_the_driver() {
    let fake = FakeBulk::start().await;
    let output = sending_to(&fake, "");
    let answer = |status, retry_after| Act::Answer { status, retry_after };
    fake.script([
        answer(429, Some(3)),
        answer(503, None),
        answer(401, None),
        Act::Items(vec![429]),
    ]);
    let request = chunks(&output, &[STARTED, STOPPED]);
    match output.send(&request).await.unwrap_err() {
        SendError::Retry { after, .. } => assert_eq!(after, Some(Duration::from_secs(3))),
        other => panic!("{other:?}"),
    }
    let next = async || causes(output.send(&request).await.unwrap_err());
    assert!(next().await.starts_with("retry: "));
    assert!(next().await.contains("check `username`"));
    assert!(next().await.contains("es_rejected_execution_exception"));
    fake.refuse(|document| document.contains("stopped").then_some((400, "no such thing")));
    match output.send(&request).await.unwrap_err() {
        SendError::Partial { refused, retry, duplicates, .. } => {
            assert_eq!(refused.len(), 1);
            assert_eq!(refused[0], (1, "document_parsing_exception: no such thing".to_owned()));
            assert_eq!((retry.len(), duplicates), (0, 0));
        }
        other => panic!("{other:?}"),
    }
    fake.set_text_bytes_max(20);
    assert!(next().await.starts_with("too large: "));
}

#[tokio::test]
async fn another_server_is_asked_when_one_is_not_there() {
    let (fake, gone) = (FakeBulk::start().await, FakeBulk::start().await);
    let gone_url = gone.url();
    drop(gone);
    tokio::task::yield_now().await;
    let urls = format!("url = ['{gone_url}', '{}']\nindex = 'logs'", fake.url());
    let output = indexer(&urls);
    for _ in 0..4 {
        output.send(&chunks(&output, &[STARTED])).await.unwrap();
    }
    assert_eq!(fake.counts().requests, 4);
    let output = indexer(&format!("url = '{gone_url}'\nindex = 'logs'"));
    let cause = causes(output.send(&chunks(&output, &[STARTED])).await.unwrap_err());
    assert!(cause.contains("cannot be reached: Connection refused"), "{cause}");
}

#[tokio::test]
async fn credentials_headers_and_pipeline_are_sent() {
    let fake = FakeBulk::start().await;
    let sent = async |more: &str| {
        let output = sending_to(&fake, more);
        output.send(&chunks(&output, &[STARTED])).await.unwrap();
        fake.posted().pop().unwrap()
    };
    let by = async |more: &str| sent(more).await.authorization.unwrap();
    assert_eq!(by("username = 'a'\npassword = 'b'").await, "Basic YTpi");
    assert_eq!(by("api-key = 'id:key'").await, "ApiKey aWQ6a2V5");
    assert_eq!(by("api-key = 'aWQ6a2V5'").await, "ApiKey aWQ6a2V5");
    assert_eq!(by("headers.authorization = 'Bearer t'").await, "Bearer t");
    assert!(sent("pipeline = 'geo ip&x'").await.path.ends_with("&pipeline=geo%20ip%26x"));
}

#[test]
fn events_without_an_origin_leave_the_id_to_the_server() {
    let output = indexer("url = 'http://x'\nindex = 'logs'\ncompression = 'none'");
    let mut out = Encoded::default();
    output.encoder().encode(Selection::all(&batch_of(0, &[STARTED])), &mut out);
    assert!(out.chunks[0].body.starts_with(b"{\"create\":{}}\n"));
}

#[test]
fn a_name_made_from_fields_is_escaped_and_small() {
    let output = indexer(
        "url = 'http://x'\nindex = 'Logs-%{app}'\nid = '%{app}'\nop = 'index'\ncompression = 'none'",
    );
    let encoded = encoded(&output, &[r#"{"app":"A\"b\nc"}"#, STARTED]);
    let line = encoded.chunks[0].body.split(|byte| *byte == b'\n').next().unwrap();
    let wanted = br#"{"index":{"_index":"logs-a\"b\nc","_id":"A\"b\nc"}}"#;
    assert_eq!(line, wanted, "{}", String::from_utf8_lossy(line));
    assert_eq!(encoded.chunks[0].items(), 1);
    assert_eq!(encoded.refused.len(), 1);
    assert_eq!(encoded.refused[0].reason, "the event has no field `app`");
    assert!(encoded.refused[0].document.ends_with(br#""message":"started"}"#));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    refusal("", "neither `index` nor `data-stream`");
    refusal("index = 'a'\ndata-stream = 'b'", "exclude each other");
    refusal("data-stream = 'b'\nop = 'index'", "only take");
    refusal("index = 'a'\nusername = 'a'", "needs a `password`");
    refusal("index = 'a'\npassword = 'a'", "needs a `username`");
    refusal("index = 'a'\nusername = 'u'\npassword = 'p'\napi-key = 'k'", "exclude each other");
    refusal("index = 'a'\ncompression-level = 0", "no such level");
    refusal("index = 'a'\nheaders.'a b' = 'x'", "name of a header");
    refusal("index = 'a'\ntls.key = 'x'", "needs its `certificate`");
    refusal("index = 'A'", "capital letters");
    refusal("index = 'a'\nid = 'same'", "`_id` of every event");
}
