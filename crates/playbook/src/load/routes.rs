//! Reads which sections of a department read which of its boards.

use cardex_domain::ids::{DepartmentId, SectionId};

use super::Loader;
use super::reader::Section;
use crate::route::{Rooms, Route, Routes, Shift};

/// The tables of a file.
pub(super) const ROUTE: &str = "route";

impl Loader<'_, '_> {
    /// The routes where the file says them, else those `above`.
    pub(super) fn routes(&mut self, document: &Section<'_>, above: &Routes) -> Routes {
        if document.get(ROUTE).is_none() {
            return above.clone();
        }
        let mut routes: Vec<Route> = Vec::new();
        for section in self.tables(document, ROUTE) {
            let Some(route) = self.route(&section) else {
                continue;
            };
            if routes.contains(&route) {
                let message = "this route stands here twice: remove one";
                self.reader.fault(section.at, message);
            }
            routes.push(route);
        }
        Routes::new(routes)
    }

    fn route(&mut self, section: &Section<'_>) -> Option<Route> {
        self.reader
            .known_keys(section, &["department", "section", "rooms", "hours"]);
        let department = self.reader.required(section, "department");
        let department = department.and_then(|node| self.reader.string(node));
        let department = department.and_then(|word| match DepartmentId::new(word.text) {
            Ok(department) => {
                self.named.push((word.at, department.clone()));
                Some(department)
            }
            Err(error) => {
                self.reader.fault(word.at, error.to_string());
                None
            }
        });
        let name = self.reader.required(section, "section");
        let name = name.and_then(|node| self.reader.string(node));
        let name = name.and_then(|word| {
            let name = SectionId::new(word.text);
            name.map_err(|error| self.reader.fault(word.at, error.to_string()))
                .ok()
        });
        let (rooms, hours) = (section.get("rooms"), section.get("hours"));
        if rooms.is_none() && hours.is_none() {
            let message =
                "this route leads everything there: say which `rooms`, or at which `hours`";
            self.reader.fault(section.at, message);
        }
        let mut read = Vec::new();
        for word in rooms.map_or_else(Vec::new, |node| self.reader.words(node, "rooms")) {
            match Rooms::read(word.text) {
                Ok(rooms) => read.push(rooms),
                Err(message) => self.reader.fault(word.at, message),
            }
        }
        let shift = hours.and_then(|node| self.reader.string(node));
        let shift = shift.and_then(|word| {
            let shift = Shift::read(word.text);
            if shift.is_none() {
                let message =
                    "expected two different times of day, as in `07:00..15:00` or `22:00..06:00`";
                self.reader.fault(word.at, message);
            }
            shift
        });
        Some(Route {
            department: department?,
            section: name?,
            rooms: read,
            shift,
        })
    }
}
