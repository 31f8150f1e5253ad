//! Reads the uap project's rules.
//!
//! They are YAML, but of one shape only, which is all that is understood here; so this is no YAML
//! parser, and a mistake is reported with its line:
//!
//! ```text
//! user_agent_parsers:                 a section: browsers, systems or devices
//!   # Special cases                   comments and empty lines
//!   - regex: '(Edge)/(\d+)\.(\d+)'    a rule begins; texts in quotes, '' for a quote
//!     family_replacement: 'Edge'      what else is known of it
//! ```

use std::borrow::Cow;

use ua_parser::{Error, Extractor, ParseError, device, os, user_agent};

/// The rules that come with `ua-parser`; see `build.rs`.
pub(super) const STOCK: &str = include_str!(concat!(env!("OUT_DIR"), "/regexes.yaml"));

/// How many rules a file may have. The project's own has about 1,300.
const RULES_MAX: usize = 20_000;

/// A rule as written: its settings with their lines.
#[derive(Debug, Default)]
struct Rule {
    section: Section,
    line: usize,
    settings: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Section {
    #[default]
    Browsers,
    Systems,
    Devices,
}

impl Section {
    fn named(name: &str) -> Option<Self> {
        match name {
            "user_agent_parsers" => Some(Self::Browsers),
            "os_parsers" => Some(Self::Systems),
            "device_parsers" => Some(Self::Devices),
            _ => None,
        }
    }

    /// The settings that its rules may have besides `regex`.
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Browsers => &[
                "regex",
                "family_replacement",
                "v1_replacement",
                "v2_replacement",
                "v3_replacement",
                "v4_replacement",
            ],
            Self::Systems => &[
                "regex",
                "os_replacement",
                "os_v1_replacement",
                "os_v2_replacement",
                "os_v3_replacement",
                "os_v4_replacement",
            ],
            Self::Devices => &[
                "regex",
                "regex_flag",
                "device_replacement",
                "brand_replacement",
                "model_replacement",
            ],
        }
    }
}

/// Compiles rules; the error says what is wrong in which line.
pub(super) fn compile(text: &str) -> Result<Extractor<'static>, String> {
    let mut browsers = user_agent::Builder::new();
    let mut systems = os::Builder::new();
    let mut devices = device::Builder::new();
    for rule in read(text)? {
        let line = rule.line;
        let refused = |why: String| format!("line {line}: the rule cannot be used: {why}");
        match rule.section {
            Section::Browsers => {
                let pushed = browsers.push(rule.browser());
                browsers = pushed.map_err(|why| refused(what_is_wrong(why)))?;
            }
            Section::Systems => {
                let pushed = systems.push(rule.system());
                systems = pushed.map_err(|why| refused(what_is_wrong(why.into())))?;
            }
            Section::Devices => {
                let pushed = devices.push(rule.device()?);
                devices = pushed.map_err(|why| refused(what_is_wrong(why.into())))?;
            }
        }
    }
    let refused = |why: ua_parser::BuildError| what_is_wrong(why.into());
    Ok(Extractor {
        ua: browsers.build().map_err(refused)?,
        os: systems.build().map_err(refused)?,
        dev: devices.build().map_err(refused)?,
    })
}

/// The reason in words, without the names that the crate's own messages show.
fn what_is_wrong(error: Error) -> String {
    match error {
        Error::ParseError(ParseError::SyntaxError(text)) => {
            // The last line says it; those above draw the expression.
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
        Error::ParseError(ParseError::RegexTooLarge(limit)) => {
            format!("compiled, the regular expression is larger than {limit} bytes")
        }
        Error::ParseError(ParseError::ProcessingError(_)) => {
            "the regular expression is too complex".to_owned()
        }
        Error::BuildError(_) => "together, the regular expressions are too large".to_owned(),
        Error::MissingGroup(group) => {
            format!("a replacement uses the group {group}, which the regular expression lacks")
        }
    }
}

impl Rule {
    fn take(&mut self, name: &str) -> Option<Cow<'static, str>> {
        let place = self.settings.iter().position(|(known, _)| *known == name)?;
        Some(Cow::Owned(self.settings.swap_remove(place).1))
    }

    fn regex(&mut self) -> Cow<'static, str> {
        self.take("regex").unwrap_or_default()
    }

    fn browser(mut self) -> user_agent::Parser<'static> {
        user_agent::Parser {
            regex: self.regex(),
            family_replacement: self.take("family_replacement"),
            v1_replacement: self.take("v1_replacement"),
            v2_replacement: self.take("v2_replacement"),
            v3_replacement: self.take("v3_replacement"),
            v4_replacement: self.take("v4_replacement"),
        }
    }

    fn system(mut self) -> os::Parser<'static> {
        os::Parser {
            regex: self.regex(),
            os_replacement: self.take("os_replacement"),
            os_v1_replacement: self.take("os_v1_replacement"),
            os_v2_replacement: self.take("os_v2_replacement"),
            os_v3_replacement: self.take("os_v3_replacement"),
            os_v4_replacement: self.take("os_v4_replacement"),
        }
    }

    fn device(mut self) -> Result<device::Parser<'static>, String> {
        let regex_flag = match self.take("regex_flag").as_deref() {
            None => None,
            Some("i") => Some(device::Flag::IgnoreCase),
            Some(other) => {
                return Err(format!("line {}: `{other}` is not a flag; there is `i`", self.line));
            }
        };
        Ok(device::Parser {
            regex: self.regex(),
            regex_flag,
            device_replacement: self.take("device_replacement"),
            brand_replacement: self.take("brand_replacement"),
            model_replacement: self.take("model_replacement"),
        })
    }
}

/// The rules in their order.
fn read(text: &str) -> Result<Vec<Rule>, String> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut section = None;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || content == "---" {
            continue;
        }
        let wrong = |what: &str| format!("line {number}: {what}");
        if !line.starts_with([' ', '-']) {
            let name = content.split(['#', ':']).next().unwrap_or_default().trim_end();
            let known = Section::named(name);
            section = Some(known.ok_or_else(|| wrong(&format!("`{name}` is no list of rules")))?);
            continue;
        }
        let section = section.ok_or_else(|| wrong("a rule stands outside of the lists"))?;
        let setting = match content.strip_prefix("- ") {
            None => content,
            Some(first) => {
                rules.push(Rule { section, line: number, settings: Vec::new() });
                first.trim_start()
            }
        };
        let (name, value) = setting.split_once(':').ok_or_else(|| wrong("expected a setting"))?;
        let known = section.settings().iter().find(|known| **known == name.trim_end());
        let known = known.ok_or_else(|| wrong(&format!("these rules have no `{name}`")))?;
        let value = scalar(value.trim()).ok_or_else(|| wrong("expected text in quotes"))?;
        let rule = rules.last_mut().filter(|rule| rule.section == section);
        rule.ok_or_else(|| wrong("a rule begins with `- `"))?.settings.push((known, value));
    }
    if rules.is_empty() || rules.len() > RULES_MAX {
        return Err(format!("it holds {} rules, not 1 to {RULES_MAX}", rules.len()));
    }
    let has_regex = |rule: &Rule| rule.settings.iter().any(|(name, _)| *name == "regex");
    match rules.iter().find(|rule| !has_regex(rule)) {
        Some(rule) => Err(format!("line {}: the rule has no `regex`", rule.line)),
        None => Ok(rules),
    }
}

/// The text of a YAML scalar in one line: in single or double quotes, or bare.
fn scalar(text: &str) -> Option<String> {
    let quote = match text.chars().next()? {
        quote @ ('\'' | '"') => quote,
        '|' | '>' | '[' | '{' | '&' | '*' | '!' => return None,
        _ => return Some(text.split(" #").next()?.trim_end().to_owned()),
    };
    let mut value = String::new();
    let mut rest = text[1..].chars();
    loop {
        match rest.next()? {
            '\\' if quote == '"' => match rest.next()? {
                escaped @ ('\\' | '"' | '/') => value.push(escaped),
                _ => return None,
            },
            '\'' if quote == '\'' && rest.as_str().starts_with('\'') => {
                rest.next();
                value.push('\'');
            }
            end if end == quote => break,
            other => value.push(other),
        }
    }
    let behind = rest.as_str().trim_start();
    (behind.is_empty() || behind.starts_with('#')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_of_all_kinds_are_read() {
        for (text, wanted) in [
            ("'a''b'", Some("a'b")),
            (r"'\d+\.(\d+)' # why", Some(r"\d+\.(\d+)")),
            (r#""a\\d\"b""#, Some(r#"a\d"b"#)),
            ("bare text # why", Some("bare text")),
            ("''", Some("")),
            ("'open", None),
            ("'a' b", None),
            (r#""\x41""#, None),
            ("|", None),
            ("", None),
        ] {
            assert_eq!(scalar(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn mistakes_name_their_line() {
        let why = |text: &str| compile(text).err().expect("refused");
        let head = "user_agent_parsers:\n";
        assert_eq!(why(""), "it holds 0 rules, not 1 to 20000");
        assert_eq!(why("- regex: 'a'\n"), "line 1: a rule stands outside of the lists");
        assert_eq!(why("parsers:\n"), "line 1: `parsers` is no list of rules");
        assert_eq!(why(&format!("{head}  regex: 'a'\n")), "line 2: a rule begins with `- `");
        assert_eq!(why(&format!("{head}  - regex\n")), "line 2: expected a setting");
        assert_eq!(
            why(&format!("{head}  - regexp: 'a'\n")),
            "line 2: these rules have no `regexp`"
        );
        assert_eq!(why(&format!("{head}  - regex: 'a\n")), "line 2: expected text in quotes");
        assert_eq!(
            why(&format!("{head}  - family_replacement: 'a'\n")),
            "line 2: the rule has no `regex`"
        );
        let broken = why(&format!("{head}\n  - regex: '(a'\n"));
        assert_eq!(broken, "line 3: the rule cannot be used: unclosed group");
        let flag = "device_parsers:\n  - regex: '(a)'\n    regex_flag: 'x'\n";
        assert_eq!(why(flag), "line 2: `x` is not a flag; there is `i`");
    }
}
