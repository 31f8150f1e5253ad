//! Names and conversions of captures. Converting values is the caller's business.

use crate::error::ErrorKind;

/// How the caller shall convert the captured text (`%{INT:bytes:int}`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cast {
    /// Left as it is; also `:string`.
    #[default]
    Text,
    /// `:int` and `:integer`.
    Int,
    /// `:float` and `:double`.
    Float,
    /// `:long`.
    Long,
    /// `:boolean` and `:bool`.
    Boolean,
}

impl Cast {
    pub(crate) fn parse(name: &str) -> Result<Self, ErrorKind> {
        match name {
            "string" | "text" => Ok(Self::Text),
            "int" | "integer" => Ok(Self::Int),
            "float" | "double" => Ok(Self::Float),
            "long" => Ok(Self::Long),
            "boolean" | "bool" => Ok(Self::Boolean),
            _ => Err(ErrorKind::Cast { name: name.to_owned() }),
        }
    }
}

/// One capture slot of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Dotted path of the field: `[a][b]` and `a.b` are both `a.b`.
    pub name: String,
    /// The conversion asked for.
    pub cast: Cast,
}

/// `[a][b]` and `a.b` to `a.b`.
pub(crate) fn field_path(name: &str) -> Result<String, ErrorKind> {
    let wrong = |reason| ErrorKind::Field { name: name.to_owned(), reason };
    if name.is_empty() {
        return Err(wrong("it is empty"));
    }
    let Some(inner) = name.strip_prefix('[') else {
        if name.contains(['[', ']']) {
            return Err(wrong("a `[a][b]` path has to begin with `[`"));
        }
        if name.split('.').any(str::is_empty) {
            return Err(wrong("a part of the path is empty"));
        }
        return Ok(name.to_owned());
    };
    let inner = inner.strip_suffix(']').ok_or_else(|| wrong("the last `]` is missing"))?;
    let parts: Vec<&str> = inner.split("][").collect();
    if parts.iter().any(|part| part.is_empty() || part.contains(['[', ']'])) {
        return Err(wrong("the brackets do not pair"));
    }
    Ok(parts.join("."))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn bracketed_and_dotted_paths_are_the_same() {
        assert_eq!(field_path("[a][b-c][d]").unwrap(), "a.b-c.d");
        assert_eq!(field_path("a.b-c.d").unwrap(), "a.b-c.d");
        assert_eq!(field_path("[@metadata][x]").unwrap(), "@metadata.x");
    }

    #[test]
    fn broken_paths_are_refused() {
        for name in ["", "[a", "a]", "[a][]", "[a]b]", "a..b", "[[a]]"] {
            assert!(field_path(name).is_err(), "{name}");
        }
    }
}
