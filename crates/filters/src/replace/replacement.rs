//! What takes the place of a match: text, groups of the match, fields of the event.

use weir_component::template::Template;
use weir_config::Complaint;
use weir_event::EventRef;

use super::engine::{Engine, Group, TooHard};
use super::finder::Finder;

/// A replacement, taken apart.
#[derive(Debug)]
pub(super) struct Replacement {
    pieces: Box<[Piece]>,
    has_groups: bool,
}

#[derive(Debug)]
enum Piece {
    Text(Box<[u8]>),
    /// With fields of the event in it.
    Template(Template),
    /// What a group of the match found.
    Group(usize),
}

/// The texts of a replacement's templates for the event at hand.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    text: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Replacement {
    pub(super) fn new(text: &str, finder: &Finder) -> Result<Self, Complaint> {
        let mut builder =
            Builder { engine: finder.sample(), text: String::new(), pieces: Vec::new() };
        let mut rest = text;
        while let Some(at) = rest.find(['$', '\\']) {
            builder.text.push_str(&rest[..at]);
            let len = builder.reference(&rest[at..])?;
            rest = &rest[at + len..];
        }
        builder.text.push_str(rest);
        builder.close_text()?;
        let pieces = builder.pieces.into_boxed_slice();
        let has_groups = pieces.iter().any(|piece| matches!(piece, Piece::Group(_)));
        Ok(Self { pieces, has_groups })
    }

    /// Works out what is the same for all matches; false when the event lacks a field.
    pub(super) fn render(&self, event: EventRef<'_>, rendered: &mut Rendered) -> bool {
        rendered.text.clear();
        rendered.ends.clear();
        self.pieces.iter().all(|piece| {
            let Piece::Template(template) = piece else { return true };
            let is_complete = template.render(event, &mut rendered.text).is_ok();
            rendered.ends.push(rendered.text.len());
            is_complete
        })
    }

    /// Writes the text with its first matches replaced; false when there is none.
    pub(super) fn replace(
        &self,
        engine: &Engine,
        text: &[u8],
        limit: usize,
        rendered: &Rendered,
        out: &mut Vec<u8>,
    ) -> Result<bool, TooHard> {
        let (mut end, mut left) = (0, limit);
        if left == 0 {
            return Ok(false);
        }
        engine.for_each(text, self.has_groups, |group| {
            let Some((start, next)) = group(0) else { return true };
            out.extend_from_slice(&text[end..start]);
            self.write(text, group, rendered, out);
            end = next;
            left -= 1;
            left > 0 && out.len() <= super::TEXT_BYTES_MAX
        })?;
        out.extend_from_slice(&text[end..]);
        Ok(left < limit)
    }

    fn write(&self, text: &[u8], group: Group<'_>, rendered: &Rendered, out: &mut Vec<u8>) {
        let (mut start, mut ends) = (0, rendered.ends.iter());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Template(_) => {
                    let end = ends.next().copied().unwrap_or(start);
                    out.extend_from_slice(&rendered.text[start..end]);
                    start = end;
                }
                Piece::Group(i) => {
                    out.extend(group(*i).into_iter().flat_map(|(start, end)| &text[start..end]));
                }
            }
        }
    }
}

/// Pieces in the making.
struct Builder<'a> {
    engine: &'a Engine,
    /// Text that belongs behind them.
    text: String,
    pieces: Vec<Piece>,
}

impl Builder<'_> {
    /// Takes over what begins with `$` or `\`, and gives its length.
    fn reference(&mut self, rest: &str) -> Result<usize, Complaint> {
        let mark = &rest[..1];
        let behind = &rest[1..];
        if behind.starts_with(mark) {
            self.text.push_str(mark);
            return Ok(2);
        }
        let (open, close) = if mark == "$" { ("{", '}') } else { ("k<", '>') };
        if let Some(inner) = behind.strip_prefix(open)
            && let Some(len) = inner.find(close)
        {
            self.group(&inner[..len])?;
            return Ok(1 + open.len() + len + 1);
        }
        let digits = behind.len() - behind.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        if digits > 0 {
            // As many digits as name a group, but at least one: `$10` may be the first and a zero.
            let known = (1..=digits).rev().find(|len| self.number(&behind[..*len]).is_some());
            let len = known.unwrap_or(1);
            self.group(&behind[..len])?;
            return Ok(1 + len);
        }
        let is_of_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let name = behind.len() - behind.trim_start_matches(is_of_name).len();
        if mark == "$" && name > 0 {
            self.group(&behind[..name])?;
            return Ok(1 + name);
        }
        self.text.push_str(mark);
        Ok(1)
    }

    fn number(&self, digits: &str) -> Option<usize> {
        digits.parse().ok().filter(|number| *number < self.engine.groups())
    }

    fn group(&mut self, name: &str) -> Result<(), Complaint> {
        let Some(number) = self.number(name).or_else(|| self.engine.group(name)) else {
            return Err(Complaint::new(format!("the pattern has no group `{name}`")));
        };
        self.close_text()?;
        self.pieces.push(Piece::Group(number));
        Ok(())
    }

    fn close_text(&mut self) -> Result<(), Complaint> {
        if self.text.is_empty() {
            return Ok(());
        }
        let template = Template::parse(&self.text).map_err(Complaint::from)?;
        self.text.clear();
        let piece = if template.is_constant() {
            // The only thing in it that is not meant as it is written.
            Piece::Text(template.text().replace("%%{", "%{").into_bytes().into_boxed_slice())
        } else {
            Piece::Template(template)
        };
        self.pieces.push(piece);
        Ok(())
    }
}
