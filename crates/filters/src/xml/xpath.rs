//! Paths to parts of a document: a small part of XPath 1.0, which the manual page lists.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_config::Complaint;

use super::tree::{DOCUMENT, Tree};

/// Prefixes and the namespaces that they stand for.
pub(super) type Namespaces = BTreeMap<String, String>;

/// Most steps of a path; documents are not deeper.
const STEPS_MAX: usize = 64;

/// A path, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct XPath {
    function: Option<Function>,
    steps: Vec<Step>,
}

/// What is made of everything that a path finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    /// How many there are.
    Count,
    /// The name of the first.
    Name,
    /// The same without its prefix.
    LocalName,
    /// All text in the first.
    String,
}

const FUNCTIONS: [(&str, Function); 4] = [
    ("count(", Function::Count),
    ("name(", Function::Name),
    ("local-name(", Function::LocalName),
    ("string(", Function::String),
];

#[derive(Clone, Debug)]
struct Step {
    /// Whether it looks at any depth.
    is_deep: bool,
    test: Test,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// An element; `*` is any.
    Element(String),
    /// An attribute; `*` is any.
    Attribute(String),
    Text,
    Own,
    Parent,
}

#[derive(Clone, Debug)]
enum Condition {
    /// From 1; nothing is the last.
    Place(Option<usize>),
    /// It has such a part, with this text if one is given.
    Has(Test, Option<String>),
}

/// What a path finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Node(usize),
    /// The attribute of an element, by its number.
    Attribute(usize, usize),
}

impl XPath {
    /// Calls `give` for everything found, in the order of the document; it gets what writes the text.
    /// Nothing when `give` says that it is too much.
    pub(super) fn find(
        &self,
        tree: &Tree,
        namespaces: &Namespaces,
        mut give: impl FnMut(&mut dyn FnMut(&mut Vec<u8>)) -> Option<()>,
    ) -> Option<()> {
        let mut found = BTreeSet::from([Found::Node(DOCUMENT)]);
        for step in &self.steps {
            found = step.take(tree, namespaces, &found);
        }
        if let Some(function) = self.function {
            let text = function.call(tree, &found);
            return give(&mut |out| out.extend_from_slice(text.as_bytes()));
        }
        for it in found {
            give(&mut |out| match it {
                Found::Node(node) => match tree.text(node) {
                    Some(text) => out.extend_from_slice(text.as_bytes()),
                    None => tree.write(node, out),
                },
                Found::Attribute(node, number) => {
                    let value = tree.attributes(node).nth(number).map(|(_, value)| value);
                    out.extend_from_slice(value.unwrap_or_default().as_bytes());
                }
            })?;
        }
        Some(())
    }
}

impl Function {
    fn call(self, tree: &Tree, found: &BTreeSet<Found>) -> String {
        let first = found.first().copied();
        let name = || match first {
            Some(Found::Node(node)) => tree.name(node).unwrap_or_default(),
            Some(Found::Attribute(node, number)) => {
                tree.attributes(node).nth(number).map_or("", |(name, _)| name)
            }
            None => "",
        };
        match self {
            Self::Count => found.len().to_string(),
            Self::Name => name().to_owned(),
            Self::LocalName => name().rsplit(':').next().unwrap_or_default().to_owned(),
            Self::String => first.map_or_else(String::new, |it| text_of(tree, it).into_owned()),
        }
    }
}

impl Step {
    fn take(
        &self,
        tree: &Tree,
        namespaces: &Namespaces,
        from: &BTreeSet<Found>,
    ) -> BTreeSet<Found> {
        let mut nodes: BTreeSet<usize> = from
            .iter()
            .filter_map(|it| match it {
                Found::Node(node) => Some(*node),
                Found::Attribute(..) => None,
            })
            .collect();
        if self.is_deep {
            let tops: Vec<usize> = nodes.iter().copied().collect();
            for top in tops {
                add_below(tree, top, &mut nodes);
            }
        }
        let mut found = BTreeSet::new();
        for node in nodes {
            let mut here = self.test.find(tree, namespaces, node);
            for condition in &self.conditions {
                condition.choose(tree, namespaces, &mut here);
            }
            found.extend(here);
        }
        found
    }
}

/// Adds all elements below `top`. The nodes below one are numbered after it without a gap.
fn add_below(tree: &Tree, top: usize, out: &mut BTreeSet<usize>) {
    for child in tree.children(top) {
        if tree.name(*child).is_some() && out.insert(*child) {
            add_below(tree, *child, out);
        }
    }
}

impl Test {
    /// What fits in a node.
    fn find(&self, tree: &Tree, namespaces: &Namespaces, node: usize) -> Vec<Found> {
        match self {
            Self::Own => vec![Found::Node(node)],
            Self::Parent => vec![Found::Node(tree.parent(node))],
            Self::Attribute(name) => {
                let attributes = tree.attributes(node).enumerate();
                let fits = attributes.filter(|(_, (it, _))| name == "*" || it == name);
                fits.map(|(number, _)| Found::Attribute(node, number)).collect()
            }
            Self::Text | Self::Element(_) => {
                let children = tree.children(node).iter().copied();
                children.filter(|it| self.fits(tree, namespaces, *it)).map(Found::Node).collect()
            }
        }
    }

    fn fits(&self, tree: &Tree, namespaces: &Namespaces, node: usize) -> bool {
        let (wanted, name) = match (self, tree.name(node)) {
            (Self::Text, None) => return true,
            (Self::Element(wanted), Some(name)) => (wanted.as_str(), name),
            _ => return false,
        };
        let (prefix, local) = wanted.split_once(':').unwrap_or(("", wanted));
        let (given, given_local) = name.split_once(':').unwrap_or(("", name));
        let is_local = local == "*" || local == given_local;
        match namespaces.get(prefix) {
            Some(namespace) if !prefix.is_empty() => {
                is_local && tree.namespace(node, given) == Some(namespace)
            }
            _ => is_local && (prefix == given || wanted == "*"),
        }
    }
}

impl Condition {
    fn choose(&self, tree: &Tree, namespaces: &Namespaces, found: &mut Vec<Found>) {
        match self {
            Self::Place(place) => {
                let at = place.map_or(found.len().checked_sub(1), |place| place.checked_sub(1));
                let chosen = at.and_then(|at| found.get(at).copied());
                *found = chosen.into_iter().collect();
            }
            Self::Has(test, wanted) => found.retain(|it| {
                let Found::Node(node) = it else { return false };
                test.find(tree, namespaces, *node)
                    .into_iter()
                    .any(|part| wanted.as_ref().is_none_or(|wanted| text_of(tree, part) == *wanted))
            }),
        }
    }
}

fn text_of(tree: &Tree, found: Found) -> Cow<'_, str> {
    match found {
        Found::Attribute(node, number) => {
            let value = tree.attributes(node).nth(number).map(|(_, value)| value);
            Cow::Borrowed(value.unwrap_or_default())
        }
        Found::Node(node) => {
            let mut text = String::new();
            tree.all_text(node, &mut text);
            Cow::Owned(text)
        }
    }
}

impl TryFrom<String> for XPath {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let mut reader = Reader { text: &text, at: 0 };
        let mut steps = Vec::new();
        let called = FUNCTIONS.into_iter().find(|(word, _)| reader.accept(word));
        let function = called.map(|(_, function)| function);
        while reader.at < text.len() {
            if function.is_some() && reader.rest() == ")" {
                break;
            }
            let is_deep = reader.accept("//");
            if !is_deep && !reader.accept("/") && !steps.is_empty() {
                return Err(reader.complaint("expected `/` between two steps"));
            }
            steps.push(reader.step(is_deep)?);
        }
        if steps.is_empty() || steps.len() > STEPS_MAX {
            return Err(Complaint::new("a path has 1 to 64 steps")
                .help("write it like `/order/item/@name`"));
        }
        if function.is_some() && !reader.accept(")") {
            return Err(reader.complaint("expected `)` behind the path"));
        }
        Ok(Self { function, steps })
    }
}

/// Reads the text of a path.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn accept(&mut self, word: &str) -> bool {
        let is_there = self.rest().starts_with(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn complaint(&self, title: &str) -> Complaint {
        let end = self.rest().chars().next().map_or(self.at, |it| self.at + it.len_utf8());
        Complaint::new(title)
            .part(self.at..end)
            .help("`weir help xml` lists what a path may hold, such as `/order/item[2]/@name`")
    }

    fn step(&mut self, is_deep: bool) -> Result<Step, Complaint> {
        let test = self.test()?;
        let mut conditions = Vec::new();
        while self.accept("[") {
            self.skip_blanks();
            conditions.push(self.condition()?);
            self.skip_blanks();
            if !self.accept("]") {
                return Err(self.complaint("expected `]` behind a condition"));
            }
        }
        Ok(Step { is_deep, test, conditions })
    }

    fn test(&mut self) -> Result<Test, Complaint> {
        if self.accept("text()") {
            return Ok(Test::Text);
        }
        if self.accept("..") {
            return Ok(Test::Parent);
        }
        if self.accept(".") {
            return Ok(Test::Own);
        }
        if self.accept("@") {
            return Ok(Test::Attribute(self.name()?));
        }
        Ok(Test::Element(self.name()?))
    }

    fn name(&mut self) -> Result<String, Complaint> {
        let is_name = |it: char| it.is_alphanumeric() || "_-.:*".contains(it);
        let len = self.rest().find(|it| !is_name(it)).unwrap_or(self.rest().len());
        let name = &self.rest()[..len];
        let has_star = name.contains('*') && name != "*" && !name.ends_with(":*");
        if name.is_empty() || has_star || name.starts_with(['-', '.', ':']) {
            return Err(self.complaint("expected the name of an element or attribute"));
        }
        self.at += len;
        if self.rest().starts_with('(') {
            return Err(self.complaint("this function is not known here"));
        }
        Ok(name.to_owned())
    }

    fn condition(&mut self) -> Result<Condition, Complaint> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let number = self.rest()[..digits].parse().ok().filter(|number| *number > 0);
            let number = number.ok_or_else(|| self.complaint("places are counted from 1"))?;
            self.at += digits;
            return Ok(Condition::Place(Some(number)));
        }
        if self.accept("last()") {
            return Ok(Condition::Place(None));
        }
        let test = self.test()?;
        self.skip_blanks();
        if !self.accept("=") {
            return Ok(Condition::Has(test, None));
        }
        self.skip_blanks();
        let quote = self.rest().chars().next().filter(|it| *it == '\'' || *it == '"');
        let value = quote.and_then(|quote| self.rest()[1..].split_once(quote));
        let Some((value, _)) = value else {
            return Err(self.complaint("expected a text in quotes"));
        };
        self.at += value.len() + 2;
        Ok(Condition::Has(test, Some(value.to_owned())))
    }
}

impl JsonSchema for XPath {
    fn schema_name() -> Cow<'static, str> {
        "XPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "path", "examples": ["/order/item/@name"] })
    }
}
