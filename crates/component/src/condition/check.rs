//! Gives a written condition its meaning, and refuses what can never make sense.

use std::ops::Range;

use weir_event::Key;

use super::cidr::{Network, Networks};
use super::literal::{cooked, literal};
use super::members::Members;
use super::node::{Literal, Node, Type};
use super::number::Number;
use super::syntax::{Comparison, Kind, Operator, Syntax};
use super::{ConditionError, FieldUse, instant};

/// A part of a condition and what is known about its value.
pub(super) type Checked = Result<(Node, Type), ConditionError>;

/// Walks the tree and notes the fields it meets.
#[derive(Debug, Default)]
pub(super) struct Checker {
    pub(super) reads: Vec<FieldUse>,
}

impl Checker {
    /// Something that is true or false.
    pub(super) fn condition(&mut self, syntax: &Syntax<'_>) -> Result<Node, ConditionError> {
        let (node, kind) = self.value(syntax)?;
        let help = match kind {
            Type::Unknown | Type::Bool => return Ok(node),
            Type::Number => "compare it with another number: `… > 0`",
            Type::Text => "compare it with other text: `… == \"text\"`",
            Type::Time => "compare it with a time: `… >= \"2026-01-31\"`",
            Type::Null => "ask `exists(field)` or `field == null`",
        };
        let title = format!("{} is not a condition", kind.in_words());
        let label = "neither true nor false";
        Err(ConditionError::new(&syntax.range, title, label, help))
    }

    /// Something that has a value.
    pub(super) fn value(&mut self, syntax: &Syntax<'_>) -> Checked {
        Ok(match &syntax.kind {
            Kind::Null => (Node::Literal(Literal::Null), Type::Null),
            Kind::Bool(it) => (Node::Literal(Literal::Bool(*it)), Type::Bool),
            Kind::Int(it) => (Node::Literal(Literal::Number(Number::Int(*it))), Type::Number),
            Kind::Float(it) => (Node::Literal(Literal::Number(Number::Float(*it))), Type::Number),
            Kind::Text(quoted) => {
                let text = cooked(quoted, &syntax.range)?.into_bytes().into_boxed_slice();
                (Node::Literal(Literal::Text(text)), Type::Text)
            }
            Kind::Field(name) => {
                let key = self.read(name, &syntax.range);
                let kind = if key == Key::TIME { Type::Time } else { Type::Unknown };
                (Node::Field(key), kind)
            }
            Kind::List(_) => {
                return Err(ConditionError::new(
                    &syntax.range,
                    "a list stands where a single value belongs",
                    "lists are only searched",
                    "write `value in [1, 2]`",
                ));
            }
            Kind::Not(inner) => (Node::Not(Box::new(self.condition(inner)?)), Type::Bool),
            Kind::All(parts) => (Node::All(self.conditions(parts)?), Type::Bool),
            Kind::Any(parts) => (Node::Any(self.conditions(parts)?), Type::Bool),
            Kind::Compare(how, sides) => (self.compare(*how, sides, &syntax.range)?, Type::Bool),
            Kind::In(sides) => (self.membership(&sides[0], &sides[1])?, Type::Bool),
            Kind::Arithmetic(first, rest) => (self.arithmetic(first, rest)?, Type::Number),
            Kind::Negative(inner) => {
                (Node::Negative(Box::new(self.number(inner, Operator::Minus)?)), Type::Number)
            }
            Kind::Call { name, name_range, arguments } => {
                return self.call(name, name_range, arguments, &syntax.range);
            }
        })
    }

    /// Notes a field and gives its key.
    pub(super) fn read(&mut self, name: &str, range: &Range<usize>) -> Key {
        let key = Key::named(name);
        self.reads.push(FieldUse { key, range: range.clone() });
        key
    }

    fn conditions(&mut self, parts: &[Syntax<'_>]) -> Result<Box<[Node]>, ConditionError> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    fn compare(
        &mut self,
        how: Comparison,
        sides: &[Syntax<'_>; 2],
        range: &Range<usize>,
    ) -> Result<Node, ConditionError> {
        let [left, right] = sides;
        let ((left_node, left_type), (right_node, right_type)) =
            (self.value(left)?, self.value(right)?);
        let by_order = !matches!(how, Comparison::Equal | Comparison::Unequal);
        for (type_here, here) in [(left_type, left), (right_type, right)] {
            if by_order && matches!(type_here, Type::Null | Type::Bool) {
                return Err(ConditionError::new(
                    &here.range,
                    format!("`{}` needs values that have an order", how.symbol()),
                    format!("this is {}", type_here.in_words()),
                    "compare it with `==` or `!=`",
                ));
            }
        }
        let null = match (left_type, right_type) {
            (Type::Null, _) => Some(right_node.clone()),
            (_, Type::Null) => Some(left_node.clone()),
            _ => None,
        };
        if let Some(other) = null {
            let is_null = Node::IsNull(Box::new(other));
            return Ok(match how {
                Comparison::Unequal => Node::Not(Box::new(is_null)),
                _ => is_null,
            });
        }
        let sides = match (left_type, right_type) {
            (Type::Time, Type::Text) => [left_node, as_instant(right_node, right)?],
            (Type::Text, Type::Time) => [as_instant(left_node, left)?, right_node],
            _ if left_type.clashes(right_type) => {
                return Err(ConditionError::new(
                    range,
                    "the two sides can never be equal or in order",
                    format!("{} and {}", left_type.in_words(), right_type.in_words()),
                    "write both as the same kind; `int(…)` and `text(…)` turn one into the other",
                ));
            }
            _ => [left_node, right_node],
        };
        Ok(Node::Compare(how, Box::new(sides)))
    }

    fn arithmetic(
        &mut self,
        first: &Syntax<'_>,
        rest: &[(Operator, Syntax<'_>)],
    ) -> Result<Node, ConditionError> {
        let operator = rest.first().map_or(Operator::Plus, |(operator, _)| *operator);
        let first = self.number(first, operator)?;
        let rest: Result<_, _> = rest
            .iter()
            .map(|(operator, operand)| Ok((*operator, self.number(operand, *operator)?)))
            .collect();
        Ok(Node::Arithmetic(Box::new(first), rest?))
    }

    fn number(&mut self, operand: &Syntax<'_>, operator: Operator) -> Result<Node, ConditionError> {
        let (node, kind) = self.value(operand)?;
        let help = match kind {
            Type::Unknown | Type::Number => return Ok(node),
            Type::Text => {
                "turn text into a number with `int(…)` or `float(…)`; \
                           templates such as `%{a}-%{b}` join text"
            }
            Type::Time => "turn a time into seconds with `int(…)` or `float(…)`",
            Type::Null | Type::Bool => "write a number or a field that holds one",
        };
        let title = format!("`{}` takes numbers", operator.symbol());
        let label = format!("this is {}", kind.in_words());
        Err(ConditionError::new(&operand.range, title, label, help))
    }

    fn membership(
        &mut self,
        item: &Syntax<'_>,
        whole: &Syntax<'_>,
    ) -> Result<Node, ConditionError> {
        let (node, kind) = self.value(item)?;
        match &whole.kind {
            Kind::List(written) => {
                let members: Result<Vec<_>, _> =
                    written.iter().map(|member| fitting(literal(member)?, member, kind)).collect();
                Ok(Node::Among(Box::new(node), Box::new(Members::new(members?))))
            }
            Kind::Call { name: "cidr", arguments, .. } => {
                if kind.clashes(Type::Text) {
                    return Err(ConditionError::new(
                        &item.range,
                        "only an address can be in a network",
                        format!("this is {}", kind.in_words()),
                        "write `source.ip in cidr(\"10.0.0.0/8\")`",
                    ));
                }
                Ok(Node::Networked(Box::new(node), networks(arguments, &whole.range)?))
            }
            Kind::Field(name) if Key::named(name) != Key::TIME => {
                let key = self.read(name, &whole.range);
                Ok(Node::Within(Box::new([node, Node::Field(key)])))
            }
            _ => {
                let (_, found) = self.value(whole)?;
                Err(ConditionError::new(
                    &whole.range,
                    "`in` needs something to search",
                    format!("this is {}", found.in_words()),
                    "write a list `[1, 2]`, networks `cidr(\"10.0.0.0/8\")`, or a field",
                ))
            }
        }
    }
}

/// Refuses a member that can never equal a value of the type.
fn fitting(member: Literal, written: &Syntax<'_>, wanted: Type) -> Result<Literal, ConditionError> {
    let kind = match &member {
        Literal::Null => Type::Unknown,
        Literal::Bool(_) => Type::Bool,
        Literal::Number(_) => Type::Number,
        Literal::Text(_) => Type::Text,
    };
    if !kind.clashes(wanted) {
        return Ok(member);
    }
    Err(ConditionError::new(
        &written.range,
        "the value can never be this member of the list",
        format!("{} is looked for, this is {}", wanted.in_words(), kind.in_words()),
        "write both as the same kind; `int(…)` and `text(…)` turn one into the other",
    ))
}

fn as_instant(node: Node, syntax: &Syntax<'_>) -> Result<Node, ConditionError> {
    let Node::Literal(Literal::Text(text)) = &node else { return Ok(node) };
    match instant::parse(text) {
        Some(time) => Ok(Node::Instant(time)),
        None => Err(ConditionError::new(
            &syntax.range,
            "a time is compared with something else",
            "this is not written like a time",
            "write it like `2026-01-31`, `2026-01-31T18:30:00Z` or `2026-01-31T18:30:00+01:00`",
        )),
    }
}

fn networks(arguments: &[Syntax<'_>], range: &Range<usize>) -> Result<Networks, ConditionError> {
    if arguments.is_empty() {
        return Err(ConditionError::new(
            range,
            "`cidr` takes at least one network",
            "none is given",
            "write `source.ip in cidr(\"10.0.0.0/8\", \"2001:db8::/32\")`",
        ));
    }
    let networks: Result<Vec<_>, _> = arguments.iter().map(network).collect();
    Ok(Networks::new(networks?))
}

fn network(argument: &Syntax<'_>) -> Result<Network, ConditionError> {
    let Kind::Text(quoted) = argument.kind else {
        return Err(ConditionError::new(
            &argument.range,
            "`cidr` takes networks in quotes",
            "not text in quotes",
            "write `cidr(\"10.0.0.0/8\", \"2001:db8::/32\")`",
        ));
    };
    let text = cooked(quoted, &argument.range)?;
    Network::parse(&text).map_err(|wrong| {
        let title = format!("`{}` is not a network", text.escape_debug());
        ConditionError::new(&argument.range, title, wrong.label, wrong.help)
    })
}
