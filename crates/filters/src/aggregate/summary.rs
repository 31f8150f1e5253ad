//! What is worked out of the events of a window.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::FieldPath;
use weir_config::Complaint;
use weir_event::{EventMut, EventRef, Key, Timestamp, Value, ValueRef};

/// A summary as a setting: `sum(bytes)`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Summary {
    kind: Kind,
    field: Key,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Events,
    Elapsed,
    Count,
    Sum,
    Average,
    Least,
    Greatest,
    First,
    Last,
    List,
}

/// The names of summaries; with a field or without.
const NAMES: [(&str, Kind); 10] = [
    ("count()", Kind::Events),
    ("elapsed()", Kind::Elapsed),
    ("count", Kind::Count),
    ("sum", Kind::Sum),
    ("avg", Kind::Average),
    ("min", Kind::Least),
    ("max", Kind::Greatest),
    ("first", Kind::First),
    ("last", Kind::Last),
    ("list", Kind::List),
];

impl TryFrom<String> for Summary {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let kind = |name: &str| NAMES.iter().find(|(it, _)| *it == name).map(|(_, kind)| *kind);
        let trimmed = text.trim();
        if let Some(kind) = kind(trimmed) {
            if trimmed.ends_with(')') {
                return Ok(Self { kind, field: Key::MESSAGE, text });
            }
            return Err(Complaint::new(format!("`{text}` lacks its field"))
                .help(format!("write it like `{trimmed}(http.response.bytes)`")));
        }
        let parts = trimmed.strip_suffix(')').and_then(|rest| rest.split_once('('));
        let found = parts.and_then(|(name, field)| Some((kind(name.trim())?, field.trim())));
        let Some((kind, field)) = found else {
            return Err(Complaint::new(format!("`{text}` is no summary")).help(
                "there are count(), elapsed(), and count, sum, avg, min, max, first, last and list \
                 of a field: `sum(http.response.bytes)`",
            ));
        };
        let field = FieldPath::try_from(field.to_owned())?.key();
        Ok(Self { kind, field, text })
    }
}

impl serde::Serialize for Summary {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Summary {
    fn schema_name() -> Cow<'static, str> {
        "Summary".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "summary", "examples": ["sum(bytes)"] })
    }
}

/// What a summary has come to.
#[derive(Debug)]
pub(super) enum Total {
    Nothing,
    Count(i64),
    Sum { whole: i128, fraction: f64, has_fraction: bool, count: i64 },
    One(Owned),
    Several(Vec<Owned>),
}

impl Total {
    /// Whether no event had anything for it.
    fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing | Self::Sum { count: 0, .. } => true,
            Self::Several(values) => values.is_empty(),
            Self::Count(_) | Self::Sum { .. } | Self::One(_) => false,
        }
    }
}

/// A value with memory of its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Owned {
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(Timestamp),
    Text(Box<[u8]>),
}

impl Owned {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        Some(match value {
            ValueRef::Null => return None,
            ValueRef::Bool(it) => Self::Bool(it),
            ValueRef::Int(it) => Self::Int(it),
            ValueRef::Float(it) => Self::Float(it),
            ValueRef::Time(it) => Self::Time(it),
            other => {
                let mut text = Vec::new();
                other.write_text(&mut text);
                Self::Text(text.into())
            }
        })
    }

    fn held_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 0,
        }
    }

    fn number(&self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a comparison of magnitudes")]
            Self::Int(it) => *it as f64,
            Self::Float(it) => *it,
            _ => f64::NAN,
        }
    }

    fn value(&self, event: &mut EventMut<'_>) -> Value {
        match self {
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(it) => Value::Int(*it),
            Self::Float(it) => Value::Float(*it),
            Self::Time(it) => Value::Time(*it),
            Self::Text(text) => Value::Text(event.arena().append(text)),
        }
    }
}

impl Summary {
    /// What it is before any event.
    pub(super) fn nothing(&self) -> Total {
        match self.kind {
            Kind::Count => Total::Count(0),
            Kind::List => Total::Several(Vec::new()),
            Kind::Sum | Kind::Average => {
                Total::Sum { whole: 0, fraction: 0.0, has_fraction: false, count: 0 }
            }
            _ => Total::Nothing,
        }
    }

    /// Adds an event; gives the bytes by which the total grew.
    pub(super) fn add(&self, total: &mut Total, event: EventRef<'_>, list_max: usize) -> usize {
        if matches!(self.kind, Kind::Events | Kind::Elapsed) {
            return 0;
        }
        let Some(value) = event.view(self.field).filter(|it| !matches!(it, ValueRef::Null)) else {
            return 0;
        };
        match (self.kind, &mut *total) {
            (_, Total::Count(count)) => *count += 1,
            (_, Total::Sum { whole, fraction, has_fraction, count }) => match value {
                ValueRef::Int(it) => (*whole, *count) = (*whole + i128::from(it), *count + 1),
                value => {
                    if let Some(it) = value.as_f64() {
                        (*fraction, *has_fraction, *count) = (*fraction + it, true, *count + 1);
                    }
                }
            },
            (Kind::Least | Kind::Greatest, total) => self.compare(total, value),
            (Kind::First, Total::One(_)) => {}
            (_, Total::Several(values)) => {
                let Some(owned) = Owned::of(value) else { return 0 };
                if values.len() < list_max && !values.contains(&owned) {
                    let grown = owned.held_len() + size_of::<Owned>();
                    values.push(owned);
                    return grown;
                }
            }
            (_, total) => {
                let before = if let Total::One(before) = &*total { before.held_len() } else { 0 };
                let Some(owned) = Owned::of(value) else { return 0 };
                let grown = owned.held_len().saturating_sub(before);
                *total = Total::One(owned);
                return grown;
            }
        }
        0
    }

    fn compare(&self, total: &mut Total, value: ValueRef<'_>) {
        let new = match value {
            ValueRef::Int(it) => Owned::Int(it),
            value => match value.as_f64() {
                Some(it) => Owned::Float(it),
                None => return,
            },
        };
        let replaces = match &*total {
            Total::One(old) if self.kind == Kind::Least => new.number() < old.number(),
            Total::One(old) => new.number() > old.number(),
            _ => true,
        };
        if replaces {
            *total = Total::One(new);
        }
    }

    /// Puts what came out into a field of the event that is made.
    pub(super) fn put(
        &self,
        total: &Total,
        field: Key,
        events: u64,
        (first, last): (Timestamp, Timestamp),
        event: &mut EventMut<'_>,
    ) {
        let value = match (self.kind, total) {
            (Kind::Events, _) => Value::Int(i64::try_from(events).unwrap_or(i64::MAX)),
            (Kind::Elapsed, _) => Value::Float(seconds(first, last)),
            (_, total) if total.is_nothing() => return,
            (_, Total::Nothing) => Value::Null,
            (_, Total::Count(count)) => Value::Int(*count),
            (kind, Total::Sum { whole, fraction, has_fraction, count }) => {
                let sum = *fraction + float(*whole);
                match i64::try_from(*whole) {
                    _ if kind == Kind::Average => Value::Float(sum / float(i128::from(*count))),
                    Ok(whole) if !has_fraction => Value::Int(whole),
                    _ => Value::Float(sum),
                }
            }
            (_, Total::One(value)) => value.value(event),
            (_, Total::Several(values)) => {
                Value::List(values.iter().map(|value| value.value(event)).collect())
            }
        };
        // A JSON number can be neither.
        if !matches!(value, Value::Float(it) if !it.is_finite()) {
            event.set(field, value);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums beyond 2^53 are rounded")]
fn float(whole: i128) -> f64 {
    whole as f64
}

fn seconds(first: Timestamp, last: Timestamp) -> f64 {
    float(last.as_nanos() - first.as_nanos()) / 1e9
}
