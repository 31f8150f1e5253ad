//! What a program works on: the parts of an event that it touches, and a map for what starts
//! with `%`.

use std::borrow::Cow;

use ::vrl::compiler::{SecretTarget, Target};
use ::vrl::path::{OwnedSegment, OwnedTargetPath, PathPrefix};
use ::vrl::value::{KeyString, ObjectMap, Value};

use super::plan::split;

/// The parts of an event, and which of them were changed.
#[derive(Debug)]
pub(super) struct View {
    pub(super) root: Value,
    metadata: Value,
    /// `.` itself was given another value.
    pub(super) is_replaced: bool,
    /// Names on the top level below which something was changed.
    pub(super) changed: Vec<KeyString>,
}

impl View {
    pub(super) fn of(seen: ObjectMap) -> Self {
        Self {
            root: Value::Object(seen),
            metadata: Value::Object(ObjectMap::new()),
            is_replaced: false,
            changed: Vec::new(),
        }
    }

    fn side(&self, path: &OwnedTargetPath) -> &Value {
        match path.prefix {
            PathPrefix::Event => &self.root,
            PathPrefix::Metadata => &self.metadata,
        }
    }

    fn side_mut(&mut self, path: &OwnedTargetPath) -> &mut Value {
        match path.prefix {
            PathPrefix::Event => &mut self.root,
            PathPrefix::Metadata => &mut self.metadata,
        }
    }

    /// The path by which something is found: as it is written, else taken apart at its dots.
    fn known<'a>(&self, path: &'a OwnedTargetPath) -> Cow<'a, OwnedTargetPath> {
        match split(path) {
            Cow::Owned(_) if self.side(path).contains(&path.path) => Cow::Borrowed(path),
            path => path,
        }
    }

    fn mark(&mut self, path: &OwnedTargetPath) {
        match (path.prefix, path.path.segments.first()) {
            (PathPrefix::Metadata, _) => {}
            (PathPrefix::Event, Some(OwnedSegment::Field(name))) => {
                if !self.changed.contains(name) {
                    self.changed.push(name.clone());
                }
            }
            (PathPrefix::Event, _) => self.is_replaced = true,
        }
    }
}

impl Target for View {
    fn target_insert(&mut self, path: &OwnedTargetPath, value: Value) -> Result<(), String> {
        let path = self.known(path);
        self.mark(&path);
        self.side_mut(&path).insert(&path.path, value);
        Ok(())
    }

    fn target_get(&self, path: &OwnedTargetPath) -> Result<Option<&Value>, String> {
        let path = self.known(path);
        Ok(self.side(&path).get(&path.path))
    }

    fn target_get_mut(&mut self, path: &OwnedTargetPath) -> Result<Option<&mut Value>, String> {
        let path = self.known(path);
        self.mark(&path);
        Ok(self.side_mut(&path).get_mut(&path.path))
    }

    fn target_remove(
        &mut self,
        path: &OwnedTargetPath,
        compact: bool,
    ) -> Result<Option<Value>, String> {
        let path = self.known(path);
        self.mark(&path);
        Ok(self.side_mut(&path).remove(&path.path, compact))
    }
}

/// Nobody gives an event secrets here; the functions for them are Vector's own.
impl SecretTarget for View {
    fn get_secret(&self, _key: &str) -> Option<&str> {
        None
    }

    fn insert_secret(&mut self, _key: &str, _value: &str) {}

    fn remove_secret(&mut self, _key: &str) {}
}
