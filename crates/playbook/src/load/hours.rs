//! Reads the times of a hotel's day, and those of rules that speak by them.

use std::collections::BTreeSet;

use cardex_domain::hour::{AHEAD_DAYS, BEHIND_DAYS};

use super::Loader;
use super::reader::Section;
use crate::hours::Hours;
use crate::rule::{Times, Trigger};

/// The table of a file.
pub(super) const TIMES: &str = "times";
const CLOCKS: [&str; 3] = ["arrival", "departure", "night_audit"];
const SPANS: [&str; 5] = ["breakfast", "lunch", "dinner", "turndown", "day"];
const ZONE: &str = "zone";

/// The keys of a rule that say when its triggers come, each with what it is from and to, and the triggers that ask for it.
const TIMED: [(&str, u32, u32, &[Trigger]); 3] = [
    (
        "hours_before",
        1,
        AHEAD_DAYS.unsigned_abs() * 24,
        &[Trigger::PreArrival, Trigger::Departure],
    ),
    (
        "days_after",
        0,
        BEHIND_DAYS.unsigned_abs() - 1,
        &[Trigger::AfterStay],
    ),
    ("every_days", 2, 365, &[Trigger::LongStay]),
];
/// The triggers that may come before their time.
const MAY_COME_BEFORE: [Trigger; 6] = [
    Trigger::PreArrival,
    Trigger::Breakfast,
    Trigger::Lunch,
    Trigger::Dinner,
    Trigger::Turndown,
    Trigger::Departure,
];

impl Loader<'_, '_> {
    /// The times where the file says what differs from those `above`.
    pub(super) fn hours(&mut self, document: &Section<'_>, above: &Hours) -> Hours {
        let mut hours = above.clone();
        let table = document.get(TIMES);
        let written = format!("[{TIMES}]");
        let Some(table) = table.and_then(|node| self.reader.table(node, &written)) else {
            return hours;
        };
        let known: Vec<&str> = [ZONE].into_iter().chain(CLOCKS).chain(SPANS).collect();
        self.reader.known_keys(&table, &known);
        if let Some(zone) = table.get(ZONE).and_then(|node| self.reader.string(node))
            && !hours.put_zone(zone.text)
        {
            let message = format!(
                "`{}` is no zone: write one of the IANA time zone database, such as `Asia/Macau`",
                zone.text
            );
            self.reader.fault(zone.at, message);
        }
        let slots = [
            &mut hours.arrival,
            &mut hours.departure,
            &mut hours.night_audit,
        ];
        for (key, slot) in CLOCKS.into_iter().zip(slots) {
            let clock = table.get(key).and_then(|node| self.reader.clock(node));
            *slot = clock.unwrap_or(*slot);
        }
        let slots = [
            &mut hours.breakfast,
            &mut hours.lunch,
            &mut hours.dinner,
            &mut hours.turndown,
            &mut hours.day,
        ];
        for (key, slot) in SPANS.into_iter().zip(slots) {
            let span = table.get(key).and_then(|node| self.reader.span(node));
            *slot = span.unwrap_or(*slot);
        }
        hours
    }

    /// When a rule speaks that has these triggers.
    pub(super) fn times(&mut self, section: &Section<'_>, triggers: &BTreeSet<Trigger>) -> Times {
        let [hours_before, days_after, every_days] = TIMED.map(|(key, least, most, asking)| {
            let asks = asking.iter().find(|trigger| triggers.contains(trigger));
            let Some((at, node)) = section.keys.get(key).copied() else {
                if let Some(trigger) = asks {
                    let message = format!(
                        "`{key}` is missing, which `{}` asks for: add it",
                        trigger.as_str()
                    );
                    self.reader.fault(section.at, message);
                }
                return 0;
            };
            let may = |trigger: &Trigger| {
                asks.is_some() || (key == "hours_before" && MAY_COME_BEFORE.contains(trigger))
            };
            if !triggers.is_empty() && !triggers.iter().any(may) {
                let message =
                    format!("`{key}` is for other triggers than those of this rule: remove it");
                self.reader.fault(at, message);
            }
            self.reader.number(node, least, most).unwrap_or(0)
        });
        Times {
            hours_before,
            days_after,
            every_days,
        }
    }

    /// A trigger that comes while another speaks anyhow adds nothing.
    pub(super) fn triggers_add_something(
        &mut self,
        section: &Section<'_>,
        triggers: &BTreeSet<Trigger>,
    ) {
        let Some((at, _)) = section.keys.get("trigger").copied() else {
            return;
        };
        for trigger in triggers {
            let whole = triggers
                .iter()
                .find(|other| *other != trigger && trigger.is_within(**other));
            // What is news in house is said beside what was known, by either.
            if let Some(whole) = whole.filter(|_| *trigger != Trigger::InHouse) {
                let message = format!(
                    "`{}` adds nothing to `{}`: remove one of them",
                    trigger.as_str(),
                    whole.as_str()
                );
                self.reader.fault(at, message);
            }
        }
    }
}
