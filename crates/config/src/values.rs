//! Types of setting values that every component shares. Each refuses a bad value by itself, with
//! a [`Complaint`](crate::Complaint), so that components hold no checks of their own.

mod one_or_many;
mod period;
mod secret;
mod size;
mod url;

pub(crate) use one_or_many::ONE_OR_MANY;
pub use one_or_many::OneOrMany;
pub use period::Period;
pub(crate) use secret::SECRET;
pub use secret::Secret;
pub use size::ByteSize;
pub use url::Url;

/// Writes `Serialize` from `Display`, and a schema for a text of a certain kind.
macro_rules! text_value {
    ($type:ident, $word:literal, $types:tt, $example:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": $types, "x-type": $word, "examples": [$example] })
            }
        }
    };
}
use text_value;
