//! What one rule reported: a sentence, and pairs in brackets behind it.

use super::record::Record;

/// Tags that are kept of one rule; those of the core rules have about ten.
const TAGS_MAX: usize = 50;

/// One hit of a rule.
#[derive(Debug, Default)]
pub(super) struct Rule {
    /// The sentence before the brackets.
    pub(super) text: String,
    pub(super) id: String,
    pub(super) message: String,
    pub(super) data: String,
    pub(super) severity: String,
    pub(super) file: String,
    pub(super) line: Option<i64>,
    pub(super) version: String,
    pub(super) revision: String,
    pub(super) maturity: Option<i64>,
    pub(super) accuracy: Option<i64>,
    pub(super) tags: Vec<String>,
    pub(super) variable: String,
    pub(super) pattern: String,
}

/// The severities by number, as syslog has them.
const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];

impl Rule {
    /// Reads `Warning. … [file "…"] [id "…"]`; pairs about the request go into the record.
    /// Nothing when no rule is named.
    pub(super) fn read(text: &str, record: &mut Record) -> Option<Self> {
        let mut rule = Self::default();
        let (sentence, mut rest) = text.split_at(tail(text));
        sentence.trim().clone_into(&mut rule.text);
        while let Some((name, value, behind)) = pair(rest) {
            rule.set(name, value, record);
            rest = behind;
        }
        rule.settle();
        (!rule.id.is_empty()).then_some(rule)
    }

    /// Sets what a pair says. What was said first counts: data of the request come later.
    pub(super) fn set(&mut self, name: &str, value: &str, record: &mut Record) {
        let place = match name {
            "file" => &mut self.file,
            "id" => &mut self.id,
            "msg" => &mut self.message,
            "data" => &mut self.data,
            "severity" => {
                self.severity = severity(value);
                return;
            }
            "ver" => &mut self.version,
            "rev" => &mut self.revision,
            "hostname" => &mut record.host,
            "uri" => &mut record.path,
            "unique_id" => &mut record.id,
            "line" => return first_number(&mut self.line, value),
            "maturity" => return first_number(&mut self.maturity, value),
            "accuracy" => return first_number(&mut self.accuracy, value),
            "tag" if self.tags.len() < TAGS_MAX => {
                self.tags.push(value.to_owned());
                return;
            }
            _ => return,
        };
        if place.is_empty() {
            *place = value.replace("\\\"", "\"");
        }
    }

    /// Takes variable and pattern out of the sentence.
    pub(super) fn settle(&mut self) {
        if let Some(found) = between(&self.text, "against variable `", "'") {
            found.clone_into(&mut self.variable);
        } else if let Some((_, name)) = self.text.rsplit_once(" at ") {
            let name = name.trim_end_matches('.');
            if !name.contains(' ') {
                name.clone_into(&mut self.variable);
            }
        }
        if self.variable.is_empty()
            && let Some((_, name)) = self.data.split_once("found within ")
        {
            let name = name.split_once(": ").map_or(name, |(name, _)| name);
            name.clone_into(&mut self.variable);
        }
        let pattern = between(&self.text, "with parameter `", "' against");
        let pattern = pattern.or_else(|| {
            let behind = self.text.split_once(" \"")?.1;
            Some(behind.rsplit_once("\" at ")?.0)
        });
        if let Some(pattern) = pattern {
            self.pattern = pattern.to_owned();
        }
    }

    /// Whether it only adds up what others found.
    pub(super) fn is_summary(&self) -> bool {
        ["949", "959", "980", "9812"].iter().any(|it| self.id.starts_with(it))
    }

    /// Whether it stopped the request.
    pub(super) fn denies(&self) -> bool {
        self.text.starts_with("Access denied")
    }

    /// How much it says about what was wrong; the least number says most.
    pub(super) fn rank(&self) -> usize {
        // Version 3 calls it an emergency where a rule has no severity, and no core rule has that.
        let severity = SEVERITIES.iter().skip(1).position(|it| *it == self.severity);
        if self.denies() { 0 } else { 1 + severity.unwrap_or(SEVERITIES.len()) }
    }

    pub(super) fn phase(&self) -> Option<i64> {
        between(&self.text, "(phase ", ")")?.parse().ok()
    }

    /// Whether its data come from a header that carries secrets.
    pub(super) fn is_about_secrets(&self) -> bool {
        let name = self.variable.as_str();
        name.starts_with("REQUEST_COOKIES")
            || name.split_once(':').is_some_and(|(_, header)| is_secret(header))
    }
}

/// Whether a header carries secrets.
pub(super) fn is_secret(header: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|it| header.eq_ignore_ascii_case(it))
}

/// The text between two others.
pub(super) fn between<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let rest = text.split_once(before)?.1;
    Some(rest.split_once(behind)?.0)
}

/// The severity as a word, also where it is a number.
pub(super) fn severity(text: &str) -> String {
    let known = text.parse::<usize>().ok().and_then(|number| SEVERITIES.get(number));
    known.map_or_else(|| text.to_ascii_lowercase(), |it| (*it).to_owned())
}

fn first_number(place: &mut Option<i64>, text: &str) {
    *place = place.or_else(|| text.parse().ok());
}

/// Where the brackets begin. Version 3 writes the request's own value into the sentence, in which
/// brackets count for nothing.
fn tail(text: &str) -> usize {
    let from = text
        .find("(Value: `")
        .map_or(0, |at| text[at..].find("' ) [").map_or(at, |behind| at + behind));
    let found = ["[file \"", "[id \"", "[msg \"", "[hostname \""].iter();
    let found = found.filter_map(|it| text[from..].find(it)).min();
    found.map_or(text.len(), |at| from + at)
}

/// The pair at the beginning of `text`, and what follows it.
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.trim_start().strip_prefix('[')?.split_once(" \"")?;
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return None;
    }
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' if bytes.get(at + 1) == Some(&b']') => {
                return Some((name, &rest[..at], &rest[at + 2..]));
            }
            _ => {}
        }
        at += 1;
    }
    None
}
