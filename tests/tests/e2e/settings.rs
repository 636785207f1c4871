//! A setting that becomes active changes the open boards, though nothing happens to their guests.

use cardex_bus::streams::PROMPTS;
use cardex_domain::event::{Event, Identifier, IdentifierKind, Setting, StayChange};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::StayId;
use cardex_domain::vocabulary::Vocabulary;
use sha2::{Digest as _, Sha256};

use crate::events::{activated, booked, details, reservation, seen, stay};
use crate::harness::{Desk, House, stay_id};

const PHONE: &str = "+85366001122";
/// More stays than the aggregator tells of in one answer.
const OTHER_STAYS: usize = 300;

/// A booking with a phone number that was checked.
fn booked_with_phone() -> StayChange {
    let mut details = details("Chan");
    let guest = details.guest.as_mut().unwrap();
    guest.identifiers = vec![Identifier {
        kind: IdentifierKind::Phone,
        value: PHONE.into(),
        verified: true,
    }];
    StayChange::Reserved(details)
}

/// Makes a text the active setting, and waits until everything has followed.
pub(crate) async fn activate(house: &House, setting: Setting, text: &str) {
    activate_and_go_on(house, setting, text).await;
    house.settled().await;
}

/// Makes a text the active setting.
pub(crate) async fn activate_and_go_on(house: &House, setting: Setting, text: &str) {
    house.publish(&put(&house.desk, setting, text).await).await;
}

/// Brings a text onto the bus; the event that makes it the active setting.
pub(crate) async fn put(desk: &Desk, setting: Setting, text: &str) -> Event {
    let digest = Sha256::digest(text.as_bytes());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let put = desk.bus.put_settings(&hash, text.as_bytes());
    put.await.unwrap();
    activated(setting, &hash)
}

/// The number of a reservation whose stay comes after `than` in the order of ids.
fn later_than(than: StayId) -> String {
    let mut numbers = (0..).map(|n| format!("L-{n}"));
    numbers.find(|number| stay_id(number) > than).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_becomes_active_brings_every_open_board_up_to_date() {
    let mut house = House::open().await;
    let others: Vec<String> = (0..OTHER_STAYS).map(|n| format!("O-{n}")).collect();
    for number in &others {
        house.publish(&stay(number, booked("Okafor"))).await;
    }
    // The two stand on the last page.
    let last = others.iter().map(|number| stay_id(number)).max().unwrap();
    let one = later_than(last);
    let two = later_than(stay_id(&one));
    house.publish(&stay(&one, booked_with_phone())).await;
    house.publish(&stay(&two, booked_with_phone())).await;
    let noted = seen("floor", reservation(&one)).likes("amenity.fruit", "mango");
    house.publish(&noted.event()).await;
    house.settled().await;
    let shows = async |number: &str, words: &str| {
        let texts = house.desk.texts("floor", number).await;
        texts.iter().any(|text| text.contains(words))
    };
    assert!(shows(&one, "mangoes").await && shows(&two, "mangoes").await);

    let label = r#"en = "mangoes""#;
    assert!(Vocabulary::EMBEDDED_TEXT.contains(label));
    let other = Vocabulary::EMBEDDED_TEXT.replace(label, r#"en = "golden fruit""#);
    activate(&house, Setting::Vocabulary, &other).await;
    assert!(shows(&one, "golden fruit").await && shows(&two, "golden fruit").await);

    // Whoever shares a number that is nobody's is no longer taken for one person.
    let denied = format!("{}\nphone {PHONE}\n", DenyList::EMBEDDED_TEXT);
    activate(&house, Setting::DenyList, &denied).await;
    assert!(shows(&one, "golden fruit").await);
    assert!(!shows(&two, "golden fruit").await);

    // The same again changes nothing.
    let boards = house.desk.everything(PROMPTS).await.len();
    house.stop_checkin().await;
    house.desk.forget_the_listener().await;
    house.start_checkin().await;
    house.settled().await;
    assert_eq!(house.desk.everything(PROMPTS).await.len(), boards);
}
