//! The messages of one file as they are written: what each says, and what it asks for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cardex_domain::ids::AttributeId;
use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};
use fluent_syntax::parser;
use fluent_syntax::unicode::unescape_unicode_to_string;

/// What words of every language say beside what rules say. A rule's id never begins with a capital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phrase {
    /// A guest with a name.
    Guest,
    /// One without.
    GuestUnknown,
    /// A room with a number.
    Room,
    /// One that is not known yet.
    RoomUnknown,
    /// Values joined.
    Several,
    /// A text that holds for one stay.
    ThisStay,
    /// A text that another department did not acknowledge; asked for where somebody follows another.
    Escalated,
}

impl Phrase {
    pub(super) const ALL: [Self; 7] = [
        Self::Guest,
        Self::GuestUnknown,
        Self::Room,
        Self::RoomUnknown,
        Self::Several,
        Self::ThisStay,
        Self::Escalated,
    ];

    /// The id of its message.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Guest => "Guest",
            Self::GuestUnknown => "Guest-unknown",
            Self::Room => "Room",
            Self::RoomUnknown => "Room-unknown",
            Self::Several => "Several",
            Self::ThisStay => "This-stay",
            Self::Escalated => "Escalated",
        }
    }

    /// The variables that it is given.
    pub(super) fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Guest => &["guest_title", "family", "name"],
            Self::Room => &["number"],
            Self::Several => &["before", "next"],
            Self::ThisStay => &["text"],
            Self::Escalated => &["department", "text"],
            Self::GuestUnknown | Self::RoomUnknown => &[],
        }
    }
}

/// What a message that rules name calls the attribute's values.
pub(super) fn variable(attribute: &AttributeId) -> String {
    attribute.as_str().replace('.', "-")
}

/// What it calls how many there are.
pub(super) fn counted(variable: &str) -> String {
    format!("{variable}_count")
}

/// Something that a message says or asks for, as a piece of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'s> {
    /// Words as they are.
    Words(Cow<'s, str>),
    /// A variable by its name.
    Variable(&'s str),
    /// A function by its name.
    Function(&'s str),
    /// A message or term that is not there, or that is made of itself.
    Missing(&'s str),
}

/// A file of words.
pub(super) struct Messages<'s> {
    text: &'s str,
    messages: BTreeMap<&'s str, Pattern<&'s str>>,
    terms: BTreeMap<&'s str, Pattern<&'s str>>,
}

impl<'s> Messages<'s> {
    /// The messages of a text, and what is wrong with its form: byte offset and message.
    pub(super) fn of(text: &'s str) -> (Self, Vec<(usize, String)>) {
        let (resource, errors) = match parser::parse(text) {
            Ok(resource) => (resource, Vec::new()),
            Err(parsed) => parsed,
        };
        let not_fluent = |error: parser::ParserError| {
            (
                error.pos.start.min(text.len()),
                format!("this is not Fluent: {}", error.kind),
            )
        };
        let mut wrong: Vec<_> = errors.into_iter().map(not_fluent).collect();
        let mut found = Self {
            text,
            messages: BTreeMap::new(),
            terms: BTreeMap::new(),
        };
        for entry in resource.body {
            let (map, id, value, attributes) = match entry {
                Entry::Message(m) => (&mut found.messages, m.id.name, m.value, m.attributes),
                Entry::Term(t) => (&mut found.terms, t.id.name, Some(t.value), t.attributes),
                _ => continue,
            };
            let at = offset(text, id);
            for attribute in attributes {
                let name = attribute.id.name;
                let message = format!("`.{name}` has no use here: remove it");
                wrong.push((offset(text, name), message));
            }
            let Some(value) = value else {
                wrong.push((at, format!("`{id}` is empty: say what to do")));
                continue;
            };
            if map.insert(id, value).is_some() {
                wrong.push((at, format!("`{id}` stands here twice: remove one")));
            }
        }
        (found, wrong)
    }

    /// The ids of all messages.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'s str> {
        self.messages.keys().copied()
    }

    /// The byte offset of a piece of the file.
    pub(super) fn place(&self, piece: &str) -> usize {
        offset(self.text, piece)
    }

    /// What a message says and asks for, with all that it is made of.
    pub(super) fn pieces(&self, id: &str) -> Vec<Piece<'s>> {
        let mut walk = Walk {
            file: self,
            inside: Vec::new(),
            pieces: Vec::new(),
        };
        if let Some((id, pattern)) = self.messages.get_key_value(id) {
            walk.inside.push((false, id));
            walk.pattern(pattern);
        }
        walk.pieces
    }
}

/// The byte offset in `text` of a piece of it.
fn offset(text: &str, piece: &str) -> usize {
    let at = piece.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    at.min(text.len())
}

struct Walk<'a, 's> {
    file: &'a Messages<'s>,
    /// The messages and terms (true) gone into, outermost first.
    inside: Vec<(bool, &'s str)>,
    pieces: Vec<Piece<'s>>,
}

impl<'s> Walk<'_, 's> {
    fn pattern(&mut self, pattern: &Pattern<&'s str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => {
                    self.pieces.push(Piece::Words(Cow::Borrowed(value)));
                }
                PatternElement::Placeable { expression } => self.expression(expression),
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&'s str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&'s str>) {
        match inline {
            InlineExpression::StringLiteral { value } => {
                self.pieces
                    .push(Piece::Words(unescape_unicode_to_string(value)));
            }
            InlineExpression::NumberLiteral { .. } => {}
            InlineExpression::VariableReference { id } => {
                // A term sees what it is given alone.
                if !self.inside.iter().any(|(is_term, _)| *is_term) {
                    self.pieces.push(Piece::Variable(id.name));
                }
            }
            InlineExpression::FunctionReference { id, arguments } => {
                self.pieces.push(Piece::Function(id.name));
                self.arguments(arguments);
            }
            InlineExpression::MessageReference { id, .. } => self.refer(false, id.name),
            InlineExpression::TermReference { id, arguments, .. } => {
                if let Some(arguments) = arguments {
                    self.arguments(arguments);
                }
                self.refer(true, id.name);
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&'s str>) {
        for argument in &arguments.positional {
            self.inline(argument);
        }
        for argument in &arguments.named {
            self.inline(&argument.value);
        }
    }

    fn refer(&mut self, is_term: bool, id: &'s str) {
        let known = if is_term {
            &self.file.terms
        } else {
            &self.file.messages
        };
        match known.get(id) {
            Some(pattern) if !self.inside.contains(&(is_term, id)) => {
                self.inside.push((is_term, id));
                self.pattern(pattern);
                self.inside.pop();
            }
            _ => self.pieces.push(Piece::Missing(id)),
        }
    }
}
