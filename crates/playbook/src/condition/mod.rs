//! Conditions of rules, in CEL. The only module that knows the language.
//!
//! What is not known has no value: whatever operator meets it raises an error, and a condition with an error does not
//! hold. So no rule fires *because* something is unknown, not by `!=` and not by `!`; a condition such as `a || b` whose
//! other side decides still does. Names resolve one by one, when an expression asks for them, so nothing is prepared that
//! no rule reads.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use cardex_domain::ids::{AttributeId, Room};
use cardex_domain::profile::{Profile, Verdict};
use cardex_domain::stay::Stay;
use cardex_domain::vocabulary::{Kind, Vocabulary};
use cardex_domain::wish::Standing;
use cel::common::types::{CelInt, CelList, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Program, Value};

use crate::fault::Wrong;

mod answers;
mod check;
#[cfg(test)]
mod tests;

pub(crate) use answers::{Answers, Bound, Scope};

static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// What can be asked about a stay beside `status`.
const STAY_NUMBERS: [&str; 4] = ["nights", "adults", "children", "earlier_stays"];

/// A compiled condition that can only be true or false.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    program: Arc<Program>,
    /// Whether it is to be false.
    is_denied: bool,
}

/// A condition with the attributes it asks about, each with its byte offset.
type Compiled = (Condition, BTreeSet<(usize, AttributeId)>);

impl Condition {
    /// Compiles an expression.
    ///
    /// # Errors
    /// With every fault and its byte offset: syntax, names, types, values that the vocabulary does not have.
    pub(crate) fn compile(source: &str, vocabulary: &Vocabulary) -> Result<Compiled, Vec<Wrong>> {
        let program = LANGUAGE.compile(source).map_err(|errors| {
            // What follows the first error is mostly its echo.
            let first = errors.errors.into_iter().next();
            vec![first.map_or((0, NOT_CEL.to_owned()), |error| syntax(source, &error))]
        })?;
        let attributes = check::condition(&program, source, vocabulary)?;
        let condition = Self {
            program: Arc::new(program),
            is_denied: false,
        };
        Ok((condition, attributes))
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, known: &Known<'_>) -> bool {
        self.is_true(known)
    }

    /// The condition that holds where this one is false; neither does where something is not known.
    pub(crate) fn denied(&self) -> Self {
        Self {
            program: Arc::clone(&self.program),
            is_denied: !self.is_denied,
        }
    }

    fn is_true(&self, known: &dyn VariableResolver) -> bool {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.set_variable_resolver(known);
        matches!(self.program.execute(&context), Ok(Value::Bool(held)) if held != self.is_denied)
    }
}

const NOT_CEL: &str = "this is not a CEL expression: put it right";

fn syntax(source: &str, error: &cel::ParseError) -> Wrong {
    let (line, column) = (
        usize::try_from(error.pos.0).unwrap_or(1).max(1),
        usize::try_from(error.pos.1).unwrap_or(1).max(1),
    );
    let mut lines = source.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line - 1).map(str::len).sum();
    let text = lines.next().unwrap_or_default();
    let within = text
        .char_indices()
        .nth(column - 1)
        .map_or(text.len(), |(at, _)| at);
    let said = error.msg.trim_start_matches("Syntax error: ");
    let said = said.split(" expecting ").next().unwrap_or(said);
    (before + within, format!("{NOT_CEL} ({said})"))
}

/// What conditions can ask about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The stay.
    pub(crate) stay: &'a Stay,
    /// What is known of the guest.
    pub(crate) profile: &'a Profile,
    /// How many stays the guest had before.
    pub(crate) earlier_stays: u32,
}

impl VariableResolver for Known<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let (root, field) = name.split_once('.')?;
        match root {
            "stay" => self.stay(field),
            "guest" => self.guest(field).map(text),
            "profile" => {
                let attribute = AttributeId::new(field).ok()?;
                preferred(self.profile.standing(&attribute)?)
            }
            _ => None,
        }
    }
}

impl Known<'_> {
    fn stay(&self, field: &str) -> Option<CowVal<'_, '_>> {
        let stay = self.stay;
        match field {
            "status" => Some(text(stay.status.as_str())),
            "nights" if stay.arrival.is_none() || stay.departure.is_none() => None,
            "nights" => Some(number(stay.nights())),
            "adults" => Some(number(stay.adults)),
            "children" => Some(number(stay.children)),
            "earlier_stays" => Some(number(self.earlier_stays)),
            "room_type" => stay.room_type.as_deref().map(text),
            "room" => Some(text(stay.room.as_ref().map_or("", Room::as_str))),
            _ => None,
        }
    }

    fn guest(&self, field: &str) -> Option<&str> {
        match field {
            "language" => self.profile.guest.language.as_deref(),
            "nationality" => self.profile.guest.nationality.as_deref(),
            _ => None,
        }
    }
}

/// What the guest wants of an attribute, wishes for the stay first: a text where one value can hold, else a list that is never empty.
fn preferred<'a>((kind, standing): (Kind, Vec<Standing<'a>>)) -> Option<CowVal<'a, 'a>> {
    let mut values = standing
        .into_iter()
        .map(|of| of.claim)
        .filter(|claim| claim.verdict.is_some_and(is_wanted))
        .map(|claim| &*claim.value)
        .peekable();
    values.peek()?;
    match kind {
        Kind::Single | Kind::SingleOpen => values.next().map(text),
        Kind::Multi | Kind::Need | Kind::Safety => Some(list(values)),
    }
}

/// Whether conditions see what has this verdict.
pub(crate) fn is_wanted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Prefers | Verdict::Need | Verdict::Safety)
}

fn list<'b>(values: impl Iterator<Item = &'b str>) -> CowVal<'b, 'b> {
    let values: Vec<Box<dyn Val + 'b>> = values
        .map(|value| Box::new(CelString::from(value)) as Box<dyn Val + 'b>)
        .collect();
    CowVal::owned(CelList::from(values))
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn number<'b>(number: impl Into<i64>) -> CowVal<'b, 'b> {
    CowVal::owned(CelInt::from(number.into()))
}
