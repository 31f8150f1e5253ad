//! The functions of conditions: their names, what they take, and what they become.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};
use weir_config::{did_you_mean, in_words};

use super::ConditionError;
use super::check::{Checked, Checker};
use super::literal::{cooked, uncooked};
use super::node::{Conversion, Nature, Node, Type};
use super::syntax::{Kind, Syntax};

/// Memory that one compiled pattern may take, in bytes.
const REGEX_BYTES_MAX: usize = 4 << 20;

#[derive(Clone, Copy)]
enum Function {
    Exists,
    HasTag,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Is(Nature),
    Convert(Conversion),
    Cidr,
}

struct Signature {
    name: &'static str,
    /// What to write, shown to the operator; one name or text between commas for each argument.
    usage: &'static str,
    function: Function,
}

const fn signature(name: &'static str, usage: &'static str, function: Function) -> Signature {
    Signature { name, usage, function }
}

const SIGNATURES: &[Signature] = &[
    signature("exists", "exists(field)", Function::Exists),
    signature("has_tag", "has_tag(\"tag\")", Function::HasTag),
    signature("matches", "matches(field, \"regex\")", Function::Matches),
    signature("contains", "contains(field, \"text\")", Function::Contains),
    signature("starts_with", "starts_with(field, \"text\")", Function::StartsWith),
    signature("ends_with", "ends_with(field, \"text\")", Function::EndsWith),
    signature("is_text", "is_text(field)", Function::Is(Nature::Text)),
    signature("is_number", "is_number(field)", Function::Is(Nature::Number)),
    signature("is_bool", "is_bool(field)", Function::Is(Nature::Bool)),
    signature("is_time", "is_time(field)", Function::Is(Nature::Time)),
    signature("is_list", "is_list(field)", Function::Is(Nature::List)),
    signature("is_null", "is_null(field)", Function::Is(Nature::Null)),
    signature("is_ip", "is_ip(field)", Function::Is(Nature::Ip)),
    signature("lower", "lower(field)", Function::Convert(Conversion::Lower)),
    signature("upper", "upper(field)", Function::Convert(Conversion::Upper)),
    signature("length", "length(field)", Function::Convert(Conversion::Length)),
    signature("int", "int(field)", Function::Convert(Conversion::Int)),
    signature("float", "float(field)", Function::Convert(Conversion::Float)),
    signature("text", "text(field)", Function::Convert(Conversion::Text)),
    signature("cidr", "address in cidr(\"10.0.0.0/8\")", Function::Cidr),
];

impl Signature {
    fn find(name: &str, range: &Range<usize>) -> Result<&'static Self, ConditionError> {
        if let Some(signature) = SIGNATURES.iter().find(|it| it.name == name) {
            return Ok(signature);
        }
        let names: Vec<&str> = SIGNATURES.iter().map(|it| it.name).collect();
        let help = match did_you_mean(name, &names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", in_words(&names, "and")),
        };
        let title = format!("there is no function `{name}`");
        Err(ConditionError::new(range, title, "unknown function", help))
    }

    /// How many it takes, unless that is not fixed.
    fn arguments(&self) -> Option<usize> {
        let is_open = matches!(self.function, Function::Cidr);
        (!is_open).then(|| 1 + self.usage.matches(',').count())
    }

    fn refuse(
        &self,
        range: &Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> ConditionError {
        ConditionError::new(range, title, label, format!("write `{}`", self.usage))
    }

    fn check_count(&self, given: usize, range: &Range<usize>) -> Result<(), ConditionError> {
        let Some(wanted) = self.arguments().filter(|wanted| *wanted != given) else {
            return Ok(());
        };
        let values = if wanted == 1 { "value" } else { "values" };
        let title = format!("`{}` takes {wanted} {values}", self.name);
        Err(self.refuse(range, title, format!("{given} given")))
    }

    /// Text in quotes with its quotes, which is all that may stand here.
    fn quoted<'t>(&self, argument: &Syntax<'t>) -> Result<&'t str, ConditionError> {
        let Kind::Text(quoted) = argument.kind else {
            let title = format!("`{}` takes text in quotes here", self.name);
            return Err(self.refuse(&argument.range, title, "not text in quotes"));
        };
        Ok(quoted)
    }

    fn written(&self, argument: &Syntax<'_>) -> Result<Box<[u8]>, ConditionError> {
        let text = cooked(self.quoted(argument)?, &argument.range)?;
        Ok(text.into_bytes().into_boxed_slice())
    }
}

impl Checker {
    /// A call of a function by its name.
    pub(super) fn call(
        &mut self,
        name: &str,
        name_range: &Range<usize>,
        arguments: &[Syntax<'_>],
        range: &Range<usize>,
    ) -> Checked {
        let signature = Signature::find(name, name_range)?;
        signature.check_count(arguments.len(), range)?;
        match signature.function {
            Function::Exists => self.exists(signature, &arguments[0]),
            Function::HasTag => {
                self.read("tags", name_range);
                Ok((Node::HasTag(signature.written(&arguments[0])?), Type::Bool))
            }
            Function::Matches => {
                let text = self.text(signature, &arguments[0])?;
                Ok((Node::Matches(text, regex(signature, &arguments[1])?), Type::Bool))
            }
            Function::Contains => {
                let text = self.text(signature, &arguments[0])?;
                let part = cooked(signature.quoted(&arguments[1])?, &arguments[1].range)?;
                let found = compile(&regex::escape(&part), &arguments[1].range)?;
                Ok((Node::Matches(text, found), Type::Bool))
            }
            Function::StartsWith => {
                let text = self.text(signature, &arguments[0])?;
                Ok((Node::StartsWith(text, signature.written(&arguments[1])?), Type::Bool))
            }
            Function::EndsWith => {
                let text = self.text(signature, &arguments[0])?;
                Ok((Node::EndsWith(text, signature.written(&arguments[1])?), Type::Bool))
            }
            Function::Is(nature) => {
                let (node, _) = self.value(&arguments[0])?;
                Ok((Node::Is(nature, Box::new(node)), Type::Bool))
            }
            Function::Convert(conversion) => self.convert(conversion, signature, &arguments[0]),
            Function::Cidr => {
                let label = "networks without an address";
                Err(signature.refuse(range, "`cidr` stands alone", label))
            }
        }
    }

    fn exists(&mut self, signature: &Signature, argument: &Syntax<'_>) -> Checked {
        match &argument.kind {
            Kind::Field(name) => Ok((Node::Exists(self.read(name, &argument.range)), Type::Bool)),
            Kind::Text(quoted) => {
                let help = format!("write the name without quotes: `exists({})`", uncooked(quoted));
                let title = "`exists` takes a field, not text";
                Err(ConditionError::new(&argument.range, title, "text in quotes", help))
            }
            _ => Err(signature.refuse(&argument.range, "`exists` takes a field", "not a field")),
        }
    }

    /// The first argument of the functions that look at text.
    fn text(
        &mut self,
        signature: &Signature,
        argument: &Syntax<'_>,
    ) -> Result<Box<Node>, ConditionError> {
        let (node, kind) = self.value(argument)?;
        if kind.clashes(Type::Text) && !matches!(kind, Type::Number | Type::Time) {
            let title = format!("`{}` looks at text", signature.name);
            let label = format!("this is {}", kind.in_words());
            return Err(signature.refuse(&argument.range, title, label));
        }
        Ok(Box::new(node))
    }

    fn convert(
        &mut self,
        conversion: Conversion,
        signature: &Signature,
        argument: &Syntax<'_>,
    ) -> Checked {
        let (node, kind) = self.value(argument)?;
        let (takes, gives): (&[Type], Type) = match conversion {
            Conversion::Lower | Conversion::Upper => (&[Type::Text], Type::Text),
            Conversion::Length => (&[Type::Text], Type::Number),
            Conversion::Int | Conversion::Float => {
                (&[Type::Text, Type::Number, Type::Time], Type::Number)
            }
            Conversion::Text => (&[Type::Text, Type::Number, Type::Time, Type::Bool], Type::Text),
        };
        if takes.iter().all(|it| kind.clashes(*it)) {
            let title = format!("`{}` has no answer for this", signature.name);
            let label = format!("this is {}", kind.in_words());
            return Err(signature.refuse(&argument.range, title, label));
        }
        Ok((Node::Convert(conversion, Box::new(node)), gives))
    }
}

fn regex(signature: &Signature, argument: &Syntax<'_>) -> Result<Regex, ConditionError> {
    let pattern = uncooked(signature.quoted(argument)?);
    compile(pattern, &argument.range)
}

fn compile(pattern: &str, range: &Range<usize>) -> Result<Regex, ConditionError> {
    RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build().map_err(|error| {
        let (label, help) = match &error {
            regex::Error::CompiledTooBig(limit) => (
                format!("compiled, it takes more than {limit} bytes"),
                "use smaller repetition counts, or `(?-u)` if only ASCII matters",
            ),
            error => (reason(&error.to_string()), "look-around and back-references are not known"),
        };
        ConditionError::new(range, "the regular expression is not well-formed", label, help)
    })
}

/// The sentence of a message that draws the pattern first.
fn reason(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}
