//! The types of a condition. CEL finds a wrong name or a comparison of a text with a number only when it meets them, and
//! then a rule silently never fires; here they are found when the file is read.

use std::collections::BTreeSet;

use cardex_domain::ids::AttributeId;
use cardex_domain::stay::Status;
use cardex_domain::vocabulary::{Attribute, Kind, Vocabulary};
use cel::Program;
use cel::common::ast::operators as op;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, IdedExpr, ListExpr, LiteralValue, SourceInfo,
};

use super::STAY_NUMBERS;
use crate::fault::{Wrong, meant, not_a_value};

const ROOTS: [&str; 3] = ["guest", "profile", "stay"];
const STAY_TEXTS: [&str; 3] = ["room", "room_type", "status"];
const GUEST_TEXTS: [&str; 2] = ["language", "nationality"];
const STATUSES: [Status; 5] = [
    Status::Reserved,
    Status::InHouse,
    Status::CheckedOut,
    Status::Cancelled,
    Status::NoShow,
];

/// Checks a parsed condition; gives the attributes it asks about, each with its byte offset.
///
/// # Errors
/// With every fault and its byte offset.
pub(super) fn condition(
    program: &Program,
    source: &str,
    vocabulary: &Vocabulary,
) -> Result<BTreeSet<(usize, AttributeId)>, Vec<Wrong>> {
    let mut checker = Checker {
        vocabulary,
        places: program.source_info(),
        source,
        scope: Vec::new(),
        attributes: BTreeSet::new(),
        wrong: Vec::new(),
    };
    let expression = program.expression();
    checker.expect(expression, &Type::Bool, "a condition is true or false");
    if checker.wrong.is_empty() {
        Ok(checker.attributes)
    } else {
        Err(checker.wrong)
    }
}

/// Every name beside those of a profile's attributes.
fn every_field() -> impl Iterator<Item = String> {
    let of_stay = STAY_NUMBERS.into_iter().chain(STAY_TEXTS);
    let of_stay = of_stay.map(|field| format!("stay.{field}"));
    of_stay.chain(GUEST_TEXTS.map(|field| format!("guest.{field}")))
}

#[derive(Debug, Clone)]
enum Type<'v> {
    Bool,
    Number,
    Text(Words<'v>),
    List(Box<Type<'v>>),
    /// A fault was found in it already.
    Unknown,
}

/// Which texts something can be.
#[derive(Debug, Clone, Copy)]
enum Words<'v> {
    Any,
    Status,
    ValueOf(&'v Attribute),
}

impl Type<'_> {
    const TEXT: Self = Self::Text(Words::Any);

    fn name(&self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Unknown => "unknown",
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (Self::List(a), Self::List(b)) => a.is_like(b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

struct Checker<'v, 'p> {
    vocabulary: &'v Vocabulary,
    places: &'p SourceInfo,
    source: &'p str,
    /// Names that macros bind, innermost last.
    scope: Vec<(&'p str, Type<'v>)>,
    attributes: BTreeSet<(usize, AttributeId)>,
    wrong: Vec<Wrong>,
}

impl<'v, 'p> Checker<'v, 'p> {
    fn type_of(&mut self, expression: &'p IdedExpr) -> Type<'v> {
        match &expression.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => Type::Bool,
            Expr::Literal(LiteralValue::Int(_)) => Type::Number,
            Expr::Literal(LiteralValue::String(_)) => Type::TEXT,
            Expr::Literal(_) => self.fault(
                expression,
                "write a text in quotes, a whole number, true or false",
            ),
            Expr::Ident(_) | Expr::Select(_) => self.name(expression),
            Expr::Call(call) => self.call(expression, call),
            Expr::List(list) => self.list(expression, list),
            Expr::Comprehension(comprehension) => self.comprehension(expression, comprehension),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => self.fault(
                expression,
                "a map has no use here: compare with texts, numbers or lists",
            ),
        }
    }

    fn name(&mut self, expression: &'p IdedExpr) -> Type<'v> {
        let Some(path) = self.path(expression) else {
            return Type::Unknown;
        };
        let (root, field) = path.split_once('.').unwrap_or((&path, ""));
        if let Some((_, bound)) = self.scope.iter().rev().find(|(name, _)| *name == root) {
            if field.is_empty() {
                return bound.clone();
            }
            return self.fault(expression, format!("`{root}` has no fields"));
        }
        match root {
            "stay" if STAY_NUMBERS.contains(&field) => Type::Number,
            "stay" if field == "status" => Type::Text(Words::Status),
            "stay" if STAY_TEXTS.contains(&field) => Type::TEXT,
            "guest" if GUEST_TEXTS.contains(&field) => Type::TEXT,
            "stay" | "guest" => {
                let fields = every_field().filter(|name| name.starts_with(root));
                self.unknown_name(expression, &path, fields)
            }
            "profile" => self.attribute(expression, &path, field),
            _ => self.unknown_root(expression, &path),
        }
    }

    /// The dotted name that an expression is.
    fn path(&mut self, expression: &'p IdedExpr) -> Option<String> {
        match &expression.expr {
            Expr::Ident(name) => Some(name.clone()),
            Expr::Select(select) if select.test => {
                let message =
                    "what is not known never fires a rule: remove `has`, compare the value itself";
                self.fault(expression, message);
                None
            }
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(_) | Expr::Select(_) => {
                    let path = self.path(&select.operand)?;
                    Some(format!("{path}.{}", select.field))
                }
                _ => {
                    if !self.type_of(&select.operand).is_unknown() {
                        let message =
                            format!("there is no field `{}` here: remove it", select.field);
                        self.fault(expression, message);
                    }
                    None
                }
            },
            _ => None,
        }
    }

    fn attribute(&mut self, expression: &IdedExpr, path: &str, field: &str) -> Type<'v> {
        let id = AttributeId::new(field).ok();
        let known = id.and_then(|id| self.vocabulary.attribute(&id));
        let Some(attribute) = known else {
            let vocabulary = self.vocabulary;
            let paths = vocabulary.attributes().map(|a| format!("profile.{}", a.id));
            return self.unknown_name(expression, path, paths);
        };
        self.attributes
            .insert((self.place(expression), attribute.id.clone()));
        let value = Type::Text(Words::ValueOf(attribute));
        match attribute.kind {
            Kind::Single | Kind::SingleOpen => value,
            Kind::Multi | Kind::Need | Kind::Safety => Type::List(Box::new(value)),
        }
    }

    fn call(&mut self, expression: &'p IdedExpr, call: &'p CallExpr) -> Type<'v> {
        match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, None, operands) => {
                for operand in operands {
                    self.expect(operand, &Type::Bool, "`&&` and `||` join conditions");
                }
                Type::Bool
            }
            (op::LOGICAL_NOT, None, [operand]) => {
                self.expect(operand, &Type::Bool, "`!` denies a condition");
                Type::Bool
            }
            (op::EQUALS | op::NOT_EQUALS, None, [a, b]) => self.equality(expression, a, b),
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, None, [a, b]) => {
                for operand in [a, b] {
                    self.expect(operand, &Type::Number, "only numbers are more or less");
                }
                Type::Bool
            }
            (op::IN, None, [value, list]) => self.membership(value, list),
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, None, [a, b]) => {
                for operand in [a, b] {
                    self.expect(operand, &Type::Number, "only numbers are counted with");
                }
                Type::Number
            }
            (op::NEGATE, None, [operand]) => {
                self.expect(operand, &Type::Number, "only numbers are counted with");
                Type::Number
            }
            (op::CONDITIONAL, None, [condition, yes, no]) => {
                self.expect(condition, &Type::Bool, "`?` asks a condition");
                let (yes, no) = (self.type_of(yes), self.type_of(no));
                if !yes.is_like(&no) {
                    return self.fault(expression, "both answers of `? :` must be of one kind");
                }
                yes
            }
            ("size", None, [whole]) => self.size(whole),
            ("size", Some(whole), []) => self.size(whole),
            ("startsWith" | "endsWith" | "contains", Some(text), [part]) => {
                for operand in [&**text, part] {
                    self.expect(operand, &Type::TEXT, "only a text has parts that are texts");
                }
                Type::Bool
            }
            (name, ..) => {
                let offered = "size, startsWith, endsWith, contains, exists, all and exists_one";
                self.fault(
                    expression,
                    format!("`{name}` can't be used like this: there are {offered}"),
                )
            }
        }
    }

    fn equality(&mut self, expression: &IdedExpr, a: &'p IdedExpr, b: &'p IdedExpr) -> Type<'v> {
        let types = (self.type_of(a), self.type_of(b));
        match &types {
            (Type::List(_), _) | (_, Type::List(_)) => {
                self.fault(expression, "a list is not compared: write `value in list`");
            }
            (x, y) if !x.is_like(y) => {
                let message = format!(
                    "{} never equals {}: compare like with like",
                    x.name(),
                    y.name()
                );
                self.fault(expression, message);
            }
            (Type::Text(words), _) => self.word(*words, b),
            _ => {}
        }
        if let (_, Type::Text(words)) = types {
            self.word(words, a);
        }
        Type::Bool
    }

    fn membership(&mut self, value: &'p IdedExpr, list: &'p IdedExpr) -> Type<'v> {
        let (value_type, list_type) = (self.type_of(value), self.type_of(list));
        match &list_type {
            Type::Unknown => {}
            Type::List(element) if !value_type.is_like(element) => {
                let (is, of) = (value_type.name(), element.name());
                self.fault(
                    value,
                    format!("{is} is never in a list whose values are {of}: put it right"),
                );
            }
            Type::List(element) => {
                if let Type::Text(words) = **element {
                    self.word(words, value);
                }
            }
            other => {
                let message = format!(
                    "`in` looks into a list, and this is {}: write `==`",
                    other.name()
                );
                self.fault(list, message);
            }
        }
        if let (Type::Text(words), Expr::List(list)) = (value_type, &list.expr) {
            for element in &list.elements {
                self.word(words, element);
            }
        }
        Type::Bool
    }

    fn list(&mut self, expression: &'p IdedExpr, list: &'p ListExpr) -> Type<'v> {
        let mut element = Type::Unknown;
        for value in &list.elements {
            let found = self.type_of(value);
            if !found.is_like(&element) {
                return self.fault(expression, "the values of a list must be of one kind");
            }
            element = found;
        }
        Type::List(Box::new(element))
    }

    fn size(&mut self, whole: &'p IdedExpr) -> Type<'v> {
        match self.type_of(whole) {
            Type::List(_) | Type::Text(_) | Type::Unknown => Type::Number,
            other => {
                let message = format!("only a list or a text has a size, not {}", other.name());
                self.fault(whole, message)
            }
        }
    }

    /// `exists`, `all` and `exists_one`, as the parser writes them out.
    fn comprehension(&mut self, expression: &'p IdedExpr, c: &'p ComprehensionExpr) -> Type<'v> {
        let element = match self.type_of(&c.iter_range) {
            Type::List(element) => *element,
            Type::Unknown => Type::Unknown,
            other => {
                let message = format!("only a list is gone through, and this is {}", other.name());
                return self.fault(&c.iter_range, message);
            }
        };
        if ROOTS.contains(&c.iter_var.as_str()) {
            let message = format!(
                "`{}` has a meaning already: choose another name",
                c.iter_var
            );
            return self.fault(expression, message);
        }
        let gathered = self.type_of(&c.accu_init);
        if matches!(gathered, Type::List(_)) {
            let message = "`map` and `filter` make lists, a condition is true or false: write `exists`, `all` or `exists_one`";
            return self.fault(expression, message);
        }
        self.scope.push((&c.iter_var, element));
        self.scope.push((&c.accu_var, gathered));
        self.type_of(&c.loop_step);
        let result = self.type_of(&c.result);
        self.scope.truncate(self.scope.len() - 2);
        result
    }

    /// Checks that a literal compared with `words` is one of them.
    fn word(&mut self, words: Words<'v>, expression: &IdedExpr) {
        let Expr::Literal(LiteralValue::String(literal)) = &expression.expr else {
            return;
        };
        let word = literal.inner();
        match words {
            Words::Any => {}
            Words::Status => {
                if !STATUSES.iter().any(|status| status.as_str() == word) {
                    let known = STATUSES.map(Status::as_str).join(", ");
                    self.fault(
                        expression,
                        format!("a stay is never `{word}`: write one of {known}"),
                    );
                }
            }
            Words::ValueOf(attribute) => {
                if let Some(message) = not_a_value(self.vocabulary, attribute, word) {
                    self.fault(expression, message);
                }
            }
        }
    }

    fn expect(&mut self, expression: &'p IdedExpr, expected: &Type<'v>, why: &str) {
        let found = self.type_of(expression);
        if !found.is_like(expected) {
            self.fault(expression, format!("{why}, and this is {}", found.name()));
        }
    }

    /// A name that begins with nothing known: where its begin is left out, the whole of it is offered.
    fn unknown_root(&mut self, expression: &IdedExpr, path: &str) -> Type<'v> {
        let attributes = self.vocabulary.attributes();
        let every = every_field().chain(attributes.map(|a| format!("profile.{}", a.id)));
        let every: Vec<String> = every.collect();
        let is_end = |name: &&String| name.split_once('.').is_some_and(|(_, end)| end == path);
        let whole = every.iter().find(is_end).map(String::as_str);
        let near = whole.or_else(|| meant(path, every.iter().map(String::as_str)));
        let instead = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {}", ROOTS.map(|root| format!("{root}.…")).join(", ")),
        };
        self.fault(expression, format!("`{path}` is not known here: {instead}"))
    }

    fn unknown_name(
        &mut self,
        expression: &IdedExpr,
        name: &str,
        known: impl Iterator<Item = String>,
    ) -> Type<'v> {
        let known: Vec<String> = known.collect();
        let instead = match meant(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.len() < 10 => format!("write {}", known.join(", ")),
            None => "write an attribute of the vocabulary".to_owned(),
        };
        self.fault(expression, format!("`{name}` is not known here: {instead}"))
    }

    fn fault(&mut self, expression: &IdedExpr, message: impl Into<String>) -> Type<'v> {
        self.wrong.push((self.place(expression), message.into()));
        Type::Unknown
    }

    /// The byte offset at which an expression starts; of an operator, where it stands.
    fn place(&self, expression: &IdedExpr) -> usize {
        let start = match &expression.expr {
            Expr::Select(select) if !select.test => return self.place(&select.operand),
            _ => self
                .places
                .offset_for(expression.id)
                .map_or(0, |(start, _)| start),
        };
        usize::try_from(start).unwrap_or(0).min(self.source.len())
    }
}
