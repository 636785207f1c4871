//! Guests named as one word, for commands that name several, and who says what is said of them.

use cardex_domain::event::{GuestRef, NodeRef};
use cardex_domain::ids::NodeId;
use clap::Args;

use super::{parse_profile, parse_room};
use crate::exit::Usage;

/// How a guest is written as one word.
pub(crate) const FORMS: &str = "\
A guest is written as an id that Cardex gave out (g… or s…), as a profile SYSTEM/ID, or as reservation:NUMBER.";

/// A stay or a profile, as one word.
pub(crate) fn parse_node(text: &str) -> Result<NodeRef, String> {
    if let Some(number) = text.strip_prefix("reservation:") {
        return Ok(NodeRef::Reservation(number.into()));
    }
    if text.contains('/') {
        return parse_profile(text).map(NodeRef::Profile);
    }
    let node = text.parse::<NodeId>();
    node.map(NodeRef::Node)
        .map_err(|_| format!("`{text}` names nobody. {FORMS}"))
}

/// A stay or a profile as it is written in one word.
pub(crate) fn written(node: &NodeRef) -> String {
    match node {
        NodeRef::Node(node) => node.to_string(),
        NodeRef::Reservation(number) => format!("reservation:{number}"),
        NodeRef::Profile(profile) => format!("{}/{}", profile.pms, profile.id),
    }
}

/// A guest as one word, also by `room:ROOM`.
pub(crate) fn parse_guest(text: &str) -> Result<GuestRef, String> {
    match text.strip_prefix("room:") {
        Some(room) => parse_room(room)
            .map(GuestRef::Room)
            .map_err(|error| error.to_string()),
        None => parse_node(text).map(GuestRef::from),
    }
}

/// Who says it.
#[derive(Debug, Clone, Args)]
pub(crate) struct ByArgs {
    /// The member of staff [default: who is logged in here]
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
}

impl ByArgs {
    /// The member of staff.
    ///
    /// # Errors
    /// When none is given and nobody is logged in by name.
    pub(crate) fn by(&self) -> Result<Box<str>, Usage> {
        let named = self.by.clone().or_else(|| std::env::var("USER").ok());
        named
            .filter(|name| !name.trim().is_empty())
            .map(Into::into)
            .ok_or_else(|| Usage("say who says so: --by STAFF".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_named_in_one_word() {
        let guest = NodeId::Profile(cardex_domain::ids::ProfileId([1; 16]));
        assert_eq!(parse_node(&guest.to_string()), Ok(NodeRef::Node(guest)));
        let number = NodeRef::Reservation("R1".into());
        assert_eq!(parse_node("reservation:R1"), Ok(number));
        assert!(matches!(parse_node("opera/4711"), Ok(NodeRef::Profile(_))));
        for word in ["opera/4711", "reservation:R1", &guest.to_string()] {
            assert_eq!(written(&parse_node(word).unwrap()), word);
        }
        assert!(matches!(parse_guest("room:1012"), Ok(GuestRef::Room(_))));
        for nobody in ["R1", "g123", "room:1012"] {
            assert!(parse_node(nobody).is_err(), "{nobody}");
        }
    }
}
