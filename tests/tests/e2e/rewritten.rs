//! A stream that lost its end is not read on as if nothing were, neither by whoever had read it nor by whoever begins.

use cardex_aggregator::{Aggregator, AggregatorError, IngestError};
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_bus::{MarkError, ReadError};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_tests::chaos::hotel::rebuild;

use crate::events::{reservation, seen};
use crate::harness::{DEADLINE, House};

/// A house whose aggregator read four fruits and ended, and whose stream then lost the last two; and how far it was.
async fn cut_short() -> (House, u64) {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let mut last = 0;
    for fruit in ["mango", "durian", "kiwi", "banana"] {
        last = likes(&house, fruit).await;
    }
    house.desk.applied(last).await;
    house.desk.marked(last).await;
    house.stop_aggregator().await;

    house.server.kill9().await;
    house.server.damage(EVENTS, b"kiwi");
    house.server.restart().await;
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    assert!(end < last, "the server found nothing damaged");
    (house, last)
}

async fn likes(house: &House, fruit: &str) -> u64 {
    let noted = seen("floor", reservation("R-1")).likes("amenity.fruit", fruit);
    house.publish(&noted.event()).await
}

/// The stream gives its lost sequences, and more, to other events.
async fn grows_past(house: &House, last: u64) {
    while likes(house, "mango").await <= last {}
}

async fn start(house: &House) -> Result<Aggregator, AggregatorError> {
    let bus = house.server.connect().await;
    Aggregator::start(bus, house.aggregator_settings(), &Health::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_cut_short_and_has_grown_again_is_not_read_on() {
    let (house, last) = cut_short().await;
    grows_past(&house, last).await;
    let started = start(&house).await.unwrap();
    let running = Box::pin(started.run(CancellationToken::new()));
    let ended = tokio::time::timeout(DEADLINE, running).await;
    let error = ended.expect("it ends by itself").unwrap_err();
    assert!(
        matches!(
            &error,
            AggregatorError::Ingest(IngestError::Stream(ReadError::Rewritten { position, .. })) if *position == last
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_nothing_but_a_stream_that_was_cut_short_does_not_take_it_for_all_there_was() {
    let (mut house, last) = cut_short().await;
    std::fs::remove_dir_all(house.premises.store()).unwrap();
    let refused = start(&house).await.err();
    assert!(
        matches!(
            &refused,
            Some(AggregatorError::Gone(MarkError::Gone(ReadError::Truncated { position, .. }))) if *position == last
        ),
        "{refused:?}"
    );
    grows_past(&house, last).await;
    let refused = start(&house).await.err();
    assert!(
        matches!(
            &refused,
            Some(AggregatorError::Gone(MarkError::Gone(ReadError::Rewritten { position, .. }))) if *position == last
        ),
        "{refused:?}"
    );

    // The way out that is shown is one, and it takes a person's word.
    let url = house.server.url().to_owned();
    let refused = rebuild(&[], &url, &house.premises).await;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("cardex rebuild --accept-loss"),
        "{said}"
    );
    let accepted = rebuild(&["--accept-loss"], &url, &house.premises).await;
    assert!(accepted.status.success(), "{accepted:?}");
    house.start_aggregator().await;
    let next = likes(&house, "kiwi").await;
    house.desk.applied(next).await;
    house.desk.marked(next).await;
}
