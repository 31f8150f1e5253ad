//! Which file an event belongs to.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::template::{MissingField, Template};
use weir_config::Complaint;
use weir_event::EventRef;

use crate::template::compile;

/// What a field adds to a path at most, in bytes: the name of a file may have 255.
const FIELD_BYTES_MAX: usize = 128;

/// A path with fields and dates in it. What a field holds stays within one part of the path.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PathTemplate {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    /// The event's time, in the words of the configuration; it may make folders.
    Time(Template),
    /// What events bring: trusted with nothing.
    Field(Template),
}

impl PathTemplate {
    /// The path, if it is the same for all events.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text(path)] => Some(path),
            _ => None,
        }
    }

    /// Appends the event's path.
    pub(crate) fn render(
        &self,
        event: EventRef<'_>,
        value: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<(), MissingField> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Time(template) | Piece::Field(template) => {
                    value.clear();
                    template.render(event, value)?;
                    let text = String::from_utf8_lossy(value);
                    match piece {
                        Piece::Field(_) => push_tamed(&text, out),
                        _ => out.push_str(&text),
                    }
                }
            }
        }
        Ok(())
    }
}

/// Appends a value so that it neither begins a new part of the path nor makes one `.` or `..`.
fn push_tamed(value: &str, out: &mut String) {
    if value.is_empty() {
        out.push('_');
    }
    let end = value.floor_char_boundary(FIELD_BYTES_MAX);
    for (i, c) in value[..end].chars().enumerate() {
        let is_wild = c == '/' || c.is_control() || (c == '.' && i == 0);
        out.push(if is_wild { '_' } else { c });
    }
}

impl TryFrom<String> for PathTemplate {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        if text.is_empty() || text.ends_with('/') {
            return Err(Complaint::new("`path` names no file")
                .label("a file's name is missing at the end")
                .help("write it like `/var/log/archive/all.log`"));
        }
        // The whole is checked first, so that mistakes are underlined where they are.
        compile(&text)?;
        let (mut pieces, mut literal) = (Vec::new(), String::new());
        let mut rest = text.as_str();
        while let Some((before, inside)) = rest.split_once("%{") {
            if let Some(before) = before.strip_suffix('%') {
                // `%%{` is the text `%{`.
                literal.push_str(before);
                literal.push_str("%{");
                rest = inside;
                continue;
            }
            let Some(end) = inside.find('}') else { break };
            literal.push_str(before);
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            let template = compile(&format!("%{{{}}}", &inside[..end]))?;
            let is_time = inside.starts_with('+');
            pieces.push(if is_time { Piece::Time(template) } else { Piece::Field(template) });
            rest = &inside[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Self { pieces })
    }
}

impl JsonSchema for PathTemplate {
    fn schema_name() -> Cow<'static, str> {
        "PathTemplate".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "path template" })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use proptest::prelude::*;
    use weir_event::{Batch, Key, Origin, Timestamp};

    use super::*;

    fn rendered(path: &str, host: &str) -> String {
        let mut batch = Batch::new();
        let origin = batch.add_origin(&Arc::new(Origin::default()));
        let host = (Key::named("host.name"), host.as_bytes());
        batch.push_text(origin, 0, Timestamp::new(1_795_428_000, 0), host);
        let path = PathTemplate::try_from(path.to_owned()).unwrap();
        let mut out = String::new();
        path.render(batch.event(0), &mut Vec::new(), &mut out).unwrap();
        out
    }

    #[test]
    fn fields_and_dates_make_the_path() {
        assert_eq!(rendered("/a/%{host.name}/x.log", "web"), "/a/web/x.log");
        assert_eq!(rendered("%{+yyyy/MM}/%{host.name}.log", "web"), "2026/11/web.log");
        assert_eq!(rendered("/a/all.log", "web"), "/a/all.log");
        assert_eq!(rendered("/a/%%{b}/%{host.name}", "web"), "/a/%{b}/web");
        assert_eq!(rendered("/a/%{none|some}", "web"), "/a/some");
    }

    #[test]
    fn a_field_cannot_leave_its_folder() {
        assert_eq!(rendered("/a/%{host.name}/x", "../../etc"), "/a/_._.._etc/x");
        assert_eq!(rendered("/a/%{host.name}/x", ".."), "/a/_./x");
        assert_eq!(rendered("/a/%{host.name}%{host.name}/x", "."), "/a/__/x");
        assert_eq!(rendered("/a/%{host.name}/x", ""), "/a/_/x");
    }

    #[test]
    fn a_path_without_a_name_is_refused() {
        for path in ["", "/", "/var/log/"] {
            assert!(PathTemplate::try_from(path.to_owned()).is_err());
        }
    }

    proptest! {
        #[test]
        fn whatever_a_field_holds_the_folder_stays(host in any::<String>()) {
            let path = rendered("/a/%{host.name}/%{host.name}.log", &host);
            let parts: Vec<&str> = path.split('/').collect();
            prop_assert_eq!(parts.len(), 4);
            prop_assert_eq!(parts[1], "a");
            prop_assert!(parts[2] != ".." && parts[2] != "." && !parts[2].is_empty());
        }
    }
}
