//! What would change a verdict: a little more evidence, or nothing but time. Found with the fold itself, so that what is
//! said here is what would come about.

use crate::event::{Polarity, Source};
use crate::evidence::{Evidence, EvidenceId};
use crate::fold::Piece;
use crate::ids::{AppId, DepartmentId, EventKey, PropertyId, StayId};
use crate::profile::{Basis, Verdict, pieces, verdict_on};
use crate::time::Moment;
use crate::vocabulary::Attribute;

/// The most pieces of evidence that are tried.
const PIECES_MAX: u8 = 3;
/// How far ahead is looked for a verdict to fade, in days: two years.
const AHEAD_DAYS: i32 = 731;

/// What would give the claim another verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The least evidence of each polarity that would.
    pub turns: Vec<Turn>,
    /// Time alone, if it would within two years.
    pub fades: Option<Fade>,
}

/// Evidence that would change a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// How many pieces, each on another stay.
    pub pieces: u8,
    /// How each would be known.
    pub source: Source,
    /// For or against.
    pub polarity: Polarity,
    /// What would be said then, if anything.
    pub verdict: Option<Verdict>,
}

/// A verdict that changes as its evidence grows old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fade {
    /// The first day on which it is another.
    pub day: crate::time::Day,
    /// What is said then, if anything.
    pub verdict: Option<Verdict>,
}

/// What would change the verdict on `value`, given everything noted about the attribute.
#[must_use]
pub fn outlook(
    attribute: &Attribute,
    evidence: &[Evidence],
    basis: &Basis,
    value: &str,
) -> Outlook {
    // Of an attribute with several values each is believed by itself.
    let alone = !attribute.kind.is_single();
    let known = evidence
        .iter()
        .filter(|e| e.day <= basis.as_of && (!alone || *e.value == *value));
    let claim = Asked {
        attribute,
        known: known.collect(),
        basis,
        value,
    };
    let now = claim.verdict(&[], basis);
    let turns = [Polarity::For, Polarity::Against].map(|polarity| claim.turn(polarity, now));
    Outlook {
        turns: turns.into_iter().flatten().collect(),
        fades: claim.fade(now),
    }
}

/// The claim that is asked about.
struct Asked<'a> {
    attribute: &'a Attribute,
    known: Vec<&'a Evidence>,
    basis: &'a Basis,
    value: &'a str,
}

impl Asked<'_> {
    /// The verdict with more evidence than is known.
    fn verdict(&self, more: &[Evidence], basis: &Basis) -> Option<Verdict> {
        let pieces = pieces(self.known.iter().copied().chain(more));
        let terms = basis.terms(self.attribute);
        let in_stay = |piece: &Piece<'_, EvidenceId, StayId>| basis.acts_on(piece);
        verdict_on(self.attribute, &pieces, &terms, in_stay, self.value)
    }

    /// The fewest pieces of that polarity that change the verdict: observed rather than stated, for that comes by itself.
    fn turn(&self, polarity: Polarity, now: Option<Verdict>) -> Option<Turn> {
        (1..=PIECES_MAX).find_map(|pieces| {
            [Source::Observed, Source::Stated]
                .into_iter()
                .find_map(|source| {
                    let more: Vec<_> = (0..pieces)
                        .map(|n| self.piece(n, source, polarity))
                        .collect();
                    let verdict = self.verdict(&more, self.basis);
                    (verdict != now).then_some(Turn {
                        pieces,
                        source,
                        polarity,
                        verdict,
                    })
                })
        })
    }

    /// The first day on which the verdict is another though nothing more was noticed. All weights fade alike, so once it
    /// is another it does not come back, and halving finds the day.
    fn fade(&self, now: Option<Verdict>) -> Option<Fade> {
        let after = |days: i32| {
            let basis = Basis {
                as_of: self.basis.as_of.plus(days),
                ..*self.basis
            };
            self.verdict(&[], &basis)
        };
        if after(AHEAD_DAYS) == now {
            return None;
        }
        let (mut same, mut other) = (0, AHEAD_DAYS);
        while other - same > 1 {
            let middle = i32::midpoint(same, other);
            if after(middle) == now {
                same = middle;
            } else {
                other = middle;
            }
        }
        Some(Fade {
            day: self.basis.as_of.plus(other),
            verdict: after(other),
        })
    }

    /// A piece of evidence of the day, in a stay of its own, on a trip like the one asked for.
    fn piece(&self, nth: u8, source: Source, polarity: Polarity) -> Evidence {
        // Ids are hashes: that one of these is somebody's is as likely as a collision.
        let id = [0xff - nth; 16];
        Evidence {
            id: EvidenceId {
                event: EventKey(id),
                statement: 0,
            },
            attribute: self.attribute.id.clone(),
            value: self.value.into(),
            polarity,
            source,
            day: self.basis.as_of,
            observed_at: Moment {
                utc_micros: 0,
                offset_minutes: 0,
            },
            stay: Some(StayId(id)),
            purpose: self.basis.purpose,
            property: PropertyId::new("any").expect("the word is a token"),
            department: DepartmentId::new("any").expect("the word is a token"),
            app: AppId::new("any").expect("the word is a token"),
            event_id: "".into(),
            from_note: None,
        }
    }
}

#[cfg(test)]
mod tests;
