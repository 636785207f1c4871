//! Questions about the past: as of an earlier day, or from what was known at a moment.

use std::sync::Arc;

use cardex_domain::identity::person_of;
use cardex_domain::ids::{NodeId, StayId};
use cardex_domain::profile::{Profile, profile_of};
use cardex_domain::records::Records;
use cardex_domain::time::{Day, Moment};
use cardex_store::StoreError;
use cardex_wire::query::{ErrorCode, QueryError};
use cardex_wire::text::AsText;

use super::{Desk, is_engine, unreadable};
use crate::profiles::Account;

/// When a question is about.
pub(super) struct When {
    /// When somebody was in the room, where a room is named.
    pub(super) at: Moment,
    /// The day to fold for.
    pub(super) as_of: Day,
    /// The last moment of which the records are looked at; all of them when `None`.
    known_at: Option<Moment>,
}

impl When {
    /// As it was asked; else now, or the moment that is looked back to.
    pub(super) fn of(
        desk: &Desk<'_>,
        at: Option<AsText<Moment>>,
        as_of: Option<AsText<Day>>,
        known_at: Option<Moment>,
    ) -> Self {
        let then = known_at.unwrap_or(desk.now);
        Self {
            at: at.map_or(then, |at| at.0),
            as_of: as_of.map_or_else(|| then.latest_day(), |day| day.0),
            known_at,
        }
    }
}

impl Desk<'_> {
    /// The profile as `records` have it. Only what is folded from all that is recorded is kept.
    pub(super) fn profile_in(
        &self,
        records: &impl Records<Error = StoreError>,
        node: NodeId,
        stay: Option<StayId>,
        when: &When,
    ) -> Result<Arc<Profile>, QueryError> {
        if when.known_at.is_none() {
            return self.profile(node, stay, when.as_of);
        }
        let occasion = self.occasion(stay, when.as_of);
        let folded = profile_of(records, &self.active.settings(), node, &occasion);
        folded.map(Arc::new).map_err(unreadable)
    }

    /// The profile with all that it is folded from, likewise.
    pub(super) fn account_in(
        &self,
        records: &impl Records<Error = StoreError>,
        node: NodeId,
        stay: Option<StayId>,
        when: &When,
    ) -> Result<Arc<Account>, QueryError> {
        if when.known_at.is_none() {
            return self.account(node, stay, when.as_of);
        }
        let asked = (node, self.occasion(stay, when.as_of));
        let account = Account::of(records, &self.active, &asked);
        account.map(Arc::new).map_err(unreadable)
    }

    /// Refuses to show a department what the guest has asked since not to have shown: what was said before that is no
    /// way around it.
    pub(super) fn may_look_back(&self, node: NodeId, when: &When) -> Result<(), QueryError> {
        let department = &self.subject.department;
        if is_engine(department)
            || (when.known_at.is_none() && when.as_of >= self.now.earliest_day())
        {
            return Ok(());
        }
        let person = person_of(&self.reader, &self.active.deny, node).map_err(unreadable)?;
        let discretion = self.discretion_of(&person)?;
        if discretion.hides_name_from(department) || discretion.hides_personal_from(department) {
            let detail = "the guest wants to be left in peace; only guest relations may look back";
            return Err(QueryError::new(ErrorCode::Forbidden, detail));
        }
        Ok(())
    }
}
