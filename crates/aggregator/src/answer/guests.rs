//! Profiles, and finding whose.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::discretion::{ALIAS, Discretion};
use cardex_domain::event::{Identifier, Name};
use cardex_domain::fact::{Fact, keyed};
use cardex_domain::identity::{Person, has_words, node_facts, person_of, words};
use cardex_domain::ids::{AttributeId, EventKey, NodeId, StayId};
use cardex_domain::known_at::KnownAt;
use cardex_domain::profile::{GuestCard, Note, Profile};
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::stay::Stay;
use cardex_notes::wording::diagnoses;
use cardex_store::StoreError;
use cardex_wire::ProfileView;
use cardex_wire::guest::{GuestView, StayView};
use cardex_wire::profile::{Extent, reads_identifiers};
use cardex_wire::query::{
    Cursor, ErrorCode, Find, FindIdentifier, FindReply, FindRequest, Found, Get, GetReply,
    GetRequest, QueryError, Written,
};

use super::looking_back::When;
use super::pages::{PAGE_BYTES, Pages};
use super::{Answer, Desk, is_engine, unreadable};

/// Guests in one answer when the question does not say.
const FIND_DEFAULT: u32 = 20;
/// The most guests in one answer.
const FIND_MAX: u32 = 100;

/// The most guests of whom one alias was said.
const ALIASES_MAX: usize = 100;

/// By what somebody was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sought {
    Name,
    /// The name that a guest goes by who is incognito.
    Alias,
    Reservation,
    Identifier,
}

impl Answer for Get {
    type Says = GetReply<Written>;

    const LESSENS: bool = true;

    fn answer(desk: &Desk<'_>, asked: GetRequest) -> Result<GetReply<Written>, QueryError> {
        match asked.known_at {
            None => desk.get(&desk.reader, &asked),
            Some(at) => desk.get(&KnownAt::new(&desk.reader, at.0.utc_micros), &asked),
        }
    }
}

impl Desk<'_> {
    fn get(
        &self,
        records: &impl Records<Error = StoreError>,
        asked: &GetRequest,
    ) -> Result<GetReply<Written>, QueryError> {
        let known_at = asked.known_at.map(|at| at.0);
        let when = When::of(self, asked.at, asked.as_of, known_at);
        let (node, named) = self.find_in(records, &asked.about, when.at)?;
        let stay = asked.stay.map(|stay| stay.0).or(named);
        self.may_look_back(node, &when)?;
        let profile = self.profile_in(records, node, stay, &when)?;
        let of = match stay {
            Some(stay) => records.stay(stay).map_err(unreadable)?,
            None => None,
        };
        // What nobody keeps folded is asked for once.
        let kept = known_at.is_none() && self.extent == Extent::ANSWER && self.reader.is_whole();
        let department = &self.subject.department;
        let (profile, next) = match asked.whole {
            true => self.page_of(&profile, asked)?,
            false if kept => (
                self.views.of(&profile, department, |p| self.bounded(p)),
                None,
            ),
            false => (Written::from(&self.bounded(&profile)), None),
        };
        Ok(GetReply {
            sequence: self.sequence,
            behind: self.behind,
            vocabulary: self.vocabulary_hash(),
            known_at: asked.known_at,
            profile,
            stay: of.map(|stay| self.shown(&stay)).transpose()?,
            next,
        })
    }

    /// As much of the profile as an answer holds.
    fn bounded(&self, profile: &Profile) -> ProfileView {
        let (vocabulary, department) = (&self.active.vocabulary, &self.subject.department);
        let kept_back = |note: &Note| !vocabulary.shows_health(department) && diagnoses(&note.text);
        let without = profile.notes.iter().any(kept_back).then(|| {
            let mut profile = profile.clone();
            profile.notes.retain(|note| !kept_back(note));
            profile
        });
        let profile = without.as_ref().unwrap_or(profile);
        ProfileView::of(profile, vocabulary, department, &self.extent)
    }

    /// A page of all of it.
    fn page_of(
        &self,
        profile: &Profile,
        asked: &GetRequest,
    ) -> Result<(Written, Option<Cursor>), QueryError> {
        self.must_be_engine(
            "a department is not answered all of a profile; ask to have it explained",
        )?;
        let question = GetRequest {
            after: None,
            at_least: None,
            wait_ms: None,
            ..asked.clone()
        };
        let pages = Pages::of(self, &question, profile, asked.after)?;
        let labels = Some(&*self.active.vocabulary);
        let (page, next) = ProfileView::page(profile, labels, pages.from, PAGE_BYTES);
        Ok((Written::from(&page), next.map(|from| pages.next(from))))
    }
}

impl Answer for Find {
    type Says = FindReply;

    fn answer(desk: &Desk<'_>, asked: FindRequest) -> Result<FindReply, QueryError> {
        let wanted = words(&Name {
            full: asked.text.as_deref().map(Into::into),
            ..Name::default()
        });
        let nodes = match (&asked.text, &asked.identifier) {
            (Some(text), None) => desk.named(text, &wanted)?,
            (None, Some(identifier)) => {
                let carrying = desk.carrying(identifier)?.into_iter();
                carrying.map(|node| (node, Sought::Identifier)).collect()
            }
            _ => {
                let detail = "name one of text and identifier";
                return Err(QueryError::new(ErrorCode::BadRequest, detail));
            }
        };
        let limit = asked.limit.unwrap_or(FIND_DEFAULT).min(FIND_MAX) as usize;
        let mut persons: BTreeMap<NodeId, Person> = BTreeMap::new();
        let mut seen: BTreeSet<NodeId> = BTreeSet::new();
        for (node, sought) in nodes {
            if persons.len() == limit {
                break;
            }
            if seen.contains(&node) {
                continue;
            }
            let person = person_of(&desk.reader, &desk.active.deny, node).map_err(unreadable)?;
            if desk.may_find(&person, sought, &wanted)? {
                seen.extend(person.nodes.keys().copied());
                persons.extend(person.id().map(|id| (id, person)));
            }
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
    pub(super) fn shown(&self, stay: &Stay) -> Result<StayView, QueryError> {
        let discretion = self.discretion(NodeId::Stay(stay.id), Some(stay.id))?;
        let (department, vocabulary) = (&self.subject.department, &self.active.vocabulary);
        Ok(StayView::seen_by(
            department,
            stay,
            (&discretion, vocabulary),
        ))
    }

    /// What the guest asked for as of today, in general and for the stay.
    fn discretion(&self, node: NodeId, stay: Option<StayId>) -> Result<Discretion, QueryError> {
        let profile = self.profile(node, stay, self.today())?;
        Ok(profile.discretion())
    }

    /// What the guest asked for in general or in any stay that is expected or in house.
    pub(super) fn discretion_of(&self, person: &Person) -> Result<Discretion, QueryError> {
        let Some(id) = person.id() else {
            return Ok(Discretion::default());
        };
        let mut all = self.discretion(id, None)?;
        for stay in person.stays() {
            let active = self.reader.stay(stay).map_err(unreadable)?;
            if active.is_some_and(|stay| stay.status.is_active()) {
                all.join(self.discretion(NodeId::Stay(stay), Some(stay))?);
            }
        }
        Ok(all)
    }

    /// Whether the person may be found that way. Whoever asks by a name may be asking for a caller: a name that the guest
    /// does not use here finds nobody but for guest relations, the one that the guest goes by instead does, and one who
    /// wants nobody told is found by those alone who keep the card.
    fn may_find(
        &self,
        person: &Person,
        sought: Sought,
        wanted: &BTreeSet<String>,
    ) -> Result<bool, QueryError> {
        let department = &self.subject.department;
        let of = || self.discretion_of(person);
        let told = |asked: &Discretion| self.reads_identifiers() || !asked.no_information;
        Ok(match sought {
            Sought::Reservation | Sought::Identifier => true,
            Sought::Name if is_engine(department) => true,
            Sought::Name => {
                let asked = of()?;
                !asked.hides_name_from(department) && told(&asked)
            }
            Sought::Alias => {
                let asked = of()?;
                asked.goes_by(wanted) && told(&asked)
            }
        })
    }

    pub(super) fn reads_identifiers(&self) -> bool {
        reads_identifiers(&self.subject.department)
    }

    /// Refuses who may not read identifiers to ask by one: the answer would tell whose it is.
    pub(super) fn must_read_identifiers(&self) -> Result<(), QueryError> {
        if self.reads_identifiers() {
            return Ok(());
        }
        let detail = "this department may not look guests up by identifier";
        Err(QueryError::new(ErrorCode::Forbidden, detail))
    }

    /// The nodes that a name, or a reservation number of the property, means.
    fn named(
        &self,
        text: &str,
        wanted: &BTreeSet<String>,
    ) -> Result<Vec<(NodeId, Sought)>, QueryError> {
        let mut nodes = Vec::new();
        let stay = self.key.stay(&self.subject.property, text.trim());
        if self.reader.stay(stay).map_err(unreadable)?.is_some() {
            nodes.push((NodeId::Stay(stay), Sought::Reservation));
        }
        if wanted.is_empty() {
            return Ok(nodes);
        }
        for node in self.reader.nodes_named(wanted).map_err(unreadable)?.nodes {
            let name = node_facts(&self.reader, node).map_err(unreadable)?.name;
            let has = name.map(|name| words(&name)).unwrap_or_default();
            if has_words(&has, wanted) {
                nodes.push((node, Sought::Name));
            }
        }
        let aliases = self.going_by(wanted).map_err(unreadable)?;
        nodes.extend(aliases.into_iter().map(|node| (node, Sought::Alias)));
        Ok(nodes)
    }

    /// The nodes of whom somebody once said that they go by such a name; whether they do now is theirs to say.
    fn going_by(&self, wanted: &BTreeSet<String>) -> Result<Vec<NodeId>, StoreError> {
        let alias = AttributeId::new(ALIAS).expect("the name is an attribute's");
        let (mut nodes, mut last) = (Vec::new(), String::new());
        while let Some((attribute, word)) = self.reader.next_uncurated(Some((&alias, &last)))? {
            if attribute != alias {
                break;
            }
            let name = Name {
                full: Some(word.as_str().into()),
                ..Name::default()
            };
            if has_words(&words(&name), wanted) {
                for marked in self.reader.uncurated(&alias, &word, ALIASES_MAX)? {
                    nodes.extend(self.observed_of(marked.event)?);
                }
            }
            last = word;
        }
        Ok(nodes)
    }

    /// Of whom something was noticed.
    fn observed_of(&self, event: EventKey) -> Result<Option<NodeId>, StoreError> {
        let Some(Fact::Noted(noted)) = self.reader.fact_of(event)? else {
            return Ok(None);
        };
        let (deny, at) = (&self.active.deny, noted.observed_at);
        let resolved = resolve(&self.reader, deny, &noted.references, at)?;
        Ok(match resolved {
            Resolution::Assigned { node, .. } => Some(node),
            Resolution::Unassigned { .. } => None,
        })
    }

    /// The nodes that carry the identifier now. Who may not read identifiers may not search by them either.
    fn carrying(&self, wanted: &FindIdentifier) -> Result<Vec<NodeId>, QueryError> {
        self.must_read_identifiers()?;
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
        let discretion = self.discretion_of(person)?;
        let guest = GuestView::seen_by(
            &self.subject.department,
            &members,
            &GuestCard::of(person, &self.active.deny),
            (&discretion, &self.active.vocabulary),
        );
        let mut stays = Vec::new();
        for id in person.stays() {
            stays.extend(self.reader.stay(id).map_err(unreadable)?);
        }
        stays.sort_by_key(|stay| std::cmp::Reverse((stay.last_event_at, stay.id)));
        let stays = stays.iter().map(|stay| self.shown(stay));
        let stays = stays.collect::<Result<_, _>>()?;
        Ok(Found { guest, stays })
    }
}
