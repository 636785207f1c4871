use cardex_domain::event::{Address, IdentifierKind};
use cardex_domain::stay;

use super::*;

fn moment(text: &str) -> Moment {
    crate::time::read_moment(text).unwrap()
}

fn stay() -> Stay {
    let identifier = Identifier {
        kind: IdentifierKind::Document,
        value: "E1234".into(),
        verified: true,
    };
    Stay {
        id: StayId([1; 16]),
        property: PropertyId::new("macau").unwrap(),
        reservation: "R-77".into(),
        status: stay::Status::InHouse,
        arrival: "2026-11-20".parse().ok(),
        departure: "2026-11-22".parse().ok(),
        room: Room::new("1012").ok(),
        room_type: Some("DLX".into()),
        adults: 2,
        children: 1,
        party: Some("G-1".into()),
        purpose: Some(cardex_domain::event::Purpose::Business),
        guest: GuestFacts {
            profile: Some((
                ProfileId([2; 16]),
                ExternalProfile {
                    pms: "opera".into(),
                    id: "9".into(),
                },
            )),
            name: Some(Name {
                full: Some("王小明".into()),
                ..Name::default()
            }),
            language: Some("zh-Hans".into()),
            nationality: Some("CN".into()),
            particulars: Particulars {
                birth_date: "1987-03-09".parse().ok(),
                address: Some(Address {
                    street: Some("人民路".into()),
                    house: Some("8".into()),
                    city: Some("杭州".into()),
                    ..Address::default()
                }),
                company: Some("Harbour Ltd".into()),
            },
            identifiers: vec![(IdentifierKey([3; 16]), identifier)],
        },
        guest_told_at: Some((moment("2026-11-01T10:00:00+08:00"), EventKey([4; 16]))),
        occupancy: vec![Occupancy {
            room: Room::new("1012").unwrap(),
            from: moment("2026-11-20T15:00:00+08:00"),
            until: None,
        }],
        checked_in_at: Some(moment("2026-11-20T15:00:00+08:00")),
        do_not_disturb_since: Some(moment("2026-11-20T16:00:00+08:00")),
        last_event_at: moment("2026-11-20T15:00:00+08:00"),
        booked: true,
        irregular: vec![EventKey([5; 16])],
    }
}

#[test]
fn a_stay_comes_back_as_it_was() {
    let text = serde_json::to_string(&StayView::from(&stay())).unwrap();
    let view: StayView = serde_json::from_str(&text).unwrap();
    assert_eq!(view.to_stay(), Some(stay()));
    let mut bare = stay();
    bare.guest = GuestFacts::default();
    bare.guest_told_at = None;
    assert_eq!(StayView::from(&bare).to_stay(), Some(bare));
}

#[test]
fn identifiers_stay_with_those_who_need_them() {
    let dining = DepartmentId::new("dining").unwrap();
    let (nothing, vocabulary) = (Discretion::default(), Vocabulary::embedded());
    let view = StayView::seen_by(&dining, &stay(), (&nothing, vocabulary));
    let text = serde_json::to_string(&view).unwrap();
    assert!(!text.contains("E1234"));
}
