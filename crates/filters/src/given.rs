//! A value as a setting, with places for fields in its texts. No filter itself.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use weir_component::template::{MissingField, Template};
use weir_config::Complaint;
use weir_event::{EventMut, Value};

/// Any plain value of TOML, or a list of them.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Template),
    List(Vec<Given>),
}

thread_local! {
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Given {
    /// The value for an event, with new text at the end of its batch's.
    pub(crate) fn value(&self, event: &mut EventMut<'_>) -> Result<Value, MissingField> {
        Ok(match self {
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(it) => Value::Int(*it),
            Self::Float(it) => Value::Float(*it),
            Self::Text(template) => TEXT.with_borrow_mut(|text| {
                text.clear();
                template.render(event.as_ref(), text)?;
                Ok(Value::Text(event.arena().append(text)))
            })?,
            Self::List(items) => {
                let items = items.iter().map(|item| item.value(event));
                Value::List(items.collect::<Result<_, _>>()?)
            }
        })
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, `true`, `false` or a list of them")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Given, E> {
        Ok(Given::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Given, E> {
        Ok(Given::Int(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Given, E> {
        if value.is_finite() {
            return Ok(Given::Float(value));
        }
        Err(E::custom(
            Complaint::new(format!("`{value}` cannot be sent to an output"))
                .help("JSON has only finite numbers"),
        ))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Given, E> {
        let template = Template::parse(value).map_err(|wrong| E::custom(Complaint::from(wrong)))?;
        Ok(Given::Text(template))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Given::List(list))
    }
}

impl JsonSchema for Given {
    fn schema_name() -> Cow<'static, str> {
        "Given".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "boolean", "array"],
            "x-type": "text, number, true or false, or a list of them",
            "examples": ["%{service.name}.access"],
        })
    }
}
