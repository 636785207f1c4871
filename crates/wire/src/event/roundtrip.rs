//! Any event comes back as it was written, and no bytes whatever bring the reader down.

use cardex_domain::board::Phase;
use cardex_domain::event::{
    Address, CardChange, CardClaim, CardEvent, CardItem, ClaimRef, ConfigActivation, CountsAs,
    ExternalProfile, GuestCorrection, GuestDetails, GuestRef, HourEvent, Identifier,
    IdentifierKind, JudgedNote, Judgement, Link, LinkKind, Name, NodeRef, NoteJudgement,
    Observation, Old, Outcome, OutcomeKind, Owner, Particulars, Polarity, PreferenceCorrection,
    Publisher, Purpose, Reach, ReadStatement, Retraction, Says, Scope, Setting, Source, Statement,
    StayChange, StayDetails, StayEvent, Undo, UndoKind,
};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::ids::{
    AppId, AttributeId, ItemId, NodeId, ProfileId, PropertyId, Room, RuleId, StayId,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const TIME: &str = "2026-11-20T12:00:00Z";

fn now() -> Moment {
    crate::time::read_moment(TIME).unwrap()
}

/// Text that says something, with escapes, Han and characters beyond the basic plane.
fn text(max: usize) -> BoxedStrategy<Box<str>> {
    vec(
        select(vec![
            'a', 'Z', '7', ' ', '"', '\\', '/', 'é', '庄', '🏨', '\u{200f}',
        ]),
        0..max,
    )
    .prop_map(|chars| format!("x{}", chars.into_iter().collect::<String>()).into())
    .boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    (631_300_000_000_000..now().utc_micros, -1439_i16..1440)
        .prop_map(|(utc_micros, offset_minutes)| Moment {
            utc_micros,
            offset_minutes,
        })
        .boxed()
}

fn day() -> BoxedStrategy<Day> {
    (FIRST_DAY..now().day().0).prop_map(Day).boxed()
}

fn room() -> BoxedStrategy<Room> {
    "[A-Z0-9-]{1,16}"
        .prop_map(|text| Room::new(&text).unwrap())
        .boxed()
}

fn stay_id() -> BoxedStrategy<StayId> {
    any::<[u8; 16]>().prop_map(StayId).boxed()
}

fn attribute() -> BoxedStrategy<AttributeId> {
    "[a-z_]{1,9}(\\.[a-z0-9_]{1,9}){0,2}"
        .prop_map(|text| AttributeId::new(&text).unwrap())
        .boxed()
}

fn profile() -> BoxedStrategy<ExternalProfile> {
    (text(60), text(60))
        .prop_map(|(pms, id)| ExternalProfile { pms, id })
        .boxed()
}

fn identifier() -> BoxedStrategy<Identifier> {
    use IdentifierKind::{Document, Email, Loyalty, Phone};
    (
        select(vec![Document, Loyalty, Phone, Email]),
        text(70),
        any::<bool>(),
    )
        .prop_map(|(kind, value, verified)| Identifier {
            kind,
            value,
            verified,
        })
        .boxed()
}

fn about() -> BoxedStrategy<GuestRef> {
    prop_oneof![
        stay_id().prop_map(|stay| GuestRef::Node(NodeId::Stay(stay))),
        any::<[u8; 16]>().prop_map(|id| GuestRef::Node(NodeId::Profile(ProfileId(id)))),
        text(60).prop_map(GuestRef::Reservation),
        profile().prop_map(GuestRef::Profile),
        room().prop_map(GuestRef::Room),
        vec(identifier(), 1..=4).prop_map(GuestRef::Identifiers),
    ]
    .boxed()
}

fn purpose() -> BoxedStrategy<Option<Purpose>> {
    option::of(select(vec![
        Purpose::Business,
        Purpose::Leisure,
        Purpose::Family,
    ]))
    .boxed()
}

fn statement() -> BoxedStrategy<Statement> {
    (
        attribute(),
        text(70),
        select(vec![Polarity::For, Polarity::Against]),
        purpose(),
    )
        .prop_map(|(attribute, value, polarity, purpose)| Statement {
            attribute,
            value: value.into(),
            polarity,
            purpose,
        })
        .boxed()
}

fn observation() -> BoxedStrategy<Body> {
    (
        about(),
        moment(),
        option::of(text(60)),
        select(vec![Source::Stated, Source::Observed, Source::Inferred]),
        select(vec![Scope::Guest, Scope::Party, Scope::Stay]),
        option::of(select(vec![Reach::Property, Reach::Chain])),
        vec(statement(), 1..8),
        option::of(text(200)),
    )
        .prop_map(
            |(about, observed_at, seen_by, source, scope, reach, statements, note)| {
                Body::Observed(Observation {
                    about,
                    observed_at,
                    seen_by,
                    source,
                    scope,
                    reach,
                    statements,
                    note,
                })
            },
        )
        .boxed()
}

fn guest() -> BoxedStrategy<GuestDetails> {
    let part = || option::of(text(70));
    let name = (text(70), part(), part(), part()).prop_map(|(family, title, given, full)| Name {
        title,
        family: Some(family),
        given,
        full,
    });
    let word = |pattern: &'static str| option::of(pattern.prop_map(|t: String| t.into()));
    (
        option::of(profile()),
        option::of(name),
        word("[a-z]{2,3}(-[A-Z]{2})?"),
        word("[A-Z]{2,3}"),
        particulars(),
        vec(identifier(), 0..4),
    )
        .prop_map(
            |(profile, name, language, nationality, particulars, identifiers)| GuestDetails {
                profile,
                name,
                language,
                nationality,
                particulars,
                identifiers,
            },
        )
        .boxed()
}

fn particulars() -> BoxedStrategy<Particulars> {
    let part = || option::of(text(110));
    let address = (text(110), part(), part(), part(), part(), part());
    let address = address.prop_map(|(street, house, line2, city, postcode, region)| Address {
        street: Some(street),
        house,
        line2,
        city,
        postcode,
        region,
    });
    let born = option::of((FIRST_BIRTH_DAY..=20_000).prop_map(Day));
    let said = (born, option::of(address), option::of(text(110)));
    said.prop_map(|(birth_date, address, company)| Particulars {
        birth_date,
        address,
        company,
    })
    .boxed()
}

fn details() -> BoxedStrategy<StayDetails> {
    (
        option::of((day(), 0..30_i32)),
        option::of(room()),
        option::of(text(30)),
        option::of(any::<u16>()),
        option::of(any::<u16>()),
        option::of(text(60)),
        purpose(),
        option::of(guest()),
    )
        .prop_map(
            |(dates, room, room_type, adults, children, party, purpose, guest)| StayDetails {
                arrival: dates.map(|(arrival, _)| arrival),
                departure: dates.map(|(arrival, nights)| arrival.plus(nights)),
                room,
                room_type,
                adults,
                children,
                party,
                purpose,
                guest,
            },
        )
        .boxed()
}

fn stay() -> BoxedStrategy<Body> {
    let change = prop_oneof![
        details().prop_map(StayChange::Reserved),
        details().prop_map(StayChange::Amended),
        (room(), details()).prop_map(|(room, details)| StayChange::CheckedIn { room, details }),
        room().prop_map(|room| StayChange::RoomMoved { room }),
        Just(StayChange::Cancelled),
        Just(StayChange::CheckInReversed),
        Just(StayChange::DoNotDisturb),
        Just(StayChange::DoNotDisturbEnded),
        Just(StayChange::CheckedOut),
        Just(StayChange::NoShow),
    ];
    (text(60), moment(), change)
        .prop_map(|(reservation, occurred_at, change)| {
            Body::Stay(StayEvent {
                reservation,
                occurred_at,
                change,
            })
        })
        .boxed()
}

fn item_id() -> BoxedStrategy<ItemId> {
    (stay_id(), "[a-z]{1,9}")
        .prop_map(|(stay, rule)| {
            let department = DepartmentId::new("dining").unwrap();
            ItemId::of(stay, &department, &RuleId::new(&rule).unwrap(), &[])
        })
        .boxed()
}

fn outcome() -> BoxedStrategy<Body> {
    use OutcomeKind::{Acknowledged, Declined, Delighted, Delivered, Done, NotPossible, Wrong};
    let kinds = vec![
        Delivered,
        Acknowledged,
        Done,
        Declined,
        Delighted,
        NotPossible,
        Wrong,
    ];
    (
        stay_id(),
        item_id(),
        select(kinds),
        moment(),
        option::of(text(60)),
        option::of(text(99)),
    )
        .prop_map(|(stay, item, outcome, occurred_at, by, note)| {
            Body::Outcome(Outcome {
                stay,
                item,
                outcome,
                occurred_at,
                by,
                note,
            })
        })
        .boxed()
}

fn note_judged() -> BoxedStrategy<Body> {
    let own = (any::<[u8; 16]>(), any::<bool>()).prop_map(|(id, other)| {
        let event = EventId::derived(id).into_inner();
        let app = other.then(|| AppId::new("till").unwrap());
        let through = app.as_ref().map_or("pos", AppId::as_str);
        let subject = format!("cardex.macau.observation.dining.{through}");
        let key = EventKey::of(&subject, &event);
        JudgedNote::Own { event, app, key }
    });
    let any_note = any::<[u8; 16]>().prop_map(|key| JudgedNote::Any(EventKey(key)));
    let statement = (
        attribute(),
        text(70),
        select(vec![Polarity::For, Polarity::Against]),
        select(vec![Scope::Guest, Scope::Party]),
    );
    let counts_as = select(vec![
        CountsAs::Stated,
        CountsAs::Observed,
        CountsAs::Nothing,
    ]);
    (
        prop_oneof![own, any_note],
        statement,
        counts_as,
        moment(),
        text(20),
    )
        .prop_map(
            |(of, (attribute, value, polarity, scope), counts_as, occurred_at, by)| {
                Body::NoteJudged(NoteJudgement {
                    of,
                    statement: ReadStatement {
                        attribute,
                        value,
                        polarity,
                        scope,
                    },
                    counts_as,
                    occurred_at,
                    by: Some(by),
                })
            },
        )
        .boxed()
}

fn card() -> BoxedStrategy<Body> {
    use CardChange::{Escalated, Expired, Issued, Withdrawn};
    let says = select(vec![Says::Wanted, Says::Unwanted, Says::Neither]);
    let claim = (attribute(), text(70), says).prop_map(|(attribute, value, says)| CardClaim {
        attribute,
        value,
        says,
    });
    let item = (item_id(), vec(claim, 0..3), any::<bool>());
    let item = item.prop_map(|(item, mut claims, is_for_this_stay)| {
        claims.sort();
        CardItem {
            item,
            rule: RuleId::new("a-rule").unwrap(),
            claims,
            is_for_this_stay,
        }
    });
    let changes = vec![Issued, Withdrawn, Escalated, Expired];
    (
        stay_id(),
        any::<u64>(),
        select(changes),
        vec(item, 1..4),
        moment(),
    )
        .prop_map(|(stay, revision, change, items, occurred_at)| {
            let department = DepartmentId::new("dining").unwrap();
            Body::Card(CardEvent {
                stay,
                department,
                revision,
                change,
                items,
                occurred_at,
            })
        })
        .boxed()
}

fn body() -> BoxedStrategy<Body> {
    use Phase::{InHouse, Over, Reserved};
    let corrected = (profile(), guest(), moment(), option::of(text(60))).prop_map(
        |(profile, details, occurred_at, by)| {
            Body::GuestCorrected(GuestCorrection {
                profile,
                details,
                occurred_at,
                by,
            })
        },
    );
    let activated = (
        select(vec![
            Setting::Vocabulary,
            Setting::DenyList,
            Setting::IdentityWeights,
            Setting::Playbook,
        ]),
        "[0-9a-f]{64}",
        option::of(text(9)),
    )
        .prop_map(|(setting, hash, by)| {
            Body::ConfigActivated(ConfigActivation {
                setting,
                hash: hash.into(),
                by,
            })
        });
    let phases = btree_set(select(vec![Reserved, InHouse, Over]), 1..=3);
    let hour =
        (moment(), phases).prop_map(|(reached, phases)| Body::Hour(HourEvent { reached, phases }));
    let retracted = (
        any::<[u8; 16]>(),
        option::of(any::<u8>()),
        option::of(text(99)),
    )
        .prop_map(|(id, statement, reason)| {
            let event = EventId::derived(id).into_inner();
            let key = EventKey::of("cardex.macau.observation.dining.pos", &event);
            Body::Retracted(Retraction {
                event,
                key,
                statement,
                reason,
            })
        });
    prop_oneof![
        observation(),
        note_judged(),
        linked(),
        preference_corrected(),
        undone(),
        stay(),
        outcome(),
        card(),
        corrected,
        hour,
        activated,
        retracted
    ]
    .boxed()
}

fn linked() -> BoxedStrategy<Body> {
    let member = || {
        prop_oneof![
            any::<[u8; 16]>().prop_map(|id| NodeRef::Node(NodeId::Profile(ProfileId(id)))),
            stay_id().prop_map(|id| NodeRef::Node(NodeId::Stay(id))),
            text(60).prop_map(NodeRef::Reservation),
            profile().prop_map(NodeRef::Profile),
        ]
    };
    let kind = select(vec![LinkKind::Same, LinkKind::Never]);
    (kind, member(), member(), moment(), text(60), text(99))
        .prop_map(|(kind, a, b, occurred_at, by, reason)| {
            Body::Linked(Link {
                kind,
                a,
                b,
                occurred_at,
                by,
                reason,
            })
        })
        .boxed()
}

fn preference_corrected() -> BoxedStrategy<Body> {
    let claim = || {
        (attribute(), text(70)).prop_map(|(attribute, value)| ClaimRef {
            attribute,
            value: value.into(),
        })
    };
    let evidence = || {
        let one = (any::<[u8; 16]>(), option::of(any::<u8>()));
        let one = one.prop_map(|(event, statement)| EvidenceRef {
            event: EventKey(event),
            statement,
        });
        vec(one, 1..5)
    };
    let owner = prop_oneof![
        about().prop_map(Owner::Guest),
        Just(Owner::Party),
        Just(Owner::Nobody),
    ];
    let old = prop_oneof![
        claim().prop_map(Old::Claim),
        evidence().prop_map(Old::Evidence)
    ];
    let scope = select(vec![Scope::Guest, Scope::Party, Scope::Stay]);
    let judgement = prop_oneof![
        claim().prop_map(Judgement::NoLonger),
        claim().prop_map(Judgement::NeverWas),
        (evidence(), owner).prop_map(|(evidence, to)| Judgement::SomeoneElse { evidence, to }),
        (old, statement(), scope).prop_map(|(old, right, scope)| Judgement::Restated {
            old,
            right,
            scope,
        }),
    ];
    (about(), judgement, moment(), text(60), text(99))
        .prop_map(|(about, judgement, occurred_at, by, why)| {
            Body::PreferenceCorrected(PreferenceCorrection {
                about,
                judgement,
                occurred_at,
                by,
                why,
            })
        })
        .boxed()
}

fn undone() -> BoxedStrategy<Body> {
    let events = vec(any::<[u8; 16]>().prop_map(EventKey), 1..5);
    (
        select(vec![UndoKind::Links, UndoKind::Corrections]),
        events,
        text(60),
        text(99),
    )
        .prop_map(|(kind, events, by, reason)| {
            Body::Undone(Undo {
                kind,
                events,
                by,
                reason,
            })
        })
        .boxed()
}

fn draft() -> BoxedStrategy<EventDraft> {
    (
        any::<[u8; 16]>(),
        body(),
        option::of(Just(DepartmentId::new("floor").unwrap())),
    )
        .prop_map(|(id, body, on_behalf_of)| EventDraft {
            publisher: Publisher {
                property: PropertyId::new("macau").ok(),
                department: DepartmentId::new("dining").ok(),
                app: AppId::new("pos").ok(),
            },
            id: EventId::derived(id),
            source: "/test".to_owned(),
            time: now(),
            on_behalf_of,
            body,
        })
        .boxed()
}

proptest! {
    #[test]
    fn any_event_comes_back_as_it_was_written(draft in draft()) {
        let message = draft.encode().unwrap();
        let event = decode(&message.subject, Some(crate::CONTENT_TYPE), &message.payload, now());
        let event = event.unwrap();
        prop_assert_eq!(&event.body, &draft.body);
        prop_assert_eq!(event.time, draft.time);
        prop_assert_eq!(&event.on_behalf_of, &draft.on_behalf_of);
        prop_assert_eq!(event.key, EventKey::of(&message.subject, draft.id.as_str()));
        let again = EventDraft::of(&event, "/test").unwrap().encode().unwrap();
        prop_assert_eq!(again, message);
    }

    #[test]
    fn no_bytes_bring_the_reader_down(
        bytes in vec(any::<u8>(), 0..400),
        subject in "cardex\\.[a-z.]{0,40}",
    ) {
        let _ = decode(&subject, None, &bytes, now());
    }

    #[test]
    fn no_damage_to_an_event_brings_the_reader_down(
        draft in draft(),
        at in any::<prop::sample::Index>(),
        with in vec(any::<u8>(), 0..4),
        cut in 0_usize..4,
    ) {
        let message = draft.encode().unwrap();
        let mut bytes = message.payload;
        let from = at.index(bytes.len());
        let to = (from + cut).min(bytes.len());
        bytes.splice(from..to, with);
        let _ = decode(&message.subject, None, &bytes, now());
    }
}
