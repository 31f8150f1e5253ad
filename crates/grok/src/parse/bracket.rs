//! `[…]`: ranges, escapes, POSIX names, sets within sets and `&&`.

use regex_syntax::hir::ClassUnicode;

use super::cursor::Cursor;
use super::{MAX_DEPTH, Parsed, escape};
use crate::class;
use crate::error::ErrorKind;

/// Parses what follows `[`.
pub(super) fn bracket(cursor: &mut Cursor<'_>, ignore_case: bool) -> Parsed<ClassUnicode> {
    nested(cursor, ignore_case, 0)
}

fn nested(cursor: &mut Cursor<'_>, ignore_case: bool, depth: usize) -> Parsed<ClassUnicode> {
    if depth > MAX_DEPTH {
        return Err(cursor.syntax("character classes are nested more than 100 deep"));
    }
    let open = cursor.at;
    let negate = cursor.take('^');
    let mut met: Option<ClassUnicode> = None;
    let mut set = ClassUnicode::empty();
    let mut first = true;
    loop {
        if cursor.peek() == Some(']') && !first {
            cursor.take(']');
            break;
        }
        if cursor.take_str("&&") {
            met = Some(intersection(met, set));
            set = ClassUnicode::empty();
            continue;
        }
        set.union(&member(cursor, ignore_case, depth, open)?);
        first = false;
    }
    let mut whole = intersection(met, set);
    if ignore_case {
        whole = class::case_folded(whole);
    }
    Ok(if negate { class::negated(whole) } else { whole })
}

fn intersection(left: Option<ClassUnicode>, right: ClassUnicode) -> ClassUnicode {
    match left {
        None => right,
        Some(mut left) => {
            left.intersect(&right);
            left
        }
    }
}

/// A character, a range, or a set inside the brackets.
fn member(
    cursor: &mut Cursor<'_>,
    ignore_case: bool,
    depth: usize,
    open: usize,
) -> Parsed<ClassUnicode> {
    if let Some(posix) = posix(cursor)? {
        return Ok(posix);
    }
    if cursor.take('[') {
        return nested(cursor, ignore_case, depth + 1);
    }
    let low = match one(cursor, open)? {
        Member::Set(set) => return Ok(set),
        Member::Char(low) => low,
    };
    let range = cursor.rest().strip_prefix('-').is_some_and(|rest| {
        !rest.starts_with([']', '[']) && !rest.starts_with("&&") && !rest.is_empty()
    });
    if !range {
        return Ok(class::single(low));
    }
    let dash = cursor.at;
    cursor.take('-');
    match one(cursor, open)? {
        Member::Char(high) if low <= high => Ok(class::range(low, high)),
        Member::Char(_) => Err(cursor.syntax_at(dash, "the range is upside down")),
        Member::Set(mut set) => {
            set.union(&class::single(low));
            set.union(&class::single('-'));
            Ok(set)
        }
    }
}

pub(super) enum Member {
    Char(char),
    Set(ClassUnicode),
}

fn one(cursor: &mut Cursor<'_>, open: usize) -> Parsed<Member> {
    match cursor.next() {
        None => Err(cursor.syntax_at(open - 1, "a `[` has no `]`; write `\\[` for the character")),
        Some('\\') => escape::inside(cursor),
        Some(c) => Ok(Member::Char(c)),
    }
}

/// `[:alpha:]` and `[:^alpha:]`.
fn posix(cursor: &mut Cursor<'_>) -> Parsed<Option<ClassUnicode>> {
    let Some(rest) = cursor.rest().strip_prefix("[:") else { return Ok(None) };
    let Some((name, _)) = rest.split_once(":]") else { return Ok(None) };
    let plain = name.strip_prefix('^').unwrap_or(name);
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(None);
    }
    let set = class::posix(plain)
        .ok_or_else(|| cursor.error(ErrorKind::Unsupported(format!("[:{name}:]"))))?;
    cursor.at += name.len() + 4;
    Ok(Some(if plain.len() == name.len() { set } else { class::negated(set) }))
}
