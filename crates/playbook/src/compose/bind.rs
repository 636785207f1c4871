//! Which claims of a profile make a rule speak.

use cardex_domain::ids::{AttributeId, StayId};
use cardex_domain::profile::{Claim, Profile, Verdict};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::{Kind, Sensitivity, Vocabulary};
use cardex_domain::wish::Standing;

use crate::rule::{About, Rule};

/// Certain.
pub(super) const ONE_PPM: u32 = 1_000_000;

/// What an item is about: each attribute of its rule with the claims that hold.
pub(super) type Binding<'a> = Vec<Bound<'a>>;

/// An attribute with the claims that an item rests on.
#[derive(Debug, Clone)]
pub(super) struct Bound<'a> {
    pub(super) attribute: &'a AttributeId,
    pub(super) claims: Vec<Standing<'a>>,
}

/// What the rule speaks about, an item each; nothing unless every attribute it is about has a claim for it. With
/// `news_of`, only what was noticed in that stay since then. What only a note seems to say makes no rule speak, but for
/// safety and health.
pub(super) fn bindings<'a>(
    rule: &'a Rule,
    profile: &'a Profile,
    (vocabulary, news_of): (&Vocabulary, Option<(StayId, Moment)>),
) -> Vec<Binding<'a>> {
    let mut bindings: Vec<Binding<'a>> = vec![Vec::new()];
    for about in &rule.about {
        let Some((kind, standing)) = profile.standing(&about.attribute) else {
            return Vec::new();
        };
        let choices = choices(rule, about, (kind, standing), (vocabulary, news_of));
        bindings = bindings
            .iter()
            .flat_map(|binding| {
                choices.iter().map(move |claims| {
                    let mut binding = binding.clone();
                    binding.push(Bound {
                        attribute: &about.attribute,
                        claims: claims.clone(),
                    });
                    binding
                })
            })
            .collect();
    }
    bindings
}

/// How likely what the claim's verdict says is, in parts per million.
pub(super) fn likelihood_ppm(claim: &Claim) -> u32 {
    match claim.verdict {
        Some(Verdict::Avoids | Verdict::AvoidHint) => ONE_PPM.saturating_sub(claim.p_ppm),
        Some(Verdict::Need) => ONE_PPM,
        _ => claim.p_ppm,
    }
}

/// Whether nobody waits for somebody to confirm what a note seems to say before acting on it: it is safety, or of the body,
/// where boards say what to do alone.
fn acts_on_notes(attribute: &AttributeId, kind: Kind, vocabulary: &Vocabulary) -> bool {
    let listed = vocabulary.attribute(attribute);
    let of_the_body = || listed.is_some_and(|of| of.sensitivity == Sensitivity::Health);
    kind == Kind::Safety || of_the_body()
}

/// The groups of claims that can stand for one attribute, an item for each.
fn choices<'a>(
    rule: &Rule,
    about: &About,
    (kind, standing): (Kind, Vec<Standing<'a>>),
    (vocabulary, news_of): (&Vocabulary, Option<(StayId, Moment)>),
) -> Vec<Vec<Standing<'a>>> {
    let acts_on_notes = acts_on_notes(&about.attribute, kind, vocabulary);
    let is_news = |of: &Standing<'_>| news_of.is_none_or(|news| is_noticed(of, news));
    let fits = |Standing { claim, .. }: &Standing<'_>| {
        claim
            .verdict
            .is_some_and(|verdict| rule.verdicts.contains(&verdict))
            && !claim.evidence.is_empty()
            && (acts_on_notes || claim.basis().any(|e| !e.is_only_read()))
    };
    let claims: Vec<Standing<'_>> = standing.into_iter().filter(fits).collect();
    if let Some(value) = &about.value {
        let named = claims.into_iter().filter(|of| of.claim.value == *value);
        return named.filter(is_news).map(|of| vec![of]).collect();
    }
    let news = claims.iter().copied().filter(is_news);
    // Of equals a wish, then the first in value order.
    let best = news.clone().rev().max_by_key(|of| likelihood_ppm(of.claim));
    match kind {
        Kind::Multi | Kind::Need if rule.shows.contains(&about.attribute) => {
            news.map(|of| vec![of]).collect()
        }
        Kind::Safety if best.is_some() => vec![claims],
        Kind::Single | Kind::SingleOpen if best.as_ref().is_some_and(is_contender) => {
            vec![claims.into_iter().filter(is_contender).collect()]
        }
        // Where the text does not tell the values apart, the likeliest stands for all.
        _ => best.map(|of| vec![of]).into_iter().collect(),
    }
}

fn is_contender(of: &Standing<'_>) -> bool {
    of.claim.verdict == Some(Verdict::Ask)
}

/// Whether some of the evidence that the claim's verdict rests on was noticed in the stay, or by a companion for all, then or
/// later.
fn is_noticed(of: &Standing<'_>, (stay, since): (StayId, Moment)) -> bool {
    of.claim.basis().any(|e| {
        (of.is_wish || e.stay == Some(stay)) && e.observed_at.utc_micros >= since.utc_micros
    })
}
