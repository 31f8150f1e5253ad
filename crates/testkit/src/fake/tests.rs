use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

const TWO: &str =
    "{\"create\":{\"_id\":\"a\"}}\n{\"seq\":7}\n{\"create\":{\"_id\":\"b\"}}\n{\"seq\":9}\n";

/// Posts a body and gives all that comes back before the connection ends.
async fn post(fake: &FakeBulk, body: &str) -> String {
    let mut stream = TcpStream::connect(fake.address).await.expect("it listens");
    let length = body.len();
    let head = format!(
        "POST /logs/_bulk HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).await.expect("sent");
    let mut answer = String::new();
    // A connection that is cut may end with an error: nothing was answered then.
    let _unneeded = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn a_document_is_created_once() {
    let fake = FakeBulk::start().await;
    assert!(post(&fake, TWO).await.contains("\"errors\":false"));
    let again = post(&fake, TWO).await;
    assert_eq!(again.matches("\"status\":409").count(), 2, "{again}");
    let documents = fake.documents();
    assert_eq!(documents.len(), 2);
    assert_eq!((documents[0].index.as_str(), documents[0].id.as_str()), ("logs", "a"));
    assert_eq!(fake.counts().duplicates, 2);
}

#[tokio::test]
async fn a_cut_connection_carries_no_answer() {
    let fake = FakeBulk::start().await;
    fake.script([Act::CutAfterAccepting, Act::CutBeforeAccepting]);
    assert_eq!(post(&fake, TWO).await, "");
    assert_eq!(fake.documents().len(), 2);
    assert_eq!(post(&fake, "{\"create\":{\"_id\":\"c\"}}\n{}\n").await, "");
    assert_eq!(fake.documents().len(), 2);
}

#[tokio::test]
async fn items_and_requests_are_refused_as_told() {
    let fake = FakeBulk::start().await;
    fake.script([Act::Items(vec![429]), Act::Answer { status: 503, retry_after: Some(7) }]);
    fake.refuse(|document| document.contains('9').then_some((400, "no nines")));
    let answer = post(&fake, TWO).await;
    assert!(answer.contains("\"status\":429") && answer.contains("no nines"), "{answer}");
    let answer = post(&fake, TWO).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 7"), "{answer}");
    fake.set_text_bytes_max(10);
    assert!(post(&fake, TWO).await.starts_with("HTTP/1.1 413"));
    assert!(fake.documents().is_empty());
    assert_eq!(fake.counts().requests, 3);
}

#[tokio::test]
async fn counting_ticks_off_sequence_numbers() {
    let fake = FakeBulk::counting(Some("\"seq\":")).await;
    for _ in 0..2 {
        let answer = post(&fake, TWO).await;
        assert_eq!(answer.matches("\"status\":201").count(), 2, "{answer}");
    }
    let counts = fake.counts();
    assert_eq!((counts.items, counts.distinct, counts.duplicates), (4, 2, 2));
    assert_eq!((counts.greatest, counts.text_bytes), (Some(9), TWO.len() * 2));
}
