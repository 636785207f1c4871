//! What became of what rules said at a property, page by page: a page is the stays that arrive on some days, and pages
//! add up.

use cardex_domain::followed::{ByRule, followed};
use cardex_domain::ids::DepartmentId;
use cardex_domain::records::Records;
use cardex_domain::stay::Stay;
use cardex_domain::time::Day;
use cardex_wire::query::{ErrorCode, QueryError, Stats, StatsReply, StatsRequest, StatsView};
use cardex_wire::text::AsText;

use super::stays::LONGEST_STAY_DAYS;
use super::{Answer, Desk, unreadable};

/// How many days before the last one the first is, when the question does not say.
const SINCE_DEFAULT_DAYS: i32 = 30;
/// The longest time of one question.
const TIME_MAX_DAYS: i32 = 3_660;
/// A stay that arrives later than this after the last day is not looked for.
const AHEAD_DAYS: i32 = 400;
/// From so many stays on, the next days come with the next page: writers wait meanwhile.
const PAGE_STAYS: usize = 500;

impl Answer for Stats {
    type Says = StatsReply;

    fn answer(desk: &Desk<'_>, asked: StatsRequest) -> Result<StatsReply, QueryError> {
        let of = desk.tells_of(asked.department.map(|department| department.0))?;
        let until = asked.until.map_or_else(|| desk.today(), |day| day.0);
        let since = asked
            .since
            .map_or(until.plus(-SINCE_DEFAULT_DAYS), |day| day.0);
        if since > until || until.0.saturating_sub(since.0) > TIME_MAX_DAYS {
            let detail = format!("`since` is at most {TIME_MAX_DAYS} days before `until`");
            return Err(QueryError::new(ErrorCode::BadRequest, detail));
        }
        let first = since.plus(-LONGEST_STAY_DAYS);
        let last = until.plus(AHEAD_DAYS);
        let mut day = asked.from.map_or(first, |day| day.0).max(first);
        let (mut rules, mut looked_at) = (ByRule::new(), 0);
        while day <= last && looked_at < PAGE_STAYS {
            let stays = desk.reader.stays_between(&desk.subject.property, day, day);
            let stays = stays.map_err(unreadable)?;
            looked_at += stays.len();
            for stay in stays.iter().filter(|stay| !was_over(stay, since)) {
                // Of a stay that arrives in the time everything counts, of others what came onto a board in it.
                let days = (!(since..=until).contains(&day)).then_some((since, until));
                let told = desk.followed(stay, days)?;
                for (rule, part) in told {
                    if of.as_ref().is_none_or(|of| rule.0 == *of) {
                        rules.entry(rule).or_default().join(part);
                    }
                }
            }
            day = day.plus(1);
        }
        let views = rules.into_iter();
        Ok(StatsReply {
            sequence: desk.sequence,
            behind: desk.behind,
            since: AsText(since),
            until: AsText(until),
            rules: views.map(|(rule, of)| StatsView::of(rule, of)).collect(),
            next: (day <= last).then_some(AsText(day)),
        })
    }
}

/// Whether nothing of the stay could come onto a board from that day on: no board outlives its stay by more than the
/// day on which somebody says that it is over.
fn was_over(stay: &Stay, since: Day) -> bool {
    let last_event = stay.last_event_at.day();
    !stay.status.is_active() && last_event.max(stay.days().1).plus(1) < since
}

impl Desk<'_> {
    /// The department of whose lines alone is told, where it is not all of them.
    fn tells_of(&self, asked: Option<DepartmentId>) -> Result<Option<DepartmentId>, QueryError> {
        let asks = &self.subject.department;
        if self.keeps_in_order() {
            return Ok(asked);
        }
        if asked.is_some_and(|department| department != *asks) {
            let detail = "a department is told of its own lines; guest_relations of all";
            return Err(QueryError::new(ErrorCode::Forbidden, detail));
        }
        Ok(Some(asks.clone()))
    }

    fn followed(&self, stay: &Stay, days: Option<(Day, Day)>) -> Result<ByRule, QueryError> {
        let cards = self.reader.cards_of(stay.id).map_err(unreadable)?;
        if cards.is_empty() {
            return Ok(ByRule::new());
        }
        let outcomes = self.reader.outcomes_of(stay.id).map_err(unreadable)?;
        Ok(followed(&cards, &outcomes, days))
    }
}
