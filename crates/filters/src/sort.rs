//! The `sort` filter: puts lists in order.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{Arena, EventMut, Key, Value, ValueRef};

use crate::merge::same;

/// Most items that are compared each with each other when `order` is `none` and `unique` is set.
const COMPARED_MAX: usize = 1_000;

/// Sorts lists, and takes out what is in them twice.
///
/// Numbers are sorted by their size, texts by their bytes, times by their age. Of different kinds
/// null comes first, then truth values, numbers, times, texts, lists and objects. Events without
/// the field pass unchanged, and so do those in which it holds no list.
///
/// With `unique = true` of equal items only the first stays. With `order = "none"` the others keep
/// their order; in a list of more than 1,000 items only neighbours are then compared.
///
/// # Example
///
/// ```toml
/// type = "sort"
/// field = "ports"
/// unique = true
/// ```
/// ```json
/// {"ports": [443, 80, 8080, 80, "80"]}
/// ```
/// becomes
/// ```json
/// {"ports": [80, 443, 8080, "80"]}
/// ```
/// What is no list stays:
/// ```json
/// {"ports": 80}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Sort {
    /// The field with the list, or several.
    #[serde(alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// The order.
    #[serde(default)]
    order: At<Order>,
    /// Whether items that are there already are taken out.
    #[serde(default)]
    unique: bool,
}

/// Orders of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// The smallest first.
    #[default]
    #[serde(alias = "asc")]
    Ascending,
    /// The largest first.
    #[serde(alias = "desc")]
    Descending,
    /// As it is.
    None,
}

impl Configure for Sort {
    const NAME: &'static str = "sort";
}

impl FilterConfig for Sort {
    type Filter = Sorter;

    fn build(self) -> Result<Sorter, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field").help("name at least one"));
        }
        if *self.order == Order::None && !self.unique {
            return Err(Diagnostic::error("with these settings the filter changes nothing")
                .at(&self.order, "the order stays")
                .help("choose an order, or set `unique = true`"));
        }
        let fields = self.fields.iter().map(|field| field.key()).collect();
        Ok(Sorter { fields, order: self.order.into_inner(), unique: self.unique })
    }
}

/// Sorts lists.
#[derive(Debug)]
pub(crate) struct Sorter {
    fields: Vec<Key>,
    order: Order,
    unique: bool,
}

impl Filter for Sorter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        for field in &self.fields {
            let Some(mut value) = event.take(*field) else { continue };
            if let Value::List(items) = &mut value {
                self.sort(items, event.arena());
            }
            event.set(*field, value);
        }
        Ok(Keep::Yes)
    }
}

impl Sorter {
    fn sort(&self, items: &mut Box<[Value]>, arena: &Arena) {
        match self.order {
            Order::Ascending => items.sort_by(|a, b| compare(a, b, arena)),
            Order::Descending => items.sort_by(|a, b| compare(b, a, arena)),
            Order::None => {}
        }
        if !self.unique {
            return;
        }
        let mut kept: Vec<Value> = std::mem::take(items).into_vec();
        if self.order == Order::None && kept.len() <= COMPARED_MAX {
            let mut left = 0;
            for at in 0..kept.len() {
                if !kept[..left].iter().any(|it| same(it, &kept[at], arena)) {
                    kept.swap(left, at);
                    left += 1;
                }
            }
            kept.truncate(left);
        } else {
            kept.dedup_by(|a, b| same(a, b, arena));
        }
        *items = kept.into_boxed_slice();
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) | Value::Number(_) => 2,
        Value::Time(_) => 3,
        Value::Text(_) => 4,
        Value::List(_) => 5,
        Value::Map(_) => 6,
    }
}

/// Tells numbers of one size apart by how they are kept.
fn kind(value: &Value) -> u8 {
    match value {
        Value::Int(_) => 0,
        Value::Float(_) => 1,
        _ => 2,
    }
}

/// A total order, as sorting needs one.
fn compare(a: &Value, b: &Value, arena: &Arena) -> Ordering {
    let number = |value: &Value| ValueRef::new(value, arena).as_f64().unwrap_or(f64::NAN);
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => arena.get(*a).cmp(arena.get(*b)),
        (Value::List(a), Value::List(b)) => {
            let differs = a.iter().zip(b).map(|(a, b)| compare(a, b, arena)).find(|it| it.is_ne());
            differs.unwrap_or(a.len().cmp(&b.len()))
        }
        _ if rank(a) == 2 && rank(b) == 2 => {
            // Whole numbers may differ where their floats do not.
            number(a).total_cmp(&number(b)).then_with(|| match (a, b) {
                (Value::Int(a), Value::Int(b)) => a.cmp(b),
                _ => kind(a).cmp(&kind(b)),
            })
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, given: &Json, wanted: &Json) {
        let bench = Bench::new(FILTERS, &format!("type = \"sort\"\nfield = \"l\"\n{settings}"));
        let became = bench.unwrap().pass(&json!({ "l": given })).unwrap().unwrap();
        assert_eq!(became["l"], *wanted, "{settings} of {given}");
    }

    #[test]
    fn values_of_every_kind_have_an_order() {
        let given = json!(["b", [2], null, 10, "a", 9.5, true, {"x": 1}, [1, 5], false, -1]);
        let wanted = json!([null, false, true, -1, 9.5, 10, "a", "b", [1, 5], [2], {"x": 1}]);
        check("", &given, &wanted);
        check("order = 'desc'", &json!([1, 3, 2]), &json!([3, 2, 1]));
    }

    #[test]
    fn the_first_of_equal_items_stays() {
        let given = json!(["foo", [1], "b", 1, true, [1], "foo", true, 1, {"a": "x"}, {"a": "x"}]);
        let wanted = json!(["foo", [1], "b", 1, true, {"a": "x"}]);
        check("order = 'none'\nunique = true", &given, &wanted);
        check("unique = true", &json!([2, 1, 2, 1]), &json!([1, 2]));
    }
}
