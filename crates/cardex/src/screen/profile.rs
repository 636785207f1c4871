//! A profile as people read it: who it is, then what is known, surest first.

use std::fmt::Write as _;

use cardex_domain::event::Name;
use cardex_domain::ids::DepartmentId;
use cardex_domain::profile::Verdict;
use cardex_domain::stay::address;
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::guest::GuestView;
use cardex_wire::profile::{AttributeView, ClaimView, ProfileView};

use super::Style;
use super::board::percent;
use super::table::Table;
use crate::clock::day;

/// The profile as text.
pub(crate) fn render(profile: &ProfileView, style: Style) -> String {
    let mut text = heading(&discreet(profile), style);
    let place = profile.property.as_ref();
    let place = place.map_or_else(String::new, |property| format!(" at {property}"));
    let _ = writeln!(
        text,
        "{}",
        style.dim(format!("as of {}{place}", day(profile.as_of.0)))
    );
    if !profile.wishes.is_empty() {
        let _ = writeln!(text, "{}", style.bold("for this stay alone"));
        text.push_str(&known(&profile.wishes, style));
        let _ = writeln!(text, "{}", style.bold("otherwise"));
    }
    text.push_str(&known(&profile.attributes, style));
    for handling in &profile.handling {
        let _ = writeln!(
            text,
            "{} {}  {}",
            style.yellow("to do"),
            handling.text.en,
            handling.text.zh
        );
    }
    if profile.withheld {
        let _ = writeln!(
            text,
            "the guest wants nothing personal kept: it is shown to guest relations alone"
        );
    }
    for note in &profile.notes {
        let learnt = format!(
            "{} {} at {}",
            note.observed_at.day(),
            note.department,
            note.property
        );
        let _ = writeln!(
            text,
            "{} {}  {}",
            style.bold("note"),
            note.text,
            style.dim(learnt)
        );
    }
    if profile.more_notes > 0 {
        let _ = writeln!(text, "{} older notes", profile.more_notes);
    }
    let count = profile.uncurated.len() as u64 + u64::from(profile.more_uncurated);
    if count > 0 {
        let _ = writeln!(
            text,
            "{count} {}",
            match count {
                1 => "statement waits for the vocabulary to have a word for it",
                _ => "statements wait for the vocabulary to have a word for them",
            }
        );
    }
    text
}

/// Who the guest is to read by people: what Cardex's own services are answered whole has the name that the guest does not
/// want used.
fn discreet(profile: &ProfileView) -> GuestView {
    let Some(whole) = profile.to_profile() else {
        return profile.guest.clone();
    };
    let discretion = whole.discretion();
    let discreet = GuestView::seen_by(
        &DepartmentId::engine(),
        &whole.members,
        &whole.guest,
        (&discretion, Vocabulary::embedded()),
    );
    // A department may be told to keep silent and not see why.
    let no_information = discreet.no_information || profile.guest.no_information;
    GuestView {
        no_information,
        ..discreet
    }
}

/// Who somebody is, on one to four lines.
pub(crate) fn heading(guest: &GuestView, style: Style) -> String {
    let name = guest
        .name
        .as_ref()
        .and_then(|name| address(&Name::from(name)));
    let id = guest
        .id
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    let mut text = format!(
        "{}  {}\n",
        style.bold(name.unwrap_or_else(|| "no name".to_owned())),
        style.dim(id)
    );
    if guest.no_information {
        let _ = writeln!(
            text,
            "{}",
            style.yellow("tell nobody that the guest is here")
        );
    }
    let mut about = Vec::new();
    about.extend(guest.language.iter().map(|tag| format!("speaks {tag}")));
    about.extend(guest.nationality.clone());
    let particulars = &guest.particulars;
    about.extend(particulars.birth_date.map(|day| format!("born {day}")));
    let address = particulars.address.as_ref();
    about.extend(address.map(|address| address.parts().collect::<Vec<_>>().join(", ")));
    about.extend(particulars.company.iter().map(|name| format!("for {name}")));
    about.extend(guest.profiles.iter().map(|p| format!("{}/{}", p.pms, p.id)));
    about.extend(more(guest.more_profiles, "profile", "profiles"));
    about.extend(guest.identifiers.iter().map(|identifier| {
        let verified = if identifier.verified {
            ""
        } else {
            " (not verified)"
        };
        format!("{}{verified}", identifier.value)
    }));
    about.extend(more(guest.more_identifiers, "identifier", "identifiers"));
    if !about.is_empty() {
        let _ = writeln!(text, "{}", about.join(" · "));
    }
    if guest.members.len() > 1 {
        let mut members: Vec<String> = guest.members.iter().map(ToString::to_string).collect();
        members.extend(more(guest.more_members, "member", "members"));
        let _ = writeln!(
            text,
            "{}",
            style.dim(format!("one person: {}", members.join(" ")))
        );
    }
    text
}

/// How many more there are than are named, where there are any.
fn more(count: u32, one: &str, several: &str) -> Option<String> {
    let what = if count == 1 { one } else { several };
    (count > 0).then(|| format!("and {count} more {what}"))
}

fn known(attributes: &[AttributeView], style: Style) -> String {
    let mut claims: Vec<(&AttributeView, &ClaimView)> = attributes
        .iter()
        .flat_map(|attribute| attribute.claims.iter().map(move |claim| (attribute, claim)))
        .collect();
    if claims.is_empty() {
        return "nothing is known yet\n".to_owned();
    }
    claims.sort_by_key(|(_, claim)| (rank(claim), std::cmp::Reverse(claim.p_ppm)));
    let unsaid: u64 = attributes.iter().map(|of| u64::from(of.more)).sum();
    let mut table = Table::new(&[
        "attribute",
        "value",
        "verdict",
        "likely",
        "sure",
        "evidence",
    ]);
    for (attribute, claim) in claims {
        let label = claim
            .label
            .as_ref()
            .map(|label| format!("{} {}", claim.value, label.zh));
        table.row([
            attribute.attribute.to_string(),
            label.unwrap_or_else(|| claim.value.clone()),
            verdict(claim).unwrap_or("–").to_owned(),
            percent(claim.p_ppm),
            percent(claim.confidence_ppm),
            evidence(claim),
        ]);
    }
    let mut text = table.render(style);
    if unsaid > 0 {
        let _ = writeln!(text, "{unsaid} more values that mean less");
    }
    text
}

/// How many pieces of evidence there are, shown or not.
fn evidence(claim: &ClaimView) -> String {
    (claim.evidence.len() as u64 + u64::from(claim.more)).to_string()
}

fn verdict(claim: &ClaimView) -> Option<&'static str> {
    claim.verdict.map(|verdict| Verdict::from(verdict).as_str())
}

/// Safety first, what nobody can act on last.
fn rank(claim: &ClaimView) -> u8 {
    match claim.verdict.map(Verdict::from) {
        Some(Verdict::Safety) => 0,
        Some(Verdict::Need) => 1,
        Some(Verdict::Prefers | Verdict::Avoids) => 2,
        Some(Verdict::Ask | Verdict::Hint | Verdict::AvoidHint) => 3,
        None => 4,
    }
}
