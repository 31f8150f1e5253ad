//! Which names count, and what they are called.

use std::borrow::Cow;

use weir_component::template::Template;
use weir_event::EventRef;

use super::KvReader;
use crate::found::Name;

/// Which names count and what stands before them.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) prefix: Option<Template>,
    pub(super) include: Vec<Template>,
    pub(super) exclude: Vec<Template>,
}

impl Choice {
    fn templates(&self) -> impl Iterator<Item = &Template> {
        self.prefix.iter().chain(&self.include).chain(&self.exclude)
    }

    /// Whether it is the same for all events.
    pub(super) fn is_constant(&self) -> bool {
        self.templates().all(Template::is_constant)
    }

    /// Writes what it is for this event, so that two events with the same are told to be so.
    pub(super) fn write(&self, event: EventRef<'_>, out: &mut Vec<u8>) {
        for template in self.templates() {
            let start = out.len();
            // Without its field a template names nothing.
            let _: Result<_, _> = template.render(event, out);
            // A zero ends a text, so there is none in it.
            out[start..].iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'?');
            out.push(0);
        }
    }
}

/// What becomes of the names in a text.
pub(super) struct Names<'a> {
    pub(super) reader: &'a KvReader,
    /// What the templates are in this event; empty when they are the same in all.
    pub(super) context: &'a [u8],
}

impl Names<'_> {
    pub(super) fn decide(&self, name: &[u8]) -> Name {
        match self.name(name) {
            Some(name) => Name::of(self.reader.target, &name),
            None => Name::Skip,
        }
    }

    /// The name with its prefix, if it counts.
    pub(super) fn name(&self, name: &[u8]) -> Option<String> {
        let name = self.reader.names.name(name);
        let choice = &self.reader.choice;
        // A template is either its own text, or stands in the context in its turn.
        let mut rendered = self.context.split(|byte| *byte == 0);
        let mut texts = choice.templates().map(|template| {
            if self.context.is_empty() {
                // The only thing that stands for something else in a template without fields.
                return Cow::Owned(template.text().replace("%%{", "%{").into_bytes());
            }
            Cow::Borrowed(rendered.next().unwrap_or_default())
        });
        let prefix = choice.prefix.as_ref().and_then(|_| texts.next()).unwrap_or_default();
        let include: Vec<Cow<'_, [u8]>> = texts.by_ref().take(choice.include.len()).collect();
        if !include.is_empty() && include.iter().all(|text| **text != *name.as_bytes()) {
            return None;
        }
        if texts.any(|text| *text == *name.as_bytes()) {
            return None;
        }
        let prefix = String::from_utf8_lossy(&prefix);
        Some(format!("{prefix}{name}"))
    }
}
