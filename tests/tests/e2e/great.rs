//! A guest of whom a great deal is known: shown with the newest of it, explained and exported with all of it, page by page,
//! and no page is of another moment or guest than the first.

use std::collections::{BTreeMap, BTreeSet};

use cardex_bus::streams::EVENTS;
use cardex_bus::{Headers, Outgoing};
use cardex_domain::event::{
    Event, ExternalProfile, GuestDetails, GuestRef, StayChange, StayDetails,
};
use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::fact::Fact;
use cardex_domain::gather::gather;
use cardex_domain::identity::person_of;
use cardex_domain::ids::{AttributeId, NodeId, Room};
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{Profile, profile_of};
use cardex_domain::vocabulary::Vocabulary;
use cardex_tests::embedded::settings;
use cardex_wire::query::{
    About, Affected, AffectedRequest, Cursor, ErrorCode, Explain, ExplainReply, ExplainRequest,
    Get, GetRequest,
};
use cardex_wire::text::AsText;
use cardex_wire::{CONTENT_TYPE, EventDraft, canonical};

use crate::events::{
    booked, details, hours_ago, now, reservation, retraction, room, seen, stay, stay_at,
};
use crate::exports::cardex;
use crate::harness::{Desk, House, key, occasion, stay_id};
use crate::order::deny;

const STAYS: usize = 25;
const OBSERVATIONS: usize = 5_000;
/// Two statements each.
const PIECES: usize = 2 * OBSERVATIONS;
const HOURS_BETWEEN_STAYS: i64 = 24 * 14;

fn number(stay: usize) -> String {
    format!("G-{stay}")
}

fn profile_ref() -> GuestRef {
    GuestRef::Profile(ExternalProfile {
        pms: "opera".into(),
        id: "1".into(),
    })
}

fn of_the_guest() -> StayDetails {
    let details = details("Great");
    let guest = details.guest.map(|guest| GuestDetails {
        profile: Some(ExternalProfile {
            pms: "opera".into(),
            id: "1".into(),
        }),
        ..guest
    });
    StayDetails { guest, ..details }
}

/// Everything that is ever published of the guest: stays one after the other, each in a room of its own, and what was
/// noticed in them by reservation, room and profile; some of it in words that nobody knows, some of it taken back.
fn life() -> Vec<Event> {
    let mut events = Vec::new();
    let arrival = |stay: usize| hours_ago((STAYS - stay) as i64 * HOURS_BETWEEN_STAYS);
    for at in 0..STAYS {
        let change = StayChange::CheckedIn {
            room: Room::new(&format!("{}", 100 + at)).unwrap(),
            details: of_the_guest(),
        };
        events.push(stay_at(&number(at), arrival(at), change));
        if at + 1 < STAYS {
            let mut left = arrival(at);
            left.utc_micros += 72 * 3_600_000_000;
            events.push(stay_at(&number(at), left, StayChange::CheckedOut));
        }
    }
    let attributes: Vec<_> = Vocabulary::embedded()
        .attributes()
        .filter(|a| !a.values.is_empty() && &*a.group != "privacy")
        .collect();
    for n in 0..OBSERVATIONS {
        let of = n % STAYS;
        let mut at = arrival(of);
        at.utc_micros += 3_600_000_000 + n as i64 * 1_000_000;
        let about = match n % 3 {
            0 => reservation(&number(of)),
            1 => room(&format!("{}", 100 + of)),
            _ => profile_ref(),
        };
        let attribute = attributes[n * 7 % attributes.len()];
        let value = &attribute.values[n / 3 % attribute.values.len()].id;
        let noticed = seen("dining", about).at(at);
        let noticed = match n % 11 {
            0 => noticed.dislikes(attribute.id.as_str(), value),
            1 => noticed
                .likes("unheard.of", value)
                .noting("a note of some length"),
            _ => noticed.likes(attribute.id.as_str(), value).observed(),
        };
        let noticed = noticed.likes("dining.cuisine", "sichuan").event();
        if n % 97 == 0 {
            events.push(retraction(&noticed));
        }
        events.push(noticed);
    }
    events
}

/// Publishes many at once and waits until the aggregator has applied them.
async fn publish_all(desk: &Desk, events: &[Event]) {
    let outgoing = events.iter().map(|event| {
        let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
        let headers = Headers::new().with("Content-Type", CONTENT_TYPE).unwrap();
        Outgoing {
            subject: message.subject,
            id: event.id.to_string(),
            payload: message.payload.into(),
            headers,
        }
    });
    let batches = desk.bus.batches(EVENTS).await.unwrap();
    let mut end = 0;
    for (_, stored) in batches.publish(outgoing.collect()).await {
        end = end.max(stored.unwrap().stream_sequence);
    }
    desk.applied(end).await;
}

/// Every page of the answer.
async fn explanation(
    desk: &Desk,
    department: &str,
    question: &ExplainRequest,
) -> Vec<ExplainReply> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let question = ExplainRequest {
            after,
            ..question.clone()
        };
        let page = desk.ask::<Explain>(department, &question).await.unwrap();
        after = page.next;
        pages.push(page);
        if after.is_none() {
            return pages;
        }
    }
}

fn ledger(events: &[Event]) -> Ledger {
    let mut ledger = Ledger::default();
    for event in events {
        ledger.record(event.key, Fact::of(event, &key()).unwrap());
    }
    ledger
}

fn profile(ledger: &Ledger, node: NodeId) -> Profile {
    let occasion = occasion(None, now().latest_day());
    let Ok(profile) = profile_of(ledger, &settings(&deny()), node, &occasion);
    profile
}

/// Every piece of evidence of which the ledger knows, whatever it counts for.
fn pieces(ledger: &Ledger, node: NodeId) -> BTreeSet<EvidenceId> {
    let deny = deny();
    let Ok(person) = person_of(ledger, &deny, node);
    let occasion = occasion(None, now().latest_day());
    let Ok(gathered) = gather(ledger, &settings(&deny), &person, &occasion);
    let counted = gathered.evidence.values().flatten();
    let aside = gathered.retracted.iter().chain(&gathered.uncurated);
    counted.chain(aside).map(|evidence| evidence.id).collect()
}

fn ids(page: &ExplainReply) -> impl Iterator<Item = EvidenceId> {
    let claimed = page.claims.iter().flat_map(|claim| &claim.evidence);
    claimed.chain(&page.uncurated).map(|e| e.evidence.id.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_pieces_the_newest_are_shown_and_all_are_explained_and_exported() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let desk = &house.desk;
    let events = life();
    publish_all(desk, &events).await;
    let ledger = ledger(&events);
    let node = NodeId::Stay(stay_id(&number(0)));
    let Ok(person) = person_of(&ledger, &deny(), node);
    let person = person.id().unwrap();
    let about = GuestRef::Node(person);
    let expected = profile(&ledger, node);

    let shown = desk
        .ask::<Get>("engine", &GetRequest::of(about.clone()))
        .await;
    let shown = shown.unwrap().profile;
    assert!(!shown.is_whole());
    let known: BTreeMap<_, _> = shown
        .attributes
        .iter()
        .map(|a| (a.attribute.as_str(), a))
        .collect();
    assert_eq!(known.len(), expected.attributes.len());
    for (id, attribute) in &expected.attributes {
        let view = known[id.as_str()];
        assert_eq!((view.claims.len(), view.more), (attribute.claims.len(), 0));
        for (view, claim) in view.claims.iter().zip(&attribute.claims) {
            assert_eq!((&*view.value, view.p_ppm), (&*claim.value, claim.p_ppm));
            assert_eq!(
                view.evidence.len() + view.more as usize,
                claim.evidence.len()
            );
            let mut newest: Vec<_> = claim.evidence.iter().collect();
            newest.sort_by_key(|e| std::cmp::Reverse((e.observed_at, e.id)));
            newest.truncate(view.evidence.len());
            let is_shown = |e: &&&Evidence| view.evidence.iter().any(|id| id.0 == e.id);
            // One may be older: the newest that bears the verdict out.
            assert!(newest.iter().filter(is_shown).count() + 1 >= newest.len());
        }
    }
    assert!(shown.more_notes > 0 && shown.more_uncurated > 0);
    let dining = desk
        .ask::<Get>("dining", &GetRequest::of(about.clone()))
        .await
        .unwrap();
    assert!(
        dining
            .profile
            .attributes
            .iter()
            .any(|a| a.attribute.as_str() == "dining.cuisine")
    );

    let pages = explanation(desk, "engine", &ExplainRequest::of(about.clone())).await;
    assert!(pages.len() > 3, "{} pages", pages.len());
    let mut explained = BTreeSet::new();
    for id in pages.iter().flat_map(ids) {
        assert!(explained.insert(id), "{id} stands on two pages");
    }
    assert_eq!(explained.len(), PIECES);
    assert!(explained == pieces(&ledger, node));
    let mut pages = pages.into_iter();
    let mut whole = pages.next().unwrap();
    pages.for_each(|page| whole.join(page));
    for claim in &whole.claims {
        let newest_first = |e: &cardex_wire::query::ExplainedEvidence| {
            std::cmp::Reverse((e.evidence.observed_at.0, e.evidence.id.0))
        };
        assert!(claim.more == 0 && claim.evidence.is_sorted_by_key(newest_first));
    }
    let cuisine = ExplainRequest {
        attribute: Some(AsText(AttributeId::new("dining.cuisine").unwrap())),
        limit: Some(700),
        ..ExplainRequest::of(about.clone())
    };
    let pages = explanation(desk, "dining", &cuisine).await;
    assert!(pages.iter().all(|page| {
        page.claims
            .iter()
            .all(|c| c.attribute == pages[0].claims[0].attribute)
    }));
    let least = OBSERVATIONS.div_ceil(700);
    assert!(pages.len() >= least, "{} pages", pages.len());
    assert!(pages.iter().flat_map(ids).count() >= OBSERVATIONS);

    let question = AffectedRequest {
        sequence: 1,
        event: AsText(events[0].key),
        after: None,
        only: None,
        at_least: None,
        wait_ms: None,
    };
    let affected = desk.ask::<Affected>("engine", &question).await.unwrap();
    assert_eq!(affected.affected.len(), 1, "the last stay alone is open");
    assert!(affected.affected[0].profile.to_profile().is_some());

    let guest = person.to_string();
    let asked = [
        "profile",
        "export",
        "--property",
        "macau",
        "--guest",
        &guest,
    ];
    let exported = cardex(&house, &[&asked[..], &["--canonical"]].concat()).await;
    let mut expected = canonical(&expected);
    expected.push(b'\n');
    assert!(exported == expected, "another profile is exported");
    let full = cardex(&house, &[&asked[..], &["--full"]].concat()).await;
    let full: serde_json::Value = serde_json::from_slice(&full).unwrap();
    assert_eq!(full["events"].as_array().unwrap().len(), events.len());
    let asked = [
        "profile",
        "explain",
        "--property",
        "macau",
        "--guest",
        &guest,
        "--json",
    ];
    let json: ExplainReply = serde_json::from_slice(&cardex(&house, &asked).await).unwrap();
    assert!(json.next.is_none() && ids(&json).count() == PIECES);
    let asked = ["profile", "show", "--property", "macau", "--guest", &guest];
    let text = String::from_utf8(cardex(&house, &asked).await).unwrap();
    let sichuan = text.lines().find(|line| line.contains("sichuan")).unwrap();
    let pieces = whole.claims.iter().find(|c| c.value == "sichuan").unwrap();
    let live = pieces
        .evidence
        .iter()
        .filter(|e| e.weight_q32.0 > 0)
        .count();
    assert!(sichuan.trim_end().ends_with(&live.to_string()), "{sichuan}");
    house.stop_aggregator().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_another_guest_or_another_moment_are_refused() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let desk = &house.desk;
    let mut events = vec![stay("R-1", booked("Chan")), stay("R-2", booked("Lam"))];
    for value in ["sichuan", "thai", "italian", "japanese"] {
        let noticed = seen("dining", reservation("R-1")).likes("dining.cuisine", value);
        events.push(noticed.event());
    }
    publish_all(desk, &events).await;
    let first = ExplainRequest {
        limit: Some(2),
        ..ExplainRequest::of(reservation("R-1"))
    };
    let page = desk.ask::<Explain>("dining", &first).await.unwrap();
    let after = page.next;
    assert_eq!((ids(&page).count(), after.is_some()), (2, true));
    let behind = |after: Option<Cursor>| ExplainRequest {
        after,
        ..first.clone()
    };
    let refusal = async |department: &str, question: &ExplainRequest| {
        let error = desk.ask::<Explain>(department, question).await.unwrap_err();
        (error.code, error.detail)
    };
    let another = ExplainRequest {
        about: About(reservation("R-2")),
        ..behind(after)
    };
    let (code, detail) = refusal("dining", &another).await;
    assert_eq!(code, ErrorCode::BadRequest);
    assert!(detail.contains("another question"), "{detail}");
    assert_eq!(
        refusal("spa", &behind(after)).await.0,
        ErrorCode::BadRequest
    );

    // What is noticed about others changes nothing.
    let lam = seen("dining", reservation("R-2")).likes("dining.cuisine", "thai");
    publish_all(desk, &[lam.event()]).await;
    let next = desk.ask::<Explain>("dining", &behind(after)).await.unwrap();
    assert_eq!((ids(&next).count(), next.next), (2, None));
    let chan = seen("dining", reservation("R-1")).likes("dining.cuisine", "french");
    publish_all(desk, &[chan.event()]).await;
    let (code, detail) = refusal("dining", &behind(after)).await;
    assert_eq!(code, ErrorCode::Changed);
    assert!(detail.contains("ask anew"), "{detail}");

    let whole = GetRequest {
        whole: true,
        ..GetRequest::of(reservation("R-1"))
    };
    let error = desk.ask::<Get>("dining", &whole).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    house.stop_aggregator().await;
}
