//! A command talks to the bus of its own data directory, or to the one that is named, and to no other that happens to
//! be near.

use std::net::{Ipv4Addr, TcpListener};

use crate::program::Town;

const OBSERVE: &str =
    "observe --property macau --department dining --room 1012 dining.cuisine=sichuan";

/// How many events the hotel's stream holds.
async fn events(town: &Town, data: &str) -> usize {
    let exported = town
        .run(&format!("--data {data} export observations"))
        .await;
    assert_eq!(exported.code, Some(0), "{}", exported.said);
    exported.printed.lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_never_falls_back_to_another_hotels_bus() {
    let town = Town::new();
    let other = town.up("harbour").await;
    let refused = town.run(&format!("--data garden {OBSERVE}")).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.said.contains("no `cardex up` runs with garden"),
        "{}",
        refused.said
    );
    for service in ["aggregator", "checkin"] {
        let refused = town.run(&format!("{service} --data garden")).await;
        assert_eq!(refused.code, Some(1), "{service}: {}", refused.said);
        assert!(refused.said.contains("--nats URL"), "{}", refused.said);
    }
    assert_eq!(events(&town, "harbour").await, 0);

    let own = town.up("garden").await;
    let published = town.run(&format!("--data garden {OBSERVE}")).await;
    assert_eq!(published.code, Some(0), "{}", published.said);
    let found = (
        events(&town, "garden").await,
        events(&town, "harbour").await,
    );
    assert_eq!(found, (1, 0));

    own.kill9(async || {
        let refused = town.run(&format!("--data garden {OBSERVE}")).await;
        assert_eq!(refused.code, Some(1));
        assert!(
            refused.said.contains("ended without a word"),
            "{}",
            refused.said
        );
    })
    .await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_a_command_needs_is_not_where_others_look_for_one() {
    let town = Town::new();
    town.up("harbour").await.stop().await;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let up = format!("up --data harbour --set server.port={port}");
    let refused = town.run(&up).await;
    assert_eq!(refused.code, Some(1), "{}", refused.said);
    let rebuild = format!("rebuild --data harbour --set server.port={port}");
    let rebuilt = town.run(&rebuild).await;
    assert_eq!(rebuilt.code, Some(0), "{}", rebuilt.said);
}
