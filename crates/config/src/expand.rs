//! `${NAME}` and `${NAME:-default}` in texts, and what the crate may ask of the world.
//!
//! Expansion works on values that are already parsed, so the content of a variable is only ever
//! a part of one text: it can't add settings, and it isn't expanded again.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::complaint::Complaint;

/// A file with a secret has at most this many bytes: keys and tokens are far smaller, and a
/// mistaken path must not read a log file into memory.
const SECRET_BYTES_MAX: usize = 64 * 1024;

type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;
type SecretFile = dyn Fn(&str) -> Result<String, String> + Send + Sync;

/// What settings may refer to outside their file: variables, and files that hold secrets.
///
/// The program passes the real ones, a test passes its own.
#[derive(Clone)]
pub struct Surroundings {
    variable: Arc<Variable>,
    secret_file: Arc<SecretFile>,
}

impl Surroundings {
    /// `variable` looks up an environment variable; `secret_file` reads the file at a path or
    /// says in a few words why it can't ("no such file").
    pub fn new(
        variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        secret_file: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static,
    ) -> Self {
        Self { variable: Arc::new(variable), secret_file: Arc::new(secret_file) }
    }

    /// Surroundings where no variable is set and no file can be read.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| None, |_| Err("no file can be read here".to_owned()))
    }

    /// Replaces every reference in `text`.
    pub(crate) fn expand<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, Complaint> {
        if !text.contains("${") {
            return Ok(Cow::Borrowed(text));
        }
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(dollar) = rest.find("${") {
            let offset = text.len() - rest.len() + dollar;
            let after = &rest[dollar + 2..];
            if rest[..dollar].ends_with('$') {
                expanded.push_str(&rest[..dollar - 1]);
                expanded.push_str("${");
                rest = after;
                continue;
            }
            expanded.push_str(&rest[..dollar]);
            let Some(name) = leading_name(after) else {
                expanded.push_str("${");
                rest = after;
                continue;
            };
            let Some(close) = after.find('}') else {
                return Err(unclosed(name, offset));
            };
            let default = match &after[name.len()..close] {
                "" => None,
                tail => match tail.strip_prefix(":-") {
                    Some(default) => Some(default),
                    None => return Err(odd_reference(name, &after[..close], offset)),
                },
            };
            expanded.push_str(&self.value_of(name, default, offset..offset + close + 3)?);
            rest = &after[close + 1..];
        }
        expanded.push_str(rest);
        Ok(Cow::Owned(expanded))
    }

    fn value_of(
        &self,
        name: &str,
        default: Option<&str>,
        part: std::ops::Range<usize>,
    ) -> Result<String, Complaint> {
        match ((self.variable)(name), default) {
            (Some(value), None) => Ok(value),
            (Some(value), Some(_)) if !value.is_empty() => Ok(value),
            (_, Some(default)) => Ok(default.to_owned()),
            (None, None) => {
                Err(Complaint::new(format!("the environment variable `{name}` is not set"))
                    .part(part)
                    .help(format!(
                        "set it, give a default with `${{{name}:-…}}`, \
                         or write `$${{{name}}}` for the text itself"
                    )))
            }
        }
    }

    /// The content of a secret: the text itself, or with `file:` what the named file holds.
    pub(crate) fn secret(&self, text: &str) -> Result<String, Complaint> {
        let Some(path) = text.strip_prefix("file:") else { return Ok(text.to_owned()) };
        let unreadable = |why: &str| {
            Complaint::new("the file with this secret cannot be read")
                .label(why)
                .help("check the path and that weir may read it")
        };
        let content = (self.secret_file)(path).map_err(|why| unreadable(&why))?;
        if content.len() > SECRET_BYTES_MAX {
            return Err(unreadable("it is larger than 64 KiB"));
        }
        let content = content.strip_suffix('\n').unwrap_or(&content);
        Ok(content.strip_suffix('\r').unwrap_or(content).to_owned())
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Surroundings")
    }
}

/// The variable name a text begins with, if it begins with one.
fn leading_name(text: &str) -> Option<&str> {
    let end = text
        .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .unwrap_or(text.len());
    let name = &text[..end];
    (!name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit())).then_some(name)
}

fn unclosed(name: &str, offset: usize) -> Complaint {
    Complaint::new(format!("`${{{name}` has no closing brace"))
        .part(offset..offset + 2 + name.len())
        .help(format!("write `${{{name}}}`, or `$${{` for the text itself"))
}

fn odd_reference(name: &str, inside: &str, offset: usize) -> Complaint {
    Complaint::new(format!("`${{{inside}}}` is not a reference to a variable"))
        .part(offset..offset + inside.len() + 3)
        .help(format!(
            "write `${{{name}}}` or `${{{name}:-default}}`, or `$${{` for the text itself"
        ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings::new(
            |name| match name {
                "HOST" => Some("db.example".to_owned()),
                "EMPTY" => Some(String::new()),
                "TRICKY" => Some("${HOST}\"\n[[output]]".to_owned()),
                _ => None,
            },
            |path| match path {
                "/run/token" => Ok("s3cret\r\n".to_owned()),
                "/big" => Ok("x".repeat(SECRET_BYTES_MAX + 1)),
                _ => Err("no such file".to_owned()),
            },
        )
    }

    #[track_caller]
    fn check(given: &str, wanted: &str) {
        assert_eq!(surroundings().expand(given).unwrap(), wanted);
    }

    #[test]
    fn references_are_replaced() {
        check("http://${HOST}:9200", "http://db.example:9200");
        check("${HOST}${HOST}", "db.exampledb.example");
        check("${NOPE:-fallback}", "fallback");
        check("${NOPE:-}", "");
        check("${EMPTY:-fallback}", "fallback");
        check("${EMPTY}", "");
    }

    #[test]
    fn what_is_no_reference_stays() {
        check("$HOST 5$ %{WORD} ${1} ${-} ${", "$HOST 5$ %{WORD} ${1} ${-} ${");
        check("$${HOST}", "${HOST}");
        check("a$$${HOST}", "a$${HOST}");
    }

    #[test]
    fn the_content_of_a_variable_is_not_expanded_again() {
        check("${TRICKY}", "${HOST}\"\n[[output]]");
    }

    #[test]
    fn an_unset_variable_is_a_complaint_at_its_place() {
        let complaint = surroundings().expand("a ${NOPE} b").unwrap_err();
        assert_eq!(complaint.title(), "the environment variable `NOPE` is not set");
        assert_eq!(complaint.part_span(), Some((2..9).into()));
        assert!(surroundings().expand("${HOST").is_err());
        assert!(surroundings().expand("${HOST!}").is_err());
    }

    #[test]
    fn a_secret_comes_from_its_file_without_the_line_end() {
        assert_eq!(surroundings().secret("plain").unwrap(), "plain");
        assert_eq!(surroundings().secret("file:/run/token").unwrap(), "s3cret");
        assert!(surroundings().secret("file:/big").is_err());
        assert!(surroundings().secret("file:/absent").is_err());
    }
}
