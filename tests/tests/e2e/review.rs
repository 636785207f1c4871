//! What people say of what notes seem to say: with one command by whoever wrote the note, by guest relations of any, and
//! by nobody else; and the list of notes that wait for them.

use std::process::Stdio;

use cardex_bus::streams::EVENTS;
use cardex_domain::event::{
    Body, CountsAs, Event, JudgedNote, NoteJudgement, Polarity, ReadStatement, Scope,
};
use cardex_domain::ids::{AppId, AttributeId, DepartmentId, EventKey};
use cardex_domain::time::Moment;
use cardex_wire::ProfileView;
use cardex_wire::query::{
    Get, GetRequest, Notes, NotesReply, NotesRequest, ReviewedNote, Unassigned, UnassignedRequest,
};
use cardex_wire::text::AsText;
use cardex_wire::words::Verdict;
use tokio::process::Command;

use crate::chaos::binary;
use crate::events::{
    APP, PROPERTY, by_department, checked_in, guest_operation, now, reservation, retraction, seen,
    stay,
};
use crate::harness::{Desk, House};
use crate::notes::{claims, house, note, shown};

/// What the program prints, and says beside that.
struct Said {
    data: String,
    beside: String,
}

/// Runs the program against the house's server.
async fn cardex(house: &House, arguments: &[&str]) -> Said {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .env("CARDEX_NATS__URLS", house.server.url())
        .env("USER", "w-17")
        .current_dir(house.premises.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await.unwrap();
    let [data, beside] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
    assert!(output.status.success(), "{arguments:?}: {beside}");
    Said { data, beside }
}

fn statement(attribute: &str, value: &str, polarity: Polarity) -> ReadStatement {
    ReadStatement {
        attribute: AttributeId::new(attribute).unwrap(),
        value: value.into(),
        polarity,
        scope: Scope::Guest,
    }
}

fn no_spice() -> ReadStatement {
    statement("dining.taste", "spicy", Polarity::Against)
}

fn judgement(of: JudgedNote, statement: ReadStatement, counts_as: CountsAs) -> Body {
    Body::NoteJudged(NoteJudgement {
        of,
        statement,
        counts_as,
        occurred_at: now(),
        by: Some("w-17".into()),
    })
}

/// What a department says of a note by an id of its own.
fn judged_by(department: &str, noted: &Event, counts_as: CountsAs) -> Event {
    let subject = format!("cardex.{PROPERTY}.observation.{department}.{APP}");
    let of = JudgedNote::Own {
        event: noted.id.clone(),
        app: None,
        key: EventKey::of(&subject, &noted.id),
    };
    by_department(department, judgement(of, no_spice(), counts_as))
}

async fn listed(desk: &Desk, department: &str, question: &NotesRequest) -> NotesReply {
    desk.ask::<Notes>(department, question).await.unwrap()
}

async fn all(desk: &Desk, department: &str) -> Vec<ReviewedNote> {
    let reply = listed(desk, department, &NotesRequest::default()).await;
    assert_eq!(reply.next, None);
    reply.notes
}

/// What is known of the taste of the guest's food.
async fn taste(desk: &Desk) -> Option<Verdict> {
    taste_in(&shown(desk, "dining").await)
}

fn taste_in(profile: &ProfileView) -> Option<Verdict> {
    let claims = claims(profile);
    let spicy = claims
        .iter()
        .find(|(claim, _)| claim == "dining.taste=spicy");
    spicy.and_then(|(_, verdict)| *verdict)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_of_a_note_later_was_not_known_before() {
    let house = house().await;
    let desk = &house.desk;
    let noted = seen("dining", reservation("R-1")).noting("doesn't eat spicy");
    let noted = noted.event();
    let note = house.publish(&noted).await;
    let confirmed = judged_by("dining", &noted, CountsAs::Stated);
    let confirmed = house.publish(&confirmed).await;
    house.settled().await;
    let stored = desk.everything(EVENTS).await;
    let known_after = async |sequence: u64| {
        let mut stored = stored.iter();
        let last = stored.find(|message| message.stream_sequence == sequence);
        let question = GetRequest {
            known_at: Some(AsText(Moment {
                utc_micros: last.unwrap().server_time_us,
                offset_minutes: 0,
            })),
            as_of: Some(AsText(now().day())),
            ..GetRequest::of(reservation("R-1"))
        };
        let reply = desk.ask::<Get>("dining", &question).await.unwrap();
        taste_in(&reply.profile)
    };
    let verdicts = (known_after(note).await, known_after(confirmed).await);
    assert_eq!(verdicts, (Some(Verdict::AvoidHint), Some(Verdict::Avoids)));
    assert_eq!(taste(desk).await, Some(Verdict::Avoids));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_confirms_what_a_note_seems_to_say_and_another_rejects_it() {
    let house = house().await;
    let desk = &house.desk;
    house
        .publish(&stay("R-1", checked_in("1012", "Zhuang")))
        .await;
    house.settled().await;
    let about = ["--property", "macau", "--department", "dining"];
    let noted = ["--reservation", "R-1", "--note", "doesn't eat spicy"];
    let observe = [&["observe"][..], &about, &noted].concat();
    let said = cardex(&house, &observe).await;
    assert_eq!(taste(desk).await, Some(Verdict::AvoidHint));
    assert_eq!(desk.texts("dining", "R-1").await, [] as [&str; 0]);
    let command = said
        .beside
        .lines()
        .find(|line| line.starts_with("  cardex notes confirm"));
    let command = command.unwrap_or_else(|| panic!("no command: {}", said.beside));
    let confirm: Vec<&str> = command.split_whitespace().skip(1).collect();
    let review = ["notes", "review", "--property", "macau", "--as", "dining"];
    let waiting = cardex(&house, &review).await.data;
    let evidence = confirm.iter().find(|word| word.starts_with('e')).unwrap();
    assert!(waiting.contains("“doesn't eat spicy”"), "{waiting}");
    assert!(
        waiting.contains("dining.taste!=spicy (guest: spicy)"),
        "{waiting}"
    );
    assert!(waiting.contains(evidence), "{waiting}");

    let confirmed = cardex(&house, &confirm).await;
    assert!(
        confirmed
            .beside
            .contains("dining.taste!=spicy counts as stated")
    );
    house.desk.settled(0).await;
    assert_eq!(taste(desk).await, Some(Verdict::Avoids));
    let told = desk.texts("dining", "R-1").await;
    assert!(told.len() == 1 && told[0].contains("spicy"), "{told:?}");
    let json = [&review[..], &["--json"]].concat();
    assert_eq!(cardex(&house, &json).await.data, "");

    // Guest relations, who name no department, may say otherwise of anybody's note.
    let reject = ["notes", "reject", "--property", "macau", evidence];
    cardex(&house, &reject).await;
    house.desk.settled(0).await;
    assert_eq!(taste(desk).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_confirmed_before_the_note_arrives_counts_when_it_does() {
    let house = house().await;
    let desk = &house.desk;
    let noted = note("dining", "doesn't eat spicy");
    house
        .publish(&judged_by("dining", &noted, CountsAs::Stated))
        .await;
    house.settled().await;
    let waiting = desk
        .ask::<Unassigned>("engine", &UnassignedRequest::default())
        .await;
    let waiting = waiting.unwrap().retractions;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].target.0, noted.key);
    assert_eq!(taste(desk).await, None);
    house.publish(&noted).await;
    house.settled().await;
    assert_eq!(taste(desk).await, Some(Verdict::Avoids));
    assert_eq!(all(desk, "dining").await, []);
    house.publish(&retraction(&noted)).await;
    house.settled().await;
    assert_eq!(taste(desk).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_judges_its_own_notes_through_any_app_and_no_others() {
    let house = house().await;
    let desk = &house.desk;
    let noted = note("dining", "doesn't eat spicy");
    house.publish(&noted).await;
    // The same id, but said by another department: there is no way to name dining's note from there.
    house
        .publish(&judged_by("front_desk", &noted, CountsAs::Nothing))
        .await;
    house.settled().await;
    assert_eq!(taste(desk).await, Some(Verdict::AvoidHint));

    let of = JudgedNote::Own {
        event: noted.id.clone(),
        app: Some(AppId::new(APP).unwrap()),
        key: noted.key,
    };
    let mut through_till = by_department("dining", judgement(of, no_spice(), CountsAs::Stated));
    let till = format!("cardex.{PROPERTY}.observation.dining.till");
    through_till.publisher.app = Some(AppId::new("till").unwrap());
    through_till.key = EventKey::of(&till, &through_till.id);
    house.publish(&through_till).await;
    house.settled().await;
    assert_eq!(taste(desk).await, Some(Verdict::Avoids));

    let any = judgement(JudgedNote::Any(noted.key), no_spice(), CountsAs::Nothing);
    house.publish(&guest_operation(any)).await;
    house.settled().await;
    assert_eq!(taste(desk).await, None);
    assert!(desk.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_listed_its_own_notes_and_of_them_what_it_may_know() {
    let house = house().await;
    let desk = &house.desk;
    for (department, text) in [
        ("dining", "doesn't eat spicy"),
        ("dining", "听力不好"),
        ("floor", "loves lilies"),
        ("floor", "put two chairs on the balcony"),
        ("floor", "the obese lady from 1012"),
    ] {
        house.publish(&note(department, text)).await;
    }
    house.settled().await;
    let texts = |notes: &[ReviewedNote]| -> Vec<Option<String>> {
        notes.iter().map(|note| note.note.clone()).collect()
    };
    let some = |texts: &[&str]| -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    };
    assert_eq!(
        texts(&all(desk, "dining").await),
        some(&["doesn't eat spicy"])
    );
    assert_eq!(texts(&all(desk, "floor").await), some(&["loves lilies"]));
    assert_eq!(all(desk, "front_desk").await, []);

    // Those whose wording is to be looked at are listed for guest relations alone.
    let everything = all(desk, "guest_relations").await;
    let expected = [
        "the obese lady from 1012",
        "loves lilies",
        "听力不好",
        "doesn't eat spicy",
    ];
    assert_eq!(texts(&everything), some(&expected));
    assert_eq!(everything[0].hints[0].code, "labelling");
    assert_eq!(everything[2].readings[0].value, "hard_of_hearing");

    let only = NotesRequest {
        department: Some(AsText(DepartmentId::new("floor").unwrap())),
        limit: Some(1),
        ..NotesRequest::default()
    };
    let first = listed(desk, "guest_relations", &only).await;
    assert_eq!(texts(&first.notes), some(&["the obese lady from 1012"]));
    let second = NotesRequest {
        after: first.next,
        ..only
    };
    let second = listed(desk, "guest_relations", &second).await;
    assert_eq!(texts(&second.notes), some(&["loves lilies"]));
    assert!(second.next.is_some());

    let hearing = NotesRequest {
        event: Some(everything[2].event),
        ..NotesRequest::default()
    };
    let own = listed(desk, "dining", &hearing).await.notes;
    assert_eq!((own.len(), own[0].withheld), (1, 1));
    assert_eq!((own[0].readings.len(), &own[0].note), (0, &None));
    assert_eq!(listed(desk, "floor", &hearing).await.notes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_that_guest_relations_confirm_is_handled_and_told_to_nobody() {
    let house = house().await;
    let desk = &house.desk;
    let noted = note("dining", "听力不好");
    house.publish(&noted).await;
    house.settled().await;
    assert_eq!(desk.texts("dining", "R-1").await, [""; 0]);
    let hearing = statement("health.hearing", "hard_of_hearing", Polarity::For);
    let confirmed = judgement(JudgedNote::Any(noted.key), hearing, CountsAs::Observed);
    house.publish(&guest_operation(confirmed)).await;
    house.settled().await;
    for department in ["front_desk", "floor", "dining"] {
        let texts = desk.texts(department, "R-1").await;
        assert_eq!(texts, ["Speak clearly and face Mr Zhuang."], "{department}");
        let view = serde_json::to_string(&shown(desk, department).await).unwrap();
        assert!(!view.contains("hard_of_hearing"), "{department}: {view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_a_guest_who_wants_none_are_for_guest_relations() {
    let house = house().await;
    let desk = &house.desk;
    house.publish(&note("dining", "doesn't eat spicy")).await;
    house.settled().await;
    assert_eq!(all(desk, "dining").await.len(), 1);
    let asks = seen("front_desk", reservation("R-1"));
    let asks = asks.likes("privacy.no_personal_notes", "requested");
    house.publish(&asks.event()).await;
    house.settled().await;
    assert_eq!(all(desk, "dining").await, []);
    assert_eq!(all(desk, "guest_relations").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_the_same_after_a_rebuild() {
    let mut house = house().await;
    for (department, text) in [
        ("dining", "doesn't eat spicy"),
        ("dining", "loves lilies, no onion"),
        ("floor", "the obese lady from 1012"),
    ] {
        house.publish(&note(department, text)).await;
    }
    let judged = note("dining", "doesn't eat spicy");
    house.publish(&judged).await;
    house
        .publish(&judged_by("dining", &judged, CountsAs::Observed))
        .await;
    let end = house.settled().await;
    let before = all(&house.desk, "guest_relations").await;
    assert_eq!(before.len(), 3);
    house.stop_aggregator().await;
    std::fs::remove_dir_all(house.premises.store()).unwrap();
    house.start_aggregator().await;
    house.desk.applied(end).await;
    assert_eq!(all(&house.desk, "guest_relations").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ruled_out_allergy_is_none_and_what_may_be_or_gives_a_number_away_is_looked_at() {
    let house = house().await;
    let desk = &house.desk;
    for text in [
        "denies shellfish allergy",
        "无花生过敏史",
        "used to be allergic to eggs",
        "card 4111-1111-1111-1111 on file",
    ] {
        house.publish(&note("dining", text)).await;
    }
    house.settled().await;
    assert_eq!(claims(&shown(desk, "dining").await), []);
    assert_eq!(desk.texts("dining", "R-1").await, [""; 0]);
    let looked_at = all(desk, "guest_relations").await;
    let codes: Vec<_> = looked_at
        .iter()
        .flat_map(|note| &note.hints)
        .map(|hint| (hint.code.as_str(), hint.words.as_str()))
        .collect();
    let card = ("number", "card 4111-1111-1111-1111");
    assert_eq!(codes, [card, ("doubtful", "eggs")]);
}
