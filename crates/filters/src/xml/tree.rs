//! A document as a tree.

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::found::FIELDS_MAX;

/// How deep elements may be nested.
const DEPTH_MAX: usize = 64;

/// The place of the document itself, whose child is the root element.
pub(super) const DOCUMENT: usize = 0;

/// What is wrong with a document, and where.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) what: &'static str,
    pub(super) at: u64,
}

/// A document's nodes; the first is the document itself.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    parent: usize,
    children: Vec<usize>,
}

#[derive(Debug)]
enum Kind {
    Element { name: String, attributes: Vec<(String, String)> },
    Text(String),
}

impl Tree {
    /// Reads a document. One that is not well-formed is mended unless `is_strict`.
    pub(super) fn read(
        text: &str,
        is_strict: bool,
        removes_namespaces: bool,
    ) -> Result<Self, Malformed> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let kind = Kind::Element { name: String::new(), attributes: Vec::new() };
        let document = Node { kind, parent: DOCUMENT, children: Vec::new() };
        let mut builder = Builder {
            tree: Self { nodes: vec![document] },
            open: vec![DOCUMENT],
            elements: 0,
            is_strict,
            removes_namespaces,
        };
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = !is_strict;
        loop {
            let at = reader.buffer_position();
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(event) => builder.take(&event).map_err(|what| Malformed { what, at })?,
                Err(_) if !is_strict && builder.tree.root().is_some() => break,
                Err(wrong) => return Err(Malformed { what: in_words(&wrong), at }),
            }
        }
        let at = text.len() as u64;
        if builder.open.len() > 1 && is_strict {
            return Err(Malformed { what: "an element does not end", at });
        }
        match builder.tree.root() {
            Some(_) => Ok(builder.tree),
            None => Err(Malformed { what: "there is no element", at }),
        }
    }

    /// The root element.
    pub(super) fn root(&self) -> Option<usize> {
        self.children(DOCUMENT).iter().copied().find(|it| self.name(*it).is_some())
    }

    pub(super) fn children(&self, node: usize) -> &[usize] {
        &self.nodes[node].children
    }

    pub(super) fn parent(&self, node: usize) -> usize {
        self.nodes[node].parent
    }

    /// An element's name with its prefix; nothing for texts.
    pub(super) fn name(&self, node: usize) -> Option<&str> {
        match &self.nodes[node].kind {
            Kind::Element { name, .. } => Some(name),
            Kind::Text(_) => None,
        }
    }

    /// The text of a text.
    pub(super) fn text(&self, node: usize) -> Option<&str> {
        match &self.nodes[node].kind {
            Kind::Text(text) => Some(text),
            Kind::Element { .. } => None,
        }
    }

    /// An element's attributes in order.
    pub(super) fn attributes(&self, node: usize) -> impl Iterator<Item = (&str, &str)> {
        let attributes = match &self.nodes[node].kind {
            Kind::Element { attributes, .. } => &**attributes,
            Kind::Text(_) => &[],
        };
        attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The namespace that a prefix stands for in an element.
    pub(super) fn namespace(&self, mut node: usize, prefix: &str) -> Option<&str> {
        while node != DOCUMENT {
            for (name, value) in self.attributes(node) {
                if name.strip_prefix("xmlns:") == Some(prefix)
                    || (prefix.is_empty() && name == "xmlns")
                {
                    return Some(value);
                }
            }
            node = self.parent(node);
        }
        None
    }

    /// The texts directly in an element, one after the other.
    pub(super) fn own_text(&self, node: usize) -> String {
        self.children(node).iter().filter_map(|it| self.text(*it)).collect()
    }

    /// All texts in a node, at any depth.
    pub(super) fn all_text(&self, node: usize, out: &mut String) {
        match self.text(node) {
            Some(text) => out.push_str(text),
            None => self.children(node).iter().for_each(|it| self.all_text(*it, out)),
        }
    }

    /// Appends a node as XML.
    pub(super) fn write(&self, node: usize, out: &mut Vec<u8>) {
        let Some(name) = self.name(node) else {
            return escape(self.text(node).unwrap_or_default(), false, out);
        };
        out.push(b'<');
        out.extend_from_slice(name.as_bytes());
        for (name, value) in self.attributes(node) {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"=\"");
            escape(value, true, out);
            out.push(b'"');
        }
        if self.children(node).is_empty() {
            return out.extend_from_slice(b"/>");
        }
        out.push(b'>');
        for child in self.children(node) {
            self.write(*child, out);
        }
        out.extend_from_slice(b"</");
        out.extend_from_slice(name.as_bytes());
        out.push(b'>');
    }
}

fn escape(text: &str, has_quotes: bool, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' if has_quotes => out.extend_from_slice(b"&quot;"),
            byte => out.push(byte),
        }
    }
}

/// Builds a tree out of what the reader finds.
struct Builder {
    tree: Tree,
    /// The elements that have not ended, from the document on.
    open: Vec<usize>,
    elements: usize,
    is_strict: bool,
    removes_namespaces: bool,
}

impl Builder {
    fn take(&mut self, event: &Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(start) => self.start(start),
            Event::Empty(start) => {
                self.start(start)?;
                self.open.pop();
                Ok(())
            }
            Event::End(end) => self.end(end.name().0),
            Event::Text(it) => self.text(&it.xml10_content()),
            Event::CData(it) => self.text(&it.xml10_content()),
            Event::GeneralRef(reference) => self.reference(reference),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {
                Ok(())
            }
        }
    }

    fn top(&self) -> usize {
        *self.open.last().expect("the document itself never ends")
    }

    fn add(&mut self, kind: Kind) -> usize {
        let (node, parent) = (self.tree.nodes.len(), self.top());
        self.tree.nodes.push(Node { kind, parent, children: Vec::new() });
        self.tree.nodes[parent].children.push(node);
        node
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), &'static str> {
        self.elements += 1;
        if self.elements > FIELDS_MAX {
            return Err("there are more than 10000 elements or attributes");
        }
        if self.open.len() > DEPTH_MAX {
            return Err("elements are nested more than 64 deep");
        }
        if self.open.len() == 1 && self.tree.root().is_some() && self.is_strict {
            return Err("there is a second root element");
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes().with_checks(false) {
            self.elements += 1;
            let attribute = match attribute {
                Ok(attribute) if self.elements <= FIELDS_MAX => attribute,
                Ok(_) => return Err("there are more than 10000 elements or attributes"),
                Err(_) if self.is_strict => return Err("an attribute is not well-formed"),
                Err(_) => continue,
            };
            let name = attribute.key.0;
            if self.removes_namespaces && (name == "xmlns" || name.starts_with("xmlns:")) {
                continue;
            }
            let value = match unescape(&attribute.value) {
                Ok(value) => value.into_owned(),
                Err(_) if self.is_strict => return Err("an attribute has an unknown entity"),
                Err(_) => attribute.value.into_owned(),
            };
            attributes.push((self.plain(name).to_owned(), value));
        }
        let name = self.plain(start.name().0).to_owned();
        if name.is_empty() {
            return Err("an element has no name");
        }
        let node = self.add(Kind::Element { name, attributes });
        self.open.push(node);
        Ok(())
    }

    /// A name without its prefix, if prefixes are left away.
    fn plain<'n>(&self, name: &'n str) -> &'n str {
        match name.rsplit_once(':') {
            Some((_, local)) if self.removes_namespaces => local,
            _ => name,
        }
    }

    fn end(&mut self, name: &str) -> Result<(), &'static str> {
        let name = self.plain(name);
        let place = self.open.iter().rposition(|it| self.tree.name(*it) == Some(name));
        match place {
            Some(place) if place + 1 == self.open.len() && place > 0 => drop(self.open.pop()),
            _ if self.is_strict => return Err("an element ends that was not the last to begin"),
            Some(place) if place > 0 => self.open.truncate(place),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        if self.open.len() == 1 {
            // Outside of the root there are only blanks.
            let is_fine = text.trim_ascii().is_empty() || !self.is_strict;
            return if is_fine { Ok(()) } else { Err("there is text outside of the root element") };
        }
        let last = self.tree.children(self.top()).last().copied();
        if let Some(last) = last
            && let Kind::Text(before) = &mut self.tree.nodes[last].kind
        {
            before.push_str(text);
        } else if !text.is_empty() {
            self.add(Kind::Text(text.to_owned()));
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), &'static str> {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        let name = reference.xml10_content();
        match resolve_predefined_entity(&name) {
            Some(text) => self.text(text),
            None if self.is_strict => Err("there is an unknown entity"),
            None => self.text(&format!("&{name};")),
        }
    }
}

fn in_words(wrong: &quick_xml::Error) -> &'static str {
    use quick_xml::errors::SyntaxError;
    match wrong {
        quick_xml::Error::Syntax(SyntaxError::UnclosedTag) => "a tag does not end",
        quick_xml::Error::Syntax(SyntaxError::UnclosedComment) => "a comment does not end",
        quick_xml::Error::Syntax(SyntaxError::UnclosedCData) => "a CDATA section does not end",
        quick_xml::Error::Syntax(_) => "the markup does not end",
        _ => "the markup is not well-formed",
    }
}
