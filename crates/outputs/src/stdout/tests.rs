#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use super::*;
use crate::tests::{chunks, examples, with_settings};

type Paper = Arc<Mutex<Vec<u8>>>;

fn printer(codec: Option<Codec>, is_terminal: bool, has_colours: bool) -> (Printer, Paper) {
    let paper = Paper::default();
    let sheet = paper.clone();
    let print = move |bytes: &[u8]| {
        sheet.lock().unwrap().extend_from_slice(bytes);
        Ok(())
    };
    (Printer::new(codec, is_terminal, has_colours, Arc::new(print)), paper)
}

async fn printed(printer: (Printer, Paper), document: &str) -> String {
    let (printer, paper) = printer;
    printer.send(&chunks(&printer, &[document])).await.unwrap();
    let text = paper.lock().unwrap().clone();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn the_page_shows_what_is_printed() {
    for example in examples::<Stdout>() {
        let codec = with_settings(&example.toml, |it: Stdout| Ok(it.codec)).unwrap();
        let text = printed(printer(codec, false, false), &example.json.unwrap()).await;
        assert_eq!(text, example.text.unwrap());
    }
}

#[tokio::test]
async fn the_form_follows_the_reader() {
    let document = r#"{"message":"a","b":{"c":1}}"#;
    let pipe = printed(printer(None, false, false), document).await;
    assert!(pipe.starts_with('{') && pipe.ends_with("}\n"), "{pipe}");
    let terminal = printed(printer(None, true, true), document).await;
    assert_eq!(
        terminal,
        "\x1b[2m2026-11-23T10:00:00.000Z\x1b[0m \x1b[1ma\x1b[0m\n  \x1b[36mb.c\x1b[0m  1\n"
    );
    assert_eq!(printed(printer(Some(Codec::Text), true, true), document).await, "a\n");
}

#[tokio::test]
async fn an_event_cannot_play_with_the_terminal() {
    let document = r#"{"message":"a\u001b[2J\nb\n","c":"\u0007"}"#;
    let text = printed(printer(Some(Codec::Pretty), true, false), document).await;
    assert_eq!(text, "2026-11-23T10:00:00.000Z a\\u{1b}[2J\n    b\n  c  \\u{7}\n");
}

#[tokio::test]
async fn a_closed_pipe_is_for_a_person() {
    let print = |_: &[u8]| Err(io::ErrorKind::BrokenPipe.into());
    let printer = Printer::new(None, false, false, Arc::new(print));
    let chunks = chunks(&printer, &[r#"{"message":"a"}"#]);
    assert!(matches!(printer.send(&chunks).await, Err(SendError::Blocked { .. })));
}
