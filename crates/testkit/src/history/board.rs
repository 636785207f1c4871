//! What boards of a history said, and what became of it.

use cardex_domain::event::{
    Body, CardChange, CardClaim, CardEvent, CardItem, Event, GuestRef, Outcome, OutcomeKind,
    Polarity, Says, Statement,
};
use cardex_domain::ids::{DepartmentId, EventKey, ItemId, NodeId, PropertyId, RuleId, StayId};
use rand::Rng;

use super::{DEPARTMENTS, History, PROPERTIES, Seen, at, by_department, by_property, key};

const OUTCOMES: [OutcomeKind; 5] = [
    OutcomeKind::Delighted,
    OutcomeKind::Declined,
    OutcomeKind::Done,
    OutcomeKind::Wrong,
    OutcomeKind::Acknowledged,
];

impl History {
    /// An item that came onto a board, perhaps twice or never, and what became of it, in any order.
    pub(super) fn item_with_outcome(&mut self) -> Vec<Event> {
        let property = self.pick(&PROPERTIES);
        let reservation = self.reservation();
        let stay = key().stay(
            &PropertyId::new(property).expect("a well-formed property"),
            &reservation,
        );
        let department = self.pick(&DEPARTMENTS);
        let item = self.item(stay, department);
        let hour = self.hour();
        let mut events = vec![self.outcome((property, department), stay, &item, hour)];
        for _ in 0..self.rng.random_range(0..3) {
            events.push(self.card((property, department), stay, item.clone(), hour));
        }
        events
    }

    fn item(&mut self, stay: StayId, department: &str) -> CardItem {
        let department = DepartmentId::new(department).expect("a well-formed department");
        let said = self.statement();
        let rule = RuleId::new("a-rule").expect("a well-formed rule");
        let told = [(said.attribute.as_str(), &*said.value)];
        CardItem {
            item: ItemId::of(stay, &department, &rule, &told),
            rule,
            claims: vec![CardClaim {
                attribute: said.attribute.clone(),
                value: (*said.value).into(),
                says: self.pick(&[Says::Wanted, Says::Unwanted, Says::Neither]),
            }],
            is_for_this_stay: self.rng.random_bool(0.2),
        }
    }

    fn card(
        &mut self,
        (property, department): (&'static str, &'static str),
        stay: StayId,
        mut item: CardItem,
        hour: i64,
    ) -> Event {
        item.claims[0].says = self.pick(&[Says::Wanted, Says::Unwanted]);
        let occurred_at = at(hour);
        let body = Body::Card(CardEvent {
            stay,
            department: DepartmentId::new(department).expect("a well-formed department"),
            revision: self.rng.random_range(1..5),
            change: CardChange::Issued,
            items: vec![item],
            occurred_at,
        });
        let id = self.id();
        by_property(property, "card.issued", id, occurred_at, body)
    }

    fn outcome(
        &mut self,
        (property, department): (&'static str, &'static str),
        stay: StayId,
        item: &CardItem,
        hour: i64,
    ) -> Event {
        let occurred_at = at(hour + self.rng.random_range(0..20));
        let body = Body::Outcome(Outcome {
            stay,
            item: item.item.clone(),
            outcome: self.pick(&OUTCOMES),
            occurred_at,
            by: None,
            note: None,
        });
        let id = self.id();
        let mut event = by_department(property, department, id, occurred_at, body);
        event.key = EventKey::of(
            &format!("cardex.{property}.outcome.{department}.test"),
            &event.id,
        );
        self.notes.push(Seen {
            property,
            department,
            id: event.id.clone(),
            key: event.key,
            about: GuestRef::Node(NodeId::Stay(stay)),
            hour,
            statements: vec![Statement {
                attribute: item.claims[0].attribute.clone(),
                value: (*item.claims[0].value).into(),
                polarity: Polarity::For,
                purpose: None,
            }],
            read: None,
        });
        event
    }
}
