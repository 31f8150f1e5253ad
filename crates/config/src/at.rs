//! Values that remember where they were written.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// The name by which [`At`] asks our own reader for positions. Any other deserializer treats it
/// as an ordinary newtype and the value ends up without a position.
pub(crate) const AT: &str = "weir::At";

/// A range of bytes in a [`SourceFile`](crate::SourceFile).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The span of `start..end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// A value and its place in the file.
///
/// Transparent to serde and schemars: `At<ByteSize>` is written and described like `ByteSize`.
/// Two values are equal wherever they stand.
#[derive(Clone, Copy)]
pub struct At<T> {
    value: T,
    span: Option<Span>,
    /// Where the characters of a text begin, if the file holds them without escapes.
    text_start: Option<usize>,
}

impl<T> At<T> {
    /// A value with a known place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span: Some(span), text_start: None }
    }

    pub(crate) const fn with_parts(
        value: T,
        span: Option<Span>,
        text_start: Option<usize>,
    ) -> Self {
        Self { value, span, text_start }
    }

    /// Where the value is written; `None` for a default, which is written nowhere.
    #[must_use]
    pub const fn span(&self) -> Option<Span> {
        self.span
    }

    /// The place of a part of a text, given as a range of bytes of the text.
    ///
    /// Falls back to the whole value when the text was written with escapes or `${…}`.
    #[must_use]
    pub fn part(&self, part: Range<usize>) -> Option<Span> {
        part_of(self.span, self.text_start, Some(part.into()))
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Another value in the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), span: self.span, text_start: self.text_start }
    }
}

/// Narrows a text's span to a part of the text, where that is possible.
pub(crate) fn part_of(
    whole: Option<Span>,
    text_start: Option<usize>,
    part: Option<Span>,
) -> Option<Span> {
    let (Some(outer), Some(base), Some(part)) = (whole, text_start, part) else { return whole };
    let start = base.saturating_add(part.start);
    let end = base.saturating_add(part.end);
    if start <= end && start >= outer.start && end <= outer.end {
        Some(Span { start, end })
    } else {
        whole
    }
}

impl<T> From<T> for At<T> {
    fn from(value: T) -> Self {
        Self { value, span: None, text_start: None }
    }
}

impl<T: Default> Default for At<T> {
    fn default() -> Self {
        T::default().into()
    }
}

impl<T> From<&At<T>> for Option<Span> {
    fn from(at: &At<T>) -> Self {
        at.span
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for At<T> {}

impl<T: fmt::Debug> fmt::Debug for At<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<T: fmt::Display> fmt::Display for At<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(AT, AtVisitor(PhantomData))
    }
}

struct AtVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtVisitor<T> {
    type Value = At<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<At<T>, D::Error> {
        T::deserialize(deserializer).map(At::from)
    }

    /// Our reader's way: start, end, where a verbatim text begins, and the value.
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<At<T>, A::Error> {
        let absent = || A::Error::custom("a value without its position");
        let start = parts.next_element()?.ok_or_else(absent)?;
        let end = parts.next_element()?.ok_or_else(absent)?;
        let text_start = parts.next_element()?.ok_or_else(absent)?;
        let value = parts.next_element()?.ok_or_else(absent)?;
        Ok(At::with_parts(value, Some(Span { start, end }), text_start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_verbatim_text_has_a_place() {
        let at = At::with_parts("abc", Some(Span::new(10, 15)), Some(11));
        assert_eq!(at.part(1..3), Some(Span::new(12, 14)));
        assert_eq!(at.part(1..30), at.span());
        assert_eq!(at.part(usize::MAX - 1..usize::MAX), at.span());
        assert_eq!(At::new("abc", Span::new(10, 15)).part(1..3), Some(Span::new(10, 15)));
        assert_eq!(At::from("abc").part(1..3), None);
    }

    #[test]
    fn other_deserializers_read_the_value_without_a_place() {
        let at: At<String> = serde_json::from_str("\"x\"").expect("a text");
        assert_eq!((at.as_str(), at.span()), ("x", None));
    }
}
