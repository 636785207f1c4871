//! Departments as people name them. A hotel may have some that nobody has heard of, so one that is not known is taken; one
//! that looks much like a known one is mostly mistyped, and that is said, or refused where much would rest on it.

use std::collections::BTreeSet;

use cardex_checkin::read_playbook;
use cardex_domain::ids::DepartmentId;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Sources};

use crate::exit::Usage;
use crate::near::offer;
use crate::screen::note;
use crate::settings::Settings;

/// Says so when the department is not known and looks much like one that is.
pub(crate) fn doubt(settings: &Settings, department: &DepartmentId) {
    if let Some(doubt) = misgiving(&known(settings), department) {
        note(format!("warning: {doubt}"));
    }
}

/// Refuses a department that is not known and looks much like one that is.
pub(crate) fn must_be_meant(settings: &Settings, department: &DepartmentId) -> Result<(), Usage> {
    let doubt = misgiving(&known(settings), department);
    let way_out = "put it right, or add --anyway where it is meant";
    doubt.map_or(Ok(()), |doubt| Err(Usage(format!("{doubt}; {way_out}"))))
}

fn known(settings: &Settings) -> BTreeSet<DepartmentId> {
    let vocabulary = Vocabulary::embedded();
    let mut known = of_vocabulary(vocabulary);
    known.extend(of_playbook(settings, vocabulary));
    known
}

/// What is to be said of a department beside these, if it looks much like one of them.
pub(crate) fn misgiving(
    known: &BTreeSet<DepartmentId>,
    department: &DepartmentId,
) -> Option<String> {
    let near = offer(department.as_str(), known.iter().map(DepartmentId::as_str));
    let mistyped = !known.contains(department) && !near.is_empty();
    mistyped.then(|| format!("nobody else names a department {department}{near}"))
}

/// Those that the vocabulary names, and Cardex's own.
pub(crate) fn of_vocabulary(vocabulary: &Vocabulary) -> BTreeSet<DepartmentId> {
    let named = vocabulary
        .attributes()
        .flat_map(|a| a.views.keys().cloned());
    named.chain([DepartmentId::engine()]).collect()
}

/// Those that the playbook of the settings serves, where it can be read; else those of the one brought along.
fn of_playbook(settings: &Settings, vocabulary: &Vocabulary) -> BTreeSet<DepartmentId> {
    let directory = settings.checkin.playbook.as_ref();
    let sources = directory.and_then(|directory| read_playbook(directory).ok());
    let playbook = Playbook::parse(&sources.unwrap_or_else(Sources::embedded), vocabulary);
    playbook.map_or_else(|_| BTreeSet::new(), |p| p.departments().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_looks_like_another_is_doubted_and_an_own_one_is_not() {
        let known = of_vocabulary(Vocabulary::embedded());
        let said = |name: &str| misgiving(&known, &DepartmentId::new(name).unwrap());
        assert!(said("kitchn").unwrap().contains("nearest: kitchen"));
        assert!(said("frontdesk").unwrap().contains("front_desk"));
        for fine in [
            "kitchen",
            "front_desk",
            "engine",
            "guest_relations",
            "observatory",
        ] {
            assert_eq!(said(fine), None, "{fine}");
        }
    }
}
