use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::service::{Endpoint, Patience};
use cardex_bus::{RequestError, ServiceError, ServiceSettings};
use cardex_testkit::TestServer;
use tokio::sync::Notify;

use crate::{DEADLINE, in_time};

const GET: &str = "cardex.profile.hz1.dining.get";

fn settings() -> ServiceSettings {
    ServiceSettings {
        name: "cardex-profile".to_owned(),
        version: "1.0.0".to_owned(),
        description: "Profiles".to_owned(),
        queue_group: "profile".to_owned(),
        max_concurrent: 4,
        says: Default::default(),
    }
}

#[tokio::test]
async fn answers_errors_and_silence_are_told_apart() {
    let server = TestServer::start().await;
    let bus = server.connect().await;
    let ask = |subject: &'static str, timeout| bus.request(subject, Bytes::from("q"), timeout);
    let nobody = ask(GET, DEADLINE).await;
    assert!(
        matches!(nobody, Err(RequestError::NoResponders { .. })),
        "{nobody:?}"
    );

    let get = Endpoint::new("get", "cardex.profile.*.*.get", |request| async move {
        Ok(Bytes::from(format!(
            "{}:{}",
            request.subject,
            request.payload.len()
        )))
    });
    let find = Endpoint::new("find", "cardex.profile.*.*.find", |_| async {
        Err(ServiceError {
            code: 404,
            message: "no such\nguest".to_owned(),
        })
    });
    let list = Endpoint::new("list", "cardex.profile.*.*.list", |_| {
        std::future::pending()
    });
    let service = bus.serve(&settings(), vec![get, find, list]).await.unwrap();

    assert_eq!(ask(GET, DEADLINE).await.unwrap(), format!("{GET}:1"));
    let Err(RequestError::Service(error)) = ask("cardex.profile.hz1.dining.find", DEADLINE).await
    else {
        panic!("an error came as an answer");
    };
    assert_eq!(
        error,
        ServiceError {
            code: 404,
            message: "no such guest".to_owned()
        }
    );
    let slow = ask("cardex.profile.hz1.dining.list", Duration::from_millis(50)).await;
    assert!(
        matches!(slow, Err(RequestError::Timeout { .. })),
        "{slow:?}"
    );

    let found = bus
        .request("$SRV.INFO.cardex-profile", Bytes::new(), DEADLINE)
        .await
        .unwrap();
    let found = String::from_utf8(found.to_vec()).unwrap();
    for endpoint in ["get", "find", "list"] {
        assert!(
            found.contains(&format!("cardex.profile.*.*.{endpoint}")),
            "{found}"
        );
    }
    drop(service);
}

#[tokio::test]
async fn a_stopping_service_finishes_what_it_was_asked() {
    let server = TestServer::start().await;
    let bus = server.connect().await;
    let (asked, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let get = Endpoint::new("get", "cardex.profile.*.*.get", {
        let (asked, finish) = (Arc::clone(&asked), Arc::clone(&finish));
        move |_| {
            let (asked, finish) = (Arc::clone(&asked), Arc::clone(&finish));
            async move {
                asked.notify_one();
                finish.notified().await;
                Ok(Bytes::from("done"))
            }
        }
    });
    let service = bus.serve(&settings(), vec![get]).await.unwrap();
    let asker = server.connect().await;
    let answer = tokio::spawn(async move { asker.request(GET, Bytes::new(), DEADLINE).await });
    in_time(asked.notified()).await;
    let stopping = tokio::spawn(service.stop());
    finish.notify_one();
    in_time(stopping).await.unwrap();
    in_time(bus.drain()).await.unwrap();
    assert_eq!(in_time(answer).await.unwrap().unwrap(), "done");
}

#[tokio::test]
async fn nobody_there_and_nobody_heard_are_told_apart() {
    const WITHIN: Duration = Duration::from_millis(300);
    let server = TestServer::start().await;
    let bus = server.connect().await;
    let nobody = bus.instances("cardex-profile", DEADLINE).await;
    assert_eq!(nobody.unwrap(), Some(Vec::new()));

    // It hangs, but the server knows that it is there.
    let hangs = Endpoint::new("hangs", "$SRV.INFO.cardex-quiet", |_| {
        std::future::pending()
    });
    let quiet = bus.serve(&settings(), vec![hangs]).await.unwrap();
    let unheard = bus.instances("cardex-quiet", WITHIN).await;
    assert_eq!(unheard.unwrap(), None);

    let there = bus.instances("cardex-profile", WITHIN).await.unwrap();
    let id = quiet.id().await;
    assert!(there.is_some_and(|there| there.iter().any(|one| one.id == id)));
}

#[tokio::test]
async fn who_waits_at_length_hears_whether_somebody_is_at_work() {
    /// Of those that come every 3 s: longer than anybody is to be silent.
    const SIGNS: usize = 3;
    let server = TestServer::start().await;
    let (bus, asker) = (server.connect().await, server.connect().await);
    let ask = |subject: &'static str, whole, silence| {
        asker.request_at_length(subject, Bytes::new(), Patience { whole, silence })
    };
    let nobody = ask(GET, DEADLINE, DEADLINE).await;
    assert!(
        matches!(nobody, Err(RequestError::NoResponders { .. })),
        "{nobody:?}"
    );

    let done = Arc::new(Notify::new());
    let get = Endpoint::new("get", "cardex.profile.*.*.get", {
        let done = Arc::clone(&done);
        move |_| {
            let done = Arc::clone(&done);
            async move {
                done.notified().await;
                Ok(Bytes::from("done"))
            }
        }
    });
    let find = Endpoint::new("find", "cardex.profile.*.*.find", |_| async {
        Err(ServiceError {
            code: 500,
            message: "no room".to_owned(),
        })
    });
    let _service = bus.serve(&settings(), vec![get, find]).await.unwrap();
    let refused = ask("cardex.profile.hz1.dining.find", DEADLINE, DEADLINE).await;
    assert!(
        matches!(&refused, Err(RequestError::Service(error)) if error.message == "no room"),
        "{refused:?}"
    );
    // Nothing else is answered meanwhile.
    let mut heard = bus.subscribe("_INBOX.>").await.unwrap();
    let hearing = async {
        for _ in 0..SIGNS {
            in_time(heard.next()).await.unwrap();
        }
        done.notify_one();
    };
    let (answer, ()) = tokio::join!(ask(GET, DEADLINE, Duration::from_secs(5)), hearing);
    assert_eq!(answer.unwrap(), "done");

    let short = Duration::from_millis(500);
    let silent = ask(GET, DEADLINE, short).await;
    assert!(
        matches!(silent, Err(RequestError::Silent { .. })),
        "{silent:?}"
    );
    let late = ask(GET, short, DEADLINE).await;
    assert!(
        matches!(late, Err(RequestError::Timeout { .. })),
        "{late:?}"
    );
}
