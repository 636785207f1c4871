//! Whether a condition decides anything: it is asked about everything that could be known, as far as that is finite.
//!
//! Of each name that it asks about, what it compares it with stands for itself, and one other value for all the rest. So
//! all is tried where a condition only compares names with what it writes out (`==`, `!=`, `<`, `in`, `exists`, `all`), and
//! that in at most [`TRIED_MAX`] ways. A condition that counts, measures or takes texts apart is not judged.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::board::Phase;
use cardex_domain::ids::AttributeId;
use cardex_domain::stay::Status;
use cardex_domain::vocabulary::{Attribute, Vocabulary};
use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use cel::common::value::CowVal;
use cel::context::VariableResolver;

use super::{Condition, STAY_NUMBERS, list, number, text};

/// In how many ways what is known is tried.
const TRIED_MAX: usize = 4096;
/// Of how many values every set is tried.
const SET_MAX: usize = 6;
/// A text that nobody writes.
const OTHER: &str = "\u{1}";

/// What a condition answers, whatever is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// That it holds.
    Always,
    /// That it does not.
    Never,
    /// Now this, now that, as far as it was judged.
    Both,
}

/// When a condition is asked.
pub(crate) struct Scope<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    /// What is known whenever its rule could speak.
    pub(crate) bound: Vec<Bound<'a>>,
    /// In which parts of a stay the rule may speak.
    pub(crate) phases: BTreeSet<Phase>,
}

/// An attribute that a rule is about.
pub(crate) struct Bound<'a> {
    pub(crate) attribute: &'a AttributeId,
    /// The value that it names.
    pub(crate) value: Option<&'a str>,
    /// Whether it speaks of what the guest wants alone, which is what conditions see.
    pub(crate) is_wanted: bool,
}

/// Something that could be known under a name.
#[derive(Debug, Clone)]
enum Known {
    Nothing,
    Text(Box<str>),
    List(Vec<Box<str>>),
    Number(i64),
}

impl Condition {
    /// What it answers in that scope.
    pub(crate) fn answers(&self, scope: &Scope<'_>) -> Answers {
        let mut asked = Asked::default();
        asked.walk(self.program.expression());
        let domains: Option<Vec<_>> = asked
            .names
            .iter()
            .map(|name| Some((&**name, asked.domain(name, scope)?)))
            .collect();
        let Some(domains) = domains.filter(|_| !asked.is_beyond) else {
            return Answers::Both;
        };
        let mut ways = domains.iter().map(|(_, domain)| domain.len());
        let ways = ways.try_fold(1_usize, usize::checked_mul);
        let Some(ways) = ways.filter(|ways| *ways <= TRIED_MAX) else {
            return Answers::Both;
        };
        let held = (0..ways)
            .filter(|way| self.is_true(&Assumed::of(&domains, *way)))
            .count();
        match held {
            0 => Answers::Never,
            all if all == ways => Answers::Always,
            _ => Answers::Both,
        }
    }
}

/// What is taken to be known.
struct Assumed<'a>(BTreeMap<&'a str, &'a Known>);

impl<'a> Assumed<'a> {
    /// One of all ways to take a value of each domain.
    fn of(domains: &'a [(&'a str, Vec<Known>)], mut way: usize) -> Self {
        let each = domains.iter().map(|(name, domain)| {
            let one = &domain[way % domain.len()];
            way /= domain.len();
            (*name, one)
        });
        Self(each.collect())
    }
}

impl VariableResolver for Assumed<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        match *self.0.get(name)? {
            Known::Nothing => None,
            Known::Text(value) => Some(text(value)),
            Known::Number(value) => Some(number(*value)),
            Known::List(values) => Some(list(values.iter().map(|value| &**value))),
        }
    }
}

/// What a condition asks about and compares with.
#[derive(Default)]
struct Asked {
    names: BTreeSet<String>,
    texts: BTreeSet<String>,
    numbers: BTreeSet<i64>,
    /// Whether it does more than compare names with what is written out.
    is_beyond: bool,
}

impl Asked {
    fn walk(&mut self, expression: &IdedExpr) {
        match &expression.expr {
            Expr::Literal(LiteralValue::String(text)) => {
                self.texts.insert(text.inner().to_owned());
            }
            Expr::Literal(LiteralValue::Int(number)) => {
                self.numbers.insert(*number.inner());
            }
            Expr::Ident(_) | Expr::Select(_) => {
                if let Some(path) = path(expression).filter(|path| path.contains('.')) {
                    self.names.insert(path);
                }
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.elements.iter().for_each(|element| self.walk(element)),
            Expr::Comprehension(c) => {
                for part in [
                    &c.iter_range,
                    &c.accu_init,
                    &c.loop_cond,
                    &c.loop_step,
                    &c.result,
                ] {
                    self.walk(part);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &CallExpr) {
        let operands = || call.target.as_deref().into_iter().chain(&call.args);
        let is_written =
            |operand: &IdedExpr| matches!(operand.expr, Expr::Literal(_) | Expr::List(_));
        match call.func_name.as_str() {
            op::LESS
            | op::LESS_EQUALS
            | op::GREATER
            | op::GREATER_EQUALS
            | op::EQUALS
            | op::NOT_EQUALS
            | op::IN => {
                self.is_beyond |= !operands().any(is_written);
            }
            op::LOGICAL_AND
            | op::LOGICAL_OR
            | op::LOGICAL_NOT
            | op::CONDITIONAL
            | op::NOT_STRICTLY_FALSE => {}
            _ => self.is_beyond = true,
        }
        operands().for_each(|operand| self.walk(operand));
    }

    /// What could be known under a name; none when that is too much.
    fn domain(&self, name: &str, scope: &Scope<'_>) -> Option<Vec<Known>> {
        let (root, field) = name.split_once('.')?;
        match (root, field) {
            ("stay", "status") => {
                let status = |phase: &Phase| match phase {
                    Phase::Reserved => Status::Reserved,
                    Phase::InHouse => Status::InHouse,
                    Phase::Over => Status::CheckedOut,
                };
                let statuses = scope.phases.iter().map(status);
                Some(
                    statuses
                        .map(|status| Known::Text(status.as_str().into()))
                        .collect(),
                )
            }
            ("stay", field) if STAY_NUMBERS.contains(&field) => {
                let around = self
                    .numbers
                    .iter()
                    .flat_map(|n| [n.saturating_sub(1), *n, n.saturating_add(1)]);
                let numbers: BTreeSet<i64> = around.chain([0, 1]).filter(|n| *n >= 0).collect();
                Some(numbers.into_iter().map(Known::Number).collect())
            }
            ("profile", field) => {
                let id = AttributeId::new(field).ok()?;
                self.of_attribute(scope.vocabulary.attribute(&id)?, scope)
            }
            _ => {
                let texts = self.texts.iter().map(String::as_str).chain([OTHER]);
                let texts = texts.map(|text| Known::Text(text.into()));
                Some(texts.chain([Known::Nothing]).collect())
            }
        }
    }

    fn of_attribute(&self, attribute: &Attribute, scope: &Scope<'_>) -> Option<Vec<Known>> {
        let listed = || attribute.values.iter().map(|value| &*value.id);
        let is_named = |value: &&str| self.texts.contains(*value);
        let other = match attribute.open {
            true => Some(OTHER),
            false => listed().find(|value| !is_named(value)),
        };
        let written = self.texts.iter().map(String::as_str);
        let named: Vec<&str> = written
            .filter(|text| attribute.open || listed().any(|id| id == *text))
            .collect();
        let values: Vec<&str> = named.into_iter().chain(other).collect();
        let bound = scope
            .bound
            .iter()
            .find(|bound| *bound.attribute == attribute.id);
        let bound = bound.filter(|bound| bound.is_wanted);
        let nothing = bound.is_none().then_some(Known::Nothing);
        if attribute.kind.is_single() {
            let values = values.into_iter().map(|value| Known::Text(value.into()));
            return Some(values.chain(nothing).collect());
        }
        let needed = bound.and_then(|bound| bound.value);
        let free: Vec<&str> = values
            .into_iter()
            .filter(|value| Some(*value) != needed)
            .collect();
        if free.len() > SET_MAX {
            return None;
        }
        let sets = (0..1_usize << free.len()).map(|set| {
            let chosen = free.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
            let chosen = chosen.map(|(_, value)| *value);
            needed
                .into_iter()
                .chain(chosen)
                .map(Box::from)
                .collect::<Vec<_>>()
        });
        let sets = sets.filter(|set| !set.is_empty()).map(Known::List);
        Some(sets.chain(nothing).collect())
    }
}

/// The dotted name that an expression is.
fn path(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        _ => None,
    }
}
