use std::time::Duration;

use cardex_bus::{Bus, BusSettings, ServerClock};
use cardex_testkit::TestServer;
use tokio::time::{Instant, advance, pause, resume};

use crate::{in_time, server_with_streams};

/// How often the clock is looked at beside the server's.
const LOOKS: usize = 200;
/// A reading holds for half a minute.
const ALMOST_HALF_A_MINUTE: Duration = Duration::from_secs(29);
const TWO_SECONDS: Duration = Duration::from_secs(2);

/// Lets so much time pass at once.
async fn pass(time: Duration) {
    pause();
    advance(time).await;
    resume();
}

/// A client that gives up early.
async fn impatient(server: &TestServer) -> Bus {
    let settings = BusSettings {
        request_timeout_ms: 500,
        ..server.settings()
    };
    Bus::connect(&settings).await.unwrap()
}

#[tokio::test]
async fn the_clock_is_never_ahead_of_the_server_nor_goes_back_nor_lags_by_more_than_an_answer() {
    let (_server, bus) = server_with_streams().await;
    let clock = ServerClock::new(bus.clone());
    let asked = Instant::now();
    let mut last = clock.now_us().await.unwrap();
    let lag_us = i64::try_from(asked.elapsed().as_micros()).unwrap();
    for _ in 0..LOOKS {
        let before = bus.server_time_us().await.unwrap();
        let now = clock.now_us().await.unwrap();
        let after = bus.server_time_us().await.unwrap();
        assert!(now <= after, "{now} is ahead of {after}");
        assert!(
            now >= before - lag_us,
            "{now} is behind {before} by more than {lag_us}"
        );
        assert!(now >= last, "{now} is before {last}");
        last = now;
    }
}

#[tokio::test]
async fn a_reading_is_carried_on_for_half_a_minute_and_then_the_server_has_to_say() {
    let (mut server, _) = server_with_streams().await;
    let clock = ServerClock::new(impatient(&server).await);
    let first = clock.now_us().await.unwrap();
    server.kill9().await;
    pass(ALMOST_HALF_A_MINUTE).await;
    let carried = clock.now_us().await.unwrap();
    let passed_us = i64::try_from(ALMOST_HALF_A_MINUTE.as_micros()).unwrap();
    assert!(carried >= first + passed_us, "{first} {carried}");
    pass(TWO_SECONDS).await;
    let gone = in_time(clock.now_us()).await.unwrap_err();
    assert!(gone.to_string().contains("what time it is"), "{gone}");

    // This machine's clock by now is half a minute ahead of the server's, which counts.
    server.restart().await;
    let again = in_time(async {
        loop {
            if let Ok(now) = clock.now_us().await {
                return now;
            }
        }
    });
    let again = again.await;
    assert!(again < carried, "{again} {carried}");
    assert!(again <= server.connect().await.server_time_us().await.unwrap());
}

#[tokio::test]
async fn clones_share_a_reading() {
    let (mut server, _) = server_with_streams().await;
    let clock = ServerClock::new(impatient(&server).await);
    let clone = clock.clone();
    let first = clock.now_us().await.unwrap();
    server.kill9().await;
    assert!(clone.now_us().await.unwrap() >= first);
}
