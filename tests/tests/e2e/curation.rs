//! What the vocabulary does not understand is kept, listed for those who curate it, and counts from the day it is
//! adopted; what is understood no more is listed again.

use cardex_domain::event::Setting;
use cardex_domain::ids::NodeId;
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::query::{ErrorCode, Get, GetRequest, Pending, PendingRequest, PendingWord};

use crate::events::{booked, hours_ago, now, reservation, retraction, seen, stay};
use crate::harness::{Desk, House, stay_id, until};
use crate::settings::activate;

const CURATORS: &str = "guest_relations";

/// The vocabulary that Cardex brings along, which takes no fruit but those it lists.
fn of_listed_fruit() -> String {
    let open = "open = true\nlabel = { en = \"fruit\"";
    assert_eq!(Vocabulary::EMBEDDED_TEXT.matches(open).count(), 1);
    Vocabulary::EMBEDDED_TEXT.replace(open, "label = { en = \"fruit\"")
}

/// The same with one fruit more, known by another name as well.
fn with_rambutan() -> String {
    let mango = "  { id = \"mango\",";
    let rambutan = "  { id = \"rambutan\", label = { en = \"rambutans\", zh = \"红毛丹\" }, \
                    synonyms = [\"hairy lychee\"] },\n";
    of_listed_fruit().replace(mango, &format!("{rambutan}{mango}"))
}

/// What is listed once everything that is kept has been looked at, asked for in pages of one.
async fn listed(desk: &Desk) -> Vec<PendingWord> {
    let mut question = PendingRequest {
        limit: Some(1),
        ..PendingRequest::default()
    };
    let mut words = Vec::new();
    loop {
        let reply = until("everything kept has been looked at", async || {
            let reply = desk.ask::<Pending>(CURATORS, &question).await.unwrap();
            reply.looking.is_none().then_some(reply)
        })
        .await;
        words.extend(reply.pending);
        match reply.next {
            Some(next) => question.after = Some(next),
            None => return words,
        }
    }
}

/// The words that are listed, with how often.
async fn counted(desk: &Desk) -> Vec<(String, u64)> {
    let words = listed(desk).await.into_iter();
    words
        .map(|w| (format!("{}={}", w.attribute, w.word), w.count))
        .collect()
}

/// Whether the profile of the stay holds this fruit.
async fn is_known(desk: &Desk, number: &str, fruit: &str) -> bool {
    let node = NodeId::Stay(stay_id(number));
    let question = GetRequest::of(cardex_domain::event::GuestRef::Node(node));
    let profile = desk.ask::<Get>("engine", &question).await.unwrap().profile;
    let claims = profile.attributes.iter().flat_map(|a| &a.claims);
    claims.into_iter().any(|claim| claim.value == fruit)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_adopted_counts_from_when_it_was_noticed() {
    let house = House::open().await;
    let desk = &house.desk;
    activate(&house, Setting::Vocabulary, &of_listed_fruit()).await;
    house.publish(&stay("R-1", booked("Chen"))).await;
    let likes = |department: &str, fruit: &str| {
        seen(department, reservation("R-1")).likes("amenity.fruit", fruit)
    };
    let first = likes("dining", "Rambutan ").at(hours_ago(2)).event();
    let taken_back = likes("spa", "rambutan").event();
    let second = likes("floor", "ＲＡＭＢＵＴＡＮ").at(hours_ago(1)).event();
    let attribute = seen("floor", reservation("R-1")).likes("pets.parrot", "polly");
    for event in [&first, &taken_back, &second, &retraction(&taken_back)] {
        house.publish(event).await;
    }
    house.publish(&attribute.event()).await;
    house.settled().await;

    let words = listed(desk).await;
    let [fruit, parrot] = &words[..] else {
        panic!("not two words are listed: {words:?}")
    };
    assert_eq!((fruit.word.as_str(), fruit.count), ("rambutan", 2));
    assert_eq!(fruit.value, "ＲＡＭＢＵＴＡＮ");
    assert!(fruit.attribute_is_known && !parrot.attribute_is_known);
    let departments: Vec<_> = fruit.departments.iter().map(ToString::to_string).collect();
    assert_eq!(departments, ["dining", "floor"]);
    let examples: Vec<_> = fruit.examples.iter().map(|example| example.0).collect();
    assert_eq!(examples, [second.key, first.key]);
    assert!(fruit.first.0 < fruit.last.0 && fruit.last.0 < now());
    assert!(!is_known(desk, "R-1", "rambutan").await);
    assert_eq!(desk.texts("floor", "R-1").await, [""; 0]);

    activate(&house, Setting::Vocabulary, &with_rambutan()).await;
    assert!(is_known(desk, "R-1", "rambutan").await);
    let texts = desk.texts("floor", "R-1").await;
    assert!(
        texts.iter().any(|text| text.contains("rambutans")),
        "{texts:?}"
    );
    assert_eq!(counted(desk).await, [("pets.parrot=polly".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_understood_no_more_is_listed_again() {
    let mut house = House::open().await;
    house.publish(&stay("R-1", booked("Chen"))).await;
    activate(&house, Setting::Vocabulary, &with_rambutan()).await;
    let likes = |fruit: &str| seen("floor", reservation("R-1")).likes("amenity.fruit", fruit);
    house.publish(&likes("hairy lychee").event()).await;
    house.publish(&likes("rambutan").event()).await;
    house.settled().await;
    assert_eq!(counted(&house.desk).await, []);

    activate(&house, Setting::Vocabulary, &of_listed_fruit()).await;
    let both = ["amenity.fruit=hairy lychee", "amenity.fruit=rambutan"];
    let both = both.map(|word| (word.to_owned(), 1));
    assert_eq!(counted(&house.desk).await, both);

    // A vocabulary that ignores one of them, by the same store after a start.
    let ignoring = format!(
        "{}\n[[ignored]]\nattribute = \"amenity.fruit\"\nvalue = \"Rambutan\"\n",
        of_listed_fruit()
    );
    activate(&house, Setting::Vocabulary, &ignoring).await;
    house.stop_aggregator().await;
    house.start_aggregator().await;
    assert_eq!(counted(&house.desk).await, both[..1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_listed_for_those_who_curate_it_alone() {
    let house = House::open().await;
    house.settled().await;
    let question = PendingRequest::default();
    for (department, code) in [
        ("guest_relations", None),
        ("engine", None),
        ("front_desk", Some(ErrorCode::Forbidden)),
        ("dining", Some(ErrorCode::Forbidden)),
    ] {
        let asked = house.desk.ask::<Pending>(department, &question).await;
        assert_eq!(asked.err().map(|error| error.code), code, "{department}");
    }
}
