//! What staff said is wrong: an item of a board that is not true of its guest, listed until what it claims is put right.
//!
//! Nothing is kept of that beside the outcome: it waits as long as evidence from before it counts for what the item
//! claims. So whichever correction, retraction or move puts it right takes it off the list.

use cardex_domain::event::{CardClaim, Polarity, Says};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::fact::OutcomeFact;
use cardex_domain::ids::NodeId;
use cardex_domain::profile::Profile;
use cardex_domain::records::Records;
use cardex_domain::taught::issued;
use cardex_wire::board::ReasonClaim;
use cardex_wire::query::{
    ErrorCode, QueryError, Wrong, WrongClaim, WrongReply, WrongRequest, WrongView,
};
use cardex_wire::text::AsText;

use super::{Answer, Desk, FOR_GUEST_RELATIONS, unreadable};

/// Items in one answer when the question does not say.
const WRONG_DEFAULT: u32 = 50;
/// The most items in one answer.
const WRONG_MAX: u32 = 500;
/// The most outcomes looked at for one answer: writers wait meanwhile.
const LOOKED_AT_MAX: usize = 500;

impl Answer for Wrong {
    type Says = WrongReply;

    fn answer(desk: &Desk<'_>, asked: WrongRequest) -> Result<WrongReply, QueryError> {
        desk.must_keep_in_order(FOR_GUEST_RELATIONS)?;
        let limit = asked.limit.unwrap_or(WRONG_DEFAULT).min(WRONG_MAX) as usize;
        let until = match asked.after {
            None => None,
            Some(after) => {
                let last = desk.reader.outcome(after.0).map_err(unreadable)?;
                let last = last.ok_or_else(|| {
                    QueryError::new(ErrorCode::BadRequest, "`after` is no outcome of this hotel")
                })?;
                Some((last.outcome.occurred_at.utc_micros, last.key))
            }
        };
        let property = &desk.subject.property;
        let found = desk.reader.wrong(property, until, LOOKED_AT_MAX);
        let found = found.map_err(unreadable)?;
        let mut reply = WrongReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            wrong: Vec::new(),
            next: (found.len() == LOOKED_AT_MAX)
                .then(|| found.last().map(|fact| AsText(fact.key)))
                .flatten(),
        };
        for fact in &found {
            reply.wrong.extend(desk.wrong(fact)?);
            if reply.wrong.len() == limit {
                reply.next = Some(AsText(fact.key));
                break;
            }
        }
        Ok(reply)
    }
}

impl Desk<'_> {
    /// The item, if anything that it claims still counts.
    fn wrong(&self, fact: &OutcomeFact) -> Result<Option<WrongView>, QueryError> {
        let outcome = &fact.outcome;
        let cards = self.reader.cards_of(outcome.stay).map_err(unreadable)?;
        let Some(item) = issued(&outcome.item, &cards) else {
            return Ok(None);
        };
        let Some(stay) = self.reader.stay(outcome.stay).map_err(unreadable)? else {
            return Ok(None);
        };
        let profile = self.profile(NodeId::Stay(stay.id), Some(stay.id), self.today())?;
        let claims = item.claims.iter().filter_map(|claim| {
            let polarity = match claim.says {
                Says::Wanted | Says::Neither => Polarity::For,
                Says::Unwanted => Polarity::Against,
            };
            let evidence = standing(&profile, claim, polarity, fact);
            let stands = !evidence.is_empty();
            stands.then(|| WrongClaim {
                claim: ReasonClaim {
                    attribute: AsText(claim.attribute.clone()),
                    value: claim.value.to_string(),
                },
                polarity: polarity.into(),
                evidence,
            })
        });
        let claims: Vec<WrongClaim> = claims.collect();
        let waits = !claims.is_empty();
        Ok(waits.then(|| WrongView {
            event: AsText(fact.key),
            department: AsText(fact.department.clone()),
            by: outcome.by.as_deref().map(str::to_owned),
            occurred_at: AsText(outcome.occurred_at),
            note: outcome.note.as_deref().map(str::to_owned),
            rule: AsText(item.rule.clone()),
            stay: AsText(stay.id),
            guest: profile.members.first().copied().map(AsText),
            room: stay.room.clone().map(AsText),
            claims,
        }))
    }
}

/// The evidence from before the outcome on which the profile still claims this.
fn standing(
    profile: &Profile,
    claim: &CardClaim,
    polarity: Polarity,
    fact: &OutcomeFact,
) -> Vec<AsText<EvidenceId>> {
    let Some((_, standing)) = profile.standing(&claim.attribute) else {
        return Vec::new();
    };
    let said = fact.outcome.occurred_at.utc_micros;
    let same = standing.into_iter().map(|of| of.claim);
    let same = same.filter(|of| of.value == claim.value && of.verdict.is_some());
    same.flat_map(|of| &of.evidence)
        .filter(|e| e.polarity == polarity && e.observed_at.utc_micros < said)
        .map(|e| AsText(e.id))
        .collect()
}
