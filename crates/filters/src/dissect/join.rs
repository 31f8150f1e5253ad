//! Fields that are put together from several pieces.

use weir_event::{EventMut, Span};

use super::syntax::{Role, Section};

/// What Logstash puts before an appended piece that has no delimiter before it.
const NO_DELIMITER: &[u8] = b" ";

/// The pieces of one field in the order in which they are joined.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) name: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    section: usize,
    order: u32,
    /// What stands before it, unless it is the first.
    before: Box<[u8]>,
}

/// The joined fields of a pattern: those with at least one `+`, and of these also the section
/// without one.
pub(super) fn joins(sections: &[Section], separator: Option<&str>) -> Vec<Join> {
    let mut joins: Vec<Join> = Vec::new();
    for section in sections {
        let is_new = joins.iter().all(|join| join.name != section.name);
        if matches!(section.role, Role::Append(_)) && is_new {
            joins.push(Join { name: section.name.clone(), parts: Vec::new() });
        }
    }
    for (i, section) in sections.iter().enumerate() {
        let order = match section.role {
            Role::Append(order) => order,
            Role::Field => 0,
            Role::Skip | Role::Name | Role::Value(_) => continue,
        };
        let before = match (separator, i.checked_sub(1)) {
            (Some(separator), _) => separator.as_bytes(),
            (None, Some(previous)) => sections[previous].end.bytes(),
            (None, None) => NO_DELIMITER,
        };
        if let Some(join) = joins.iter_mut().find(|join| join.name == section.name) {
            join.parts.push(Part { section: i, order, before: before.into() });
        }
    }
    for join in &mut joins {
        join.parts.sort_by_key(|part| part.order);
    }
    joins
}

impl Join {
    /// Puts the pieces in the scratch together; `whole` is the text they were cut from.
    pub(super) fn join(&self, event: &mut EventMut<'_>, whole: Span) -> Span {
        let (arena, scratch) = event.arena_and_scratch();
        let text = arena.get(whole);
        scratch.text.clear();
        for (i, part) in self.parts.iter().enumerate() {
            if i > 0 {
                scratch.text.extend_from_slice(&part.before);
            }
            if let Some(Some((start, end))) = scratch.spans.get(part.section) {
                scratch.text.extend_from_slice(&text[*start..*end]);
            }
        }
        arena.append(&scratch.text)
    }
}
