//! Reads tokens into a tree, by recursive descent.
//!
//! From loose to tight: `or`, `and`, `not`, comparisons and `in`, `+ -`, `* / %`, sign. Chains of
//! one operator become one node, so that only parentheses and prefixes make a tree deeper.

use std::ops::Range;

use weir_config::did_you_mean;

use super::ConditionError;
use super::lexer::{Lexeme, Token, lex};
use super::syntax::{Comparison, Kind, Operator, Syntax};

/// How many parentheses, calls and prefixes may enclose each other.
pub(super) const DEPTH_MAX: usize = 64;

type Parsed<'t> = Result<Syntax<'t>, ConditionError>;

/// The tree of `text`.
pub(super) fn parse(text: &str) -> Parsed<'_> {
    let mut parser = Parser { lexemes: lex(text)?, at: 0, depth: 0, end: text.len() };
    if parser.lexemes.is_empty() {
        return Err(ConditionError::new(
            &(0..text.len()),
            "the condition is empty",
            "nothing to decide",
            "write one such as `http.response.status_code >= 500`, or leave the setting out",
        ));
    }
    let tree = parser.expression()?;
    match parser.lexemes.get(parser.at) {
        None => Ok(tree),
        Some(left_over) => Err(misfit(left_over)),
    }
}

/// Functions of two texts that can also stand between them: `message contains "error"`.
const BETWEEN: [&str; 4] = ["matches", "contains", "starts_with", "ends_with"];

/// What follows a complete condition and does not continue it.
fn misfit(lexeme: &Lexeme<'_>) -> ConditionError {
    const JOINING: &[&str] =
        &["and", "or", "in", "not in", "matches", "contains", "starts_with", "ends_with"];
    let help = match &lexeme.token {
        Token::Word(word) => match did_you_mean(word, JOINING) {
            Some(meant) if meant != *word => format!("did you mean `{meant}`?"),
            _ => "join two conditions with `and` or `or`".to_owned(),
        },
        Token::Symbol(symbol) if Comparison::written(symbol).is_some() => {
            "compare two values at a time: `a < b and b < c`".to_owned()
        }
        Token::Symbol(")") => "remove it, or open it with `(`".to_owned(),
        _ => "join two conditions with `and` or `or`".to_owned(),
    };
    ConditionError::new(
        &lexeme.range,
        format!("{} does not fit here", in_words(&lexeme.token)),
        "the condition could end before this",
        help,
    )
}

fn in_words(token: &Token<'_>) -> String {
    match token {
        Token::Int(it) => format!("`{it}`"),
        Token::Float(it) => format!("`{it}`"),
        Token::Text(_) => "the text".to_owned(),
        Token::Word(word) => format!("`{word}`"),
        Token::Field(name) => format!("the field `{name}`"),
        Token::Symbol(symbol) => format!("`{symbol}`"),
    }
}

struct Parser<'t> {
    lexemes: Vec<Lexeme<'t>>,
    at: usize,
    depth: usize,
    /// Length of the text.
    end: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.lexemes.get(self.at).map(|lexeme| &lexeme.token)
    }

    /// The place of the next token; empty at the end.
    fn here(&self) -> Range<usize> {
        self.lexemes.get(self.at).map_or(self.end..self.end, |lexeme| lexeme.range.clone())
    }

    /// From `start` to the end of the last token read.
    fn since(&self, start: usize) -> Range<usize> {
        let last = self.at.checked_sub(1).and_then(|last| self.lexemes.get(last));
        start..last.map_or(start, |lexeme| lexeme.range.end)
    }

    fn at_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token::Symbol(it)) if *it == symbol)
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(it)) if *it == word)
    }

    /// Reads one of two spellings, if it comes next.
    fn take(&mut self, word: &str, symbol: &str) -> bool {
        let found = self.at_word(word) || self.at_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn close(&mut self, symbol: &str, opened: &Range<usize>) -> Result<(), ConditionError> {
        if self.at_symbol(symbol) {
            self.at += 1;
            return Ok(());
        }
        let (range, label) = match self.peek() {
            Some(token) => {
                (self.here(), format!("`{symbol}` was expected before {}", in_words(token)))
            }
            None => (opened.clone(), "opened here and never closed".to_owned()),
        };
        let opening = if symbol == ")" { "(" } else { "[" };
        let help = format!("close every `{opening}` with `{symbol}`");
        Err(ConditionError::new(&range, format!("`{symbol}` is missing"), label, help))
    }

    /// Reads something enclosed by what was just read.
    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ConditionError>,
    ) -> Result<T, ConditionError> {
        if self.depth == DEPTH_MAX {
            return Err(ConditionError::new(
                &self.here(),
                "the condition is nested too deeply",
                format!("more than {DEPTH_MAX} levels"),
                "remove parentheses, or split the condition over several filters",
            ));
        }
        self.depth += 1;
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn expression(&mut self) -> Parsed<'t> {
        self.chain("or", "||", Self::all, Kind::Any)
    }

    fn all(&mut self) -> Parsed<'t> {
        self.chain("and", "&&", Self::negation, Kind::All)
    }

    fn chain(
        &mut self,
        word: &str,
        symbol: &str,
        part: fn(&mut Self) -> Parsed<'t>,
        joined: fn(Vec<Syntax<'t>>) -> Kind<'t>,
    ) -> Parsed<'t> {
        let first = part(self)?;
        let start = first.range.start;
        let mut parts = vec![first];
        while self.take(word, symbol) {
            parts.push(part(self)?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        Ok(Syntax { kind: joined(parts), range: self.since(start) })
    }

    fn negation(&mut self) -> Parsed<'t> {
        let start = self.here().start;
        if !self.take("not", "!") {
            return self.comparison();
        }
        let inner = self.deeper(Self::negation)?;
        Ok(Syntax { kind: Kind::Not(Box::new(inner)), range: self.since(start) })
    }

    fn comparison(&mut self) -> Parsed<'t> {
        let left = self.sum()?;
        let start = left.range.start;
        if let Some(Token::Symbol(symbol)) = self.peek()
            && let Some(how) = Comparison::written(symbol)
        {
            self.at += 1;
            let right = self.sum()?;
            let kind = Kind::Compare(how, Box::new([left, right]));
            return Ok(Syntax { kind, range: self.since(start) });
        }
        let next = self.lexemes.get(self.at + 1).map(|lexeme| &lexeme.token);
        let joins = |token: &Token<'_>| matches!(token, Token::Word(it) if *it == "in" || BETWEEN.contains(it));
        let negated = self.at_word("not") && next.is_some_and(joins);
        self.at += usize::from(negated);
        let word_range = self.here();
        let kind = if self.at_word("in") {
            self.at += 1;
            let whole = self.sum()?;
            Kind::In(Box::new([left, whole]))
        } else if let Some(name) = BETWEEN.iter().find(|name| self.at_word(name)) {
            self.at += 1;
            let arguments = vec![left, self.sum()?];
            Kind::Call { name, name_range: word_range, arguments }
        } else {
            return Ok(left);
        };
        let range = self.since(start);
        if !negated {
            return Ok(Syntax { kind, range });
        }
        let inner = Box::new(Syntax { kind, range: range.clone() });
        Ok(Syntax { kind: Kind::Not(inner), range })
    }

    fn sum(&mut self) -> Parsed<'t> {
        self.arithmetic(Self::product, &[Operator::Plus, Operator::Minus])
    }

    fn product(&mut self) -> Parsed<'t> {
        self.arithmetic(Self::signed, &[Operator::Times, Operator::Over, Operator::Rest])
    }

    fn arithmetic(
        &mut self,
        operand: fn(&mut Self) -> Parsed<'t>,
        operators: &[Operator],
    ) -> Parsed<'t> {
        let first = operand(self)?;
        let start = first.range.start;
        let mut rest = Vec::new();
        while let Some(operator) = operators.iter().find(|it| self.at_symbol(it.symbol())) {
            self.at += 1;
            rest.push((*operator, operand(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Syntax { kind: Kind::Arithmetic(Box::new(first), rest), range: self.since(start) })
    }

    fn signed(&mut self) -> Parsed<'t> {
        if !self.at_symbol("-") {
            return self.primary();
        }
        let start = self.here().start;
        self.at += 1;
        let kind = match self.peek() {
            Some(Token::Int(it)) => Kind::Int(-it),
            Some(Token::Float(it)) => Kind::Float(-it),
            _ => {
                let inner = self.deeper(Self::signed)?;
                let kind = Kind::Negative(Box::new(inner));
                return Ok(Syntax { kind, range: self.since(start) });
            }
        };
        self.at += 1;
        Ok(Syntax { kind, range: self.since(start) })
    }

    fn primary(&mut self) -> Parsed<'t> {
        let Some(Lexeme { token, range }) = self.lexemes.get(self.at).cloned() else {
            return Err(self.no_value());
        };
        self.at += 1;
        let kind = match token {
            Token::Int(it) => Kind::Int(it),
            Token::Float(it) => Kind::Float(it),
            Token::Text(quoted) => Kind::Text(quoted),
            Token::Field(name) => Kind::Field(name),
            Token::Symbol("(") => {
                let mut inner = self.deeper(Self::expression)?;
                self.close(")", &range)?;
                inner.range = self.since(range.start);
                return Ok(inner);
            }
            Token::Symbol("[") => Kind::List(self.items("]", &range)?),
            Token::Word("null") => Kind::Null,
            Token::Word("true") => Kind::Bool(true),
            Token::Word("false") => Kind::Bool(false),
            Token::Word("and" | "or" | "not" | "in") | Token::Symbol(_) => {
                self.at -= 1;
                return Err(self.no_value());
            }
            Token::Word("matches") if !self.at_symbol("(") => {
                self.at -= 1;
                return Err(self.no_value());
            }
            Token::Word(name) if self.at_symbol("(") => {
                let opened = self.here();
                self.at += 1;
                let arguments = self.items(")", &opened)?;
                Kind::Call { name, name_range: range.clone(), arguments }
            }
            Token::Word(name) => Kind::Field(name.into()),
        };
        Ok(Syntax { kind, range: self.since(range.start) })
    }

    /// Items with commas between up to the closing symbol.
    fn items(
        &mut self,
        closing: &str,
        opened: &Range<usize>,
    ) -> Result<Vec<Syntax<'t>>, ConditionError> {
        let mut items = Vec::new();
        while !self.at_symbol(closing) && self.peek().is_some() {
            items.push(self.deeper(Self::expression)?);
            if !self.at_symbol(",") {
                break;
            }
            self.at += 1;
        }
        self.close(closing, opened)?;
        Ok(items)
    }

    fn no_value(&self) -> ConditionError {
        let (title, help) = match self.peek() {
            None => ("the condition is not complete".to_owned(), "add what is missing at the end"),
            Some(Token::Word("not") | Token::Symbol("!")) => (
                "`not` stands inside a comparison".to_owned(),
                "put it in parentheses, or in front of the whole comparison",
            ),
            Some(token) => (
                format!("{} stands where a value belongs", in_words(token)),
                "write text in quotes, and a field that is named like a keyword in backticks",
            ),
        };
        let label = "expected a field, a number, text, a list, a function or `(`";
        ConditionError::new(&self.here(), title, label, help)
    }
}
