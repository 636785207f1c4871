use std::collections::BTreeSet;

use bytes::Bytes;
use cardex_bus::subjects::OnceSubject;

use crate::{DEADLINE, server_with_streams};

#[tokio::test]
async fn whoever_comes_first_says_it_and_all_others_learn_it() {
    let (server, bus) = server_with_streams().await;
    let subject = OnceSubject::InstallationKey;
    assert_eq!(bus.said_once(&subject).await.unwrap(), None);
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (bus, subject) = (server.connect().await, subject.clone());
        racing.spawn(async move { bus.say_once(&subject, &format!("key {n}")).await.unwrap() });
    }
    let held: BTreeSet<Bytes> = racing.join_all().await.into_iter().collect();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(
        bus.said_once(&subject).await.unwrap().as_ref(),
        held.first()
    );

    // The server itself takes no second one, from whomever.
    let other = Bytes::from_static(b"other");
    let answer = bus.request(&subject.to_string(), other, DEADLINE).await;
    let answer = String::from_utf8(answer.unwrap().to_vec()).unwrap();
    assert!(answer.contains("maximum messages per subject"), "{answer}");
}
