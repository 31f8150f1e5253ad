//! The `rename` filter.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, Key};

use crate::made_name::MadeName;
use crate::pairs::Pairs;
use crate::subtree::{is_there, move_members, own_facts};

const FAILURE: &str = "_renamefailure";

/// Renames fields.
///
/// The fields are renamed in the order in which they are written, so two can change places by way
/// of a third name. If the new name is taken, its old value is replaced. An object is renamed with
/// all that is in it. Events that lack a field pass unchanged.
///
/// Facts about where an event came from, such as `log.file.path`, are renamed like fields. The
/// event's time, `@timestamp`, cannot be renamed; `copy` copies it.
///
/// Both names may hold places for fields, as in `labels.%{name}`. A field whose old name needs one
/// that the event lacks is passed over; if its new name does, the field keeps the old one, and the
/// event gets the tag `_renamefailure`. The same happens when there is no room for a new name:
/// names that data brings in are limited in number.
///
/// # Example
///
/// ```toml
/// type = "rename"
/// fields = { "msg" = "message", "client" = "source" }
/// ```
/// ```json
/// {"msg": "started", "client": {"ip": "10.0.0.7", "port": 5044}}
/// ```
/// becomes
/// ```json
/// {"message": "started", "source": {"ip": "10.0.0.7", "port": 5044}}
/// ```
/// A name that is taken is overwritten, a field that is missing is no failure:
/// ```json
/// {"message": "old", "msg": "new"}
/// ```
/// becomes
/// ```json
/// {"message": "new"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Rename {
    /// The old names, each with its new one.
    fields: Pairs<At<MadeName>, MadeName>,
}

impl Configure for Rename {
    const NAME: &'static str = "rename";
}

impl FilterConfig for Rename {
    type Filter = Renamer;

    fn build(self) -> Result<Renamer, Diagnostic> {
        let mut moves = Vec::new();
        for (source, target) in self.fields.into_vec() {
            if *target == source {
                return Err(Diagnostic::error("the new name is the old one")
                    .at(&target, "the same field")
                    .help("take the field out, or choose another name"));
            }
            if [source.fixed(), target.fixed()].contains(&Some(Key::TIME)) {
                return Err(Diagnostic::error("`@timestamp` cannot be renamed or replaced")
                    .at(&target, "")
                    .note("every event has it: it is the event's time")
                    .help("copy it with `set`, or set it with `date`"));
            }
            moves.push((source, target.into_inner()));
        }
        if moves.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("write it like `fields = { \"old\" = \"new\" }`"));
        }
        Ok(Renamer { moves })
    }
}

/// Renames fields.
#[derive(Debug)]
pub(crate) struct Renamer {
    moves: Vec<(MadeName, MadeName)>,
}

impl Filter for Renamer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut complete = true;
        for (source, target) in &self.moves {
            let Some(source) = source.key(event.as_ref()) else { continue };
            let Some(target) = target.key(event.as_ref()) else {
                complete &= !is_there(event, source);
                continue;
            };
            if source == target || source == Key::TIME || target == Key::TIME {
                continue;
            }
            own_facts(event, source);
            // First what is below, as the new name may itself be below the old one.
            complete &= move_members(event, source, target);
            if let Some(value) = event.remove(source) {
                event.set(target, value);
            }
        }
        if complete { Ok(Keep::Yes) } else { Err(FilterError::tagged(FAILURE)) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use weir_event::{Batch, Origin, Timestamp, Value};

    use super::*;

    #[track_caller]
    fn check(fields: &[&str], source: &str, target: &str, wanted: &[&str]) {
        let mut batch = Batch::new();
        let origin = batch.add_origin(&Arc::new(Origin::new(0)));
        batch.push(origin, 0, Timestamp::default());
        let mut event = batch.event_mut(0);
        for (i, name) in fields.iter().enumerate() {
            event.set(Key::named(name), Value::Int(i64::try_from(i).unwrap()));
        }
        let fixed = |name: &str| MadeName::Fixed(Key::named(name));
        let renamer = Renamer { moves: vec![(fixed(source), fixed(target))] };
        renamer.apply(&mut event).unwrap();
        let names: Vec<&str> = batch.event(0).fields().iter().map(|it| it.key.name()).collect();
        assert_eq!(names, wanted, "{source} to {target}");
    }

    #[test]
    fn facts_about_the_origin_move_as_well() {
        let mut batch = Batch::new();
        let facts = Origin::new(0).with(Key::named("host.name"), "web", true).with(
            Key::named("log.file.path"),
            "/a",
            true,
        );
        let origin = batch.add_origin(&Arc::new(facts));
        batch.push(origin, 0, Timestamp::default());
        let fixed = |name: &str| MadeName::Fixed(Key::named(name));
        let renamer = Renamer { moves: vec![(fixed("log"), fixed("source"))] };
        renamer.apply(&mut batch.event_mut(0)).unwrap();
        let event = batch.event(0);
        assert_eq!(event.bytes(Key::named("source.file.path")), Some(&b"/a"[..]));
        assert_eq!(event.bytes(Key::named("host.name")), Some(&b"web"[..]));
        assert!(event.view(Key::named("log.file.path")).is_none());
    }

    #[test]
    fn an_object_moves_with_its_members() {
        check(&["a.x", "b", "a.y.z", "ab"], "a", "c.d", &["b", "ab", "c.d.x", "c.d.y.z"]);
    }

    #[test]
    fn a_name_may_move_below_itself_and_up_again() {
        check(&["a", "a.x"], "a", "a.b", &["a.b.x", "a.b"]);
        check(&["a.a.x", "a.y"], "a.a", "a", &["a.y", "a.x"]);
    }

    #[test]
    fn members_replace_those_of_the_new_name() {
        check(&["c.x", "a.x", "a.y"], "a", "c", &["c.x", "c.y"]);
    }
}
