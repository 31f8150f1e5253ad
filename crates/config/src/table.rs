//! One table of a document: the loader takes what concerns it, the component gets the rest.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::marker::PhantomData;

use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;

use crate::at::{At, Span};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::Document;
use crate::fault::Fault;
use crate::node::{Entry, Node, NodeId, Value};
use crate::read::{Session, read};
use crate::settings::settings_of;
use crate::source::SourceFile;
use crate::suggest::did_you_mean;
use crate::{collect, conceal, report};

/// A table of settings with its place in the file.
///
/// Keys taken with the `take…` methods are gone for [`Table::deserialize`], but are still listed
/// in the help for an unknown setting.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    document: &'a Document,
    node: &'a Node,
    kind: Cow<'a, str>,
    shape: Shape,
    type_name: Option<At<String>>,
    taken: BTreeSet<NodeId>,
    offered: Vec<String>,
}

/// How the table is written, for sentences about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    File,
    Single,
    OneOfSeveral,
}

impl<'a> Table<'a> {
    pub(crate) fn root(document: &'a Document, node: &'a Node) -> Self {
        Self::new(document, node, Cow::Borrowed(""), Shape::File)
    }

    fn new(document: &'a Document, node: &'a Node, kind: Cow<'a, str>, shape: Shape) -> Self {
        let taken = BTreeSet::new();
        Self { document, node, kind, shape, type_name: None, taken, offered: Vec::new() }
    }

    /// The same table under another name for its kind. Nested tables begin with the kind of the
    /// table around them (the filters in a `branch` are filters).
    #[must_use]
    pub fn of_kind(mut self, kind: &'a str) -> Self {
        self.kind = Cow::Borrowed(kind);
        self
    }

    /// What the table describes: `input`, `filter`, …
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The component's name, once [`Table::take_type`] has read it.
    #[must_use]
    pub fn type_name(&self) -> Option<&At<String>> {
        self.type_name.as_ref()
    }

    /// Where the table begins: its header, or all of an inline table.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Reads another text as if it stood here: variables and secrets are the same.
    pub fn beside(&self, source: SourceFile) -> Result<Document, Diagnostics> {
        Document::parse(source, self.document.surroundings().clone())
    }

    /// Every key not yet taken, with its place.
    pub fn keys(&self) -> impl Iterator<Item = At<&'a str>> + use<'_, 'a> {
        self.rest().map(|entry| At::new(entry.key.as_str(), entry.key_span))
    }

    /// Reads `type`, which must be one of `known`.
    pub fn take_type(&mut self, known: &[&str]) -> Result<At<String>, Diagnostics> {
        let kind = self.kind.clone();
        let Some(name) = self.take_str("type")? else {
            return Err(self.error(
                Diagnostic::error(format!("this {kind} has no `type`"))
                    .at(self.span(), "add a line `type = \"…\"`")
                    .help(format!("`weir list` shows every {kind}")),
            ));
        };
        if !known.contains(&name.as_str()) {
            let label = match did_you_mean(&name, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => String::new(),
            };
            let diagnostic = Diagnostic::error(format!("there is no {kind} `{name}`"))
                .at(&name, label)
                .help(format!("`weir list` shows every {kind}"));
            return Err(self.error(diagnostic));
        }
        self.type_name = Some(name.clone());
        Ok(name)
    }

    /// Reads one setting and takes it away; `None` if it is not set.
    pub fn take<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, Diagnostics> {
        let Some(entry) = self.take_entry(key) else { return Ok(None) };
        self.collect(|session| {
            let value = read(PhantomData::<T>, &entry.node, session);
            value.map(Some).map_err(|fault| fault.below(&entry.key))
        })
    }

    /// Reads one text and takes it away; `None` if it is not set.
    pub fn take_str(&mut self, key: &str) -> Result<Option<At<String>>, Diagnostics> {
        self.take(key)
    }

    /// Takes away the tables under `[[….key]]` or `key = [{…}, {…}]`, in order.
    ///
    /// A table in single brackets and anything that is no table is a mistake.
    pub fn take_tables(&mut self, key: &str) -> Result<Vec<Table<'a>>, Diagnostics> {
        let Some(entry) = self.take_entry(key) else { return Ok(Vec::new()) };
        let kind = self.kind_below(key);
        let items = match &entry.node.value {
            Value::List(items) => items.as_slice(),
            Value::Table(_) => {
                let name = self.header_of(entry);
                let diagnostic = Diagnostic::error(format!("`[{name}]` must have double brackets"))
                    .at(entry.node.span, format!("write `[[{name}]]`"))
                    .note("there can be several, one after another");
                return Err(self.error(diagnostic));
            }
            _ => return Err(self.not_tables(entry, &entry.node)),
        };
        let mut tables = Vec::with_capacity(items.len());
        let mut mistakes = Diagnostics::new();
        for node in items {
            if matches!(node.value, Value::Table(_)) {
                let shape = Shape::OneOfSeveral;
                tables.push(Table::new(self.document, node, kind.clone(), shape));
            } else if mistakes.len() < collect::MISTAKES_MAX {
                mistakes.extend(self.not_tables(entry, node));
            }
        }
        mistakes.or_ok(tables)
    }

    /// Takes away the table under `[….key]` or `key = {…}`; `None` if there is none.
    pub fn take_table(&mut self, key: &str) -> Result<Option<Table<'a>>, Diagnostics> {
        let Some(entry) = self.take_entry(key) else { return Ok(None) };
        match &entry.node.value {
            Value::Table(_) => {
                let kind = Cow::Borrowed(entry.key.as_str());
                Ok(Some(Table::new(self.document, &entry.node, kind, Shape::Single)))
            }
            Value::List(items)
                if items.iter().any(|item| matches!(item.value, Value::Table(_))) =>
            {
                let name = self.header_of(entry);
                let diagnostic =
                    Diagnostic::error(format!("`[[{name}]]` must have single brackets"))
                        .at(entry.node.span, format!("write `[{name}]`"))
                        .note("there can be only one");
                Err(self.error(diagnostic))
            }
            _ => Err(self.not_tables(entry, &entry.node)),
        }
    }

    /// Reads what is left into a component's settings; reports every mistake in them.
    ///
    /// The schema of `T` tells which settings are required, so that all missing ones are
    /// reported even when a value is bad as well.
    pub fn deserialize<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, Diagnostics> {
        collect::collect(
            self,
            |session| read(PhantomData::<T>, self.node, session),
            || settings_of(&SchemaGenerator::default().into_root_schema_for::<T>()),
        )
    }

    /// One diagnostic for each key that was neither taken nor is among `known`, up to 50.
    #[must_use]
    pub fn unknown_keys(&self, known: &[&str]) -> Diagnostics {
        self.rest()
            .filter(|entry| !known.contains(&entry.key.as_str()))
            .take(collect::MISTAKES_MAX)
            .map(|entry| {
                self.locate(report::unknown_setting(self, "", &entry.key, entry.key_span, known))
            })
            .collect()
    }

    /// Completes a diagnostic made by a component: adds the file, a place if it has none, and
    /// takes out what `${…}` stands for.
    #[must_use]
    pub fn locate(&self, diagnostic: Diagnostic) -> Diagnostic {
        let diagnostic = if self.document.has_references() {
            conceal::variables(diagnostic, self.node, self.document.surroundings())
        } else {
            diagnostic
        };
        let diagnostic = if diagnostic.primary().is_none() && self.shape != Shape::File {
            let (place, label) = self.place();
            diagnostic.at(place, label)
        } else {
            diagnostic
        };
        diagnostic.in_file(self.document.source())
    }

    /// The table in a sentence: "the filter `grok`", "this test", "`[pipeline]`".
    pub(crate) fn subject(&self) -> String {
        match (&self.type_name, self.shape) {
            (Some(name), _) => format!("the {} `{}`", self.kind, **name),
            (None, Shape::File) => "a pipeline file".to_owned(),
            (None, Shape::Single) => format!("`[{}]`", self.kind),
            (None, Shape::OneOfSeveral) => format!("this {}", self.kind),
        }
    }

    /// Where to point at for the table as a whole, and with which words.
    pub(crate) fn place(&self) -> (Option<Span>, String) {
        match (&self.type_name, self.shape) {
            (_, Shape::File) => (None, String::new()),
            (Some(name), _) => (name.span(), format!("this {}", self.kind)),
            (None, Shape::Single) => (Some(self.span()), "this table".to_owned()),
            (None, Shape::OneOfSeveral) => (Some(self.span()), format!("this {}", self.kind)),
        }
    }

    /// Settings that the loader read; every component of the kind has them.
    pub(crate) fn offered(&self) -> impl Iterator<Item = &str> {
        self.offered.iter().map(String::as_str).filter(|key| *key != "type")
    }

    pub(crate) fn document(&self) -> &'a Document {
        self.document
    }

    pub(crate) fn id(&self) -> NodeId {
        self.node.id
    }

    pub(crate) fn session(&self) -> Session<'_> {
        let surroundings = self.document.surroundings();
        Session { surroundings, taken: &self.taken, left_out: BTreeSet::new() }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.node.entry(key).is_some()
    }

    pub(crate) fn rest(&self) -> impl Iterator<Item = &'a Entry> + use<'_, 'a> {
        self.node.entries().iter().filter(|entry| !self.taken.contains(&entry.node.id))
    }

    fn take_entry(&mut self, key: &str) -> Option<&'a Entry> {
        if !self.offered.iter().any(|offered| offered == key) {
            self.offered.push(key.to_owned());
        }
        let node: &'a Node = self.node;
        let entry = node.entry(key)?;
        self.taken.insert(entry.node.id);
        Some(entry)
    }

    fn kind_below(&self, key: &str) -> Cow<'a, str> {
        if self.shape == Shape::File { Cow::Owned(key.to_owned()) } else { self.kind.clone() }
    }

    /// The name of a nested table as its header has it: `filter.then`.
    fn header_of(&self, entry: &Entry) -> String {
        if self.shape == Shape::File {
            entry.key.clone()
        } else {
            format!("{}.{}", self.kind, entry.key)
        }
    }

    fn not_tables(&self, entry: &Entry, node: &Node) -> Diagnostics {
        let name = self.header_of(entry);
        let diagnostic = Diagnostic::error(format!("`{}` is {} here", entry.key, node.kind()))
            .at(node.span, "expected a table")
            .help(format!("begin the table with a line `[[{name}]]`"));
        self.error(diagnostic)
    }

    fn error(&self, diagnostic: Diagnostic) -> Diagnostics {
        self.locate(diagnostic).into()
    }

    fn collect<T>(
        &self,
        attempt: impl Fn(&Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Diagnostics> {
        collect::collect(self, attempt, Vec::new)
    }
}

#[cfg(test)]
mod tests;
