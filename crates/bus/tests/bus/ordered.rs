use std::time::Duration;

use cardex_bus::streams::{EVENTS, ensure_streams};
use cardex_bus::{Bus, Gap, OrderedReader, Position, Read, ReadError};

use crate::{DEADLINE, in_time, publish, server_with_streams};

const STAY: &str = "cardex.hz1.stay.reserved";

/// Reads until the reader stands at this sequence.
async fn read_to(reader: &mut OrderedReader, sequence: u64) -> Vec<Read> {
    let mut steps = Vec::new();
    let reading = async {
        while reader.position().sequence < sequence {
            steps.extend(reader.next_batch(64, DEADLINE).await.unwrap());
        }
    };
    in_time(reading).await;
    steps
}

fn sequences(steps: &[Read]) -> Vec<u64> {
    let of = |step: &Read| match step {
        Read::Message(message) => message.stream_sequence,
        Read::Gap(gap) => panic!("{gap:?}"),
    };
    steps.iter().map(of).collect()
}

async fn publish_many(bus: &Bus, ids: std::ops::RangeInclusive<u64>) {
    for id in ids {
        publish(bus, STAY, &id.to_string()).await;
    }
}

#[tokio::test]
async fn every_sequence_comes_once_and_in_order_through_kills_of_the_server() {
    let (mut server, bus) = server_with_streams().await;
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    let mut steps = Vec::new();
    for round in 0..3 {
        publish_many(&bus, round * 50 + 1..=round * 50 + 25).await;
        steps.extend(in_time(reader.next_batch(10, DEADLINE)).await.unwrap());
        server.kill9().await;
        server.restart().await;
        publish_many(&bus, round * 50 + 26..=round * 50 + 50).await;
    }
    steps.extend(read_to(&mut reader, 150).await);
    assert_eq!(sequences(&steps), (1..=150).collect::<Vec<_>>());
    assert_eq!(reader.known_end(), 150);
}

#[tokio::test]
async fn a_batch_takes_what_is_there_and_does_not_wait_to_fill() {
    let (_server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=300).await;
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    assert_eq!(reader.known_end(), 300);
    assert_eq!(
        sequences(&read_to(&mut reader, 300).await),
        (1..=300).collect::<Vec<_>>()
    );
    let nothing = in_time(reader.next_batch(64, Duration::from_millis(10)))
        .await
        .unwrap();
    assert_eq!(nothing, []);
}

#[tokio::test]
async fn a_reader_that_is_called_away_all_the_time_gets_on_after_a_kill_of_the_server() {
    let (mut server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=5).await;
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    read_to(&mut reader, 5).await;
    server.kill9().await;
    server.restart().await;
    publish_many(&bus, 6..=10).await;
    let reading = async {
        while reader.position().sequence < 10 {
            reader
                .next_batch(64, Duration::from_micros(100))
                .await
                .unwrap();
        }
    };
    in_time(reading).await;
}

#[tokio::test]
async fn reading_goes_on_after_a_position() {
    let (_server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=5).await;
    let incarnation = OrderedReader::open(&bus, EVENTS, None)
        .await
        .unwrap()
        .position()
        .incarnation;
    let position = Position {
        incarnation,
        sequence: 3,
    };
    let mut reader = OrderedReader::open(&bus, EVENTS, Some(position))
        .await
        .unwrap();
    assert_eq!(sequences(&read_to(&mut reader, 5).await), [4, 5]);
}

fn gaps(steps: Vec<Read>) -> Vec<(u64, u64, bool)> {
    let gap = |step| match step {
        Read::Gap(Gap {
            first,
            last,
            explained,
        }) => Some((first, last, explained)),
        Read::Message(_) => None,
    };
    steps.into_iter().filter_map(gap).collect()
}

#[tokio::test]
async fn erased_messages_are_explained_gaps_at_the_start_inside_and_at_the_end() {
    let (_server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=9).await;
    for sequence in [1, 2, 5, 8, 9] {
        assert!(bus.erase(EVENTS, sequence).await.unwrap());
    }
    assert!(!bus.erase(EVENTS, 5).await.unwrap());
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    let steps = read_to(&mut reader, 7).await;
    assert_eq!(gaps(steps), [(1, 2, true), (5, 5, true)]);
    // A reader that starts anew behind the last message learns that nothing more will come of the rest.
    let mut reader = OrderedReader::open(&bus, EVENTS, Some(reader.position()))
        .await
        .unwrap();
    assert_eq!(gaps(read_to(&mut reader, 9).await), [(8, 9, true)]);
}

#[tokio::test]
async fn messages_that_somebody_else_deleted_are_unexplained_gaps() {
    let (server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=9).await;
    bus.erase(EVENTS, 4).await.unwrap();
    let client = async_nats::connect(server.url()).await.unwrap();
    let stream = async_nats::jetstream::new(client)
        .get_stream(EVENTS)
        .await
        .unwrap();
    for sequence in [5, 7] {
        stream.delete_message(sequence).await.unwrap();
    }
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    let steps = read_to(&mut reader, 9).await;
    assert_eq!(gaps(steps), [(4, 5, false), (7, 7, false)]);
}

#[tokio::test]
async fn a_stream_that_a_damaged_disk_cut_short_is_noticed_even_when_it_has_grown_again() {
    let (mut server, bus) = server_with_streams().await;
    for id in ["first", "second", "third", "fourth"] {
        publish(&bus, STAY, id).await;
    }
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    let steps = read_to(&mut reader, 4).await;
    let Some(Read::Message(last)) = steps.last() else {
        panic!("{steps:?}")
    };
    let (position, time) = (reader.position(), last.server_time_us);
    OrderedReader::open_behind(&bus, EVENTS, position.clone(), time)
        .await
        .unwrap();
    server.kill9().await;
    server.damage(EVENTS, b"third");
    server.restart().await;
    let noticed = in_time(reader.next_batch(64, DEADLINE)).await;
    assert!(
        matches!(
            noticed,
            Err(ReadError::Truncated {
                position: 4,
                last: 2,
                ..
            })
        ),
        "{noticed:?}"
    );
    publish_many(&bus, 10..=15).await;
    let opened = OrderedReader::open_behind(&bus, EVENTS, position, time).await;
    assert!(matches!(
        opened.err(),
        Some(ReadError::Rewritten { position: 4, .. })
    ));
}

#[tokio::test]
async fn another_stream_of_the_same_name_is_noticed_while_reading_and_at_the_start() {
    let (server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=3).await;
    let mut reader = OrderedReader::open(&bus, EVENTS, None).await.unwrap();
    read_to(&mut reader, 3).await;
    let client = async_nats::connect(server.url()).await.unwrap();
    async_nats::jetstream::new(client)
        .delete_stream(EVENTS)
        .await
        .unwrap();
    ensure_streams(&bus, 1).await.unwrap();
    publish_many(&bus, 1..=5).await;
    let position = reader.position();
    let noticed = in_time(reader.next_batch(64, DEADLINE)).await;
    assert!(
        matches!(noticed, Err(ReadError::Recreated { .. })),
        "{noticed:?}"
    );
    let opened = OrderedReader::open(&bus, EVENTS, Some(position)).await;
    assert!(matches!(opened, Err(ReadError::Recreated { .. })));
}

#[tokio::test]
async fn a_stream_that_lost_its_end_is_noticed() {
    let (_server, bus) = server_with_streams().await;
    publish_many(&bus, 1..=3).await;
    let mut position = OrderedReader::open(&bus, EVENTS, None)
        .await
        .unwrap()
        .position();
    position.sequence = 4;
    let opened = OrderedReader::open(&bus, EVENTS, Some(position)).await;
    let truncated = |e| {
        matches!(
            e,
            ReadError::Truncated {
                position: 4,
                last: 3,
                ..
            }
        )
    };
    assert!(opened.err().is_some_and(truncated));
}
