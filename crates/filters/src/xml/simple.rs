//! Documents as objects, in the way of Ruby's library `xml-simple`, which Logstash uses.

use std::collections::HashMap;

use weir_event::{Key, Value};

use super::tree::Tree;
use crate::found::{Harvest, Name};

/// The member that holds an element's text beside others.
const CONTENT: &str = "content";

/// How documents become objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Simplifier {
    pub(super) force_array: bool,
    pub(super) force_content: bool,
    pub(super) suppress_empty: bool,
}

/// What an element comes to.
enum Simple {
    Text(String),
    Members(Vec<Member>),
}

/// Members of one name.
struct Member {
    name: String,
    values: Vec<Simple>,
    /// Whether it is a list even with one value.
    is_list: bool,
}

/// Members by name, in order.
#[derive(Default)]
struct Members {
    list: Vec<Member>,
    places: HashMap<String, usize>,
}

impl Members {
    fn add(&mut self, name: &str, value: Simple, is_list: bool) {
        let list = &mut self.list;
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            list.push(Member { name: name.to_owned(), values: Vec::new(), is_list });
            list.len() - 1
        });
        self.list[place].is_list |= is_list;
        self.list[place].values.push(value);
    }
}

impl Simplifier {
    /// Puts the document below `target`.
    pub(super) fn put(self, tree: &Tree, target: Key, harvest: &mut Harvest) {
        let Some(root) = tree.root() else { return };
        match self.simplify(tree, root) {
            Simple::Text(text) => {
                let place = harvest.place(Name::Field(target));
                let text = harvest.keep(text.as_bytes());
                harvest.replace(place, b"", Value::Text(text));
            }
            Simple::Members(members) => put(members, target, harvest),
        }
    }

    fn simplify(self, tree: &Tree, element: usize) -> Simple {
        let mut members = Members::default();
        for (name, value) in tree.attributes(element) {
            members.add(name, Simple::Text(value.to_owned()), false);
        }
        let mut has_elements = false;
        for child in tree.children(element) {
            let Some(name) = tree.name(*child) else { continue };
            has_elements = true;
            let value = self.simplify(tree, *child);
            let is_empty = matches!(&value, Simple::Members(members) if members.is_empty());
            if !(is_empty && self.suppress_empty) {
                members.add(name, value, self.force_array);
            }
        }
        let text = tree.own_text(element);
        if text.trim_ascii().is_empty() {
            return Simple::Members(members.list);
        }
        if members.list.is_empty() && !has_elements && !self.force_content {
            return Simple::Text(text);
        }
        members.add(CONTENT, Simple::Text(text), false);
        Simple::Members(members.list)
    }
}

fn put(members: Vec<Member>, above: Key, harvest: &mut Harvest) {
    if members.is_empty() {
        let place = harvest.place(Name::Field(above));
        harvest.replace(place, b"", Value::Map(Box::default()));
    }
    for Member { name, mut values, is_list } in members {
        let field = Name::of(Some(above), &name);
        if let (false, [Simple::Members(_)], Name::Field(key)) = (is_list, &*values, field)
            && let Some(Simple::Members(inner)) = values.pop()
        {
            put(inner, key, harvest);
            continue;
        }
        let place = harvest.place(field);
        let value = list_or_single(values, is_list, harvest);
        harvest.replace(place, name.as_bytes(), value);
    }
}

fn list_or_single(values: Vec<Simple>, is_list: bool, harvest: &mut Harvest) -> Value {
    let mut values: Vec<Value> = values.into_iter().map(|it| it.value(harvest)).collect();
    if values.len() == 1 && !is_list {
        return values.remove(0);
    }
    Value::List(values.into_boxed_slice())
}

impl Simple {
    fn value(self, harvest: &mut Harvest) -> Value {
        match self {
            Self::Text(text) => Value::Text(harvest.keep(text.as_bytes())),
            Self::Members(members) => {
                let entries = members.into_iter().map(|member| {
                    let name = harvest.keep(member.name.as_bytes());
                    (name, list_or_single(member.values, member.is_list, harvest))
                });
                Value::Map(entries.collect())
            }
        }
    }
}
