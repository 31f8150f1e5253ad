#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::UdpSocket;
use std::time::Duration;

use proptest::prelude::*;
use weir_event::{Batch, Timestamp};

use super::message::{Question as Asked, Reply};
use super::*;

/// A name server of our own: it answers what `answer` makes of a question. It ends with the test
/// program.
fn server(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut message = [0; 512];
        while let Ok((len, from)) = socket.recv_from(&mut message) {
            if let Some(answer) = answer(&message[..len]) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    address
}

/// The message that answers a question with one record.
fn reply(question: &[u8], code: u8, records: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = question.to_vec();
    message[2] = 0x81;
    message[3] = 0x80 | code;
    message[7] = u8::try_from(records.len()).unwrap();
    for (kind, data) in records {
        // The name of the question, as a place in the message.
        message.extend_from_slice(&[0xC0, 12]);
        message.extend_from_slice(&kind.to_be_bytes());
        message.extend_from_slice(&[0, 1, 0, 0, 1, 44]);
        message.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        message.extend_from_slice(data);
    }
    message
}

fn asker(settings: serde_json::Value) -> Asker {
    serde_json::from_value::<Dns>(settings).unwrap().build().unwrap()
}

fn pass(asker: &Asker, text: &str) -> Option<String> {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::default());
    batch.push_text(origin, 0, Timestamp::default(), (asker.field, text.as_bytes()));
    assert_eq!(asker.apply(&mut batch.event_mut(0)), Ok(Keep::Yes));
    let mut found = Vec::new();
    batch.event(0).view(asker.target)?.write_text(&mut found);
    Some(String::from_utf8(found).unwrap())
}

/// Lets events pass until the answer is there.
fn answered(asker: &Asker, text: &str) -> String {
    let host = Host::real();
    while host.clock.elapsed() < Duration::from_secs(20) {
        if let Some(found) = pass(asker, text) {
            return found;
        }
        std::thread::yield_now();
    }
    panic!("no answer for {text}");
}

#[test]
fn the_first_event_passes_and_a_later_one_has_the_name() {
    let address = server(|question| {
        let name = b"\x04gate\x07example\x03org\x00";
        Some(reply(question, 0, &[(5, b"\x00"), (12, name)]))
    });
    let asker = asker(serde_json::json!({ "servers": address.to_string(), "tag-on-miss": "x" }));
    asker.open(&Host::real()).unwrap();
    assert_eq!(pass(&asker, "192.0.2.1"), None, "nobody waits");
    assert_eq!(answered(&asker, "192.0.2.1"), "gate.example.org");
    assert_eq!(asker.target.name(), "source.domain");
    assert_eq!(answered(&asker, "2001:db8::1"), "gate.example.org");
}

#[test]
fn addresses_of_a_name_are_a_list() {
    let address = server(|question| {
        Some(reply(question, 0, &[(1, &[192, 0, 2, 1]), (1, &[192, 0, 2, 2]), (28, &[0; 16])]))
    });
    let settings = serde_json::json!({
        "servers": [address.to_string()], "lookup": "forward", "field": "url.domain",
    });
    let asker = asker(settings);
    asker.open(&Host::real()).unwrap();
    assert_eq!(answered(&asker, "www.example.org"), "192.0.2.1,192.0.2.2");
    assert_eq!(asker.target.name(), "url.ip");
}

#[test]
fn another_server_is_asked_when_the_first_is_silent_or_lies() {
    let silent = server(|_| None);
    let liar = server(|question| {
        let mut lie = reply(question, 0, &[(12, b"\x03lie\x00")]);
        lie[0] ^= 1;
        Some(lie)
    });
    let honest = server(|question| Some(reply(question, 0, &[(12, b"\x02ok\x00")])));
    let servers: Vec<String> = [silent, liar, honest].iter().map(ToString::to_string).collect();
    let settings = serde_json::json!({ "servers": servers, "timeout": "50ms", "attempts": 3 });
    let asker = asker(settings);
    asker.open(&Host::real()).unwrap();
    assert_eq!(answered(&asker, "192.0.2.1"), "ok");
}

#[test]
fn a_missing_name_is_remembered() {
    let address = server(|question| Some(reply(question, 3, &[])));
    let asker = asker(serde_json::json!({ "servers": address.to_string() }));
    asker.open(&Host::real()).unwrap();
    let host = Host::real();
    pass(&asker, "192.0.2.1");
    let slot = Arc::clone(asker.known.ask(b"192.0.2.1", Arc::default).answer());
    // While it is being asked it is not due, however late it is.
    while !slot.is_due(3600) {
        assert!(host.clock.elapsed() < Duration::from_secs(20), "no answer");
        std::thread::yield_now();
    }
    assert!(slot.answer().as_deref().is_some_and(Vec::is_empty));
    assert_eq!(pass(&asker, "192.0.2.1"), None);
    assert!(!slot.is_due(0), "it is not asked again at once");
}

#[test]
fn what_is_no_question_is_tagged() {
    let asker = asker(serde_json::json!({ "servers": "127.0.0.1:9" }));
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::default());
    let long = "1".repeat(1000);
    for text in ["", "x", "1.2.3.4.5", &long] {
        batch.push_text(origin, 0, Timestamp::default(), (asker.field, text.as_bytes()));
        let at = batch.len() - 1;
        assert_eq!(asker.apply(&mut batch.event_mut(at)).unwrap_err().tag, "_dnsfailure", "{text}");
    }
    for name in ["", ".", "a..b", "a b", &"a".repeat(64), &"a.".repeat(200)] {
        assert_eq!(message::labels(name.as_bytes()), None, "{name}");
    }
    assert!(message::labels(b"www.example.org.").is_some());
}

#[test]
fn questions_are_written_as_the_standard_has_them() {
    let question = Asked::name_of("192.0.2.1".parse().unwrap()).write(0x1234);
    let wanted = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\
                   \x011\x012\x010\x03192\x07in-addr\x04arpa\x00\x00\x0c\x00\x01";
    assert_eq!(question, wanted);
    let question = Asked::name_of("2001:db8::1".parse().unwrap()).write(1);
    assert!(question.windows(8).any(|part| part == b"\x03ip6\x04arp"));
}

proptest! {
    #[test]
    fn no_message_makes_reading_it_panic(
        noise in prop::collection::vec(any::<u8>(), 0..64),
        place in 0..80_usize,
        byte: u8,
    ) {
        let asked = Asked::name_of("192.0.2.1".parse().expect("an address"));
        let mut message = reply(&asked.write(7), 0, &[(12, b"\x01a\xC0\x0C"), (12, &noise)]);
        if let Some(changed) = message.get_mut(place) {
            *changed = byte;
        }
        if let Some(Reply::Answers(answers, _)) = asked.read(&message, 7) {
            prop_assert!(answers.iter().all(|answer| answer.len() <= 255));
        }
        asked.read(&noise, 7);
    }
}
