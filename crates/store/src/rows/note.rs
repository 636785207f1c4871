//! The rows of observations: whole under the first reference, a pointer under each further one.

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::{Polarity, Purpose, Reach, Scope, Source, Statement};
use cardex_domain::fact::{Noted, Reference};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId};
use cardex_domain::time::Moment;

use super::names::Names;
use super::{Coded, ReferenceRow, Senseless, boxed};

/// What stands under a reference.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) enum NoteRow<'a> {
    /// The observation; this is its first reference.
    Whole(WholeNote<'a>),
    /// It stands whole under this reference, at the same time and event key.
    Under(ReferenceRow<'a>),
    /// The observation, with where and on what kind of trip it holds. Since format 2; where neither is said, the row is
    /// as ever.
    InContext(WholeNote<'a>, ContextRow),
}

/// Where and on what kind of trip an observation holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct ContextRow {
    reach: Option<u8>,
    /// Of each statement.
    purposes: Vec<Option<u8>>,
}

impl<'a> NoteRow<'a> {
    pub(crate) fn of(sequence: u64, noted: &'a Noted) -> Self {
        let whole = WholeNote::of(sequence, noted);
        let purposes = noted.statements.iter().map(|s| s.purpose);
        if noted.reach.is_none() && purposes.clone().all(|purpose| purpose.is_none()) {
            return Self::Whole(whole);
        }
        let context = ContextRow {
            reach: noted.reach.map(Reach::code),
            purposes: purposes.map(|p| p.map(Purpose::code)).collect(),
        };
        Self::InContext(whole, context)
    }

    /// The observation's sequence; `None` where it stands whole elsewhere.
    pub(crate) fn sequence(&self) -> Option<u64> {
        match self {
            Self::Whole(note) | Self::InContext(note, _) => Some(note.sequence),
            Self::Under(_) => None,
        }
    }

    /// The observation, whose first reference is this one, or the reference under which it stands whole.
    pub(crate) fn read(
        self,
        reference: Option<Reference>,
        at_micros: i64,
        key: EventKey,
        names: &mut Names,
    ) -> Result<Result<Noted, Reference>, Senseless> {
        match self {
            Self::Whole(note) => note.read(reference, at_micros, key, names).map(Ok),
            Self::InContext(note, context) => {
                let mut noted = note.read(reference, at_micros, key, names)?;
                context.complete(&mut noted)?;
                Ok(Ok(noted))
            }
            Self::Under(first) => first.read().map(Err),
        }
    }
}

impl ContextRow {
    /// Adds to an observation what the row says.
    fn complete(self, noted: &mut Noted) -> Result<(), Senseless> {
        noted.reach = self.reach.map(Reach::of_code).transpose()?;
        if self.purposes.len() != noted.statements.len() {
            return Err(Senseless);
        }
        for (statement, purpose) in noted.statements.iter_mut().zip(self.purposes) {
            statement.purpose = purpose.map(Purpose::of_code).transpose()?;
        }
        Ok(())
    }
}

/// An observation without what its key says: first reference, point in time, event key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct WholeNote<'a> {
    sequence: u64,
    event_id: &'a str,
    further_references: Vec<ReferenceRow<'a>>,
    property: &'a str,
    department: &'a str,
    via: Option<&'a str>,
    app: &'a str,
    offset_minutes: i16,
    source: u8,
    scope: u8,
    statements: Vec<(&'a str, &'a str, u8)>,
    note: Option<&'a str>,
    seen_by: Option<&'a str>,
}

impl<'a> WholeNote<'a> {
    fn of(sequence: u64, noted: &'a Noted) -> Self {
        Self {
            sequence,
            event_id: &noted.event_id,
            further_references: noted
                .references
                .iter()
                .skip(1)
                .map(ReferenceRow::of)
                .collect(),
            property: noted.property.as_str(),
            department: noted.department.as_str(),
            via: noted.via.as_ref().map(DepartmentId::as_str),
            app: noted.app.as_str(),
            offset_minutes: noted.observed_at.offset_minutes,
            source: noted.source.code(),
            scope: noted.scope.code(),
            statements: noted
                .statements
                .iter()
                .map(|s| (s.attribute.as_str(), &*s.value, s.polarity.code()))
                .collect(),
            note: noted.note.as_deref(),
            seen_by: noted.seen_by.as_deref(),
        }
    }

    fn read(
        self,
        reference: Option<Reference>,
        at_micros: i64,
        key: EventKey,
        names: &mut Names,
    ) -> Result<Noted, Senseless> {
        let Names {
            properties,
            departments,
            apps,
            attributes,
            values,
        } = names;
        let statement = |(attribute, value, polarity): (&str, &str, u8)| {
            Ok::<_, Senseless>(Statement {
                attribute: attributes.named(attribute, AttributeId::new)?,
                value: values.named(value, |value| Ok::<_, Senseless>(value.into()))?,
                polarity: Polarity::of_code(polarity)?,
                purpose: None,
            })
        };
        let mut department = |name| departments.named(name, DepartmentId::new);
        let further = self.further_references.into_iter().map(ReferenceRow::read);
        Ok(Noted {
            key,
            event_id: self.event_id.into(),
            references: reference
                .into_iter()
                .map(Ok)
                .chain(further)
                .collect::<Result<_, _>>()?,
            property: properties.named(self.property, PropertyId::new)?,
            department: department(self.department)?,
            via: self.via.map(&mut department).transpose()?,
            app: apps.named(self.app, AppId::new)?,
            observed_at: Moment {
                utc_micros: at_micros,
                offset_minutes: self.offset_minutes,
            },
            source: Source::of_code(self.source)?,
            scope: Scope::of_code(self.scope)?,
            reach: None,
            statements: self
                .statements
                .into_iter()
                .map(statement)
                .collect::<Result<_, _>>()?,
            note: boxed(self.note),
            seen_by: boxed(self.seen_by),
        })
    }
}
