//! The `branch` filter: filters for some events and other filters for others.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use weir_component::condition::Condition;
use weir_component::spec::Configure;
use weir_component::{Expand, Filter, FilterError, Group, Keep, Work, Workshop, all_refreshed};
use weir_config::{Diagnostic, Diagnostics, Table};
use weir_event::{Batch, EventMut, EventRef};
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
/// Where one of them makes several events of one (`split`, `clone`, `vrl`), those behind it in the branch
/// are applied to each of these. Filters that remember (`multiline`, `dedupe`, `throttle`, `aggregate`,
/// `sample` with `every`) need to see all events in their order, so they cannot stand inside; give them
/// a `when` instead.
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
///
/// Only orders are taken apart:
///
/// ```toml
/// [[filter]]
/// type = "branch"
///
/// [[filter.case]]
/// when = 'kind == "order"'
///
/// [[filter.case.filter]]
/// type = "split"
/// field = "items"
///
/// [[filter.case.filter]]
/// type = "rename"
/// fields = { "items" = "item" }
/// ```
/// ```json
/// {"kind": "order", "items": ["tea", "milk"]}
/// {"kind": "note", "items": ["a", "b"]}
/// ```
/// become
/// ```json
/// {"kind": "order", "item": "tea"}
/// {"kind": "order", "item": "milk"}
/// {"kind": "note", "items": ["a", "b"]}
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
pub(crate) fn build(table: &mut Table<'_>, workshop: &Workshop<'_>) -> Result<Work, Diagnostics> {
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
    let brancher = Brancher { arms, otherwise: otherwise.unwrap_or_default() };
    mistakes.or_ok(brancher.into_work())
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

    /// By the strictest contract that all its filters sign.
    fn into_work(self) -> Work {
        if self.groups().all(Group::is_plain) {
            Work::filter(self)
        } else {
            Work::Expand(Box::new(self))
        }
    }

    /// The filters that are for an event.
    fn group_for(&self, event: EventRef<'_>) -> &Group {
        let arm = self.arms.iter().find(|arm| arm.when.holds(event));
        arm.map_or(&self.otherwise, |arm| &arm.filters)
    }

    fn needs_header(&self) -> bool {
        self.groups().any(Group::needs_header)
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.groups().try_for_each(|group| group.open(host))
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        all_refreshed(self.groups().map(|group| group.refresh(host)))
    }
}

impl Filter for Brancher {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        self.group_for(event.as_ref()).apply(event)
    }

    fn needs_header(&self) -> bool {
        self.needs_header()
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.open(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }
}

impl Expand for Brancher {
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
        self.group_for(batch.event(at)).expand(batch, at, stage)
    }

    fn needs_header(&self) -> bool {
        self.needs_header()
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.open(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use weir_event::EventRef;
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

    /// What becomes of events with a number, as numbers and tags.
    fn became(cases: &str, numbers: std::ops::Range<u64>) -> Vec<String> {
        let text = format!("[[filter]]\ntype = 'branch'\n{cases}");
        let given: Vec<_> = numbers.map(|n| serde_json::json!({ "n": n })).collect();
        let became = Bench::new(FILTERS, &text).unwrap().pass_all(&given).unwrap();
        let tags = |event: &serde_json::Value| -> String {
            let tags = event["tags"].as_array().into_iter().flatten();
            tags.filter_map(|tag| tag.as_str()).collect()
        };
        became.iter().map(|event| format!("{}{}", event["n"], tags(event))).collect()
    }

    const CLONES: &str = "[[filter.case]]\nwhen = 'n != 2'\n\
        [[filter.case.filter]]\ntype = 'clone'\nclones = ['a', 'b']\n\
        [[filter.case.filter]]\ntype = 'clone'\nclones = ['c', 'd']\nwhen = '\"a\" in tags or n == 3'\n\
        [[filter.case.filter]]\ntype = 'drop'\nwhen = '\"b\" in tags'\n";

    #[test]
    fn filters_behind_one_that_makes_events_see_each_of_them_and_order_holds() {
        let wanted = ["1", "1a", "1ac", "1ad", "2", "3", "3c", "3d", "3a", "3ac", "3ad"];
        assert_eq!(became(CLONES, 1..4), wanted);
        // As a list of filters would do it, and a branch in a branch.
        let inner = CLONES.replace("filter.case", "filter.else.case");
        let nested = format!(
            "[[filter.case]]\nwhen = 'n == 0'\n[[filter.else]]\ntype = 'clone'\nclones = ['x']\n\
             [[filter.else]]\ntype = 'branch'\n{inner}\
             [[filter.else]]\ntype = 'clone'\nclones = ['y']\n"
        );
        let twice = |name: &str| [name.to_owned(), format!("{name}y")];
        let of_one = ["1", "1a", "1ac", "1ad", "1x", "1xa", "1xac", "1xad"].map(twice).concat();
        let wanted = [vec!["0".to_owned()], of_one, ["2", "2x"].map(twice).concat()].concat();
        assert_eq!(became(&nested, 0..3), wanted);
    }

    #[test]
    fn parts_of_events_made_inside_a_branch_do_not_meet_and_are_the_same_again() {
        let settings = format!(
            "[[filter]]\ntype = 'clone'\nclones = ['o']\n[[filter]]\ntype = 'branch'\n{CLONES}\
             [[filter]]\ntype = 'clone'\nclones = ['p']\n"
        );
        let parts = || {
            let bench = Bench::new(FILTERS, &settings).unwrap();
            let mut batch = weir_event::Batch::new();
            weir_testkit::pages::put(&mut batch, &serde_json::json!({ "n": 3 })).unwrap();
            bench.run(&mut batch);
            batch.iter().map(EventRef::part).collect::<Vec<u64>>()
        };
        let made = parts();
        assert_eq!(made, parts());
        assert_eq!(made.len(), 24);
        assert_eq!(made.iter().collect::<std::collections::HashSet<_>>().len(), 24);
    }

    #[test]
    fn what_needs_all_events_cannot_stand_in_a_branch() {
        let case = "[[filter.case]]\nwhen = 'true'\n[[filter.case.filter]]\n";
        check(
            &format!("{case}type = 'dedupe'\n{case}type = 'multiline'\ncount = 2"),
            &["`dedupe` cannot stand inside", "`multiline` cannot stand inside"],
        );
    }

    #[cfg(feature = "vrl")]
    #[test]
    fn a_program_may_make_events_inside_a_branch_and_drop_some() {
        let cases = "[[filter.case]]\nwhen = 'n < 3'\n\
            [[filter.case.filter]]\ntype = 'vrl'\n\
            source = 'if .n == 1 { abort }; . = [{\"n\": 10}, {\"n\": 11}, {\"n\": 12}]'\n\
            [[filter.case.filter]]\ntype = 'drop'\nwhen = 'n == 11'\n";
        assert_eq!(became(cases, 1..4), ["10", "12", "3"]);
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
