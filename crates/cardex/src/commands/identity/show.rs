//! The members of a person and what joins them, as text.

use std::fmt::Display;
use std::fmt::Write as _;

use cardex_wire::guest::GuestView;
use cardex_wire::identity::{IdentityView, JoinView, LinkView, SharedView};
use serde::Serialize;

use crate::clock::short;
use crate::commands::unassigned::word;
use crate::screen::Style;
use crate::screen::profile::heading;

/// Who it is and why, for programs.
#[derive(Serialize)]
pub(super) struct Shown {
    pub(super) guest: GuestView,
    pub(super) identity: IdentityView,
}

/// The person, what joins its members, and what keeps others away.
pub(super) fn render(guest: &GuestView, identity: &IdentityView, style: Style) -> String {
    let mut text = heading(guest, style);
    text.push_str(&joins(identity, style));
    if guest.members.len() == 1 {
        text.push_str("nothing else is known to be this guest\n");
    }
    for link in &identity.apart {
        let _ = writeln!(text, "{}", link_line("never", link, style));
    }
    for shared in &identity.conflicts {
        let line = shared_line("conflict", shared);
        let _ = writeln!(text, "{}", style.yellow(line));
    }
    text
}

/// What makes the members one person, a line each.
pub(crate) fn joins(identity: &IdentityView, style: Style) -> String {
    let mut text = String::new();
    for join in &identity.joins {
        let line = match join {
            JoinView::Linked(link) => link_line("linked", link, style),
            JoinView::Named(named) => {
                format!("named    {} by {}", named.profile, list(&named.stays))
            }
            JoinView::Shared(shared) => shared_line("same", shared),
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

pub(super) fn link_line(what: &str, link: &LinkView, style: Style) -> String {
    let said = format!(
        "{} by {}: {}",
        short(link.occurred_at.0),
        link.by,
        link.reason
    );
    let key = style.dim(format!("event {}", link.event));
    format!("{what:<8} {} and {}, {said}  {key}", link.a, link.b)
}

fn shared_line(what: &str, shared: &SharedView) -> String {
    let kind = shared
        .kind
        .map_or_else(|| shared.identifier.to_string(), |kind| word(&kind));
    format!("{what:<8} {kind}: {}", list(&shared.nodes))
}

fn list(ids: &[impl Display]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(" ")
}

#[cfg(test)]
mod tests {
    use cardex_domain::ids::{EventKey, IdentifierKey, NodeId, ProfileId, StayId};
    use cardex_wire::event::v1::IdentifierKind;
    use cardex_wire::text::AsText;

    use super::*;

    #[test]
    fn each_join_says_what_undoes_it() {
        let (a, b) = (ProfileId([1; 16]), StayId([2; 16]));
        let (a, b) = (NodeId::Profile(a), NodeId::Stay(b));
        let event = EventKey([3; 16]);
        let link = LinkView {
            event: AsText(event),
            a: AsText(a),
            b: AsText(b),
            occurred_at: AsText(crate::clock::parse_moment("2026-11-20T19:30Z").unwrap()),
            by: "duty".to_owned(),
            reason: "told at the desk".to_owned(),
        };
        let shared = SharedView {
            identifier: AsText(IdentifierKey([4; 16])),
            kind: Some(IdentifierKind::Document),
            nodes: vec![AsText(a), AsText(b)],
        };
        let identity = IdentityView {
            joins: vec![JoinView::Linked(link), JoinView::Shared(shared)],
            ..IdentityView::default()
        };
        let members = [a, b];
        let guest = GuestView::of(&members, &cardex_domain::profile::GuestCard::default());
        let text = render(&guest, &identity, Style::PLAIN);
        let said = format!(
            "linked   {a} and {b}, 2026-11-20 19:30 by duty: told at the desk  event {event}\n\
             same     document: {a} {b}\n"
        );
        assert!(text.ends_with(&said), "{text}");
    }
}
