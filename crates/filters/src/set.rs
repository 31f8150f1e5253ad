//! The `set` filter: gives a field a value.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::condition::Expression;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, Key, Value};

use crate::given::Given;
use crate::made_name::MadeName;

const FAILURE: &str = "_setfailure";

/// Sets a field.
///
/// `value` is a text, a number, `true` or `false`, or a list of them. In a text, `%{field}` stands
/// for the value of another field, `%{field|text}` for the text where the event lacks that field,
/// and `%{+%Y.%m.%d}` for the event's time. The result is a text, even of a number.
///
/// `expression` computes the value instead, in the language of conditions, and keeps its type:
/// `http.response.bytes` alone copies a field. An expression without a value (of a field that is
/// missing, say) leaves the event as it is.
///
/// If `value`, or the name of the field, needs a field that the event lacks, the event gets the tag `_setfailure`, and no
/// field of it changes. `@timestamp` can be set by an expression that gives a time.
///
/// # Example
///
/// ```toml
/// type = "set"
/// field = "event.dataset"
/// value = "%{service.name}.access"
/// ```
/// ```json
/// {"service": {"name": "nginx"}}
/// ```
/// becomes
/// ```json
/// {"service": {"name": "nginx"}, "event": {"dataset": "nginx.access"}}
/// ```
/// Without the field that the value needs:
/// ```json
/// {"message": "hello"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "hello",
///   "tags": ["_setfailure"],
///   "error": {"message": "set-1: the event has no field `service.name`"}
/// }
/// ```
///
/// A list:
///
/// ```toml
/// type = "set"
/// field = "related.user"
/// value = ["%{user.name}", "root"]
/// ```
/// ```json
/// {"user": {"name": "alice"}}
/// ```
/// becomes
/// ```json
/// {"user": {"name": "alice"}, "related": {"user": ["alice", "root"]}}
/// ```
///
/// Computed, and only where it is missing:
///
/// ```toml
/// type = "set"
/// field = "size"
/// expression = "bytes / 1024"
/// override = false
/// ```
/// ```json
/// {"bytes": 2048}
/// ```
/// becomes
/// ```json
/// {"bytes": 2048, "size": 2}
/// ```
/// ```json
/// {"bytes": 2048, "size": 5}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Set {
    /// The field to set; its name may hold places for fields like `labels.%{name}`.
    field: At<MadeName>,
    /// Its value; a text may hold places for fields like `%{service.name}`.
    value: Option<At<Given>>,
    /// What computes its value, instead of `value`.
    expression: Option<At<Expression>>,
    /// Whether a value that the field has already is replaced.
    #[serde(default = "yes")]
    r#override: bool,
}

fn yes() -> bool {
    true
}

impl Configure for Set {
    const NAME: &'static str = "set";
}

impl FilterConfig for Set {
    type Filter = Setter;

    fn build(self) -> Result<Setter, Diagnostic> {
        let field = self.field.into_inner();
        let maker = match (self.value, self.expression) {
            (Some(value), None) if field.fixed() == Some(Key::TIME) => {
                return Err(Diagnostic::error("`@timestamp` takes a time, and no `value` is one")
                    .at(&value, "")
                    .help("use `expression`, or the filter `date` to read a time from text"));
            }
            (Some(value), None) => Maker::Given(value.into_inner()),
            (None, Some(expression)) => Maker::Expression(expression.into_inner()),
            (Some(value), Some(expression)) => {
                return Err(Diagnostic::error("`value` and `expression` exclude each other")
                    .at(&expression, "")
                    .also(&value, "the other one")
                    .help("take one of them out"));
            }
            (None, None) => {
                return Err(Diagnostic::error("neither `value` nor `expression` is set")
                    .help("write `value = \"…\"` for a text, or `expression = \"…\"`"));
            }
        };
        Ok(Setter { field, maker, replaces: self.r#override })
    }
}

/// Sets a field.
#[derive(Debug)]
pub(crate) struct Setter {
    field: MadeName,
    maker: Maker,
    replaces: bool,
}

#[derive(Debug)]
enum Maker {
    Given(Given),
    Expression(Expression),
}

impl Filter for Setter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(field) = self.field.key(event.as_ref()) else {
            return Err(FilterError::because(FAILURE, "the field's name cannot be put together"));
        };
        let is_taken = |event: &EventMut<'_>| {
            event.as_ref().get(field).is_some_and(|value| *value != Value::Null)
        };
        if !self.replaces && is_taken(event) {
            return Ok(Keep::Yes);
        }
        match &self.maker {
            Maker::Given(given) => {
                let value = given.value(event);
                let value =
                    value.map_err(|missing| FilterError::because(FAILURE, missing.to_string()))?;
                event.set(field, value);
            }
            Maker::Expression(expression) => match expression.value(event) {
                Value::Null => {}
                Value::Time(time) => event.set(field, Value::Time(time)),
                _ if field == Key::TIME => {
                    let reason = "the expression for `@timestamp` gave no time";
                    return Err(FilterError::because(FAILURE, reason));
                }
                value => event.set(field, value),
            },
        }
        Ok(Keep::Yes)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, given: &Json, field: &str, wanted: &Json) {
        let bench = Bench::new(FILTERS, &format!("type = \"set\"\n{settings}")).unwrap();
        let became = bench.pass(given).unwrap().unwrap();
        assert_eq!(became[field], *wanted, "{settings}");
    }

    #[test]
    fn values_keep_the_type_they_are_written_in() {
        for value in ["5", "1.5", "true", "\"x\"", "[1,\"x\",[]]"] {
            let wanted: Json = serde_json::from_str(value).unwrap();
            check(&format!("field = \"a\"\nvalue = {value}"), &json!({}), "a", &wanted);
        }
    }

    #[test]
    fn an_expression_copies_a_field_with_its_type() {
        let given = json!({ "b": [1, "x"] });
        check("field = \"a\"\nexpression = \"b\"", &given, "a", &given["b"]);
        check("field = \"a\"\nexpression = \"missing\"", &given, "a", &Json::Null);
    }

    #[test]
    fn the_time_takes_only_times() {
        let given = json!({ "b": "x", "@timestamp": "2020-01-01T00:00:00.000Z" });
        check("field = \"c\"\nexpression = \"@timestamp\"", &given, "c", &given["@timestamp"]);
        let settings = "field = \"@timestamp\"\nexpression = \"b\"";
        check(settings, &given, "tags", &json!(["_setfailure"]));
        check(settings, &given, "@timestamp", &given["@timestamp"]);
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        for (settings, title) in [
            ("", "neither `value` nor `expression` is set"),
            ("value = 1\nexpression = \"a\"", "`value` and `expression` exclude each other"),
            ("value = \"%{a\"", "error"),
            ("value = {}", "error"),
            ("value = nan", "cannot be sent"),
        ] {
            let text = format!("type = \"set\"\nfield = \"a\"\n{settings}");
            let mistakes = Bench::new(FILTERS, &text).unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
        let time = "type = \"set\"\nfield = \"@timestamp\"\nvalue = \"now\"";
        assert!(Bench::new(FILTERS, time).is_err());
    }
}
