//! The `redact` filter: takes secrets and personal data out of texts.

mod kind;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Input, PatternID};
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany, Secret};
use weir_event::{EventMut, Key};

use self::kind::Kind;
use crate::digest::{Hasher, Method};
use crate::texts::{Change, change_texts};
use weir_component::pattern::Pattern;

/// Memory that the patterns of one filter may take together, in bytes.
const PATTERNS_BYTES_MAX: usize = 16 << 20;

/// The longest text that redacting may make, in bytes.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// How many bytes of a hash stand for what it was made of: two values never meet by chance.
const HASH_BYTES: usize = 16;

/// Takes secrets and personal data out of texts.
///
/// What is looked for is named by `find`, and by own `patterns`. If a pattern has a group, only
/// what the first group found is taken out. In its place comes a text, a mask, or a hash with a
/// key: equal values then have equal hashes, so that they can still be counted and followed, but
/// nobody can check a guess without the key.
///
/// In a list every text is looked at; other values stay. Without `fields` it is `message`.
/// Everything is found in one pass over the text. Numbers of cards and accounts are recognised by
/// their check digits, addresses by being valid; a secret that nothing tells from a word is not
/// found. Should a text become longer than 16 MiB, all of it is replaced.
///
/// Events without the fields pass unchanged.
///
/// # Example
///
/// ```toml
/// type = "redact"
/// find = ["card", "email", "password"]
/// ```
/// ```json
/// {"message": "alice@example.com paid with 4111 1111 1111 1111, order 4111111111111112, pwd=x1"}
/// ```
/// becomes
/// ```json
/// {"message": "[REDACTED] paid with [REDACTED], order 4111111111111112, pwd=[REDACTED]"}
/// ```
/// Where nothing is found:
/// ```json
/// {"message": "GET /index.html"}
/// ```
/// stays as it is. A mask, and an own pattern:
///
/// ```toml
/// type = "redact"
/// fields = ["client", "ids"]
/// find = "ipv4"
/// patterns = ['id-(\d+)']
/// with = "mask"
/// keep-last = 2
/// ```
/// ```json
/// {"client": "from 192.0.2.17", "ids": ["id-12345", 7]}
/// ```
/// becomes
/// ```json
/// {"client": "from ********17", "ids": ["id-***45", 7]}
/// ```
///
/// Hashes with a key:
///
/// ```toml
/// type = "redact"
/// find = "email"
/// with = "hash"
/// key = "a long secret"
/// ```
/// ```json
/// {"message": "alice@example.com"}
/// ```
/// becomes
/// ```json
/// {"message": "e2baaca00ef9845e7cfe197a3aa93e5c"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Redact {
    /// The fields to look at: one or several.
    #[serde(default = "message", alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// What is looked for. Unless this or `patterns` is set: `card`, `email`, `iban`, `jwt`,
    /// `password` and `secret`.
    find: Option<OneOrMany<Kind>>,
    /// Regular expressions for what is looked for besides.
    #[serde(default)]
    patterns: OneOrMany<At<Pattern>>,
    /// What comes in its place.
    #[serde(default)]
    with: At<With>,
    /// The text that comes in its place.
    replacement: Option<At<String>>,
    /// How many characters at its end a mask leaves.
    keep_last: Option<At<usize>>,
    /// The key of hashes.
    key: Option<At<Secret>>,
}

/// What comes in place of something found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum With {
    /// `[REDACTED]`, or what `replacement` says.
    #[default]
    Text,
    /// A `*` for each character, except the last, if `keep-last` says so.
    Mask,
    /// 32 hexadecimal digits: half of an HMAC with SHA-256 and the `key`.
    Hash,
}

fn message() -> OneOrMany<FieldPath> {
    OneOrMany::one(FieldPath::message())
}

impl Configure for Redact {
    const NAME: &'static str = "redact";
}

impl FilterConfig for Redact {
    type Filter = Redactor;

    fn build(self) -> Result<Redactor, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field").help("name at least one"));
        }
        let kinds = match self.find {
            Some(kinds) => kinds.into_vec(),
            None if self.patterns.is_empty() => Kind::USUAL.to_vec(),
            None => Vec::new(),
        };
        if kinds.is_empty() && self.patterns.is_empty() {
            return Err(Diagnostic::error("`find` names nothing to look for")
                .help("name at least one, such as `card`"));
        }
        let replacement = self.replacement.as_ref();
        for (place, needed, name) in [
            (replacement.map(At::span), With::Text, "replacement"),
            (self.keep_last.as_ref().map(At::span), With::Mask, "keep-last"),
            (self.key.as_ref().map(At::span), With::Hash, "key"),
        ] {
            if let Some(place) = place.filter(|_| *self.with != needed) {
                let title = format!("`{name}` is of no use with this `with`");
                return Err(Diagnostic::error(title)
                    .at(place, "")
                    .also(&self.with, "here")
                    .help("take it out, or choose another `with`"));
            }
        }
        let cover = match *self.with {
            With::Text => Cover::Text(
                replacement.map_or(REDACTED.to_owned(), |text| String::clone(text)).into_bytes(),
            ),
            With::Mask => Cover::Mask { keep_last: self.keep_last.map_or(0, At::into_inner) },
            With::Hash => {
                let key = self.key.as_ref().ok_or_else(|| {
                    Diagnostic::error("hashes need a `key`")
                        .at(&self.with, "")
                        .help("without one, whoever guesses a value can check the guess")
                })?;
                Cover::Hash(Hasher::new(Method::Sha256, Some(key.expose().as_bytes())))
            }
        };
        let fields = self.fields.iter().map(|field| field.key()).collect();
        Ok(Redactor { fields, finder: Finder::new(&kinds, &self.patterns)?, cover })
    }
}

/// What stands in place of something found.
const REDACTED: &str = "[REDACTED]";

/// Takes out secrets.
#[derive(Debug)]
pub(crate) struct Redactor {
    fields: Vec<Key>,
    finder: Finder,
    cover: Cover,
}

#[derive(Debug)]
enum Cover {
    Text(Vec<u8>),
    Mask { keep_last: usize },
    Hash(Hasher),
}

/// All patterns in one.
#[derive(Debug)]
struct Finder {
    regex: Regex,
    /// What decides, beyond the pattern, whether it was found; by the pattern's number.
    kinds: Vec<Option<Kind>>,
    /// Whether only a group of the pattern is meant.
    has_group: Vec<bool>,
}

impl Filter for Redactor {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        for field in &self.fields {
            change_texts(event, *field, |text, out| self.redact(text, out));
        }
        Ok(Keep::Yes)
    }
}

impl Redactor {
    fn redact(&self, text: &[u8], out: &mut Vec<u8>) -> Change {
        let (mut at, mut end) = (0, 0);
        let mut groups = None;
        while let Some((start, stop)) = self.finder.find(text, &mut at, &mut groups) {
            out.extend_from_slice(&text[end..start]);
            self.cover.write(&text[start..stop], out);
            end = stop;
            if out.len() > TEXT_BYTES_MAX {
                // Nothing that was to be taken out may remain.
                out.clear();
                out.extend_from_slice(REDACTED.as_bytes());
                return Change::Written;
            }
        }
        if end == 0 {
            return Change::None;
        }
        out.extend_from_slice(&text[end..]);
        Change::Written
    }
}

impl Finder {
    fn new(kinds: &[Kind], own: &[At<Pattern>]) -> Result<Self, Diagnostic> {
        let mut patterns: Vec<(&str, Option<Kind>)> = Vec::new();
        for kind in kinds {
            patterns.extend(kind.patterns().iter().map(|pattern| (*pattern, Some(*kind))));
        }
        patterns.extend(own.iter().map(|pattern| (pattern.0.as_str(), None)));
        let texts: Vec<&str> = patterns.iter().map(|(text, _)| *text).collect();
        let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(PATTERNS_BYTES_MAX));
        let syntax = syntax::Config::new().utf8(false);
        let regex = Regex::builder().configure(config).syntax(syntax).build_many(&texts);
        let regex = regex.map_err(|why| {
            Diagnostic::error("the patterns take too much memory together")
                .at(own.first().and_then(At::span), "")
                .note(why.to_string())
                .help("use fewer, or smaller repetition counts")
        })?;
        let groups = |i| regex.group_info().group_len(i) > 1;
        let has_group = (0..texts.len()).map(|i| PatternID::new(i).is_ok_and(groups)).collect();
        Ok(Self { regex, kinds: patterns.into_iter().map(|(_, kind)| kind).collect(), has_group })
    }

    /// The next thing to take out, from `at` on, which is moved behind it.
    fn find(
        &self,
        text: &[u8],
        at: &mut usize,
        groups: &mut Option<Captures>,
    ) -> Option<(usize, usize)> {
        while *at <= text.len() {
            let input = Input::new(text).range(*at..);
            let found = self.regex.find(input)?;
            let number = found.pattern().as_usize();
            let (mut start, mut end) = (found.start(), found.end());
            if self.kinds[number].is_some_and(|kind| !kind.is_really(text, start, end)) {
                // Such matches have few characters, so looking again costs little.
                *at = start + 1;
                continue;
            }
            *at = if start == end { end + 1 } else { end };
            if self.has_group[number] {
                let groups = groups.get_or_insert_with(|| self.regex.create_captures());
                self.regex.captures(Input::new(text).range(start..), groups);
                let Some(group) = groups.get_group(1) else { continue };
                (start, end) = (group.start, group.end);
            }
            if start < end {
                return Some((start, end));
            }
        }
        None
    }
}

impl Cover {
    fn write(&self, found: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => out.extend_from_slice(text),
            Self::Mask { keep_last } => {
                let begins = |byte: &&u8| **byte & 0xC0 != 0x80;
                let characters = found.iter().filter(begins).count();
                let hidden = characters.saturating_sub(*keep_last);
                out.extend(std::iter::repeat_n(b'*', hidden));
                let mut left = characters - hidden;
                let mut start = found.len();
                while left > 0 && start > 0 {
                    start -= 1;
                    left -= usize::from(begins(&&found[start]));
                }
                out.extend_from_slice(&found[start..]);
            }
            Self::Hash(hasher) => {
                let hash = hasher.hash(&[found]);
                crate::digest::Hash::of(&hash.as_bytes()[..HASH_BYTES]).write_hex(out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(find: &str, text: &str, wanted: &str) {
        let settings = format!("type = \"redact\"\nreplacement = \"X\"\nfind = \"{find}\"");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
        assert_eq!(became["message"], Json::from(wanted), "{find}");
    }

    #[test]
    fn cards_are_told_from_other_numbers() {
        for card in
            ["4111111111111111", "5500-0000-0000-0004", "3400 000000 00009", "6011000000000004"]
        {
            check("card", &format!("a {card}, b"), "a X, b");
        }
        for other in [
            "4111111111111112",
            "1531171074631",
            "0000000000000000",
            "14111111111111111",
            "x4111111111111111",
        ] {
            check("card", other, other);
        }
        check("card", "4111111111111111 4111111111111111", "X X");
        check("card", "1 4111111111111111", "1 X");
    }

    #[test]
    fn addresses_are_valid_ones() {
        check("ipv4", "10.0.0.1:80, 999.1.1.1 and v1.2.3.4.5", "X:80, 999.1.1.1 and v1.2.3.4.5");
        check(
            "ipv6",
            "at 10:00:00 [2001:db8::1]:80 ::1 std::fmt a::b",
            "at 10:00:00 [X]:80 X std::fmt a::b",
        );
        check("ipv6", "mac 00:11:22:33:44:55 fe80::1%eth0", "mac 00:11:22:33:44:55 X%eth0");
        check("mac", "mac 00:11:22:33:44:55 00:11:22:33:44:5", "mac X 00:11:22:33:44:5");
        check("email", "<a.b+c@x-y.example.org>, a@b, @c.d", "<X>, a@b, @c.d");
    }

    #[test]
    fn tokens_and_passwords_are_found_by_their_form() {
        check("jwt", "t=eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ_-x!", "t=X!");
        check("secret", "k=AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdefghijABCDEFGHIJ012345", "k=X X");
        check(
            "secret",
            "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- a",
            "X a",
        );
        check(
            "password",
            "user=a password=hun;ter&x \"apiKey\": \"abc\", Bearer abcdef123=",
            "user=a password=X;ter&x \"apiKey\": \"X\", Bearer X",
        );
        check("password", "https://user:s3cret@example.com/", "https://user:X@example.com/");
        check(
            "iban",
            "DE89 3704 0044 0532 0130 00 and DE89370400440532013001",
            "X and DE89370400440532013001",
        );
        check("us-ssn", "123-45-6789 and 1123-45-6789", "X and 1123-45-6789");
    }

    #[test]
    fn masks_and_hashes_keep_what_they_should() {
        let pass = |settings: &str, text: &str| {
            let settings = format!("type = \"redact\"\npatterns = ['é+x?', '']\n{settings}");
            let bench = Bench::new(FILTERS, &settings).unwrap();
            bench.pass(&json!({ "message": text })).unwrap().unwrap()["message"].clone()
        };
        assert_eq!(pass("with = \"mask\"\nkeep-last = 1", "aéééb"), json!("a**éb"));
        assert_eq!(pass("with = \"mask\"\nkeep-last = 9", "aéb"), json!("aéb"));
        let hashed = pass("with = \"hash\"\nkey = \"k\"", "é é éx");
        let parts: Vec<&str> = hashed.as_str().unwrap().split(' ').collect();
        assert_eq!(parts[0], parts[1]);
        assert_ne!(parts[0], parts[2]);
        assert_eq!(parts[0].len(), 32);
    }

    #[test]
    fn settings_without_sense_are_refused() {
        for (settings, title) in [
            ("find = []", "names nothing to look for"),
            ("with = \"hash\"", "hashes need a `key`"),
            ("key = \"k\"", "`key` is of no use"),
            ("with = \"mask\"\nreplacement = \"x\"", "`replacement` is of no use"),
            ("keep-last = 2", "`keep-last` is of no use"),
            ("patterns = '('", "not well-formed"),
        ] {
            let mistakes = Bench::new(FILTERS, &format!("type = \"redact\"\n{settings}"));
            let mistakes = mistakes.unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
    }

    #[test]
    fn a_long_text_without_end_costs_little() {
        let bench = Bench::new(FILTERS, "type = \"redact\"").unwrap();
        for piece in ["4111 ", "a@", "eyJ", "1:", "password", "DE89", "0.", "a.b@c."] {
            let text = piece.repeat(200_000 / piece.len());
            assert!(bench.pass(&json!({ "message": text })).unwrap().is_some());
        }
    }
}
