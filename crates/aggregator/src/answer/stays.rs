//! Stays of a property, and those that an event affects.

use cardex_domain::board::is_left_alone;
use cardex_domain::fact::Fact;
use cardex_domain::ids::{NodeId, StayId};
use cardex_domain::records::Records;
use cardex_domain::resolve::affected;
use cardex_domain::situation::{Situation, looked_at};
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_wire::ProfileView;
use cardex_wire::guest::StayView;
use cardex_wire::profile::Extent;
use cardex_wire::query::{
    Affected, AffectedReply, AffectedRequest, AffectedStay, List, ListReply, ListRequest,
    OutcomeView, QueryError, ShownView, StatusCounts, encoded_len,
};
use cardex_wire::text::AsText;

use super::open::{open_stays, struck_stays};
use super::pages::fitting;
use super::{Answer, Desk, FOR_SERVICES, unreadable};

/// Stays in one answer when the question does not say.
const LIST_DEFAULT: u32 = 100;
/// The most stays in one answer.
const LIST_MAX: u32 = 1_000;
/// A stay that arrived longer ago is not looked for when one asks from a day on.
pub(super) const LONGEST_STAY_DAYS: i32 = 400;
/// From this size on, the stays that are still to be told come with the next answer.
const AFFECTED_PAGE_BYTES: usize = 256 * 1024;
/// The most stays of one answer.
const AFFECTED_PAGE_STAYS: usize = 256;

impl Answer for List {
    type Says = ListReply;

    fn answer(desk: &Desk<'_>, asked: ListRequest) -> Result<ListReply, QueryError> {
        let (first, last) = (Day(i32::MIN), Day(i32::MAX));
        let from = asked.from.map_or(first, |day| day.0);
        let to = asked.to.map_or(last, |day| day.0);
        let arrived_from = from.plus(-LONGEST_STAY_DAYS);
        let found = desk
            .reader
            .stays_between(&desk.subject.property, arrived_from, to);
        let mut found = found.map_err(unreadable)?;
        found.sort_by_key(|stay| stay.id);
        let limit = asked.limit.unwrap_or(LIST_DEFAULT).min(LIST_MAX) as usize;
        let mut counts = StatusCounts::default();
        let mut stays = Vec::new();
        let mut more = false;
        for stay in found {
            let wanted = asked
                .status
                .is_none_or(|status| Status::from(status) == stay.status);
            let has_room = asked.room.is_none() || asked.room == stay.room.clone().map(AsText);
            if !wanted || !has_room || !touches(&stay, from, to) {
                continue;
            }
            counts.add(stay.status);
            if asked.after.is_some_and(|after| stay.id <= after.0) {
                continue;
            }
            if stays.len() < limit {
                stays.push(desk.shown(&stay)?);
            } else {
                more = true;
            }
        }
        let next = stays.last().filter(|_| more).map(|stay: &StayView| stay.id);
        let (sequence, vocabulary) = (desk.sequence, desk.vocabulary_hash());
        Ok(ListReply {
            sequence,
            behind: desk.behind,
            vocabulary,
            stays,
            counts,
            next,
        })
    }
}

/// Whether the stay has a day in common with the days from `from` to `to`.
fn touches(stay: &Stay, from: Day, to: Day) -> bool {
    let (arrives, departs) = stay.days();
    arrives <= to && departs >= from
}

impl Answer for Affected {
    type Says = AffectedReply;

    fn answer(desk: &Desk<'_>, asked: AffectedRequest) -> Result<AffectedReply, QueryError> {
        desk.must_be_engine(FOR_SERVICES)?;
        let mut reply = AffectedReply {
            sequence: desk.sequence,
            vocabulary: desk.vocabulary_hash(),
            playbook: desk.active.playbook.as_deref().map(str::to_owned),
            as_of: AsText(desk.today()),
            taught: desk.taught(),
            affected: Vec::new(),
            next: None,
        };
        // What is not remembered is a dead letter, and affects nothing.
        let event = asked.event.0;
        let Some(fact) = desk.reader.fact_of(event).map_err(unreadable)? else {
            return Ok(reply);
        };
        let recorded = desk.reader.event(event).map_err(unreadable)?;
        let received = recorded.map_or(desk.now.utc_micros, |r| r.server_time_micros);
        let at = looked_at(&fact, received);
        let as_of = at.latest_day();
        reply.as_of = AsText(as_of);
        let stays = match asked.only {
            Some(stay) => vec![stay.0],
            None => desk.affected(&fact, as_of, asked.after.map(|after| after.0))?,
        };
        // After a full page there may be more; the next one may as well be empty.
        reply.next = stays.get(AFFECTED_PAGE_STAYS - 1).copied().map(AsText);
        let mut bytes = 0;
        for id in stays {
            // Measured once another follows: most events affect one stay, and its answer is not encoded twice.
            if let Some(last) = reply.affected.last() {
                bytes += encoded_len(last);
                if bytes > AFFECTED_PAGE_BYTES {
                    reply.next = Some(last.stay.id);
                    break;
                }
            }
            let stay = desk.reader.stay(id).map_err(unreadable)?;
            // Most of what is imported is long over: nothing is folded for it.
            if let Some(stay) = stay.filter(|stay| !is_left_alone(stay, as_of)) {
                reply.affected.push(desk.situation(&stay, at)?);
            }
        }
        Ok(reply)
    }
}

impl Desk<'_> {
    /// A page of the stays that the fact affects, behind the one named: in id order, or by property those that are open
    /// when it is a setting, and in id order those that an hour concerns.
    fn affected(
        &self,
        fact: &Fact,
        as_of: Day,
        after: Option<StayId>,
    ) -> Result<Vec<StayId>, QueryError> {
        let by_place = match fact {
            Fact::Setting(_) => Some(open_stays(&self.reader, after, as_of, AFFECTED_PAGE_STAYS)),
            Fact::Hour(hour) => Some(struck_stays(&self.reader, hour, after, AFFECTED_PAGE_STAYS)),
            _ => None,
        };
        if let Some(stays) = by_place {
            return stays.map_err(unreadable);
        }
        let stays = affected(&self.reader, &self.active.deny, fact).map_err(unreadable)?;
        let behind = stays
            .into_iter()
            .filter(|id| after.is_none_or(|after| *id > after));
        Ok(behind.take(AFFECTED_PAGE_STAYS).collect())
    }

    /// What is known for a stay at that moment.
    fn situation(&self, stay: &Stay, at: Moment) -> Result<AffectedStay, QueryError> {
        let profile = self.profile(NodeId::Stay(stay.id), Some(stay.id), at.latest_day())?;
        let situation = Situation::of(&self.reader, stay, &profile, at).map_err(unreadable)?;
        let outcomes = situation.outcomes.into_iter().map(|fact| OutcomeView {
            item: AsText(fact.outcome.item),
            outcome: fact.outcome.outcome.into(),
            occurred_at: AsText(fact.outcome.occurred_at),
        });
        Ok(AffectedStay {
            stay: StayView::from(stay),
            now: AsText(situation.now),
            profile: fitting(Extent::BOARD, |extent| {
                ProfileView::whole(&profile, None, extent)
            }),
            earlier_stays: situation.earlier_stays,
            shown: situation.shown.into_iter().map(ShownView::from).collect(),
            escalated: situation.escalated.into_iter().map(AsText).collect(),
            outcomes: outcomes.collect(),
        })
    }
}
