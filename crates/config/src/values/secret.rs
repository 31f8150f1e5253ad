//! Passwords, keys and tokens.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use super::text_value;

/// The name by which our reader recognises a secret, as with [`At`](crate::At).
pub(crate) const SECRET: &str = "weir::Secret";

/// A text that is never shown: written as it is, as `${NAME}`, or as `file:/path/to/it`.
///
/// `Debug`, `Display` and serialization give `***`; only [`Secret::expose`] gives the text.
/// (Deserializers other than this crate's own take every text as the secret itself.)
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
}

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The text itself, for the wire and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

text_value!(Secret, "secret", "string", "${PASSWORD}");

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SECRET, SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a secret in quotes such as \"${PASSWORD}\" or \"file:/path\"")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Secret, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("hunter2");
        let shown = format!("{secret} {secret:?} {secret:#?} {:?}", Some(&secret));
        let written = serde_json::to_string(&secret).expect("a text can be written");
        assert_eq!((shown.as_str(), written.as_str()), ("*** *** *** Some(***)", "\"***\""));
        assert_eq!(secret.expose(), "hunter2");
    }
}
