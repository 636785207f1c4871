//! Profiles, and finding whose.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::{Identifier, Name};
use cardex_domain::fact::keyed;
use cardex_domain::identity::{Person, node_facts, person_of, words};
use cardex_domain::ids::{DepartmentId, NodeId};
use cardex_domain::profile::GuestCard;
use cardex_domain::records::Records;
use cardex_domain::stay::Stay;
use cardex_wire::ProfileView;
use cardex_wire::guest::{GuestView, StayView};
use cardex_wire::profile::reads_identifiers;
use cardex_wire::query::{
    ErrorCode, Find, FindIdentifier, FindReply, FindRequest, Found, Get, GetReply, GetRequest,
    QueryError,
};

use super::{Answer, Desk, unreadable};

/// Guests in one answer when the question does not say.
const FIND_DEFAULT: u32 = 20;
/// The most guests in one answer.
const FIND_MAX: u32 = 100;

impl Answer for Get {
    fn answer(desk: &Desk<'_>, asked: GetRequest) -> Result<GetReply, QueryError> {
        let (node, named) = desk.find(&asked.about, asked.at.map(|at| at.0))?;
        let stay = asked.stay.map(|stay| stay.0).or(named);
        let as_of = asked.as_of.map_or_else(|| desk.today(), |day| day.0);
        let profile = desk.profile(node, stay, as_of)?;
        let of = match stay {
            Some(stay) => desk.reader.stay(stay).map_err(unreadable)?,
            None => None,
        };
        Ok(GetReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            profile: ProfileView::of(&profile, &desk.active.vocabulary, &desk.subject.department),
            stay: of.map(|stay| desk.shown(&stay)),
        })
    }
}

impl Answer for Find {
    fn answer(desk: &Desk<'_>, asked: FindRequest) -> Result<FindReply, QueryError> {
        let nodes = match (&asked.text, &asked.identifier) {
            (Some(text), None) => desk.named(text)?,
            (None, Some(identifier)) => desk.carrying(identifier)?,
            _ => {
                let detail = "name one of text and identifier";
                return Err(QueryError::new(ErrorCode::BadRequest, detail));
            }
        };
        let limit = asked.limit.unwrap_or(FIND_DEFAULT).min(FIND_MAX) as usize;
        let mut persons: BTreeMap<NodeId, Person> = BTreeMap::new();
        let mut seen: BTreeSet<NodeId> = BTreeSet::new();
        for node in nodes {
            if persons.len() == limit {
                break;
            }
            if seen.contains(&node) {
                continue;
            }
            let person = person_of(&desk.reader, &desk.active.deny, node).map_err(unreadable)?;
            seen.extend(person.nodes.keys().copied());
            persons.extend(person.id().map(|id| (id, person)));
        }
        let guests = persons.into_values().map(|person| desk.found(&person));
        Ok(FindReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            guests: guests.collect::<Result<_, _>>()?,
        })
    }
}

impl Desk<'_> {
    /// The stay as the department that asks may see it.
    pub(super) fn shown(&self, stay: &Stay) -> StayView {
        let view = StayView::from(stay);
        if self.reads_identifiers() {
            view
        } else {
            view.without_identifiers()
        }
    }

    fn reads_identifiers(&self) -> bool {
        reads_identifiers(&self.subject.department)
    }

    /// The nodes that a name, or a reservation number of the property, means.
    fn named(&self, text: &str) -> Result<Vec<NodeId>, QueryError> {
        let mut nodes = Vec::new();
        let stay = self.key.stay(&self.subject.property, text.trim());
        if self.reader.stay(stay).map_err(unreadable)?.is_some() {
            nodes.push(NodeId::Stay(stay));
        }
        let wanted = words(&Name {
            full: Some(text.into()),
            ..Name::default()
        });
        if wanted.is_empty() {
            return Ok(nodes);
        }
        for node in self.reader.nodes_named(&wanted).map_err(unreadable)?.nodes {
            let name = node_facts(&self.reader, node).map_err(unreadable)?.name;
            let has = name.map(|name| words(&name)).unwrap_or_default();
            if wanted.iter().all(|w| has.iter().any(|h| h.starts_with(w))) {
                nodes.push(node);
            }
        }
        Ok(nodes)
    }

    /// The nodes that carry the identifier now. Who may not read identifiers may not search by them either.
    fn carrying(&self, wanted: &FindIdentifier) -> Result<Vec<NodeId>, QueryError> {
        if !self.reads_identifiers() {
            let detail = "this department may not look guests up by identifier";
            return Err(QueryError::new(ErrorCode::Forbidden, detail));
        }
        let value = wanted.value.as_str().into();
        let identifier = Identifier {
            kind: wanted.kind.into(),
            value,
            verified: true,
        };
        let (key, _) = keyed(&identifier, self.key)
            .map_err(|error| QueryError::new(ErrorCode::BadRequest, error.to_string()))?;
        let mut nodes = Vec::new();
        for node in self.reader.nodes_with(key).map_err(unreadable)? {
            let facts = node_facts(&self.reader, node).map_err(unreadable)?;
            if facts.identifiers.iter().any(|(carried, _)| *carried == key) {
                nodes.push(node);
            }
        }
        Ok(nodes)
    }

    fn found(&self, person: &Person) -> Result<Found, QueryError> {
        let members: Vec<NodeId> = person.nodes.keys().copied().collect();
        let mut guest = GuestView::of(&members, &GuestCard::of(person));
        if !self.reads_identifiers() {
            guest.identifiers.clear();
        }
        let mut stays = Vec::new();
        for id in person.stays() {
            stays.extend(self.reader.stay(id).map_err(unreadable)?);
        }
        stays.sort_by_key(|stay| std::cmp::Reverse((stay.last_event_at, stay.id)));
        let stays = stays.iter().map(|stay| self.shown(stay)).collect();
        Ok(Found { guest, stays })
    }
}

/// Whether the department is one of Cardex's own services.
pub(super) fn is_engine(department: &DepartmentId) -> bool {
    department.as_str() == DepartmentId::ENGINE
}
