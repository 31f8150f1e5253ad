//! The `replace` filter: other text in place of what a pattern finds.

mod engine;
mod finder;
mod replacement;

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Complaint, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use self::engine::TooHard;
use self::finder::Finder;
use self::replacement::{Rendered, Replacement};
use crate::texts::{Change, change_texts};

const FAILURE: &str = "_replacefailure";

/// The longest text that replacing may make, in bytes: a line has 10 MiB at most.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Replaces what a regular expression finds.
///
/// Every match in the text is replaced, in a list those of every text; other values stay. Several
/// `rules` are applied one after the other, each to what the one before has left. They change the
/// filter's `fields`, or those that a rule names itself.
///
/// In a `replacement`, `$1` or `\1` stands for what the first group of the pattern found, and
/// `$name` or `\k<name>` for a group `(?<name>…)`; `$0` is the whole match, and `$$` the text `$`.
/// `%{field}` stands for the value of a field, in a pattern for exactly this text. A rule that
/// needs a field that the event lacks is passed over.
///
/// Patterns take time in proportion to the text, except those with look-around or back-references:
/// these have a budget, and find something only in UTF-8. If the budget is used up, or replacing
/// makes a text longer than 16 MiB, the event gets the tag `_replacefailure`, and the field keeps
/// its text.
///
/// # Example
///
/// ```toml
/// type = "replace"
/// field = "url.path"
/// pattern = '/users/(?<id>\d+)'
/// replacement = "/users/[$id]"
/// ```
/// ```json
/// {"url": {"path": "/users/42/pets"}}
/// ```
/// becomes
/// ```json
/// {"url": {"path": "/users/[42]/pets"}}
/// ```
/// What does not match stays:
/// ```json
/// {"url": {"path": "/"}}
/// ```
/// stays as it is.
///
/// Several rules, one of them for plain text:
///
/// ```toml
/// type = "replace"
/// fields = ["message", "lines"]
/// rules = [
///   { pattern = '\s+', replacement = " " },
///   { pattern = "[x]", replacement = "%{mark}", literal = true },
///   { pattern = "$", replacement = ".", fields = "message" },
/// ]
/// ```
/// ```json
/// {"message": "one\t\ttwo [x]", "lines": ["a  b", 7, "[x]"], "mark": "$1"}
/// ```
/// becomes
/// ```json
/// {"message": "one two $1.", "lines": ["a b", 7, "$1"], "mark": "$1"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Replace {
    /// The fields to change: one or several.
    #[serde(default, alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// What is replaced.
    pattern: Option<At<String>>,
    /// What takes its place. Unless set, nothing does: what was found is cut out.
    #[serde(default)]
    replacement: At<String>,
    /// Whether `pattern` is plain text, no regular expression.
    #[serde(default)]
    literal: bool,
    /// How many matches are replaced, from the beginning. Unless set, all.
    limit: Option<usize>,
    /// Several patterns and replacements, in their order; each is a table with `pattern`, and with
    /// `replacement`, `literal`, `limit` and `fields` if need be.
    #[serde(default)]
    rules: Vec<RuleSettings>,
}

/// One pattern and what takes its place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleSettings {
    /// What is replaced.
    pattern: At<String>,
    /// What takes its place.
    #[serde(default)]
    replacement: At<String>,
    /// Whether `pattern` is plain text.
    #[serde(default)]
    literal: bool,
    /// How many matches are replaced.
    limit: Option<usize>,
    /// The fields that this rule changes, instead of the filter's.
    #[serde(default, alias = "field")]
    fields: OneOrMany<FieldPath>,
}

impl Configure for Replace {
    const NAME: &'static str = "replace";
}

impl FilterConfig for Replace {
    type Filter = Replacer;

    fn build(self) -> Result<Replacer, Diagnostic> {
        let first = self.pattern.map(|pattern| RuleSettings {
            pattern,
            replacement: self.replacement,
            literal: self.literal,
            limit: self.limit,
            fields: OneOrMany::default(),
        });
        let fields: Vec<Key> = self.fields.iter().map(|field| field.key()).collect();
        let rules: Vec<Rule> = first
            .into_iter()
            .chain(self.rules)
            .map(|rule| rule.build(&fields))
            .collect::<Result<_, _>>()?;
        if rules.is_empty() {
            return Err(Diagnostic::error("neither `pattern` nor `rules` is set")
                .help("write it like `pattern = '\\s+'` and `replacement = \" \"`"));
        }
        Ok(Replacer { rules })
    }
}

impl RuleSettings {
    fn build(self, fields: &[Key]) -> Result<Rule, Diagnostic> {
        let finder = Finder::new(&self.pattern, self.literal).map_err(|complaint| {
            Diagnostic::error(complaint.title())
                .at(&self.pattern, details(&complaint))
                .help("text with special characters is taken as it is with `literal = true`")
        })?;
        let replacement = Replacement::new(&self.replacement, &finder).map_err(|complaint| {
            Diagnostic::error(complaint.title())
                .at(&self.replacement, details(&complaint))
                .help("`$1` stands for the first group, `$name` for `(?<name>…)`, `$$` for `$`")
        })?;
        let own: Vec<Key> = self.fields.iter().map(|field| field.key()).collect();
        let fields = if own.is_empty() { fields.to_vec() } else { own };
        if fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .at(&self.pattern, "for this pattern")
                .help("name at least one"));
        }
        Ok(Rule { fields, finder, replacement, limit: self.limit.unwrap_or(usize::MAX) })
    }
}

/// What a complaint says besides its title, without what to do.
fn details(complaint: &Complaint) -> String {
    let whole = complaint.to_string();
    let rest = whole.strip_prefix(complaint.title()).unwrap_or_default();
    let label = rest.strip_prefix(": ").unwrap_or_default();
    label.split("; ").next().unwrap_or_default().to_owned()
}

/// Replaces what patterns find.
#[derive(Debug)]
pub(crate) struct Replacer {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fields: Vec<Key>,
    finder: Finder,
    replacement: Replacement,
    limit: usize,
}

thread_local! {
    static RENDERED: RefCell<Rendered> = RefCell::default();
}

impl Filter for Replacer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut failure = None;
        RENDERED.with_borrow_mut(|rendered| {
            for rule in &self.rules {
                failure = rule.apply(event, rendered).or(failure);
            }
        });
        match failure {
            None => Ok(Keep::Yes),
            Some(Failure::TooHard) => {
                let reason = "the pattern has used up its budget of steps";
                Err(FilterError::because(FAILURE, reason))
            }
            Some(Failure::TooLong) => {
                let reason = format!("replacing made a text longer than {TEXT_BYTES_MAX} bytes");
                Err(FilterError::because(FAILURE, reason))
            }
        }
    }
}

/// Why a text was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    TooHard,
    TooLong,
}

impl Rule {
    /// Changes the fields, except those in which something fails.
    fn apply(&self, event: &mut EventMut<'_>, rendered: &mut Rendered) -> Option<Failure> {
        let engine = self.finder.engine(event.as_ref())?;
        if !self.replacement.render(event.as_ref(), rendered) {
            return None;
        }
        let mut failure = None;
        for field in &self.fields {
            change_texts(event, *field, |text, out| {
                match self.replacement.replace(&engine, text, self.limit, rendered, out) {
                    Err(TooHard) => failure = Some(Failure::TooHard),
                    Ok(true) if out.len() > TEXT_BYTES_MAX => failure = Some(Failure::TooLong),
                    Ok(true) => return Change::Written,
                    Ok(false) => {}
                }
                Change::None
            });
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, text: &str, wanted: &str) {
        let settings = format!("type = \"replace\"\nfield = \"t\"\n{settings}");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        let given = json!({ "t": text, "dot": "a.b", "dollar": "$1" });
        let became = bench.pass(&given).unwrap().unwrap();
        assert_eq!(became["t"], Json::from(wanted), "{settings} of {text}");
    }

    #[test]
    fn groups_are_named_in_several_ways() {
        let with =
            |replacement: &str| format!("pattern = '(a)(?<n>b)?'\nreplacement = '{replacement}'");
        check(&with("[$1$${2}$n$${n}$0]"), "xabx", "x[abbbab]x");
        check(&with(r"[\1\k<n>\0\\]"), "xabx", r"x[abab\]x");
        check(&with("[$2]"), "a", "[]");
        check(&with(r"$$1\d"), "a", r"$1\d");
        check(&with("$10"), "a", "a0");
    }

    #[test]
    fn fields_in_patterns_and_replacements_are_plain_text() {
        check("pattern = 'x%{dot}'\nreplacement = '%{dollar}'", "xa.b xaab", "$1 xaab");
        check("pattern = '%{missing}'\nreplacement = 'x'", "a", "a");
        check("pattern = 'a'\nreplacement = '%{missing}'", "a", "a");
        check("pattern = 'a'\nreplacement = '%{missing|-}'", "a", "-");
        check("pattern = '%{dot}.'\nliteral = true\nreplacement = '-'", "a.b.a.bx", "-a.bx");
    }

    #[test]
    fn matches_may_be_empty_or_limited() {
        check("pattern = ''\nreplacement = '-'", "ñb", "-ñ-b-");
        check("pattern = 'a'\nlimit = 2\nreplacement = 'o'", "banana", "bonona");
        check("pattern = 'a'\nlimit = 0\nreplacement = 'o'", "banana", "banana");
        check("pattern = '^a*'\nreplacement = ''", "aab", "b");
    }

    #[test]
    fn look_around_and_back_references_have_a_budget() {
        check(
            "pattern = '(?<!\\\\)\"(?<n>x)'\nreplacement = '[\\k<n>$1]'",
            "\\\"x\"x",
            "\\\"x[xx]",
        );
        check("pattern = '(a)\\1'\nreplacement = ''", "aaab", "ab");
        check("pattern = '(?=é)'\nreplacement = '-'", "aéé", "a-é-é");
        let settings = "type = \"replace\"\nfield = \"t\"\npattern = '(a+)+(?=b)c'";
        let given = json!({ "t": "a".repeat(200) + "b" });
        let became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        assert_eq!(became["t"], given["t"]);
        assert_eq!(became["tags"], json!(["_replacefailure"]));
    }

    #[test]
    fn a_text_that_grows_too_long_is_a_failure() {
        let settings = format!(
            "type = \"replace\"\nfield = \"t\"\npattern = 'a'\nreplacement = '{}'",
            "b".repeat(10_000)
        );
        let given = json!({ "t": "a".repeat(10_000) });
        let became = Bench::new(FILTERS, &settings).unwrap().pass(&given).unwrap().unwrap();
        assert_eq!(became["t"], given["t"]);
        assert_eq!(became["tags"], json!(["_replacefailure"]));
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (settings, title) in [
            ("", "neither `pattern` nor `rules`"),
            ("pattern = '('", "unclosed group"),
            ("pattern = '(?<=a'", "not well-formed"),
            ("pattern = 'a'\nreplacement = '$1'", "the pattern has no group `1`"),
            ("pattern = 'a'\nreplacement = '$${x}'", "the pattern has no group `x`"),
            ("pattern = 'a'\nreplacement = '%{'", "has no end"),
            ("pattern = '%{'", "has no end"),
        ] {
            let settings = format!("type = \"replace\"\nfield = \"t\"\n{settings}");
            let mistakes = Bench::new(FILTERS, &settings).unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
        let mistakes = Bench::new(FILTERS, "type = \"replace\"\npattern = 'a'").unwrap_err();
        assert!(mistakes.contains("names no field"), "{mistakes}");
    }
}
