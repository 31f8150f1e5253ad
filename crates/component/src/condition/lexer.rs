//! Cuts the text of a condition into tokens.
//!
//! Escapes in quoted text stay as written here: whether a backslash belongs to a regular
//! expression is known only later.

use std::borrow::Cow;
use std::ops::Range;

use super::ConditionError;

/// The longest text of a condition, in bytes. It also bounds the length of a list.
pub(super) const TEXT_BYTES_MAX: usize = 16 * 1024;

/// A piece of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Int(i64),
    Float(f64),
    /// With its quotes.
    Text(&'t str),
    /// A bare word: a keyword, a function or a field.
    Word(&'t str),
    /// A field's name from backticks or brackets, dotted.
    Field(Cow<'t, str>),
    Symbol(&'static str),
}

/// A token and its place.
#[derive(Clone, Debug)]
pub(super) struct Lexeme<'t> {
    pub(super) token: Token<'t>,
    pub(super) range: Range<usize>,
}

/// Longer ones first.
const SYMBOLS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "(", ")", "[", "]",
    ",",
];

/// What people write out of habit, and what to write here.
const HABITS: &[(&str, &str)] = &[
    ("===", "write `==`"),
    ("=~", "write `field matches \"regex\"`"),
    ("!~", "write `field not matches \"regex\"`"),
    ("<>", "write `!=`"),
    ("=", "write `==` to compare"),
    ("&", "write `and`"),
    ("|", "write `or`"),
    ("\u{201c}", "use straight quotes: `\"text\"`"),
    ("\u{201d}", "use straight quotes: `\"text\"`"),
    ("\u{2018}", "use straight quotes: `'text'`"),
    ("\u{2019}", "use straight quotes: `'text'`"),
    ("$", "fields are written by their names alone: `http.request.method`"),
    ("{", "fields are written by their names alone: `http.request.method`"),
];

/// All tokens of `text` in order.
pub(super) fn lex(text: &str) -> Result<Vec<Lexeme<'_>>, ConditionError> {
    if text.len() > TEXT_BYTES_MAX {
        let start = text.floor_char_boundary(TEXT_BYTES_MAX);
        return Err(ConditionError::new(
            &(start..text.len()),
            "the condition is too long",
            format!("it has {} bytes, the limit is {TEXT_BYTES_MAX}", text.len()),
            "look long lists up in a file, or split the condition over several filters",
        ));
    }
    let mut lexer = Lexer { text, at: 0 };
    let mut lexemes = Vec::new();
    while let Some(first) = lexer.skip_space() {
        let start = lexer.at;
        let token = lexer.token(first)?;
        lexemes.push(Lexeme { token, range: start..lexer.at });
    }
    Ok(lexemes)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next character that is not space, which stays unread.
    fn skip_space(&mut self) -> Option<char> {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.rest().chars().next()
    }

    /// Reads on while `fits`; the text read.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|letter| !fits(letter)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn token(&mut self, first: char) -> Result<Token<'t>, ConditionError> {
        match first {
            '"' | '\'' => self.quoted(first),
            '`' => self.backticked(),
            '0'..='9' => self.number(),
            '[' if bracketed_name(self.rest()).is_some() => self.bracketed(),
            letter if is_word_start(letter) => self.word(),
            _ => self.symbol(first),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Token<'t>, ConditionError> {
        let rest = self.rest();
        let mut escaped = false;
        for (i, letter) in rest.char_indices().skip(1) {
            if escaped {
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == quote {
                self.at += i + 1;
                return Ok(Token::Text(&rest[..=i]));
            }
        }
        Err(ConditionError::new(
            &(self.at..self.text.len()),
            "the text has no end",
            "begins here",
            format!("close it with `{quote}`"),
        ))
    }

    fn backticked(&mut self) -> Result<Token<'t>, ConditionError> {
        let rest = &self.rest()[1..];
        let Some(len) = rest.find('`') else {
            return Err(ConditionError::new(
                &(self.at..self.text.len()),
                "the field name has no end",
                "begins here",
                "close it with a backtick",
            ));
        };
        let start = self.at;
        self.at += len + 2;
        if len == 0 {
            return Err(unnamed(&(start..self.at)));
        }
        Ok(Token::Field(Cow::Borrowed(&rest[..len])))
    }

    /// Logstash's `[a][b]`.
    fn bracketed(&mut self) -> Result<Token<'t>, ConditionError> {
        let start = self.at;
        let mut name = Cow::Borrowed("");
        while let Some((part, len)) = bracketed_part(self.rest()) {
            self.at += len;
            if part.is_empty() {
                return Err(unnamed(&(start..self.at)));
            }
            if name.is_empty() {
                name = Cow::Borrowed(part);
            } else {
                name = Cow::Owned(format!("{name}.{part}"));
            }
        }
        Ok(Token::Field(name))
    }

    fn number(&mut self) -> Result<Token<'t>, ConditionError> {
        let start = self.at;
        let mut written = self.take_while(is_word_part);
        if written.ends_with(['e', 'E']) && self.rest().starts_with(['+', '-']) {
            self.at += 1;
            self.take_while(|letter| letter.is_ascii_digit());
            written = &self.text[start..self.at];
        }
        let plain = written
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        let closed = plain && !written.ends_with('.') && !written.contains(".e");
        if let Ok(whole) = written.parse() {
            return Ok(Token::Int(whole));
        }
        match written.parse::<f64>() {
            Ok(number) if closed && number.is_finite() => Ok(Token::Float(number)),
            _ => Err(ConditionError::new(
                &(start..self.at),
                format!("`{written}` is not a number"),
                "begins with a digit, but does not go on like a number",
                "write text and addresses in quotes, and such field names in backticks",
            )),
        }
    }

    fn word(&mut self) -> Result<Token<'t>, ConditionError> {
        let start = self.at;
        let word = self.take_while(is_word_part);
        if word.ends_with('.') || word.contains("..") {
            return Err(ConditionError::new(
                &(start..self.at),
                format!("`{word}` has an empty part"),
                "a dot joins two names",
                "remove the dot, or write the name in backticks if it really is like this",
            ));
        }
        let mut after = self.rest().chars();
        if after.next() == Some('-') && after.next().is_some_and(is_word_part) {
            self.take_while(|letter| letter == '-' || is_word_part(letter));
            let whole = &self.text[start..self.at];
            return Err(ConditionError::new(
                &(start..self.at),
                format!("`{whole}` could be a name or a difference"),
                "a hyphen without space around it",
                format!("write the field as [{whole}], the difference with spaces: `a - b`"),
            ));
        }
        Ok(Token::Word(word))
    }

    fn symbol(&mut self, first: char) -> Result<Token<'t>, ConditionError> {
        let rest = self.rest();
        let habit = HABITS.iter().find(|(habit, _)| rest.starts_with(habit));
        let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
        if let Some(symbol) = symbol
            && habit.is_none_or(|(habit, _)| habit.len() <= symbol.len())
        {
            self.at += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        let (wrong, help) = habit.copied().unwrap_or_else(|| {
            (&rest[..first.len_utf8()], "write text in quotes and odd field names in backticks")
        });
        Err(ConditionError::new(
            &(self.at..self.at + wrong.len()),
            format!("`{}` means nothing here", wrong.escape_debug()),
            "not part of a condition",
            help,
        ))
    }
}

fn unnamed(range: &Range<usize>) -> ConditionError {
    ConditionError::new(
        range,
        "the field has no name",
        "nothing between the marks",
        "write the field's name, such as `http.request.method`",
    )
}

fn is_word_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_' || letter == '@'
}

fn is_word_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '@' | '.')
}

/// The name in the first brackets of `text` and the length with the brackets.
fn bracketed_part(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix('[')?;
    let len = inner.find(['[', ']', ',', '"', '\'', '\n'])?;
    inner[len..].starts_with(']').then(|| (inner[..len].trim(), len + 2))
}

/// The same, when it is a name and not a list of one value.
fn bracketed_name(text: &str) -> Option<&str> {
    let (name, _) = bracketed_part(text)?;
    let is_value = name.is_empty()
        || name.starts_with(|first: char| first.is_ascii_digit() || "+-`(".contains(first))
        || matches!(name, "true" | "false" | "null");
    (!is_value).then_some(name)
}
