//! From rules, a profile and a stay to the boards that departments read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use cardex_domain::board::{Board, BoardState, Item, Phase, Ranking, Reason};
use cardex_domain::evidence::Evidence;
use cardex_domain::ids::{AttributeId, DepartmentId, ItemId, RuleId};
use cardex_domain::lessons::{Lessons, Shown};
use cardex_domain::profile::{Claim, Profile, Verdict};
use cardex_domain::stay::Stay;
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::{View, Vocabulary};
use cardex_domain::wish::Standing;

use crate::condition::Known;
use crate::occasion::{Circumstance, Occasion};
use crate::rank::{Factors, SAFETY_TIER};
use crate::rule::{Rule, Trigger};
use crate::{Arrangements, Book, Playbook};

mod bind;
mod choose;
mod say;
#[cfg(test)]
mod tests;

use bind::{Binding, bindings};
use choose::{Candidate, choose};
pub use say::Languages;
use say::Voices;

/// Everything that a stay's boards follow from.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The stay.
    pub stay: &'a Stay,
    /// What is known of its guest, folded for this stay and `as_of`.
    pub profile: &'a Profile,
    /// The vocabulary in force.
    pub vocabulary: &'a Vocabulary,
    /// How many stays the guest had before this one.
    pub earlier_stays: u32,
    /// The items of this stay that an outcome closed: none of them but for safety, and nothing that says no more than one of them,
    /// comes back in this stay.
    pub closed: &'a BTreeSet<ItemId>,
    /// The items of this stay that their departments acknowledged, each with when it did first.
    pub acknowledged: &'a BTreeMap<ItemId, Moment>,
    /// Those of `closed` of which their departments said that they are not true of the guest: what they claim is not said by the same
    /// rule at another meal, on another day or of another room either.
    pub wrong: &'a BTreeSet<ItemId>,
    /// The items of this stay that were not acknowledged in time.
    pub escalated: &'a BTreeSet<ItemId>,
    /// What the guest's other stays showed.
    pub shown: &'a [Shown],
    /// How rules fared so far.
    pub lessons: &'a Lessons,
    /// Which language each department reads.
    pub languages: &'a Languages,
    /// The sequence of the event that leads to these boards.
    pub revision: u64,
    /// The sequence that the profile has reached.
    pub profile_sequence: u64,
    /// The day that the profile was folded for.
    pub as_of: Day,
    /// The time now, by the clock that the hotel's events are written with.
    pub now: Moment,
}

/// What is known beside a stay that stands by itself: nothing.
#[derive(Default)]
struct Beside {
    items: BTreeSet<ItemId>,
    acknowledged: BTreeMap<ItemId, Moment>,
    lessons: Lessons,
    languages: Languages,
}

static NOTHING_BESIDE: LazyLock<Beside> = LazyLock::new(Beside::default);

impl<'a> Situation<'a> {
    /// A stay that stands by itself, at noon in UTC of the day that the profile was folded for: the guest's first, nothing became of any
    /// item, rules have taught nothing, and everybody reads English.
    #[must_use]
    pub fn alone(stay: &'a Stay, profile: &'a Profile, vocabulary: &'a Vocabulary) -> Self {
        let beside = &*NOTHING_BESIDE;
        Self {
            stay,
            profile,
            vocabulary,
            earlier_stays: 0,
            closed: &beside.items,
            acknowledged: &beside.acknowledged,
            wrong: &beside.items,
            escalated: &beside.items,
            shown: &[],
            lessons: &beside.lessons,
            languages: &beside.languages,
            revision: 0,
            profile_sequence: 0,
            as_of: profile.as_of,
            now: profile.as_of.noon(),
        }
    }
}

impl Playbook {
    /// The boards of a stay: one for each department that some rule serves, in id order, items ranked and cut. They are
    /// not settled against the boards before ([`Board::settle`]). A stay that is over has closed boards without items.
    ///
    /// Where the guest wants nothing personal kept, nothing personal is told to anybody; where the guest is incognito, the
    /// alias stands in place of the name but for guest relations.
    #[must_use]
    pub fn compose(&self, situation: &Situation<'_>) -> Vec<Board> {
        if !situation.profile.discretion().no_personal_notes {
            return self.compose_all(situation);
        }
        let profile = situation.profile.without_personal(situation.vocabulary);
        self.compose_all(&Situation {
            profile: &profile,
            ..*situation
        })
    }

    /// The board of a department that no rule serves, closed: what stands on the one before goes.
    #[must_use]
    pub fn closed(&self, department: &DepartmentId, situation: &Situation<'_>) -> Board {
        let voices = Voices::of(self, department, situation);
        Board {
            state: BoardState::Closed,
            ..self.board((department, &voices), Vec::new(), situation)
        }
    }

    fn compose_all(&self, situation: &Situation<'_>) -> Vec<Board> {
        let speaking = self.speaking(situation);
        let book = self.for_property(&situation.stay.property);
        let told: Vec<Told<'_, '_>> = speaking
            .iter()
            .flat_map(|speaking| speaking.told(book, situation))
            .collect();
        let boards = self.departments().iter().map(|department| {
            let candidates = told
                .iter()
                .filter(|told| told.department == department)
                .map(|told| told.candidate(book, situation))
                .collect();
            let voices = Voices::of(self, department, situation);
            let items = choose(candidates)
                .into_iter()
                .map(|chosen| chosen.of.item(chosen.id, &voices, situation))
                .collect();
            self.board((department, &voices), items, situation)
        });
        boards.collect()
    }

    fn board(
        &self,
        (department, voices): (&DepartmentId, &Voices<'_>),
        items: Vec<Item>,
        situation: &Situation<'_>,
    ) -> Board {
        let stay = situation.stay;
        let guests = voices.guests();
        let Arrangements { routes, hours, .. } = &self.for_property(&stay.property).arrangements;
        Board {
            stay: stay.id,
            property: stay.property.clone(),
            department: department.clone(),
            revision: situation.revision,
            state: match stay.status.is_active() || !items.is_empty() {
                true => BoardState::Open,
                false => BoardState::Closed,
            },
            phase: Phase::of(stay.status),
            guest: voices.own(&guests),
            guests,
            room: stay.room.clone(),
            sections: routes.sections(department, stay, (hours, situation.now)),
            arrival: stay.arrival,
            departure: stay.departure,
            items,
            changes: Vec::new(),
            alert: false,
            as_of: situation.as_of,
            profile_sequence: situation.profile_sequence,
            playbook_hash: self.hash().into(),
            vocabulary_hash: situation.vocabulary.hash().into(),
        }
    }

    /// Every rule that has something to say, with what it says it about.
    fn speaking<'a>(&'a self, situation: &Situation<'a>) -> Vec<Speaking<'a>> {
        let known = Known {
            stay: situation.stay,
            profile: situation.profile,
            earlier_stays: situation.earlier_stays,
        };
        let book = self.for_property(&situation.stay.property);
        let circumstance = Circumstance {
            stay: situation.stay,
            profile: situation.profile,
            hours: book.hours(),
            now: book.hours().there(situation.now),
        };
        let today = book.hours().business_day(circumstance.now);
        let phase = Phase::of(situation.stay.status);
        book.rules()
            .filter(|rule| rule.may_speak_in(phase) && rule.calendar.holds(today))
            .filter_map(|rule| Some((rule, rule.occasion(&circumstance)?)))
            .filter_map(|(rule, occasion)| {
                let since = occasion.news_since;
                let news_of = since.map(|since| (situation.stay.id, since));
                let bindings = bindings(rule, situation.profile, (situation.vocabulary, news_of));
                let holds = || rule.when.as_ref().is_none_or(|when| when.holds(&known));
                (!bindings.is_empty() && holds()).then_some((rule, occasion, bindings))
            })
            .flat_map(|(rule, occasion, bindings)| {
                let each = bindings.into_iter();
                each.map(move |binding| Speaking {
                    rule,
                    occasion,
                    binding,
                    today,
                })
            })
            .collect()
    }
}

/// A rule with the claims that made it speak.
struct Speaking<'a> {
    rule: &'a Rule,
    occasion: Occasion,
    binding: Binding<'a>,
    /// The day at the hotel.
    today: Day,
}

/// A department that is told what a rule says.
#[derive(Clone, Copy)]
struct Told<'s, 'a> {
    speaking: &'s Speaking<'a>,
    department: &'s DepartmentId,
    /// The department that did not acknowledge it, where this one is the next in line.
    escalated_from: Option<&'s DepartmentId>,
    /// Since when it waits, where it does because the guest does not want to be disturbed.
    parked_since: Option<Moment>,
}

impl<'a> Speaking<'a> {
    /// Everybody who is told: the rule's departments, and whoever follows one that did not acknowledge it in time, as long
    /// as it neither acknowledges it nor acts on it, nor is to let it wait. Of several whom one follows, the first in id
    /// order counts.
    fn told<'s>(&'s self, book: &'s Book, situation: &Situation<'_>) -> Vec<Told<'s, 'a>> {
        let sign = situation.stay.do_not_disturb_since;
        // Safety waits for nothing.
        let sign = sign.filter(|_| self.rule.tier != SAFETY_TIER);
        let told = |department, escalated_from| Told {
            speaking: self,
            department,
            escalated_from,
            parked_since: sign.filter(|_| book.waits(department)),
        };
        let mut all: Vec<_> = self
            .rule
            .departments
            .iter()
            .map(|of| told(of, None))
            .collect();
        let mut looked_at = 0;
        // Somebody follows where the rule waits for somebody.
        let is_awaited = self.rule.acknowledge_seconds.is_some();
        while let Some(from) = all.get(looked_at).filter(|_| is_awaited).copied() {
            looked_at += 1;
            let next = book.escalation().next(from.department).filter(|next| {
                let comes = || from.is_with_the_next(situation);
                all.iter().all(|told| told.department != *next) && comes()
            });
            all.extend(next.map(|next| told(next, Some(from.department))));
        }
        all
    }

    /// The id of what the department is told.
    fn item_id(&self, department: &DepartmentId, situation: &Situation<'_>) -> ItemId {
        self.item_id_by(&self.rule.id, department, situation)
    }

    /// The id of what the rule would tell the department of the same.
    fn item_id_by(
        &self,
        rule: &RuleId,
        department: &DepartmentId,
        situation: &Situation<'_>,
    ) -> ItemId {
        let Occasion { trigger, on, .. } = self.occasion;
        self.item_id_on(on.map(|day| (trigger, day)), rule, department, situation)
    }

    /// The same where it comes again: on that day, for that reason.
    fn item_id_on(
        &self,
        on: Option<(Trigger, Day)>,
        rule: &RuleId,
        department: &DepartmentId,
        situation: &Situation<'_>,
    ) -> ItemId {
        // What the department may not see must not be recoverable from an id that it sees, by trying all values.
        let told: Vec<(&str, &str)> = self
            .binding
            .iter()
            .filter(|bound| situation.vocabulary.view(bound.attribute, department) == View::Value)
            .flat_map(|bound| {
                let claims = bound.claims.iter();
                claims.map(|of| (bound.attribute.as_str(), &*of.claim.value))
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let occasion = on.map(|(trigger, day)| format!("{} {day}", trigger.as_str()));
        ItemId::on(
            situation.stay.id,
            department,
            rule,
            &told,
            occasion.as_deref(),
        )
    }

    /// Whether the department is done in this stay with what the rule would tell it of the same: it acted on it, or said on whichever
    /// occasion that it is not true of the guest. What claims nothing is not untrue on another.
    fn is_done(&self, rule: &Rule, department: &DepartmentId, situation: &Situation<'_>) -> bool {
        let Situation { closed, wrong, .. } = situation;
        if closed.is_empty() {
            return false;
        }
        if closed.contains(&self.item_id_by(&rule.id, department, situation)) {
            return true;
        }
        let stay = situation.stay;
        let came = [stay.arrival, stay.checked_in_at.map(|at| at.day())];
        let first = came.into_iter().flatten().min().unwrap_or(self.today);
        // By the hotel's clock either may have been the day before.
        let days = first.0.saturating_sub(1)..=self.today.0.saturating_add(1);
        let again = |trigger: Trigger| days.clone().map(move |day| Some((trigger, Day(day))));
        let mut occasions =
            std::iter::once(None).chain(rule.triggers.iter().copied().flat_map(again));
        let is_wrong = |on| wrong.contains(&self.item_id_on(on, &rule.id, department, situation));
        !wrong.is_empty() && !self.binding.is_empty() && occasions.any(is_wrong)
    }

    /// Whether the department acted in this stay on what a surer rule told it of the same, and this is no word of warning:
    /// whoever declined what was known to please is not asked next whether it would.
    fn was_answered(
        &self,
        department: &DepartmentId,
        book: &Book,
        situation: &Situation<'_>,
    ) -> bool {
        let claims = || self.binding.iter().flat_map(|bound| &bound.claims);
        let is_doubtful =
            |of: &Standing<'_>| matches!(of.claim.verdict, Some(Verdict::Hint | Verdict::Ask));
        if situation.closed.is_empty() || !claims().any(is_doubtful) {
            return false;
        }
        let own: BTreeSet<_> = self.binding.iter().map(|bound| bound.attribute).collect();
        let phase = Phase::of(situation.stay.status);
        let is_surer = |rule: &&Rule| {
            let about = rule.about.iter().map(|about| &about.attribute);
            let holds =
                |of: &Standing<'_>| of.claim.verdict.is_some_and(|v| rule.verdicts.contains(&v));
            rule.departments.contains(department)
                && rule.may_speak_in(phase)
                && rule.verdicts.contains(&Verdict::Prefers)
                && !claims().all(holds)
                && about.collect::<BTreeSet<_>>() == own
        };
        let mut surer = book.rules().filter(is_surer);
        surer.any(|rule| self.is_done(rule, department, situation))
    }

    /// What it says something about.
    fn claims(&self) -> BTreeSet<(&str, &str)> {
        let claims = self.binding.iter().flat_map(|bound| {
            let claims = bound.claims.iter();
            claims.map(|of| (bound.attribute.as_str(), &*of.claim.value))
        });
        claims.collect()
    }

    /// What the place of the item is worked out from; it is as likely as the least likely of its claims, and certain where it
    /// claims nothing.
    fn ranking(&self, department: &DepartmentId, situation: &Situation<'_>) -> Ranking {
        let claims = || self.binding.iter().flat_map(|bound| &bound.claims);
        let least = claims().map(|of| bind::likelihood_ppm(of.claim)).min();
        let before = self.shown_before(department, situation.shown);
        let learnt_since = |shown: &Shown| {
            let mut evidence = claims().flat_map(|of| &of.claim.evidence);
            evidence.any(|e| e.observed_at.utc_micros > shown.last.utc_micros)
        };
        // Safety is as new every time.
        let stale = before.filter(|shown| self.rule.tier != SAFETY_TIER && !learnt_since(shown));
        Ranking {
            probability_ppm: least.unwrap_or(bind::ONE_PPM),
            tally: situation.lessons.of(department, &self.rule.id),
            benefit: self.rule.benefit,
            cost: self.rule.cost,
            urgency_percent: self.rule.urgency_percent,
            shown_days_ago: stale.map(|shown| {
                let days = self.today.0.saturating_sub(shown.last.day().0);
                u32::try_from(days).unwrap_or(0)
            }),
            declines: before.map_or(0, |shown| shown.declined),
        }
    }

    /// What the department was told of the same by the same rule in other stays.
    fn shown_before<'s>(&self, department: &DepartmentId, shown: &'s [Shown]) -> Option<&'s Shown> {
        let claims = self.claims();
        shown.iter().find(|shown| {
            let told = shown.claims.iter().map(|(a, v)| (a.as_str(), &**v));
            shown.rule == self.rule.id
                && shown.department == *department
                && told.eq(claims.iter().copied())
        })
    }

    /// Whether some of what it rests on was wished for this stay alone.
    fn is_for_this_stay(&self) -> bool {
        let mut claims = self.binding.iter().flat_map(|bound| &bound.claims);
        claims.any(|of| of.is_wish)
    }
}

impl Told<'_, '_> {
    /// Whether its time passed, and its department has neither acknowledged it nor acted on it since, nor is to let it
    /// wait: what waits for one waits for all.
    fn is_with_the_next(&self, situation: &Situation<'_>) -> bool {
        let item = self.speaking.item_id(self.department, situation);
        situation.escalated.contains(&item)
            && self.parked_since.is_none()
            && !situation.acknowledged.contains_key(&item)
            && !situation.closed.contains(&item)
    }

    fn candidate(&self, book: &Book, situation: &Situation<'_>) -> Candidate<'_, Self> {
        let (speaking, rule) = (self.speaking, self.speaking.rule);
        let factors = Factors::from(speaking.ranking(self.department, situation));
        Candidate {
            id: speaking.item_id(self.department, situation),
            tier: rule.tier,
            score_micros: factors.score_micros(),
            category: &rule.category,
            // Whoever served without nuts once has not served without nuts for good: safety is never done with.
            is_done: rule.tier != SAFETY_TIER && speaking.is_done(rule, self.department, situation),
            is_worth_it: rule.tier == SAFETY_TIER
                || (factors.expected_value() > 0.0
                    && !speaking.was_answered(self.department, book, situation)),
            claims: speaking.claims(),
            of: self,
        }
    }

    fn item(&self, id: ItemId, voices: &Voices<'_>, situation: &Situation<'_>) -> Item {
        let Self {
            speaking,
            department,
            escalated_from,
            parked_since,
        } = *self;
        let rule = speaking.rule;
        let reasons = speaking.binding.iter().flat_map(|bound| {
            let visible = situation.vocabulary.view(bound.attribute, department) == View::Value;
            bound
                .claims
                .iter()
                .filter_map(move |of| reason(bound.attribute, of.claim, visible))
        });
        let ranking = speaking.ranking(department, situation);
        let texts = voices.texts(speaking, escalated_from, situation);
        Item {
            acknowledged_at: situation.acknowledged.get(&id).copied(),
            escalated: self.is_with_the_next(situation),
            id,
            rule: rule.id.clone(),
            category: rule.category.clone(),
            tier: rule.tier,
            score: Factors::from(ranking).score_micros(),
            ranking: Some(ranking),
            text: voices.own(&texts),
            texts,
            is_for_this_stay: speaking.is_for_this_stay(),
            occasion: speaking.occasion.shown(),
            reasons: reasons.collect(),
            since_revision: situation.revision,
            since: None,
            freshness_hours: rule.freshness_hours,
            acknowledge_seconds: rule.acknowledge_seconds,
            escalated_from: escalated_from.cloned(),
            parked_since,
        }
    }
}

/// Why an item is there: the claim, its evidence, and where it was last learnt.
fn reason(attribute: &AttributeId, claim: &Claim, visible: bool) -> Option<Reason> {
    let newest = claim.evidence.iter().max_by_key(|e| recency(e))?;
    Some(Reason {
        claim: (attribute.clone(), claim.value.clone()),
        visible,
        verdict: claim.verdict?,
        confidence_ppm: claim.confidence_ppm,
        evidence: claim.evidence.iter().map(|e| e.id).collect(),
        learnt_at: newest.observed_at,
        learnt_property: newest.property.clone(),
        learnt_by: newest.department.clone(),
    })
}

fn recency(evidence: &Evidence) -> impl Ord {
    (evidence.observed_at.utc_micros, evidence.id)
}
