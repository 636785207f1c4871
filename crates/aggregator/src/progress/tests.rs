//! Who waits is let go as soon as it is reached, and told where it stands when it is not.

use std::time::Duration;

use tokio::time::Instant;

use super::{Behind, Progress};

#[tokio::test(start_paused = true)]
async fn waiting_ends_when_it_is_reached_or_patience_is_over() {
    let progress = Progress::new(7);
    let second = || Instant::now() + Duration::from_secs(1);
    assert_eq!(progress.durable(7, Instant::now()).await, Ok(()));
    assert_eq!(progress.visible(7, Instant::now()).await, Ok(()));
    assert_eq!(progress.durable(8, second()).await, Err(Behind { at: 7 }));
    progress.written(9);
    assert_eq!(progress.visible(9, Instant::now()).await, Ok(()));
    assert_eq!(progress.durable(9, second()).await, Err(Behind { at: 7 }));
    let waiting = progress.durable(9, second());
    let reaching = async {
        progress.reached(8);
        tokio::task::yield_now().await;
        progress.reached(9);
    };
    let (waited, ()) = tokio::join!(waiting, reaching);
    assert_eq!(waited, Ok(()));
}

#[tokio::test]
async fn nobody_waits_for_what_is_not_read_any_more() {
    let progress = Progress::new(5);
    let far = Instant::now() + Duration::from_secs(3_600);
    let waiting = progress.clone();
    let waiting = tokio::spawn(async move { waiting.visible(6, far).await });
    progress.end();
    assert_eq!(waiting.await.unwrap(), Err(Behind { at: 5 }));
    assert_eq!(progress.durable(6, far).await, Err(Behind { at: 5 }));
    assert_eq!(progress.durable(5, far).await, Ok(()));
    progress.ended().await;
}
