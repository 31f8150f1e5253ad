//! The `clone` filter: copies of an event.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, ExpandConfig};
use weir_component::{Expand, FieldPath, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{Batch, Key, part_of};

/// Copies an event once for each name.
///
/// The event goes on unchanged; behind it come its copies. Each has the name among its `tags`, or in
/// the field of your choice. With that, filters and outputs tell them apart: `when = '"audit" in
/// tags'`.
///
/// Event and copies share the time and the place they came from. In Elasticsearch and OpenSearch each
/// copy gets an `_id` of its own, the same whenever the line is read again.
///
/// To send an event to several outputs no copy is needed: every output gets every event that its
/// `when` holds for.
///
/// # Example
///
/// ```toml
/// type = "clone"
/// clones = ["audit", "billing"]
/// ```
/// ```json
/// {"user": "ann", "tags": ["web"]}
/// ```
/// becomes
/// ```json
/// {"user": "ann", "tags": ["web"]}
/// {"user": "ann", "tags": ["web", "audit"]}
/// {"user": "ann", "tags": ["web", "billing"]}
/// ```
///
/// With the name in a field, as Logstash does without ECS:
///
/// ```toml
/// type = "clone"
/// clones = "audit"
/// field = "type"
/// ```
/// ```json
/// {"user": "ann", "type": "login"}
/// ```
/// becomes
/// ```json
/// {"user": "ann", "type": "login"}
/// {"user": "ann", "type": "audit"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Clone {
    /// The names of the copies.
    #[schemars(example = ["audit"])]
    clones: OneOrMany<At<String>>,
    /// The field that gets the name. Unless set, it is added to `tags`.
    field: Option<FieldPath>,
}

/// Each event costs as much as all its copies; whoever needs more means something else.
const CLONES_MAX: usize = 16;

impl Configure for Clone {
    const NAME: &'static str = "clone";
}

impl ExpandConfig for Clone {
    type Expand = Copier;

    fn build(self) -> Result<Copier, Diagnostic> {
        let clones = self.clones.into_vec();
        if clones.is_empty() {
            return Err(Diagnostic::error("`clones` names no copy")
                .help("give each copy a name, like `clones = [\"audit\"]`"));
        }
        if let Some(beyond) = clones.get(CLONES_MAX) {
            return Err(Diagnostic::error(format!("more than {CLONES_MAX} copies of each event"))
                .at(beyond, "the first that is too many")
                .help("remove some; outputs need no copies of their own"));
        }
        let names = clones.into_iter().map(At::into_inner).collect();
        Ok(Copier { names, field: self.field.map(FieldPath::key) })
    }
}

/// Copies events.
#[derive(Debug)]
pub(crate) struct Copier {
    names: Box<[String]>,
    field: Option<Key>,
}

impl Expand for Copier {
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
        let part = batch.event(at).part();
        for (name, nth) in self.names.iter().zip(1..) {
            let copy = batch.copy_behind(at, part_of(part, stage, nth));
            let mut copy = batch.event_mut(copy);
            match self.field {
                None => copy.add_tag(name),
                Some(field) => copy.set_text(field, name.as_bytes()),
            }
        }
        Ok(Keep::Yes)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[test]
    fn copies_of_copies_and_conditions() {
        let settings = "[[filter]]\ntype = 'clone'\nclones = 'a'\n\
            [[filter]]\ntype = 'clone'\nclones = ['b', 'c']\nwhen = '\"a\" in tags'";
        let bench = Bench::new(FILTERS, settings).unwrap();
        let became = bench.pass_all(&[json!({"n": 1}), json!({"n": 2})]).unwrap();
        let seen: Vec<String> =
            became.iter().map(|event| format!("{}{}", event["n"], event["tags"])).collect();
        let each = |n| {
            [
                format!("{n}null"),
                format!("{n}[\"a\"]"),
                format!("{n}[\"a\",\"b\"]"),
                format!("{n}[\"a\",\"c\"]"),
            ]
        };
        assert_eq!(seen, [each(1), each(2)].concat());
    }

    #[test]
    fn copies_need_names_and_have_a_limit() {
        let many = format!("{:?}", vec!["x"; 17]);
        for (clones, wanted) in [("[]", "names no copy"), (many.as_str(), "more than 16")] {
            let why =
                Bench::new(FILTERS, &format!("type = 'clone'\nclones = {clones}")).unwrap_err();
            assert!(why.contains(wanted), "{why}");
        }
    }
}
