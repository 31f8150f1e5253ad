//! The `copy` filter.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use crate::made_name::MadeName;
use crate::pairs::Pairs;
use crate::subtree::{below, copy_members, is_there, value_of};

const FAILURE: &str = "_copyfailure";

/// Copies fields.
///
/// Values keep their type, and an object is copied with all that is in it. The fields are copied
/// in the order in which they are written, each to one name or to several. Events that lack a
/// field pass unchanged.
///
/// The event's time, `@timestamp`, and facts about where an event came from, such as
/// `log.file.path`, can be copied as well. Onto `@timestamp` nothing can be copied: `date` and
/// `set` give an event its time.
///
/// Both names may hold places for fields, as in `labels.%{name}`. If the new name needs a field
/// that the event lacks, the field is not copied, and the event gets the tag `_copyfailure`. The
/// same happens when there is no room for a new name: names that data brings in are limited in
/// number.
///
/// # Example
///
/// ```toml
/// type = "copy"
/// fields = { "source.address" = ["source.ip", "related.ip"], "url" = "http.request" }
/// ```
/// ```json
/// {"source": {"address": "192.0.2.1"}, "url": {"path": "/", "port": 80}}
/// ```
/// becomes
/// ```json
/// {
///   "source": {"address": "192.0.2.1", "ip": "192.0.2.1"},
///   "url": {"path": "/", "port": 80},
///   "related": {"ip": "192.0.2.1"},
///   "http": {"request": {"path": "/", "port": 80}}
/// }
/// ```
/// A field that is missing is no failure:
/// ```json
/// {"message": "hello"}
/// ```
/// stays as it is. And without replacing what is there:
///
/// ```toml
/// type = "copy"
/// fields = { "msg" = "message" }
/// override = false
/// ```
/// ```json
/// {"msg": "new", "message": "old"}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Copy {
    /// The fields, each with the one or those that it is copied to.
    fields: Pairs<At<OneOrMany<MadeName>>, MadeName>,
    /// Whether a value that a field has already is replaced.
    #[serde(default = "yes")]
    r#override: bool,
}

fn yes() -> bool {
    true
}

impl Configure for Copy {
    const NAME: &'static str = "copy";
}

impl FilterConfig for Copy {
    type Filter = Copier;

    fn build(self) -> Result<Copier, Diagnostic> {
        let mut copies = Vec::new();
        for (source, targets) in self.fields.into_vec() {
            for target in &**targets {
                check(&source, target).map_err(|(title, help)| {
                    Diagnostic::error(title).at(&targets, "").help(help)
                })?;
                copies.push((source.clone(), target.clone()));
            }
        }
        if copies.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("write it like `fields = { \"from\" = \"to\" }`"));
        }
        Ok(Copier { copies, replaces: self.r#override })
    }
}

/// What is wrong with a copy, and what to do.
fn check(source: &MadeName, target: &MadeName) -> Result<(), (&'static str, &'static str)> {
    let (Some(source), Some(target)) = (source.fixed(), target.fixed()) else { return Ok(()) };
    if source == target {
        return Err(("a field is copied to itself", "take it out, or choose another name"));
    }
    if target == Key::TIME {
        return Err((
            "nothing can be copied to `@timestamp`",
            "set it with `date`, or with `set` and an `expression` that gives a time",
        ));
    }
    if below(target.name(), source.name()).is_some() {
        return Err((
            "a field cannot be copied into itself",
            "a value and an object of one name exclude each other; choose a name outside",
        ));
    }
    Ok(())
}

/// Copies fields.
#[derive(Debug)]
pub(crate) struct Copier {
    copies: Vec<(MadeName, MadeName)>,
    replaces: bool,
}

impl Filter for Copier {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut complete = true;
        for (source, target) in &self.copies {
            let Some(source) = source.key(event.as_ref()) else { continue };
            let Some(target) = target.key(event.as_ref()).filter(|it| *it != Key::TIME) else {
                complete &= !is_there(event, source);
                continue;
            };
            if source == target {
                continue;
            }
            if !self.replaces && is_there(event, target) {
                continue;
            }
            if let Some(value) = value_of(event, source) {
                event.set(target, value);
            }
            complete &= copy_members(event, source, target);
        }
        if complete { Ok(Keep::Yes) } else { Err(FilterError::tagged(FAILURE)) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[test]
    fn the_time_and_an_object_above_are_copied() {
        let settings =
            "type = \"copy\"\nfields = { \"@timestamp\" = \"event.created\", \"a.b\" = \"a\" }";
        let given =
            json!({ "@timestamp": "2020-01-01T00:00:00.000Z", "a": {"b": {"c": 1, "d": 2}} });
        let became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        assert_eq!(became["event"]["created"], given["@timestamp"]);
        assert_eq!(became["a"], json!({ "b": {"c": 1, "d": 2}, "c": 1, "d": 2 }));
    }

    #[test]
    fn copies_that_make_no_sense_are_refused() {
        for (fields, title) in [
            ("\"a\" = \"a\"", "copied to itself"),
            ("\"a\" = \"a.b\"", "into itself"),
            ("\"a\" = \"@timestamp\"", "nothing can be copied"),
            ("", "names no field"),
        ] {
            let settings = format!("type = \"copy\"\nfields = {{ {fields} }}");
            let mistakes = Bench::new(FILTERS, &settings).unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
    }
}
