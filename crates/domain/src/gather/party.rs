//! What holds for a stay and those who stay with it, and what companions said for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::filed::{Filed, Standing, filed};
use super::rulings::Rulings;
use super::{Discounted, Gathered, Holds, Stays, Told, Words};
use crate::discretion::{no_personal_notes, wants_no_notes};
use crate::event::Scope;
use crate::evidence::Evidence;
use crate::identity::{Person, person_of};
use crate::ids::{NodeId, StayId};
use crate::party::companions;
use crate::records::Records;
use crate::settings::Settings;
use crate::stay::Stay;

/// The stay of an occasion with its companions; nobody where there is none.
pub(super) struct Party {
    stay: Option<StayId>,
    companions: BTreeMap<StayId, Arc<Stay>>,
}

impl Party {
    /// That of the stay `id`, of which nothing need be known.
    pub(super) fn of<R: Records>(
        records: &R,
        id: Option<StayId>,
        stay: Option<&Stay>,
    ) -> Result<Self, R::Error> {
        Ok(Self {
            stay: id,
            companions: match stay {
                Some(stay) => companions(records, stay)?,
                None => BTreeMap::new(),
            },
        })
    }

    /// When something of that scope holds that was noted in the stay `of`.
    pub(super) fn holds(&self, scope: Scope, of: Option<StayId>) -> Holds {
        let own = of.is_some() && of == self.stay;
        let here = match scope {
            Scope::Guest => return Holds::Always,
            Scope::Stay => own,
            Scope::Party => own || of.is_some_and(|of| self.companions.contains_key(&of)),
        };
        match here {
            true => Holds::InThisStay,
            false => Holds::InAnother,
        }
    }
}

impl Gathered {
    /// Adds what companions who are somebody else said for all of them. Their notes, what of theirs does not count, and
    /// what is personal of one who wants nothing personal noted stay with them; `own` is whose profile it is, with what corrections say there.
    pub(super) fn add_companions<R: Records>(
        &mut self,
        records: &R,
        settings: &Settings<'_>,
        party: &Party,
        (person, own): (&Person, &Rulings),
        words: &mut Words<'_>,
    ) -> Result<(), R::Error> {
        let mut seen: BTreeSet<NodeId> = person.nodes.keys().copied().collect();
        for companion in party.companions.keys() {
            let node = NodeId::Stay(*companion);
            if seen.contains(&node) {
                continue;
            }
            let other = person_of(records, settings.deny, node)?;
            seen.extend(other.nodes.keys().copied());
            let stays = Stays::of(records, &other)?;
            let files = filed(records, settings, &other, &stays)?;
            let theirs = Rulings::of(&files.corrections, settings.vocabulary);
            let asked = (self.asked_of(records, &files.notes, *companion, &theirs, words))?;
            let quiet = wants_no_notes(settings.vocabulary, asked, &self.basis);
            for filed in &files.notes {
                let told = Told {
                    filed,
                    party,
                    trip: None,
                };
                if told.holds(Scope::Party) != Holds::InThisStay {
                    continue;
                }
                let retracted = records.retracted(filed.noted.key)?;
                if !retracted.contains(&None) {
                    let is_told = |evidence: &Evidence| {
                        !quiet || evidence.is_told_all_the_same(settings.vocabulary)
                    };
                    self.add_for_all(&told, &retracted, (own, &theirs), words, is_told);
                }
            }
        }
        Ok(())
    }

    /// What is known of a companion's asking that nothing personal be noted: in general, and in that stay.
    fn asked_of<R: Records>(
        &self,
        records: &R,
        notes: &[Filed],
        companion: StayId,
        theirs: &Rulings,
        words: &mut Words<'_>,
    ) -> Result<(Vec<Evidence>, Vec<Evidence>), R::Error> {
        let id = no_personal_notes();
        let nobody = Party {
            stay: Some(companion),
            companions: BTreeMap::new(),
        };
        let (mut known, mut wished) = (Vec::new(), Vec::new());
        for filed in notes {
            let told = Told {
                filed,
                party: &nobody,
                trip: None,
            };
            for (said, standing) in filed.statements() {
                let meaning = words.of(&said.statement);
                if meaning.attribute != id || *standing != Standing::Here || said.is_rejected() {
                    continue;
                }
                let evidence = told.evidence(&said, meaning);
                let retracted = records.retracted(filed.noted.key)?;
                let taken_back = retracted.iter().any(|s| s.is_none_or(|s| s == said.number));
                if taken_back || theirs.against(&evidence, self.basis.as_of).is_some() {
                    continue;
                }
                match nobody.holds(said.scope, filed.stay) {
                    Holds::Always => known.push(evidence),
                    Holds::InThisStay => wished.push(evidence),
                    Holds::InAnother => {}
                }
            }
        }
        Ok((known, wished))
    }

    /// Adds those statements that hold for the party.
    fn add_for_all(
        &mut self,
        told: &Told<'_>,
        retracted: &[Option<u8>],
        (own, theirs): (&Rulings, &Rulings),
        words: &mut Words<'_>,
        is_told: impl Fn(&Evidence) -> bool,
    ) {
        for (said, standing) in told.filed.statements() {
            let holds = match standing {
                Standing::Here => told.holds(said.scope),
                Standing::Party => told.holds(Scope::Party),
                Standing::Elsewhere(_) | Standing::NeverHere => continue,
            };
            let meaning = words.of(&said.statement);
            let out = self
                .left_out(&told.filed.noted, holds, meaning.bound)
                .is_some();
            let taken_back = retracted.contains(&Some(said.number));
            if holds != Holds::InThisStay
                || out
                || !meaning.known
                || taken_back
                || said.is_rejected()
            {
                continue;
            }
            let evidence = told.evidence(&said, meaning);
            let as_of = self.basis.as_of;
            if !is_told(&evidence) || theirs.against(&evidence, as_of).is_some() {
                continue;
            }
            match own.against(&evidence, as_of) {
                Some(by) => self.discounted.push(Discounted {
                    evidence,
                    by: Arc::clone(by),
                }),
                None => self
                    .wishes
                    .entry(evidence.attribute.clone())
                    .or_default()
                    .push(evidence),
            }
        }
    }
}

#[cfg(test)]
mod tests;
