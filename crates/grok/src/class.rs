//! Character classes as Ruby defines them: `\d`, `\w`, `\s`, `\h` are ASCII, POSIX brackets
//! and `\p{…}` are Unicode.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

fn of(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(from, to)| ClassUnicodeRange::new(from, to)))
}

pub(crate) fn single(c: char) -> ClassUnicode {
    of(&[(c, c)])
}

pub(crate) fn range(from: char, to: char) -> ClassUnicode {
    of(&[(from, to)])
}

pub(crate) fn negated(mut class: ClassUnicode) -> ClassUnicode {
    class.negate();
    class
}

/// `.`: with Ruby's `m` flag a newline too.
pub(crate) fn dot(multiline: bool) -> ClassUnicode {
    if multiline { negated(ClassUnicode::empty()) } else { negated(single('\n')) }
}

/// `\d \w \s \h` and their negations, by letter.
pub(crate) fn shorthand(letter: char) -> Option<ClassUnicode> {
    let class = match letter.to_ascii_lowercase() {
        'd' => of(&[('0', '9')]),
        'w' => of(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        's' => of(&[('\t', '\r'), (' ', ' ')]),
        'h' => of(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { negated(class) } else { class })
}

/// `[:name:]`.
pub(crate) fn posix(name: &str) -> Option<ClassUnicode> {
    let properties = match name {
        "alnum" => r"[\p{L}\p{M}\p{Nd}]",
        "alpha" => r"[\p{L}\p{M}]",
        "ascii" => r"[\x00-\x7F]",
        "blank" => r"[\p{Zs}\t]",
        "cntrl" => r"\p{Cc}",
        "digit" => r"\p{Nd}",
        "graph" => r"[^\p{White_Space}\p{Cc}\p{Cn}]",
        "lower" => r"\p{Lowercase}",
        "print" => r"[^\p{Cc}\p{Cn}]",
        "punct" => r"[\p{P}$+<=>^`|~]",
        "space" => r"\p{White_Space}",
        "upper" => r"\p{Uppercase}",
        "word" => r"[\p{L}\p{M}\p{Nd}\p{Pc}]",
        "xdigit" => r"[0-9A-Fa-f]",
        _ => return None,
    };
    parsed(properties)
}

/// `\p{name}`: POSIX names first, as in Ruby, then Unicode properties.
pub(crate) fn property(name: &str) -> Option<ClassUnicode> {
    let well_formed =
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '=' | '-'));
    if !well_formed {
        return None;
    }
    posix(&name.to_ascii_lowercase()).or_else(|| parsed(&format!(r"\p{{{name}}}")))
}

fn parsed(pattern: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(pattern).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        _ => None,
    }
}

/// The class without regard to case. ASCII stays ASCII: `(?i:k)` is not the Kelvin sign.
pub(crate) fn case_folded(mut class: ClassUnicode) -> ClassUnicode {
    let ascii = class.is_ascii();
    if class.try_case_fold_simple().is_ok() && ascii {
        class.intersect(&of(&[('\0', '\x7F')]));
    }
    class
}
