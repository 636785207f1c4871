//! A stream that lost its end and has grown past the store's position again is not read on from there.

use cardex_aggregator::{Aggregator, AggregatorError, IngestError};
use cardex_bus::ReadError;
use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;

use crate::events::{reservation, seen};
use crate::harness::{DEADLINE, House};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_cut_short_and_has_grown_again_is_not_read_on() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let mut last = 0;
    for fruit in ["mango", "durian", "kiwi", "banana"] {
        let noted = seen("floor", reservation("R-1")).likes("amenity.fruit", fruit);
        last = house.publish(&noted.event()).await;
    }
    house.desk.applied(last).await;
    house.stop_aggregator().await;

    house.server.kill9().await;
    house.server.damage(EVENTS, b"kiwi");
    house.server.restart().await;
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap().last;
    assert!(end < last, "the server found nothing damaged");
    while house
        .publish(
            &seen("floor", reservation("R-1"))
                .likes("amenity.fruit", "mango")
                .event(),
        )
        .await
        <= last
    {}

    let bus = house.server.connect().await;
    let started = Aggregator::start(bus, house.aggregator_settings(), &Health::default()).await;
    let running = Box::pin(started.unwrap().run(CancellationToken::new()));
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
