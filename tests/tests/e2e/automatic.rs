//! Guests who are clearly one person are linked by Cardex itself where the hotel allows it: once, for a reason, undone like
//! any other link, and never again.

use cardex_bus::streams::EVENTS;
use cardex_domain::event::{
    Address, GuestDetails, Identifier, IdentifierKind, Name, Particulars, Setting, StayChange,
    StayDetails,
};
use cardex_matching::Weights;
use cardex_wire::identity::{JoinView, LinkView};
use cardex_wire::query::{
    Duplicates, DuplicatesRequest, Explain, ExplainRequest, Get, GetRequest, History,
    HistoryRequest, PairView,
};

use crate::events::{details, reservation, seen, stay, unlinked};
use crate::harness::{Desk, House, LINKED, until};
use crate::settings::{activate, activate_and_go_on};

/// What the person says who books twice, but for the name.
const BORN: &str = "1961-08-30";
const EMAIL: &str = "chiamaka.okonkwo@mail.test";

/// The weights that Cardex brings along, with guests linked by themselves or not.
fn weights(automatic: bool) -> String {
    let format = "format = 1\n";
    let text =
        Weights::EMBEDDED_TEXT.replace(format, &format!("{format}automatic = {automatic}\n"));
    assert_ne!(text, Weights::EMBEDDED_TEXT);
    text
}

/// A booking through one of several systems, each of which has a profile of its own.
fn booked(
    name: (&str, &str),
    profile: &str,
    born: Option<&str>,
    email: Option<&str>,
) -> StayChange {
    let (family, given) = name;
    let identifier = |value: &str| Identifier {
        kind: IdentifierKind::Email,
        value: value.into(),
        verified: false,
    };
    let (pms, id) = profile.split_once('/').unwrap();
    let guest = GuestDetails {
        profile: Some(cardex_domain::event::ExternalProfile {
            pms: pms.into(),
            id: id.into(),
        }),
        name: Some(Name {
            family: Some(family.into()),
            given: Some(given.into()),
            ..Name::default()
        }),
        particulars: Particulars {
            birth_date: born.map(|day| day.parse().unwrap()),
            ..Particulars::default()
        },
        identifiers: email.map(identifier).into_iter().collect(),
        ..GuestDetails::default()
    };
    StayChange::Reserved(StayDetails {
        guest: Some(guest),
        ..details(family)
    })
}

const OKONKWO: (&str, &str) = ("Okonkwo", "Chiamaka");

/// Two bookings of one person under two profiles.
async fn books_twice(house: &House) {
    for (number, profile) in [("R-1", "opera/1"), ("R-2", "agency/77")] {
        let booking = booked(OKONKWO, profile, Some(BORN), Some(EMAIL));
        house.publish(&stay(number, booking)).await;
    }
    house.settled().await;
}

/// The links that join the guest of a reservation.
async fn links(desk: &Desk, number: &str) -> Vec<LinkView> {
    let question = GetRequest::of(reservation(number));
    let reply = desk.ask::<Get>("guest_relations", &question).await.unwrap();
    let joins = reply.profile.identity.joins.into_iter();
    let linked = joins.filter_map(|join| match join {
        JoinView::Linked(link) => Some(link),
        JoinView::Named(_) | JoinView::Shared(_) => None,
    });
    linked.collect()
}

async fn suggested(desk: &Desk) -> Vec<PairView> {
    let question = DuplicatesRequest::default();
    let reply = desk.ask::<Duplicates>("guest_relations", &question).await;
    reply.unwrap().pairs
}

/// How many links Cardex has published.
async fn published(desk: &Desk) -> usize {
    let events = desk.everything(EVENTS).await;
    events.iter().filter(|m| m.subject == LINKED).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_clearly_one_person_is_suggested_or_where_the_hotel_allows_it_linked_once() {
    let mut house = House::open().await;
    books_twice(&house).await;
    let south = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    house.publish(&south.event()).await;
    house.settled().await;
    let pairs = suggested(&house.desk).await;
    assert_eq!(pairs.len(), 1);
    assert!(pairs[0].linkable.is_some());
    assert_eq!(
        (
            links(&house.desk, "R-1").await,
            published(&house.desk).await
        ),
        (vec![], 0)
    );

    // Switched on, whoever is suggested is linked; boards follow.
    activate(&house, Setting::IdentityWeights, &weights(true)).await;
    let linked = links(&house.desk, "R-2").await;
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0].by, "cardex");
    let reason = &linked[0].reason;
    assert!(
        reason.starts_with("linked automatically, posterior 0.99"),
        "{reason}"
    );
    assert!(
        reason.contains("email same") && !reason.contains("okonkwo"),
        "{reason}"
    );
    let texts = house.desk.texts("front_desk", "R-2").await;
    assert!(
        texts.iter().any(|text| text.contains("south-facing")),
        "{texts:?}"
    );
    assert!(suggested(&house.desk).await.is_empty());
    let about = serde_json::json!({ "about": { "reservation": "R-2" } });
    let question: HistoryRequest = serde_json::from_value(about).unwrap();
    let history = house
        .desk
        .ask::<History>("guest_relations", &question)
        .await
        .unwrap();
    let told = history
        .entries
        .iter()
        .find(|entry| entry.event.0 == linked[0].event.0)
        .unwrap();
    assert_eq!(
        (told.by.as_deref(), told.note.as_ref()),
        (Some("cardex"), Some(reason))
    );

    let question: ExplainRequest =
        serde_json::from_value(serde_json::json!({ "about": { "reservation": "R-2" } })).unwrap();
    let explained = house
        .desk
        .ask::<Explain>("front_desk", &question)
        .await
        .unwrap();
    assert!(
        explained
            .identity
            .joins
            .contains(&JoinView::Linked(linked[0].clone()))
    );
    let explained = house
        .desk
        .ask::<Explain>("dining", &question)
        .await
        .unwrap();
    assert!(explained.identity.is_empty());

    // Another booking comes under a third profile: linked as it comes.
    let booking = booked(OKONKWO, "web/5", Some(BORN), Some(EMAIL));
    house.publish(&stay("R-3", booking)).await;
    house.settled().await;
    assert_eq!(links(&house.desk, "R-3").await.len(), 2);

    // Whoever starts anew, knowing nothing of what was done, does nothing twice.
    let before = published(&house.desk).await;
    house.stop_checkin().await;
    house.desk.forget_the_listener().await;
    house.start_checkin().await;
    house.settled().await;
    house.stop_aggregator().await;
    std::fs::remove_dir_all(house.premises.store()).unwrap();
    house.start_aggregator().await;
    house.settled().await;
    assert_eq!((before, published(&house.desk).await), (2, 2));
    assert_eq!(links(&house.desk, "R-1").await.len(), 2);
    assert!(house.desk.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_undone_stays_undone_whatever_comes() {
    let house = House::open().await;
    activate(&house, Setting::IdentityWeights, &weights(true)).await;
    books_twice(&house).await;
    let linked = links(&house.desk, "R-1").await;
    assert_eq!(linked.len(), 1);
    house.publish(&unlinked(linked[0].event.0)).await;
    house.settled().await;
    // Further news of both, the switch once more, and somebody who is like both.
    let again = booked(OKONKWO, "opera/1", Some(BORN), Some(EMAIL));
    house.publish(&stay("R-4", again)).await;
    activate(&house, Setting::IdentityWeights, &weights(false)).await;
    activate(&house, Setting::IdentityWeights, &weights(true)).await;
    house.settled().await;
    assert_eq!(
        (
            links(&house.desk, "R-1").await,
            links(&house.desk, "R-2").await
        ),
        (vec![], vec![])
    );
    let pairs = suggested(&house.desk).await;
    assert_eq!((pairs.len(), pairs[0].linkable), (1, None));

    let third = booked(OKONKWO, "web/5", Some(BORN), Some(EMAIL));
    house.publish(&stay("R-3", third)).await;
    house.settled().await;
    let members = async |number: &str| {
        let joined = links(&house.desk, number).await;
        joined.len()
    };
    let both = (members("R-1").await, members("R-2").await);
    assert_eq!(both, (0, 0), "which of the two it is, is for people to say");
    assert_eq!(published(&house.desk).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_enough_links_nobody_by_itself() {
    let house = House::open().await;
    activate(&house, Setting::IdentityWeights, &weights(true)).await;
    // Name and birth date alone; a placeholder for an address; a mother and her daughter.
    let relay = "x7k2@guest.booking.com";
    for (number, name, profile, born, email) in [
        ("R-1", OKONKWO, "opera/1", Some(BORN), None),
        ("R-2", OKONKWO, "agency/2", Some(BORN), None),
        ("R-3", ("Bezos", "Ana"), "opera/3", None, Some(relay)),
        ("R-4", ("Bezos", "Ana"), "agency/4", None, Some(relay)),
        (
            "R-5",
            ("Lopes", "Rita"),
            "opera/5",
            Some("1950-02-03"),
            Some(EMAIL),
        ),
        (
            "R-6",
            ("Lopes", "Rita"),
            "agency/6",
            Some("1983-05-06"),
            Some(EMAIL),
        ),
    ] {
        house
            .publish(&stay(number, booked(name, profile, born, email)))
            .await;
    }
    house.settled().await;
    assert_eq!(published(&house.desk).await, 0);
    assert!(suggested(&house.desk).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_has_said_what_conflicts_is_left_to_people() {
    let house = House::open().await;
    activate(&house, Setting::IdentityWeights, &weights(true)).await;
    // One profile for two: the booking system knows the household alone.
    for (number, profile, born) in [
        ("R-1", "opera/1", BORN),
        ("R-2", "opera/1", "1990-01-02"),
        ("R-3", "agency/3", BORN),
    ] {
        let booking = booked(OKONKWO, profile, Some(born), Some(EMAIL));
        house.publish(&stay(number, booking)).await;
    }
    house.settled().await;
    assert_eq!(published(&house.desk).await, 0);
    let pairs = suggested(&house.desk).await;
    assert_eq!((pairs.len(), pairs[0].linkable), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_stopped_while_linking_goes_on_and_links_each_once() {
    const FAMILIES: [&str; 6] = [
        "Okonkwo",
        "Lindqvist",
        "Baptista",
        "Yamazaki",
        "Delacroix",
        "Huang",
    ];
    const GIVEN: [&str; 6] = ["Chiamaka", "Astrid", "Rui", "Haruto", "Solange", "Meifen"];
    const PAIRS: usize = FAMILIES.len() * GIVEN.len();
    let mut house = House::open().await;
    for n in 0..PAIRS {
        let name = (FAMILIES[n / 6], GIVEN[n % 6]);
        let email = format!("{}.{}@mail.test", name.1, name.0);
        let born = format!("19{}-0{}-1{}", 40 + n, 1 + n % 9, n % 7);
        for system in ["opera", "agency"] {
            let profile = format!("{system}/{n}");
            let booking = booked(name, &profile, Some(&born), Some(&email));
            let number = format!("{system}-{n}");
            house.publish(&stay(&number, booking)).await;
        }
    }
    house.settled().await;
    let linkable = suggested(&house.desk).await.len();
    activate_and_go_on(&house, Setting::IdentityWeights, &weights(true)).await;
    // Stopped where it happens to be, three times.
    for some in [1, 10, 20] {
        until("some are linked", async || {
            (published(&house.desk).await >= some).then_some(())
        })
        .await;
        house.stop_checkin().await;
        house.start_checkin().await;
    }
    house.settled().await;
    assert_eq!(linkable, 20, "the first page of them");
    assert_eq!(published(&house.desk).await, PAIRS);
    for n in 0..PAIRS {
        let number = format!("opera-{n}");
        assert_eq!(links(&house.desk, &number).await.len(), 1, "{number}");
    }
    assert!(suggested(&house.desk).await.is_empty());
    assert!(house.desk.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn birth_date_address_and_company_speak_for_a_guest_as_contacts_do() {
    let house = House::open().await;
    for (number, profile) in [("R-1", "opera/1"), ("R-2", "agency/77")] {
        let StayChange::Reserved(mut booking) = booked(OKONKWO, profile, Some(BORN), None) else {
            panic!("a booking")
        };
        let guest = booking.guest.as_mut().unwrap();
        guest.particulars.address = Some(Address {
            street: Some("8 Orchard Road".into()),
            city: Some("Singapore".into()),
            postcode: Some("238841".into()),
            ..Address::default()
        });
        guest.particulars.company = Some("Harbour Trading Pte Ltd".into());
        house
            .publish(&stay(number, StayChange::Reserved(booking)))
            .await;
    }
    house.settled().await;
    let pairs = suggested(&house.desk).await;
    assert_eq!(pairs.len(), 1);
    let fields: Vec<&str> = pairs[0].evidence.iter().map(|said| &*said.field).collect();
    for field in ["birth", "street", "house", "city", "postcode", "company"] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
    }
}
