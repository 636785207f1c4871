//! What a free note says, from the published observation through the aggregator to what each department is shown.

use cardex_domain::event::{Event, Setting};
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::event::v1::How;
use cardex_wire::profile::ProfileView;
use cardex_wire::query::{
    EvidenceState, Explain, ExplainRequest, ExplainedEvidence, Get, GetRequest,
};
use cardex_wire::words::{Standing, Verdict};

use crate::events::{booked, reservation, retraction, seen, stay};
use crate::harness::{Desk, House};
use crate::settings::activate;

/// A hotel with one guest expected, of whom nothing is known.
pub(crate) async fn house() -> House {
    let house = House::open().await;
    house.publish(&stay("R-1", booked("Zhuang"))).await;
    house
}

/// A note of a department about the guest, and nothing else.
pub(crate) fn note(department: &str, text: &str) -> Event {
    seen(department, reservation("R-1"))
        .observed()
        .noting(text)
        .event()
}

/// What a department is shown of the guest.
pub(crate) async fn shown(desk: &Desk, department: &str) -> ProfileView {
    let question = GetRequest::of(reservation("R-1"));
    let reply = desk.ask::<Get>(department, &question).await.unwrap();
    reply.profile
}

/// Each value that a department is shown, with what it means.
pub(crate) fn claims(profile: &ProfileView) -> Vec<(String, Option<Verdict>)> {
    let claims = profile.attributes.iter().flat_map(|attribute| {
        let claims = attribute.claims.iter();
        claims.map(|claim| {
            let value = format!("{}={}", attribute.attribute, claim.value);
            (value, claim.verdict)
        })
    });
    claims.collect()
}

/// Everything explained to a department.
async fn explained(desk: &Desk, department: &str) -> Vec<ExplainedEvidence> {
    let question = ExplainRequest::of(reservation("R-1"));
    let reply = desk.ask::<Explain>(department, &question).await.unwrap();
    let claims = reply.claims.into_iter();
    claims.flat_map(|claim| claim.evidence).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_note_says_counts_for_little_and_is_explained_by_its_words() {
    let house = house().await;
    let desk = &house.desk;
    let noted = note("dining", "doesn't eat spicy");
    house.publish(&noted).await;
    house.settled().await;
    let spicy = ("dining.taste=spicy".to_owned(), Some(Verdict::AvoidHint));
    assert_eq!(claims(&shown(desk, "dining").await), [spicy]);
    let [explained] = &explained(desk, "dining").await[..] else {
        panic!("one statement was read")
    };
    assert_eq!(explained.state, EvidenceState::Counts);
    assert_eq!(explained.evidence.how, How::Inferred);
    assert_eq!(explained.evidence.id.0.event, noted.key);
    assert_eq!(explained.words.as_deref(), Some("spicy"));
    let standing = explained.evidence.from_note.map(|note| note.standing);
    assert_eq!(standing, Some(Standing::Waiting));

    house.publish(&retraction(&noted)).await;
    house.settled().await;
    assert_eq!(claims(&shown(desk, "dining").await), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_denial_denies_is_read_as_it_is_meant_in_both_languages() {
    for (text, value, verdict) in [
        ("不吃辣", "dining.taste=mild", None),
        (
            "no onion please",
            "dining.ingredient=onion",
            Some(Verdict::AvoidHint),
        ),
        (
            "no peanuts at all",
            "allergy.food=peanut",
            Some(Verdict::Safety),
        ),
    ] {
        let house = house().await;
        house.publish(&note("dining", text)).await;
        house.settled().await;
        let shown = shown(&house.desk, "dining").await;
        assert_eq!(claims(&shown), [(value.to_owned(), verdict)], "{text}");
    }
}

/// Two such notes on one stay are a word, and no department but guest relations is told which.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_note_says_of_health_is_handling_alone() {
    let house = house().await;
    let desk = &house.desk;
    for number in ["R-1", "R-2"] {
        let mut booking = booked("Zhuang");
        let details = booking.details_mut().unwrap();
        details.guest.as_mut().unwrap().profile = Some(cardex_domain::event::ExternalProfile {
            pms: "opera".into(),
            id: "4711".into(),
        });
        house.publish(&stay(number, booking)).await;
        let noted = seen("dining", reservation(number)).noting("听力不好，请面对面说话");
        house.publish(&noted.event()).await;
    }
    house.settled().await;
    for department in ["front_desk", "dining", "floor"] {
        let view = shown(desk, department).await;
        let handling: Vec<_> = view.handling.iter().map(|h| h.text.en.as_str()).collect();
        assert_eq!(handling, ["Speak clearly and face the guest"]);
        let texts = desk.texts(department, "R-1").await;
        assert_eq!(texts, ["Speak clearly and face Mr Zhuang."], "{department}");
        let bytes = serde_json::to_string(&view).unwrap();
        assert!(
            !bytes.contains("hard_of_hearing") && !bytes.contains("听力"),
            "{bytes}"
        );
        assert_eq!(explained(desk, department).await, []);
    }
    let known = claims(&shown(desk, "guest_relations").await);
    let hint = (
        "health.hearing=hard_of_hearing".to_owned(),
        Some(Verdict::Hint),
    );
    assert_eq!(known, [hint]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_note_are_for_those_who_may_read_it() {
    let house = house().await;
    let noted = note("dining", "loves lilies");
    house.publish(&noted).await;
    house.settled().await;
    for (department, reads) in [("dining", true), ("front_desk", true), ("floor", false)] {
        let all = explained(&house.desk, department).await;
        let read = all.iter().filter(|e| e.evidence.from_note.is_some());
        let words: Vec<_> = read.map(|e| e.words.is_some()).collect();
        assert!(!words.is_empty(), "{department}");
        assert!(words.iter().all(|has| *has == reads), "{department}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_wants_no_notes_is_not_read_about() {
    let house = house().await;
    let desk = &house.desk;
    house.publish(&note("dining", "doesn't eat spicy")).await;
    let asks =
        seen("front_desk", reservation("R-1")).likes("privacy.no_personal_notes", "requested");
    house.publish(&asks.event()).await;
    house.settled().await;
    for department in ["dining", "guest_relations"] {
        let known = claims(&shown(desk, department).await);
        let taste = known
            .iter()
            .any(|(claim, _)| claim.starts_with("dining.taste"));
        assert!(!taste, "{department}: {known:?}");
    }
    let all = explained(desk, "guest_relations").await;
    let read: Vec<_> = all
        .iter()
        .filter(|e| e.evidence.from_note.is_some())
        .collect();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].state, EvidenceState::NoPersonalNotes);
}

/// The vocabulary that Cardex brings along, with one more word for what is not hot.
fn with_a_word_for_mild() -> String {
    let mild = "synonyms = [\"mild\", \"not spicy\"";
    assert_eq!(Vocabulary::EMBEDDED_TEXT.matches(mild).count(), 1);
    Vocabulary::EMBEDDED_TEXT.replace(mild, &format!("{mild}, \"blandish\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_vocabulary_reads_every_note_again() {
    let mut house = house().await;
    house.publish(&note("dining", "likes it blandish")).await;
    house.settled().await;
    assert_eq!(claims(&shown(&house.desk, "dining").await), []);
    activate(&house, Setting::Vocabulary, &with_a_word_for_mild()).await;
    let mild = [("dining.taste=mild".to_owned(), None)];
    assert_eq!(claims(&shown(&house.desk, "dining").await), mild);
    house.stop_aggregator().await;
    house.start_aggregator().await;
    let end = house.settled().await;
    house.desk.applied(end).await;
    assert_eq!(claims(&shown(&house.desk, "dining").await), mild);
}

/// Who asks names no day, and may ask where the next one has begun.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_noticed_where_the_next_day_has_begun_is_shown_at_once() {
    let house = house().await;
    let furthest_on = cardex_domain::time::Moment {
        offset_minutes: 14 * 60,
        ..crate::events::now()
    };
    let noted = seen("dining", reservation("R-1")).likes("drink.tea", "longjing");
    house.publish(&noted.at(furthest_on).event()).await;
    house.settled().await;
    let claims = claims(&shown(&house.desk, "dining").await);
    assert_eq!(claims.len(), 1, "{claims:?}");
}
