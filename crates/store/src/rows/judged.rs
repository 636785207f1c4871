//! The rows of notes beside the observations that have them: the index by which they are listed, and what people said of
//! what they seem to say.

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::{CountsAs, Polarity, ReadStatement, Scope};
use cardex_domain::fact::{NoteJudgedFact, Noted};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId};

use super::{Coded, MomentRow, Senseless, boxed, moment, moment_row};

coded!(CountsAs { Stated = 0, Observed = 1, Nothing = 2 });

/// An observation that has a note: found by property and sequence, told apart by department without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct WrittenRow<'a> {
    pub(crate) event: [u8; 16],
    pub(crate) department: &'a str,
}

impl<'a> WrittenRow<'a> {
    pub(crate) fn of(noted: &'a Noted) -> Self {
        Self {
            event: noted.key.0,
            department: noted.department.as_str(),
        }
    }
}

/// What the event in the key says of a statement that the note of the observation in the key seems to make.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct NoteJudgedRow<'a> {
    pub(crate) sequence: u64,
    attribute: &'a str,
    value: &'a str,
    polarity: u8,
    scope: u8,
    counts_as: u8,
    property: &'a str,
    department: Option<(&'a str, &'a str)>,
    occurred_at: MomentRow,
    by: Option<&'a str>,
}

impl<'a> NoteJudgedRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a NoteJudgedFact) -> Self {
        let ReadStatement {
            attribute,
            value,
            polarity,
            scope,
        } = &fact.statement;
        let department = fact.department.as_ref();
        Self {
            sequence,
            attribute: attribute.as_str(),
            value,
            polarity: polarity.code(),
            scope: scope.code(),
            counts_as: fact.counts_as.code(),
            property: fact.property.as_str(),
            department: department.map(|(department, app)| (department.as_str(), app.as_str())),
            occurred_at: moment_row(fact.occurred_at),
            by: fact.by.as_deref(),
        }
    }

    pub(crate) fn read(
        self,
        event: EventKey,
        target: EventKey,
    ) -> Result<NoteJudgedFact, Senseless> {
        let department = self.department.map(|(department, app)| {
            Ok::<_, Senseless>((DepartmentId::new(department)?, AppId::new(app)?))
        });
        Ok(NoteJudgedFact {
            key: event,
            target,
            statement: ReadStatement {
                attribute: AttributeId::new(self.attribute)?,
                value: self.value.into(),
                polarity: Polarity::of_code(self.polarity)?,
                scope: Scope::of_code(self.scope)?,
            },
            counts_as: CountsAs::of_code(self.counts_as)?,
            property: PropertyId::new(self.property)?,
            department: department.transpose()?,
            occurred_at: moment(self.occurred_at),
            by: boxed(self.by),
        })
    }
}
