//! The words of a rule, with places for what is known only when it speaks.

use cardex_domain::ids::AttributeId;

/// A text with variables: its pieces, each with the byte offset at which it starts or, of words, ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wording(Vec<(usize, Piece)>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Words as they are.
    Words(String),
    /// How the guest is called.
    Guest,
    /// Which room.
    Room,
    /// What the values of an attribute are called.
    Values(AttributeId),
}

/// Something wrong at a byte offset of the text.
pub(crate) type Wrong = (usize, String);

impl Wording {
    /// Reads a text: `{guest}`, `{room}`, `{attribute.id}`, and `{{` or `}}` for a brace.
    ///
    /// # Errors
    /// With every fault.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Wrong>> {
        let (mut pieces, mut wrong) = (Vec::new(), Vec::new());
        let mut words = String::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with("{{") || rest.starts_with("}}") {
                words.push_str(&rest[..1]);
                at += 2;
                continue;
            }
            let Some(inside) = rest.strip_prefix('{') else {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let run = rest[first..]
                    .find(['{', '}'])
                    .map_or(rest.len(), |at| first + at);
                words.push_str(&rest[..run]);
                at += run;
                continue;
            };
            let Some(name) = inside.find(['{', '}']).map(|end| &inside[..end]) else {
                wrong.push((at, "`{` is not closed: add `}`, or write `{{`".to_owned()));
                break;
            };
            match variable(name) {
                Some(piece) if inside[name.len()..].starts_with('}') => {
                    if !words.is_empty() {
                        pieces.push((at, Piece::Words(std::mem::take(&mut words))));
                    }
                    pieces.push((at, piece));
                }
                _ => wrong.push((at, not_a_variable(name))),
            }
            at += name.len() + 2;
        }
        if !words.is_empty() {
            pieces.push((at, Piece::Words(words)));
        }
        if wrong.is_empty() {
            Ok(Self(pieces))
        } else {
            Err(wrong)
        }
    }

    /// The words that stand in it as they are.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(_, piece)| match piece {
            Piece::Words(words) => Some(words.as_str()),
            _ => None,
        })
    }

    /// The attributes whose values it shows, each with its byte offset.
    pub(crate) fn shows(&self) -> impl Iterator<Item = (usize, &AttributeId)> {
        self.0.iter().filter_map(|(at, piece)| match piece {
            Piece::Values(attribute) => Some((*at, attribute)),
            _ => None,
        })
    }

    /// Whether it shows the values of the attribute.
    pub(crate) fn shows_values_of(&self, attribute: &AttributeId) -> bool {
        self.shows().any(|(_, shown)| shown == attribute)
    }

    /// The text with its variables filled in. A sentence that starts with one starts with a capital, and before a value
    /// that begins with a vowel `a` becomes `an`.
    pub(crate) fn fill(
        &self,
        guest: &str,
        room: &str,
        values: impl Fn(&AttributeId) -> String,
    ) -> String {
        let mut text = String::new();
        for (_, piece) in &self.0 {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Guest => text.push_str(guest),
                Piece::Room => text.push_str(room),
                Piece::Values(attribute) => {
                    let value = values(attribute);
                    if text.ends_with(" a ") && value.starts_with(is_vowel) {
                        text.insert(text.len() - 1, 'n');
                    }
                    text.push_str(&value);
                }
            }
        }
        let mut rest = text.chars();
        match rest.next() {
            Some(first) => first.to_uppercase().chain(rest).collect(),
            None => text,
        }
    }
}

fn is_vowel(first: char) -> bool {
    matches!(first.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

fn variable(name: &str) -> Option<Piece> {
    match name {
        "guest" => Some(Piece::Guest),
        "room" => Some(Piece::Room),
        _ => AttributeId::new(name).ok().map(Piece::Values),
    }
}

fn not_a_variable(name: &str) -> String {
    format!(
        "`{{{name}}}` is no variable: write `{{guest}}`, `{{room}}` or an attribute of `about`, or `{{{{` for a brace"
    )
}

#[cfg(test)]
mod tests;
