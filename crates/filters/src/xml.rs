//! The `xml` filter: documents into fields, whole or by paths.
//!
//! A document is read into a tree of bounded size and depth. Entities beyond the five of XML itself
//! are not known, so that nothing is fetched and nothing grows.

mod simple;
mod tree;
mod xpath;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, Key, Span, Value};

use self::simple::Simplifier;
use self::tree::Tree;
use self::xpath::{Namespaces, XPath};
use crate::found::{Harvest, Name, Owner, harvest};
use crate::pairs::Pairs;
use crate::source;
use crate::subtree::{below, name_of};

const FAILURE: &str = "_xmlparsefailure";

/// The most text that the paths of one document may give: a path such as `//*` gives every part of
/// the document once for each level that it lies in.
const FOUND_BYTES_MAX: usize = 4 << 20;

/// Reads XML documents.
///
/// With `target` the document becomes an object below that field, as Logstash has it: the root's
/// attributes and elements are its members. An element that holds text only is that text; one with
/// attributes as well has it as the member `content`. Elements are in lists, even single ones,
/// unless `force-array` is off.
///
/// With `xpath` parts of the document become fields. A path knows these things:
///
/// | written | meaning |
/// |---|---|
/// | `/a/b` | elements `b` in the root element `a` |
/// | `//b`, `a//b` | elements `b` at any depth |
/// | `*`, `.`, `..` | any element, the element itself, the one it is in |
/// | `p:b` | elements `b` of the namespace that `namespaces` calls `p`; without it, of the prefix `p` |
/// | `@c`, `@*` | attributes |
/// | `text()` | texts |
/// | `[2]`, `[last()]` | the second, the last of its kind in an element |
/// | `[@c]`, `[b]` | only with such an attribute or element |
/// | `[@c='x']`, `[b='x']`, `[text()='x']` | only with this value |
/// | `count(//b)` | how many there are |
/// | `name(/*)`, `local-name(/*)` | the name of the first, with and without its prefix |
/// | `string(//b)` | all text in the first |
///
/// A name without a prefix is that of any element without one. Texts and attributes give their text,
/// elements what they look like in XML. What is found goes into a list, a single text only if
/// `force-array` is off. A path that finds nothing gives no field.
///
/// A document for `target` has to be well-formed. For `xpath` alone, elements that do not end are
/// ended where the one around them does, unless `strict` is on. `DOCTYPE`s are skipped, entities
/// other than `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&apos;` and numbers are not known. A document may
/// have 10,000 elements, 64 levels deep.
///
/// The field may also hold a list of one text. An event without the field passes unchanged. If the
/// field holds something else or no such document, the event gets the tag `_xmlparsefailure`, and no
/// field of it changes.
///
/// # Example
///
/// ```toml
/// type = "xml"
/// target = "order"
/// force-array = false
/// ```
/// ```json
/// {"message": "<order id=\"7\"><item n=\"2\">tea</item><item>milk</item><note>a &amp; b</note></order>"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "<order id=\"7\"><item n=\"2\">tea</item><item>milk</item><note>a &amp; b</note></order>",
///   "order": {
///     "id": "7",
///     "item": [{"n": "2", "content": "tea"}, "milk"],
///     "note": "a & b"
///   }
/// }
/// ```
/// What is no document is tagged:
/// ```json
/// {"message": "<order"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "<order",
///   "tags": ["_xmlparsefailure"],
///   "error": {"message": "xml-1: a tag does not end at byte 0 of `message`"}
/// }
/// ```
///
/// Parts of a document only:
///
/// ```toml
/// type = "xml"
/// store-xml = false
/// xpath = { "item.names" = "//item/@name", "item.first" = "/order/item[1]/text()" }
/// ```
/// ```json
/// {"message": "<order><item name=\"tea\">2</item><item name=\"milk\">1</item></order>"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "<order><item name=\"tea\">2</item><item name=\"milk\">1</item></order>",
///   "item": {"names": ["tea", "milk"], "first": ["2"]}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "settings that people know from Logstash")]
#[expect(clippy::struct_field_names, reason = "Logstash's name")]
pub(crate) struct Xml {
    /// The field that holds the document.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which the document goes.
    target: Option<At<FieldPath>>,
    /// Whether the document goes below `target`.
    #[serde(default = "yes")]
    store_xml: bool,
    /// Fields and the paths of what they get.
    xpath: Option<Pairs<XPath>>,
    /// Prefixes of paths, each with the namespace that it stands for.
    #[serde(default)]
    namespaces: Namespaces,
    /// Whether prefixes and declarations of namespaces are left away.
    #[serde(default)]
    remove_namespaces: bool,
    /// Whether single elements and single finds are lists too.
    #[serde(default = "yes")]
    force_array: bool,
    /// Whether the text of an element is a member `content` even if it has no attributes.
    #[serde(default)]
    force_content: bool,
    /// Whether elements without content are left out; otherwise they are empty objects.
    #[serde(default = "yes")]
    suppress_empty: bool,
    /// Whether a document for `xpath` has to be well-formed too.
    #[serde(default)]
    strict: bool,
}

fn yes() -> bool {
    true
}

impl Configure for Xml {
    const NAME: &'static str = "xml";
}

impl FilterConfig for Xml {
    type Filter = XmlReader;

    fn build(self) -> Result<XmlReader, Diagnostic> {
        let paths = self.xpath.map(Pairs::into_vec).unwrap_or_default();
        let target = self.target.as_deref().map(|it| it.key()).filter(|_| self.store_xml);
        if target.is_none() && paths.is_empty() && self.target.is_none() {
            return Err(Diagnostic::error("nothing is done with the document")
                .help("name a `target` for it, or fields for its parts in `xpath`"));
        }
        Ok(XmlReader {
            owner: Owner::new(),
            field: self.field.key(),
            target,
            paths: paths.into_iter().map(|(field, path)| (field.key(), path)).collect(),
            namespaces: self.namespaces,
            simplifier: Simplifier {
                force_array: self.force_array,
                force_content: self.force_content,
                suppress_empty: self.suppress_empty,
            },
            removes_namespaces: self.remove_namespaces,
            is_strict: self.strict || target.is_some(),
        })
    }
}

/// Reads documents.
#[derive(Debug)]
pub(crate) struct XmlReader {
    owner: Owner,
    field: Key,
    target: Option<Key>,
    paths: Vec<(Key, XPath)>,
    namespaces: Namespaces,
    simplifier: Simplifier,
    removes_namespaces: bool,
    is_strict: bool,
}

impl Filter for XmlReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = self.text(event)? else { return Ok(Keep::Yes) };
        harvest(&self.owner, b"", event, |event, harvest| {
            let text = event.arena().get(span);
            let text = std::str::from_utf8(text).map_err(|_| {
                FilterError::because(
                    FAILURE,
                    format!("`{}` holds bytes that are no UTF-8", self.field),
                )
            })?;
            let tree = Tree::read(text, self.is_strict, self.removes_namespaces);
            let tree = tree.map_err(|wrong| {
                FilterError::because(
                    FAILURE,
                    format!("{} at byte {} of `{}`", wrong.what, wrong.at, self.field),
                )
            })?;
            if let Some(target) = self.target {
                self.simplifier.put(&tree, target, harvest);
            }
            self.find(&tree, harvest)
        })?;
        if self.target == Some(self.field) && event.span(self.field) == Some(span) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

impl XmlReader {
    /// The text of the field, which may be in a list.
    fn text(&self, event: &mut EventMut<'_>) -> Result<Option<Span>, FilterError> {
        if let Some(Value::List(items)) = event.as_ref().get(self.field) {
            return match &**items {
                [Value::Text(span)] => Ok(Some(*span)),
                _ => Err(FilterError::because(
                    FAILURE,
                    format!("`{}` holds other than one text", self.field),
                )),
            };
        }
        let text = source::text(event, self.field, FAILURE)?;
        let above = name_of(self.field);
        let is_object = text.is_none()
            && event.as_ref().fields().iter().any(|it| below(name_of(it.key), above).is_some());
        if is_object {
            return Err(FilterError::because(FAILURE, format!("`{}` holds an object", self.field)));
        }
        Ok(text)
    }

    /// Gathers what the paths find.
    fn find(&self, tree: &Tree, harvest: &mut Harvest) -> Result<(), FilterError> {
        let mut room = FOUND_BYTES_MAX;
        for (field, path) in &self.paths {
            let mut found: Vec<Value> = Vec::new();
            path.find(tree, &self.namespaces, |write| {
                let span = harvest.keep_with(write);
                room = room.checked_sub(span.len())?;
                if !span.is_empty() {
                    found.push(Value::Text(span));
                }
                Some(())
            })
            .ok_or_else(|| {
                let paths = format!("the paths find more than {FOUND_BYTES_MAX} bytes");
                FilterError::because(FAILURE, format!("{paths} in `{}`", self.field))
            })?;
            let value = match found.len() {
                0 => continue,
                1 if !self.simplifier.force_array => found.remove(0),
                _ => Value::List(found.into_boxed_slice()),
            };
            let place = harvest.place(Name::Field(*field));
            harvest.replace(place, b"", value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
