//! Which section of a department reads boards.

use std::collections::BTreeSet;

use cardex_bus::Bus;
use cardex_domain::ids::{DepartmentId, PropertyId, SectionId};
use cardex_playbook::Playbook;
use cardex_wire::BoardView;
use clap::Args;

use crate::ask;
use crate::commands::playbook::{serving, vocabulary_in_force};
use crate::exit::Usage;
use crate::screen::note;
use crate::session::Session;

/// Whose boards of a department are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct SectionArg {
    /// Only what this section of the department reads, such as tenth, by the playbook's routes; what is led to no section,
    /// all of the department reads
    #[arg(long, value_name = "SECTION", requires = "department")]
    section: Option<SectionId>,
}

impl SectionArg {
    /// The section, where one is named.
    pub(crate) fn named(&self) -> Option<&SectionId> {
        self.section.as_ref()
    }

    /// Whether whoever reads here reads the board.
    pub(crate) fn reads(&self, board: &BoardView) -> bool {
        let section = self.section.as_ref();
        section.is_none_or(|section| board.is_for(section))
    }

    /// What boards are of: the department, and the section where one is named.
    pub(crate) fn of(&self, department: &DepartmentId) -> String {
        match &self.section {
            Some(section) => format!("{department} · {section}"),
            None => department.to_string(),
        }
    }

    /// Refuses a section to which the playbook leads no board of the department. A department's user may not read the
    /// playbook: there, a section that is on none of the boards is doubted.
    pub(crate) async fn check(
        &self,
        session: &Session,
        bus: &Bus,
        (property, department): (&PropertyId, &DepartmentId),
    ) -> anyhow::Result<()> {
        let Some(section) = &self.section else {
            return Ok(());
        };
        if session.settings.nats.user.is_some() {
            let boards = ask::boards(bus, property, department).await?;
            let sections = boards.into_iter().flat_map(|board| board.sections);
            let known: BTreeSet<SectionId> = sections.map(|id| id.0).collect();
            if !known.contains(section) {
                let named = listed(&known);
                note(format!(
                    "warning: no open board of {department} is led to a section {section}; there are {named}"
                ));
            }
            return Ok(());
        }
        let vocabulary = vocabulary_in_force(bus).await?;
        // A playbook with faults does not serve, and leads nobody anywhere.
        let sources = serving(session, bus).await?;
        let playbook = Playbook::parse(&sources, &vocabulary).ok();
        let book = playbook.as_ref().map(|of| of.for_property(property));
        let routes = book.into_iter().flat_map(|book| book.routes());
        let routes = routes.filter(|route| route.department == *department);
        let known: BTreeSet<SectionId> = routes.map(|route| route.section.clone()).collect();
        match known.contains(section) {
            true => Ok(()),
            false => Err(Usage(format!(
                "the playbook leads no board of {department} at {property} to a section {section}; there are {}",
                listed(&known)
            ))
            .into()),
        }
    }
}

fn listed(sections: &BTreeSet<SectionId>) -> String {
    let names: Vec<&str> = sections.iter().map(SectionId::as_str).collect();
    match names.is_empty() {
        true => "none: every board is for all of the department".to_owned(),
        false => names.join(", "),
    }
}
