//! Backslash escapes inside and outside of brackets.

use super::bracket::Member;
use super::cursor::Cursor;
use super::{Flags, Parsed, Parser, literal};
use crate::capture::field_path;
use crate::class;
use crate::error::ErrorKind;
use crate::syntax::{Assertion, Node, Target};

/// An escape in a class, after the backslash.
pub(super) fn inside(cursor: &mut Cursor<'_>) -> Parsed<Member> {
    let at = cursor.at;
    let c = cursor.next().ok_or_else(|| cursor.syntax("the pattern ends in a lone `\\`"))?;
    if let Some(set) = class::shorthand(c) {
        return Ok(Member::Set(set));
    }
    match c {
        'b' => Ok(Member::Char('\x08')),
        'p' | 'P' => property(cursor, at, c == 'P').map(Member::Set),
        _ => character(cursor, at, c).map(Member::Char),
    }
}

/// An escape outside of classes, after the backslash.
pub(super) fn outside(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor<'_>,
    flags: Flags,
) -> Parsed<Node> {
    let at = cursor.at;
    let c = cursor.next().ok_or_else(|| cursor.syntax("the pattern ends in a lone `\\`"))?;
    if let Some(set) = class::shorthand(c) {
        return Ok(Node::Class(set));
    }
    Ok(match c {
        'b' => Node::Assert(Assertion::Word),
        'B' => Node::Assert(Assertion::NotWord),
        'A' => Node::Assert(Assertion::TextStart),
        'z' => Node::Assert(Assertion::TextEnd),
        'Z' => Node::Assert(Assertion::TextEndOrNewline),
        'p' | 'P' => Node::Class(property(cursor, at, c == 'P')?),
        'R' => Node::Alternate(vec![Node::Literal("\r\n".to_owned()), Node::Class(newlines())]),
        'k' => named_reference(parser, cursor, at)?,
        '1'..='9' => {
            let more = cursor.take_while(2, |c| c.is_ascii_digit());
            let number = format!("{c}{more}").parse().unwrap_or(usize::MAX);
            if number > parser.groups {
                return Err(cursor.syntax_at(at, "the back-reference has no group before it"));
            }
            Node::BackReference(Target::Group(number))
        }
        'G' | 'K' | 'X' | 'g' | 'M' | 'C' | 'y' | 'Y' => {
            return Err(cursor.error_at(at, ErrorKind::Unsupported(format!("\\{c}"))));
        }
        _ => literal(character(cursor, at, c)?, flags),
    })
}

fn newlines() -> regex_syntax::hir::ClassUnicode {
    let mut set = class::range('\n', '\r');
    set.union(&class::single('\u{85}'));
    set.union(&class::range('\u{2028}', '\u{2029}'));
    set
}

fn named_reference(parser: &Parser<'_>, cursor: &mut Cursor<'_>, at: usize) -> Parsed<Node> {
    let close = match cursor.next() {
        Some('<') => '>',
        Some('\'') => '\'',
        _ => return Err(cursor.syntax_at(at, "write `\\k<name>`")),
    };
    let name = cursor.until(close).ok_or_else(|| cursor.syntax_at(at, "`\\k<` has no `>`"))?;
    let path = field_path(name).map_err(|kind| cursor.error_at(at, kind))?;
    let slot = parser.captures.iter().rposition(|capture| capture.name == path);
    slot.map(|slot| Node::BackReference(Target::Slot(slot)))
        .ok_or_else(|| cursor.syntax_at(at, "the back-reference has no group before it"))
}

/// An escape that stands for one character.
fn character(cursor: &mut Cursor<'_>, at: usize, c: char) -> Parsed<char> {
    let wrong = |cursor: &Cursor<'_>| {
        cursor.syntax_at(at, "the escape does not name a character; write `\\x41` or `\\u0041`")
    };
    let number =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    Ok(match c {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\x0C',
        'v' => '\x0B',
        'a' => '\x07',
        'e' => '\x1B',
        '0' => {
            let digits = cursor.take_while(2, |c| c.is_digit(8));
            if digits.is_empty() { '\0' } else { number(digits, 8).ok_or_else(|| wrong(cursor))? }
        }
        'x' if cursor.take('{') => {
            let digits = cursor.until('}').unwrap_or_default();
            number(digits, 16).ok_or_else(|| wrong(cursor))?
        }
        'x' => {
            let digits = cursor.take_while(2, |c| c.is_ascii_hexdigit());
            number(digits, 16).ok_or_else(|| wrong(cursor))?
        }
        'u' => {
            let digits = cursor.take_while(4, |c| c.is_ascii_hexdigit());
            let code = if digits.len() == 4 { number(digits, 16) } else { None };
            code.ok_or_else(|| wrong(cursor))?
        }
        'c' => {
            let control = cursor.next().filter(char::is_ascii).ok_or_else(|| wrong(cursor))?;
            char::from(control as u8 & 0x1F)
        }
        other => other,
    })
}

/// `\p{name}`, `\P{name}`, `\p{^name}`.
fn property(
    cursor: &mut Cursor<'_>,
    at: usize,
    negate: bool,
) -> Parsed<regex_syntax::hir::ClassUnicode> {
    let braced = cursor.take('{').then(|| cursor.until('}')).flatten();
    let name = braced.ok_or_else(|| cursor.syntax_at(at, "write `\\p{Name}`"))?;
    let plain = name.strip_prefix('^').unwrap_or(name);
    let set = class::property(plain)
        .ok_or_else(|| cursor.error_at(at, ErrorKind::Unsupported(format!("\\p{{{name}}}"))))?;
    let negate = negate != (plain.len() != name.len());
    Ok(if negate { class::negated(set) } else { set })
}
