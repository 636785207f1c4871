use std::collections::BTreeMap;

use csv::StringRecord;

use super::super::mapping::Mapping;
use super::super::row::Sheet;
use super::*;

/// 2026-11-22T10:00:00Z.
const FIRST_IMPORTED: Moment = Moment {
    utc_micros: 1_795_341_600_000_000,
    offset_minutes: 0,
};

const COLUMNS: [&str; 13] = [
    "lead_time",
    "arrival_date_year",
    "arrival_date_month",
    "arrival_date_day_of_month",
    "stays_in_weekend_nights",
    "stays_in_week_nights",
    "adults",
    "children",
    "babies",
    "country",
    "reserved_room_type",
    "reservation_status",
    "reservation_status_date",
];

/// The events of a row of the city hotel, as `event moment`.
fn told(row: [&str; 13]) -> Result<Vec<String>, Reason> {
    Ok(events(row)?
        .iter()
        .map(|draft| {
            let message = draft.encode().unwrap();
            let event = message.subject.rsplit('.').next().unwrap().to_owned();
            format!("{event} {}", draft.time)
        })
        .collect())
}

fn events(row: [&str; 13]) -> Result<Vec<EventDraft>, Reason> {
    events_of("city-hotel", &COLUMNS, &row)
}

/// The events of a row of these columns.
fn events_of(preset: &str, columns: &[&str], row: &[&str]) -> Result<Vec<EventDraft>, Reason> {
    let Mapping::Bookings(mapping) = Mapping::open(None, preset).unwrap() else {
        panic!("a mapping of bookings")
    };
    let columns: BTreeMap<String, usize> = columns
        .iter()
        .enumerate()
        .map(|(i, c)| ((*c).to_owned(), i))
        .collect();
    let sheet = Sheet {
        columns,
        absent: mapping.absent.clone(),
        hash8: "01234567".into(),
    };
    let record = StringRecord::from(row);
    let row = Row {
        sheet: &sheet,
        record: &record,
        line: 2,
    };
    let property = PropertyId::new("city").unwrap();
    drafts(&mapping, &property, FileHash([7; 32]), FIRST_IMPORTED, &row)
}

/// A stay that somebody booked ahead, entered and left.
const LEFT: [&str; 13] = [
    "6",
    "2015",
    "July",
    "1",
    "0",
    "2",
    "1",
    "0",
    "0",
    "PRT",
    "A",
    "Check-Out",
    "2015-07-03",
];

#[test]
fn a_stay_is_booked_entered_and_left() {
    assert_eq!(
        told(LEFT).unwrap(),
        [
            "reserved 2015-06-25T12:00:00Z",
            "checked_in 2015-07-01T15:00:00Z",
            "checked_out 2015-07-03T11:00:00Z",
        ]
    );
    let drafts = events(LEFT).unwrap();
    let Body::Stay(StayEvent {
        reservation,
        change: StayChange::Reserved(details),
        ..
    }) = &drafts[0].body
    else {
        panic!("a booking first")
    };
    assert_eq!(&**reservation, "01234567-2");
    assert_eq!((details.adults, details.children), (Some(1), Some(0)));
    assert_eq!(details.departure.unwrap().to_string(), "2015-07-03");
    let guest = details.guest.as_ref().unwrap();
    assert_eq!(guest.nationality.as_deref(), Some("PRT"));
    let Body::Stay(StayEvent {
        change: StayChange::CheckedIn { room, .. },
        ..
    }) = &drafts[1].body
    else {
        panic!("a check-in second")
    };
    assert_eq!(room.as_str(), "X2");
}

#[test]
fn a_plain_table_may_say_what_tells_namesakes_apart() {
    let columns = [
        "reservation",
        "arrival",
        "status",
        "name",
        "born",
        "street",
        "city",
        "region",
        "company",
    ];
    let guest = |born: &str| {
        let row = [
            "R-7",
            "2026-11-20",
            "reserved",
            "Mei Chan",
            born,
            "8 Rua Sul",
            "Macau",
            "",
            "Harbour",
        ];
        let drafts = events_of("bookings", &columns, &row)?;
        let Body::Stay(stay) = drafts.into_iter().next().unwrap().body else {
            panic!("a stay")
        };
        Ok::<_, Reason>(
            stay.change
                .details()
                .unwrap()
                .guest
                .clone()
                .unwrap()
                .particulars,
        )
    };
    let address = Address {
        street: Some("8 Rua Sul".into()),
        city: Some("Macau".into()),
        ..Address::default()
    };
    let said = Particulars {
        birth_date: "1970-02-03".parse().ok(),
        address: Some(address.clone()),
        company: Some("Harbour".into()),
    };
    assert_eq!(guest("1970-02-03"), Ok(said));
    assert_eq!(guest("").unwrap().birth_date, None);
    let reason = guest("3 February").unwrap_err();
    assert_eq!(reason, "born is no day of the calendar");
}

#[test]
fn a_day_use_stay_is_left_after_it_was_entered() {
    let row = [
        "0",
        "2015",
        "July",
        "1",
        "0",
        "0",
        "1",
        "0",
        "0",
        "PRT",
        "A",
        "Check-Out",
        "2015-07-01",
    ];
    assert_eq!(
        told(row).unwrap(),
        [
            "reserved 2015-07-01T12:00:00Z",
            "checked_in 2015-07-01T15:00:00Z",
            "checked_out 2015-07-01T16:00:00Z",
        ]
    );
}

#[test]
fn a_booking_can_end_without_a_stay() {
    let row = |status, day| {
        [
            "88", "2015", "July", "1", "0", "4", "2", "0", "0", "NULL", "A", status, day,
        ]
    };
    assert_eq!(
        told(row("Canceled", "2015-04-04")).unwrap(),
        [
            "reserved 2015-04-04T12:00:00Z",
            "cancelled 2015-04-04T13:00:00Z"
        ]
    );
    assert_eq!(
        told(row("No-Show", "2015-07-01")).unwrap(),
        [
            "reserved 2015-04-04T12:00:00Z",
            "no_show 2015-07-01T23:30:00Z"
        ]
    );
}

#[test]
fn what_cannot_be_used_says_why() {
    for (at, text, reason) in [
        (6, "0", "no guests: neither adults nor children"),
        (
            3,
            "32",
            "arrival_date_year, arrival_date_month and arrival_date_day_of_month are no day of the calendar",
        ),
        (
            1,
            "NULL",
            "arrival_date_year, arrival_date_month and arrival_date_day_of_month are not all there",
        ),
        (
            11,
            "Slept",
            "reservation_status is none of the mapping's words",
        ),
        (11, "", "no reservation_status"),
        (
            12,
            "soon",
            "reservation_status_date is no day of the calendar",
        ),
        (5, "two", "stays_in_week_nights is no count"),
    ] {
        let mut row = LEFT;
        row[at] = text;
        assert_eq!(told(row).unwrap_err(), reason);
    }
}

#[test]
fn what_is_not_said_when_had_happened_by_the_first_import() {
    let columns = ["reservation", "arrival", "booked", "settled", "status"];
    let times = |arrival: &str, booked: &str, status: &str| -> Vec<String> {
        let drafts = events_of("bookings", &columns, &["R-7", arrival, booked, "", status]);
        let drafts = drafts.unwrap().into_iter();
        drafts.map(|draft| draft.time.to_string()).collect()
    };
    let before = ["2026-11-20T12:00:00+08:00"];
    assert_eq!(times("2026-11-20", "", "reserved"), before);
    let ahead = ["2026-11-22T18:00:00+08:00"];
    assert_eq!(times("2026-12-05", "", "reserved"), ahead);
    let said = ["2026-10-01T12:00:00+08:00"];
    assert_eq!(times("2026-12-05", "2026-10-01", "reserved"), said);
    let cancelled = ["2026-11-22T18:00:00+08:00", "2026-11-22T18:01:00+08:00"];
    assert_eq!(times("2026-12-05", "", "cancelled"), cancelled);
}
