//! The `fingerprint` filter: a short text or number that stands for what fields hold.

mod maker;

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_codec::json::{write_string, write_value};
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany, Secret};
use weir_event::{EventMut, EventRef, Key, Value, ValueRef};

use self::maker::Maker;
use crate::digest;
use crate::subtree::{below, name_of};

const FAILURE: &str = "_fingerprintfailure";

/// Makes a fingerprint of what fields hold.
///
/// Equal values have equal fingerprints, so one can be the id of a document, or stand for a value
/// that must not be stored. For the latter set a `key`: without it whoever guesses a value can
/// check the guess.
///
/// With one field its value is hashed; of a list each item, which gives a list. With several
/// fields their names and values are hashed together, sorted by name, whatever order they are
/// written in: `|name|value|name|value|`. With `concatenate-sources = false` only the last field
/// that an event has counts, as in Logstash. With `concatenate-all-fields = true` all fields of
/// the event are hashed, its time included. Of objects and of lists among several fields it is the
/// JSON that is hashed. The results are those of Logstash, except for objects and lists.
///
/// Events that have none of the fields pass unchanged.
///
/// # Example
///
/// ```toml
/// type = "fingerprint"
/// fields = ["source.ip", "user.name"]
/// method = "sha1"
/// ```
/// ```json
/// {"source": {"ip": "192.0.2.1"}, "user": {"name": "alice"}}
/// ```
/// becomes
/// ```json
/// {
///   "source": {"ip": "192.0.2.1"},
///   "user": {"name": "alice"},
///   "event": {"hash": "d43e2567e1092508365ebacb8a815b6faf9e5a16"}
/// }
/// ```
/// Without any of the fields:
/// ```json
/// {"message": "hello"}
/// ```
/// stays as it is. The network of an address:
///
/// ```toml
/// type = "fingerprint"
/// fields = "ip"
/// target = "ip"
/// method = "ipv4-network"
/// prefix-length = 24
/// ```
/// ```json
/// {"ip": "192.0.2.77"}
/// ```
/// becomes
/// ```json
/// {"ip": "192.0.2.0"}
/// ```
/// ```json
/// {"ip": "unknown"}
/// ```
/// becomes
/// ```json
/// {
///   "ip": "unknown",
///   "tags": ["_fingerprintfailure"],
///   "error": {"message": "fingerprint-1: `ip` holds no address"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Fingerprint {
    /// The field whose value is hashed, or several.
    #[serde(default = "message", alias = "field")]
    fields: At<OneOrMany<FieldPath>>,
    /// The field that gets the fingerprint.
    #[serde(default = "event_hash")]
    target: FieldPath,
    /// How it is made.
    #[serde(default)]
    method: At<Method>,
    /// A secret: with it the fingerprint is an HMAC, which nobody can check without the key. Only
    /// for the methods `md5` and `sha…`.
    key: Option<At<Secret>>,
    /// How many bits of an address stand for its network, with the method `ipv4-network`.
    prefix_length: Option<At<u8>>,
    /// Whether several fields are hashed together. Unless set, they are.
    concatenate_sources: Option<bool>,
    /// Whether all fields of the event are hashed together.
    #[serde(default)]
    concatenate_all_fields: bool,
    /// How the bytes of a hash are written.
    #[serde(default)]
    encoding: Encoding,
}

/// Ways to make fingerprints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Method {
    /// 128 bits; broken as a secret, kept for old ids.
    #[serde(alias = "MD5")]
    Md5,
    /// 160 bits, as Logstash makes them by default.
    #[serde(alias = "SHA1", alias = "sha-1", alias = "SHA-1")]
    Sha1,
    /// 224 bits.
    #[serde(alias = "SHA224", alias = "sha-224", alias = "SHA-224")]
    Sha224,
    /// 256 bits.
    #[default]
    #[serde(alias = "SHA256", alias = "sha-256", alias = "SHA-256")]
    Sha256,
    /// 384 bits.
    #[serde(alias = "SHA384", alias = "sha-384", alias = "SHA-384")]
    Sha384,
    /// 512 bits.
    #[serde(alias = "SHA512", alias = "sha-512", alias = "SHA-512")]
    Sha512,
    /// SHA-512 cut to 224 bits in its own way.
    #[serde(rename = "sha512-224", alias = "SHA-512/224")]
    Sha512Of224,
    /// SHA-512 cut to 256 bits in its own way.
    #[serde(rename = "sha512-256", alias = "SHA-512/256")]
    Sha512Of256,
    /// A whole number of 32 bits, very fast; different values meet often.
    #[serde(alias = "MURMUR3")]
    Murmur3,
    /// 128 bits, very fast.
    #[serde(rename = "murmur3-128", alias = "MURMUR3_128")]
    Murmur3Long,
    /// 64 bits, the fastest for long texts.
    #[serde(rename = "xxh3")]
    Xxh3,
    /// 128 bits, the fastest for long texts.
    #[serde(rename = "xxh3-128")]
    Xxh3Long,
    /// A random id, new for each event, whatever it holds.
    #[serde(alias = "UUID")]
    Uuid,
    /// The punctuation of a text, without everything else: lines of one kind have the same.
    #[serde(alias = "PUNCTUATION")]
    Punctuation,
    /// The first address of the network that an address is in.
    #[serde(rename = "ipv4-network", alias = "IPV4_NETWORK", alias = "ip-network")]
    Network,
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Encoding {
    /// Two small digits for each.
    #[default]
    Hex,
    /// Base64.
    Base64,
}

fn message() -> At<OneOrMany<FieldPath>> {
    At::from(OneOrMany::one(FieldPath::message()))
}

fn event_hash() -> FieldPath {
    FieldPath::try_from("event.hash".to_owned()).expect("it is a field's name")
}

impl Configure for Fingerprint {
    const NAME: &'static str = "fingerprint";
}

impl FilterConfig for Fingerprint {
    type Filter = Fingerprinter;

    fn build(self) -> Result<Fingerprinter, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .at(&self.fields, "")
                .help("name at least one"));
        }
        let method = *self.method;
        let hash = method.hash();
        if let (Some(key), None) = (&self.key, hash) {
            return Err(Diagnostic::error("this method has no key")
                .at(key, "")
                .also(&self.method, "the method")
                .help("take it out, or choose `sha256`"));
        }
        let prefix_length = self.prefix_length.as_ref().map(|it| **it);
        if (method == Method::Network) != prefix_length.is_some() {
            return Err(Diagnostic::error("`ipv4-network` and `prefix-length` need each other")
                .at(&self.method, "the method")
                .help("write it like `prefix-length = 24`"));
        }
        let key = self.key.as_ref().map(|key| key.expose().as_bytes());
        let hasher = hash.map(|hash| digest::Hasher::new(hash, key));
        let mut fields: Vec<Key> = self.fields.iter().map(|field| field.key()).collect();
        let joins = self.concatenate_sources.unwrap_or(fields.len() > 1);
        if joins {
            fields.sort_by_key(|key| key.name());
            fields.dedup();
        }
        let maker = Maker::new(method, hasher, prefix_length, self.encoding == Encoding::Base64);
        let what = match (self.concatenate_all_fields, joins) {
            (true, _) => What::All,
            (false, true) => What::Joined,
            (false, false) => What::Last,
        };
        Ok(Fingerprinter { fields, what, target: self.target.key(), maker })
    }
}

impl Method {
    fn hash(self) -> Option<digest::Method> {
        match self {
            Self::Md5 => Some(digest::Method::Md5),
            Self::Sha1 => Some(digest::Method::Sha1),
            Self::Sha224 => Some(digest::Method::Sha224),
            Self::Sha256 => Some(digest::Method::Sha256),
            Self::Sha384 => Some(digest::Method::Sha384),
            Self::Sha512 => Some(digest::Method::Sha512),
            Self::Sha512Of224 => Some(digest::Method::Sha512Of224),
            Self::Sha512Of256 => Some(digest::Method::Sha512Of256),
            _ => None,
        }
    }
}

/// Makes fingerprints.
#[derive(Debug)]
pub(crate) struct Fingerprinter {
    fields: Vec<Key>,
    what: What,
    target: Key,
    maker: Maker,
}

/// What is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The value of the last of the fields.
    Last,
    /// Names and values of the fields.
    Joined,
    /// Names and values of all fields.
    All,
}

thread_local! {
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static KEYS: RefCell<Vec<Key>> = const { RefCell::new(Vec::new()) };
}

impl Filter for Fingerprinter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        TEXT.with_borrow_mut(|text| {
            text.clear();
            let found = match self.what {
                _ if self.maker.is_random() => self.maker.make(Hashed::Text(b""), event.arena()),
                What::All => KEYS.with_borrow_mut(|keys| {
                    keys.clear();
                    keys.push(Key::TIME);
                    keys.extend(event.as_ref().fields().iter().map(|field| field.key));
                    keys.sort_unstable_by_key(|key| name_of(*key));
                    write_joined(event.as_ref(), keys, text);
                    self.maker.make(Hashed::Text(text), event.arena())
                }),
                What::Joined => {
                    if !self.fields.iter().any(|key| is_there(event.as_ref(), *key)) {
                        return Ok(Keep::Yes);
                    }
                    write_joined(event.as_ref(), &self.fields, text);
                    self.maker.make(Hashed::Text(text), event.arena())
                }
                What::Last => {
                    let last = self.fields.iter().rev();
                    let Some(key) = last.copied().find(|key| is_there(event.as_ref(), *key)) else {
                        return Ok(Keep::Yes);
                    };
                    self.of_value(event, key, text)
                }
            };
            let value = found.ok_or_else(|| {
                FilterError::because(FAILURE, format!("`{}` holds no address", self.fields[0]))
            })?;
            event.set(self.target, value);
            Ok(Keep::Yes)
        })
    }
}

/// What a fingerprint is made of.
#[derive(Clone, Copy, Debug)]
enum Hashed<'a> {
    Text(&'a [u8]),
    /// Some methods of Logstash's look at the bytes of a number, not at its digits.
    Int(i64),
}

impl Fingerprinter {
    fn of_value(&self, event: &mut EventMut<'_>, key: Key, text: &mut Vec<u8>) -> Option<Value> {
        if let Some(Value::List(items)) = event.as_ref().get(key) {
            let items = items.clone();
            let of_item = |item: &Value| {
                text.clear();
                let hashed = hashed(ValueRef::new(item, event.arena()), text);
                self.maker.make(hashed, event.arena())
            };
            let made: Option<Vec<Value>> = items.iter().map(of_item).collect();
            return made.map(|made| Value::List(made.into_boxed_slice()));
        }
        let hashed = match event.as_ref().view(key) {
            Some(value) => hashed(value, text),
            None => {
                write_object(event.as_ref(), key, text);
                Hashed::Text(text)
            }
        };
        self.maker.make(hashed, event.arena())
    }
}

fn is_there(event: EventRef<'_>, key: Key) -> bool {
    event.view(key).is_some()
        || event.fields().iter().any(|it| below(name_of(it.key), name_of(key)).is_some())
}

fn hashed<'t>(value: ValueRef<'_>, text: &'t mut Vec<u8>) -> Hashed<'t> {
    if let ValueRef::Int(number) = value {
        return Hashed::Int(number);
    }
    write_plain(value, text);
    Hashed::Text(text)
}

fn write_plain(value: ValueRef<'_>, text: &mut Vec<u8>) {
    match value {
        ValueRef::List(..) | ValueRef::Map(..) => write_value(value, text),
        other => other.write_text(text),
    }
}

/// Names and values, as Logstash joins them.
fn write_joined(event: EventRef<'_>, keys: &[Key], text: &mut Vec<u8>) {
    for key in keys {
        text.push(b'|');
        text.extend_from_slice(name_of(*key).as_bytes());
        text.push(b'|');
        match event.view(*key) {
            Some(value) => write_plain(value, text),
            None => write_object(event, *key, text),
        }
    }
    text.push(b'|');
}

/// The fields below a name, sorted, as JSON with dotted names; nothing if there are none.
fn write_object(event: EventRef<'_>, key: Key, text: &mut Vec<u8>) {
    let above = name_of(key);
    let mut members: Vec<(&str, &Value)> = event
        .fields()
        .iter()
        .filter_map(|field| Some((below(name_of(field.key), above)?, &field.value)))
        .collect();
    if members.is_empty() {
        return;
    }
    members.sort_unstable_by_key(|(name, _)| *name);
    for (i, (name, value)) in members.into_iter().enumerate() {
        text.push(if i == 0 { b'{' } else { b',' });
        write_string(name.as_bytes(), text);
        text.push(b':');
        write_value(ValueRef::new(value, event.arena()), text);
    }
    text.push(b'}');
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    fn made(settings: &str, given: &Json) -> Json {
        let bench = Bench::new(FILTERS, &format!("type = \"fingerprint\"\n{settings}")).unwrap();
        bench.pass(given).unwrap().unwrap()["event"]["hash"].clone()
    }

    #[test]
    fn the_order_of_fields_does_not_matter() {
        let given = json!({ "a": {"y": [1, "x"], "x": null}, "b": 1.5, "c": true });
        let one = made("fields = [\"a\", \"b\", \"c\"]", &given);
        assert!(one.is_string());
        assert_eq!(one, made("fields = [\"c\", \"a\", \"b\", \"a\"]", &given));
        let other = json!({ "b": 1.5, "a": {"x": null, "y": [1, "x"]}, "c": true });
        assert_eq!(one, made("fields = [\"a\", \"b\", \"c\"]", &other));
        let all = "concatenate-all-fields = true";
        assert_eq!(made(all, &given), made(all, &other));
        assert_ne!(made(all, &given), made(all, &json!({ "b": 1.5 })));
    }

    #[test]
    fn fast_hashes_have_their_known_values() {
        let given = json!({ "message": "foo" });
        assert_eq!(made("method = \"xxh3\"", &given), json!("ab6e5f64077e7d8a"));
        let wanted = json!("79aef92e83454121ab6e5f64077e7d8a");
        assert_eq!(made("method = \"xxh3-128\"", &given), wanted);
    }

    #[test]
    fn random_ids_differ_and_have_their_form() {
        let id = || made("method = \"uuid\"", &json!({}));
        let (one, two) = (id(), id());
        assert_ne!(one, two);
        let text = one.as_str().unwrap();
        let marks: Vec<usize> = text.match_indices('-').map(|it| it.0).collect();
        assert_eq!((text.len(), marks), (36, vec![8, 13, 18, 23]));
        assert_eq!(&text[14..15], "4");
        assert!("89ab".contains(&text[19..20]), "{text}");
    }

    #[test]
    fn settings_that_do_not_belong_together_are_refused() {
        for (settings, title) in [
            ("method = \"murmur3\"\nkey = \"k\"", "this method has no key"),
            ("method = \"ipv4-network\"", "need each other"),
            ("prefix-length = 8", "need each other"),
            ("fields = []", "names no field"),
        ] {
            let settings = format!("type = \"fingerprint\"\n{settings}");
            let mistakes = Bench::new(FILTERS, &settings).unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
    }
}
