//! The `branch` filter: filters for some events and other filters for others.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use weir_component::condition::Condition;
use weir_component::spec::Configure;
use weir_component::{Filter, FilterError, Group, Keep, Workshop, all_refreshed};
use weir_config::{Diagnostic, Diagnostics, Table};
use weir_event::EventMut;
use weir_host::Host;

/// Applies different filters to different events.
///
/// The cases are asked in their order. The filters of the first whose `when` holds are applied to
/// the event; if none holds, those under `filter.else`. Without them, such an event passes
/// unchanged. Afterwards all events go on with the filters behind the branch.
///
/// Filters inside a branch have the settings that they have outside, `when`, `on-error` and `name`
/// included. A branch may be inside another.
///
/// # Example
///
/// ```toml
/// [[filter]]
/// type = "branch"
///
/// [[filter.case]]
/// when = 'source.ip in cidr("10.0.0.0/8")'
///
/// [[filter.case.filter]]
/// type = "set"
/// field = "network.direction"
/// value = "internal"
///
/// [[filter.case]]
/// when = 'url.path == "/health"'
///
/// [[filter.case.filter]]
/// type = "drop"
///
/// [[filter.else]]
/// type = "set"
/// field = "network.direction"
/// value = "inbound"
/// ```
/// ```json
/// {"source": {"ip": "10.1.2.3"}, "url": {"path": "/health"}}
/// ```
/// becomes
/// ```json
/// {
///   "source": {"ip": "10.1.2.3"},
///   "url": {"path": "/health"},
///   "network": {"direction": "internal"}
/// }
/// ```
/// The second case:
/// ```json
/// {"source": {"ip": "192.0.2.1"}, "url": {"path": "/health"}}
/// ```
/// is dropped. An event that no case is for, because it lacks the fields they ask for:
/// ```json
/// {"message": "hello"}
/// ```
/// becomes
/// ```json
/// {"message": "hello", "network": {"direction": "inbound"}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "describes the settings; `build` reads them table by table")]
pub(crate) struct Branch {
    /// The cases, in the order in which they are asked.
    case: Vec<Case>,
    /// Filters for the events that no case is for.
    #[serde(default)]
    r#else: Vec<AnyFilter>,
}

/// Filters for the events of which something holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "describes the settings; `build` reads them table by table")]
struct Case {
    /// The condition.
    when: Condition,
    /// The filters, in the order in which they are applied; none, to let events pass unchanged.
    #[serde(default)]
    filter: Vec<AnyFilter>,
}

/// A filter with all its settings.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct AnyFilter(IgnoredAny);

impl JsonSchema for AnyFilter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyFilter".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "x-type": "filter", "anyOf": [{ "required": ["type"] }, { "required": ["preset"] }] })
    }
}

impl Configure for Branch {
    const NAME: &'static str = "branch";
}

/// Builds the branch from what is left of its table.
pub(crate) fn build(
    table: &mut Table<'_>,
    workshop: &Workshop<'_>,
) -> Result<Box<dyn Filter>, Diagnostics> {
    let mut mistakes = Diagnostics::new();
    let cases = mistakes.take(table.take_tables("case"));
    let others = mistakes.take(table.take_tables("else"));
    mistakes.extend(table.unknown_keys(&[]));
    if cases.as_ref().is_some_and(Vec::is_empty) {
        mistakes.push(table.locate(
            Diagnostic::error("this branch has no case").help("begin one with `[[filter.case]]`"),
        ));
    }
    let mut arms = Vec::new();
    for case in cases.unwrap_or_default() {
        arms.extend(mistakes.take(arm(case, workshop)));
    }
    let others = others.map(|tables| tables.into_iter().map(as_filter).collect());
    let otherwise = others.and_then(|others| mistakes.take(workshop.group(others)));
    mistakes.or_ok(Box::new(Brancher { arms, otherwise: otherwise.unwrap_or_default() }))
}

fn arm(table: Table<'_>, workshop: &Workshop<'_>) -> Result<Arm, Diagnostics> {
    let mut table = table.of_kind("case");
    let mut mistakes = Diagnostics::new();
    let when: Option<Option<Condition>> = mistakes.take(table.take("when"));
    let filters = mistakes.take(table.take_tables("filter"));
    mistakes.extend(table.unknown_keys(&[]));
    if when.as_ref().is_some_and(Option::is_none) {
        mistakes.push(
            table
                .locate(Diagnostic::error("this case has no `when`").help(
                    "write its condition, like `when = 'source.ip in cidr(\"10.0.0.0/8\")'`",
                )),
        );
    }
    let filters = filters.unwrap_or_default().into_iter().map(as_filter).collect();
    let filters = mistakes.take(workshop.group(filters));
    match (when.flatten(), filters) {
        (Some(when), Some(filters)) if mistakes.is_empty() => Ok(Arm { when, filters }),
        _ => Err(mistakes),
    }
}

fn as_filter(table: Table<'_>) -> Table<'_> {
    table.of_kind("filter")
}

/// Sends events to the filters that are for them.
#[derive(Debug)]
pub(crate) struct Brancher {
    arms: Vec<Arm>,
    otherwise: Group,
}

#[derive(Debug)]
struct Arm {
    when: Condition,
    filters: Group,
}

impl Brancher {
    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.arms.iter().map(|arm| &arm.filters).chain([&self.otherwise])
    }
}

impl Filter for Brancher {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let arm = self.arms.iter().find(|arm| arm.when.holds(event.as_ref()));
        arm.map_or(&self.otherwise, |arm| &arm.filters).apply(event)
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.groups().try_for_each(|group| group.open(host))
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        all_refreshed(self.groups().map(|group| group.refresh(host)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, wanted: &[&str]) {
        let text = format!("[[filter]]\ntype = \"branch\"\n{settings}");
        let mistakes = Bench::new(FILTERS, &text).unwrap_err();
        for title in wanted {
            assert!(mistakes.contains(title), "{mistakes}");
        }
        assert_eq!(mistakes.matches("error: ").count(), wanted.len(), "{mistakes}");
    }

    #[test]
    fn every_mistake_in_a_branch_is_reported() {
        check("", &["this branch has no case"]);
        check("[[filter.case]]\nfilter = []", &["this case has no `when`"]);
        check(
            "cases = 3\n[[filter.case]]\nwhen = 'a =='\nthen = 1\n\
             [[filter.case.filter]]\ntype = \"drop\"\nall = true\n\
             [[filter.else]]\ntype = \"dorp\"",
            &["`cases`", "expected", "`then`", "`all`", "`dorp`"],
        );
    }

    #[test]
    fn a_failure_inside_a_branch_tags_the_event_and_the_branch_goes_on() {
        let bench = Bench::new(
            FILTERS,
            "[[filter]]\ntype = \"branch\"\n[[filter.case]]\nwhen = 'true'\n\
             [[filter.case.filter]]\ntype = \"json\"\n\
             [[filter.case.filter]]\ntype = \"set\"\nfield = \"a\"\nvalue = 1\n\
             [[filter]]\ntype = \"set\"\nfield = \"b\"\nvalue = 2",
        );
        let event = serde_json::json!({ "message": "no document" });
        let became = bench.unwrap().pass(&event).unwrap().unwrap();
        assert_eq!(became["tags"], serde_json::json!(["_jsonparsefailure"]));
        assert_eq!((became["a"].as_i64(), became["b"].as_i64()), (Some(1), Some(2)));
    }
}
