//! Values of events and values of programs, both ways.

use std::cell::RefCell;

use ::vrl::value::{ObjectMap, Value as Remapped};
use chrono::DateTime;
use weir_event::{Arena, EventMut, EventRef, Field, Key, Timestamp, Value, ValueRef};

use super::plan::{TIME, Touched};
use crate::date::iso;
use crate::subtree::{below, name_of, own_facts};

/// Objects inside of objects that become fields with long names; what lies deeper stays an object.
/// Elasticsearch takes 20 levels, and the JSON reader 128.
const DEPTH_MAX: usize = 128;

/// The fields of an event that a program touches, as the object that it sees.
pub(super) fn seen(event: EventRef<'_>, touched: &Touched) -> ObjectMap {
    let mut object = ObjectMap::new();
    for field in event.fields() {
        let name = name_of(field.key);
        if !touched.reads(name) {
            continue;
        }
        match (field.key, &field.value) {
            (Key::OTHER, Value::Map(entries)) => {
                for (name, value) in entries {
                    let name = String::from_utf8_lossy(event.arena().get(*name));
                    object.insert(name.as_ref().into(), remapped(value, event.arena()));
                }
            }
            (_, value) => put(&mut object, name, remapped(value, event.arena())),
        }
    }
    for (key, text) in event.delivered_facts() {
        if touched.reads(name_of(key)) {
            put(&mut object, name_of(key), text.into());
        }
    }
    for name in [TIME, name_of(Key::TIME)] {
        if touched.reads_time(name) && !object.contains_key(name) {
            object.insert(name.into(), instant(event.time()));
        }
    }
    object
}

/// Puts a value in its place by a name with dots. An object is worth more than a value of its name.
fn put(mut object: &mut ObjectMap, name: &str, value: Remapped) {
    let mut rest = name;
    while let Some((first, behind)) = rest.split_once('.') {
        let inner = object.entry(first.into()).or_insert(Remapped::Null);
        if !inner.is_object() {
            *inner = ObjectMap::new().into();
        }
        let Some(inner) = inner.as_object_mut() else { return };
        (object, rest) = (inner, behind);
    }
    if !object.get(rest).is_some_and(Remapped::is_object) {
        object.insert(rest.into(), value);
    }
}

/// A value as a program sees it.
fn remapped(value: &Value, arena: &Arena) -> Remapped {
    match ValueRef::new(value, arena) {
        ValueRef::Null => Remapped::Null,
        ValueRef::Bool(it) => it.into(),
        ValueRef::Int(it) => it.into(),
        ValueRef::Float(it) => Remapped::from_f64_or_zero(it),
        ValueRef::Number(text) => {
            let number = std::str::from_utf8(text).ok().and_then(|it| it.parse().ok());
            number.map_or_else(|| text.into(), Remapped::from_f64_or_zero)
        }
        ValueRef::Text(text) => text.into(),
        ValueRef::Time(time) => instant(time),
        ValueRef::List(items, arena) => {
            Remapped::Array(items.iter().map(|it| remapped(it, arena)).collect())
        }
        ValueRef::Map(entries, arena) => {
            let entries = entries.iter().map(|(name, it)| {
                let name = String::from_utf8_lossy(arena.get(*name));
                (name.as_ref().into(), remapped(it, arena))
            });
            Remapped::Object(entries.collect())
        }
    }
}

/// An instant as a program sees it; null for one before or behind all calendars.
fn instant(time: Timestamp) -> Remapped {
    DateTime::from_timestamp(time.seconds(), time.nanos()).map_or(Remapped::Null, Remapped::from)
}

/// A value as an event holds it; its text goes into the arena.
fn held(value: &Remapped, arena: &mut Arena) -> Value {
    match value {
        Remapped::Null => Value::Null,
        Remapped::Boolean(it) => Value::Bool(*it),
        Remapped::Integer(it) => Value::Int(*it),
        Remapped::Float(it) => Value::Float(it.into_inner()),
        Remapped::Bytes(text) => Value::Text(arena.append(text)),
        Remapped::String(text) => Value::Text(arena.append(text.as_bytes())),
        Remapped::Regex(pattern) => Value::Text(arena.append(pattern.as_str().as_bytes())),
        Remapped::Timestamp(time) => {
            Value::Time(Timestamp::new(time.timestamp(), time.timestamp_subsec_nanos()))
        }
        Remapped::Array(items) => Value::List(items.iter().map(|it| held(it, arena)).collect()),
        Remapped::Object(members) => {
            let members = members.iter();
            let members =
                members.map(|(name, it)| (arena.append(name.as_bytes()), held(it, arena)));
            Value::Map(members.collect())
        }
    }
}

thread_local! {
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes an event of what a program made of `.`: an object's members become its fields, anything
/// else its `message`.
pub(super) fn replace(event: &mut EventMut<'_>, value: &Remapped) {
    event.clear();
    NAME.with_borrow_mut(|name| {
        name.clear();
        let mut pour = Pour { event, name, are_new: true };
        match value {
            Remapped::Object(members) => pour.members(members, 0),
            value => {
                pour.name.push_str(name_of(Key::MESSAGE));
                pour.value(value);
            }
        }
    });
}

/// Writes what a program made of a name on the top level; nothing if it took it out.
pub(super) fn write(event: &mut EventMut<'_>, top: &str, value: Option<&Remapped>) {
    let Some(key) = Key::found(top) else {
        let Some(value) = value else { return };
        return NAME.with_borrow_mut(|name| {
            top.clone_into(name);
            Pour { event, name, are_new: false }.value(value);
        });
    };
    own_facts(event, key);
    event.retain(|field| below(name_of(field.key), top).is_none());
    let keeps_place = value.is_some_and(|it| it.as_object().is_none_or(ObjectMap::is_empty));
    let is_time = top == TIME && matches!(value, Some(Remapped::Timestamp(_)));
    if !keeps_place || is_time {
        event.remove(key);
    }
    let Some(value) = value else { return };
    NAME.with_borrow_mut(|name| {
        top.clone_into(name);
        let mut pour = Pour { event, name, are_new: !keeps_place };
        match value {
            Remapped::Object(members) if !members.is_empty() => pour.members(members, 1),
            value => pour.value(value),
        }
    });
}

/// Turns objects into fields with dotted names.
struct Pour<'a, 'b> {
    event: &'a mut EventMut<'b>,
    name: &'a mut String,
    /// Whether no name can be there already, so that nobody has to look.
    are_new: bool,
}

impl Pour<'_, '_> {
    fn members(&mut self, members: &ObjectMap, depth: usize) {
        for (member, value) in members {
            let len = self.name.len();
            if len > 0 {
                self.name.push('.');
            }
            self.push_part(member);
            match value {
                Remapped::Object(inner) if !inner.is_empty() && depth < DEPTH_MAX => {
                    self.members(inner, depth + 1);
                }
                value => self.value(value),
            }
            self.name.truncate(len);
        }
    }

    /// A name without an empty part, for which servers refuse whole documents.
    fn push_part(&mut self, member: &str) {
        if !member.is_empty() && !member.contains('.') {
            return self.name.push_str(member);
        }
        // A name with a dot may be that of an object's member.
        self.are_new = false;
        for (i, part) in member.split('.').enumerate() {
            if i > 0 {
                self.name.push('.');
            }
            self.name.push_str(if part.is_empty() { "_" } else { part });
        }
    }

    fn value(&mut self, value: &Remapped) {
        let value = held(value, self.event.arena());
        let Some(key) = Key::found(self.name) else { return self.keep_aside(value) };
        match value {
            Value::Time(time) if key == Key::TIME || self.name == TIME => self.event.set_time(time),
            Value::Text(text) if key == Key::TIME => match iso::instant(self.event.text_of(text)) {
                Some(time) => self.event.set_time(time),
                None => self.event.set(Key::named("_@timestamp"), value),
            },
            value if key == Key::TIME => self.event.set(Key::named("_@timestamp"), value),
            value if self.are_new => self.event.push(Field { key, value }),
            value => self.event.set(key, value),
        }
    }

    /// The table of names is full: the field travels under its own name beside the others.
    #[cold]
    fn keep_aside(&mut self, value: Value) {
        let mut entries = match self.event.remove(Key::OTHER) {
            Some(Value::Map(entries)) => entries.into_vec(),
            _ => Vec::new(),
        };
        let name = self.event.arena().append(self.name.as_bytes());
        entries.push((name, value));
        self.event.set(Key::OTHER, Value::Map(entries.into_boxed_slice()));
    }
}
