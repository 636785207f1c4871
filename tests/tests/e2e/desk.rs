//! Who is who as the people at the desk work on it: through the program alone, from booking to link.

use serde_json::Value;

use crate::events::PROPERTY;
use crate::exports::cardex;
use crate::harness::House;

/// What the program prints, an object a line.
async fn printed(house: &House, arguments: &[&str]) -> Vec<Value> {
    let text = cardex(house, &[arguments, &["--json"]].concat()).await;
    let text = String::from_utf8(text).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// Publishes something, and waits until everything has followed.
async fn done(house: &House, arguments: &[&str]) -> Value {
    let published = printed(house, arguments).await.remove(0);
    house.listened_to(published["sequence"].as_u64().unwrap());
    house.settled().await;
    published
}

async fn reserved(house: &House, number: &str, guest: &[&str]) {
    let booking = [
        "stay",
        "reserve",
        "--property",
        PROPERTY,
        "--reservation",
        number,
    ];
    done(house, &[&booking, guest].concat()).await;
}

async fn listed(house: &House, queue: &str) -> Vec<Value> {
    let mut lines = printed(house, &["identity", queue, "--property", PROPERTY]).await;
    lines.retain(|line| line.get("posterior_ppm").is_some());
    lines
}

async fn shown(house: &House, number: &str) -> String {
    let about = ["--property", PROPERTY, "--reservation", number];
    let text = cardex(house, &[&["identity", "show"][..], &about].concat()).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_checked_contact_under_conflicting_names_goes_to_review_and_a_placeholder_nowhere() {
    let house = House::open().await;
    let phone = ["--phone", "+853 6600 1122", "--verified"];
    reserved(
        &house,
        "R-1",
        &[&["--name", "Chiamaka Okonkwo"][..], &phone].concat(),
    )
    .await;
    reserved(
        &house,
        "R-2",
        &[&["--name", "Ann Smith"][..], &phone].concat(),
    )
    .await;
    let email = ["--email", "shared@mail.test", "--verified"];
    reserved(
        &house,
        "R-3",
        &[&["--name", "Rui Baptista"][..], &email].concat(),
    )
    .await;
    reserved(
        &house,
        "R-4",
        &[&["--name", "Haruto Yamazaki"][..], &email].concat(),
    )
    .await;
    assert!(listed(&house, "duplicates").await.is_empty());
    let review = listed(&house, "review").await;
    let contested: Vec<&str> = review
        .iter()
        .map(|pair| pair["contested"][0].as_str().unwrap())
        .collect();
    assert_eq!(contested.len(), 2, "{review:?}");
    assert!(
        contested.contains(&"phone") && contested.contains(&"email"),
        "{contested:?}"
    );
    assert!(shown(&house, "R-1").await.contains("conflict "));

    // What belongs to nobody joins nobody and is nothing to look at.
    for (number, name) in [("R-5", "Astrid Lindqvist"), ("R-6", "Solange Delacroix")] {
        let nobodys = [
            "--phone",
            "000000",
            "--email",
            "noemail@hotel.test",
            "--verified",
        ];
        reserved(&house, number, &[&["--name", name][..], &nobodys].concat()).await;
    }
    assert_eq!(listed(&house, "review").await.len(), 2);
    assert!(
        shown(&house, "R-5")
            .await
            .contains("nothing else is known to be this guest")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_links_who_is_listed_and_says_so_until_somebody_undoes_it() {
    let house = House::open().await;
    let guest = [
        "--family",
        "Okonkwo",
        "--given",
        "Chiamaka",
        "--born",
        "1961-08-30",
        "--street",
    ];
    let guest = [
        &guest[..],
        &[
            "8 Orchard Road",
            "--city",
            "Singapore",
            "--company",
            "Harbour",
        ],
    ]
    .concat();
    for (number, profile) in [("R-1", "opera/1"), ("R-2", "agency/77")] {
        reserved(
            &house,
            number,
            &[&guest[..], &["--profile", profile]].concat(),
        )
        .await;
    }
    assert_eq!(listed(&house, "duplicates").await.len(), 1);
    let stands = printed(&house, &["identity", "automatic"]).await;
    assert_eq!(stands[0]["automatic"], false);
    done(
        &house,
        &["identity", "automatic", "on", "--by", "relations"],
    )
    .await;
    let stands = printed(&house, &["identity", "automatic", "on"]).await;
    assert_eq!(stands[0]["automatic"], true);
    assert!(listed(&house, "duplicates").await.is_empty());
    let text = shown(&house, "R-2").await;
    let said = "by cardex: linked automatically, posterior 0.99";
    assert!(text.contains(said) && text.contains("birth same"), "{text}");
    let list = ["identity", "links", "--property", PROPERTY, "--automatic"];
    let listed_links = async || {
        let mut lines = printed(&house, &list).await;
        lines.retain(|line| line.get("event").is_some());
        lines
    };
    let made = listed_links().await;
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(
        (&made[0]["automatic"], &made[0]["by"]),
        (&true.into(), &"cardex".into())
    );
    let event = made[0]["event"].as_str().unwrap();
    let line = String::from_utf8(cardex(&house, &list).await).unwrap();
    assert!(line.contains(said) && line.contains(event), "{line}");
    let about = ["--property", PROPERTY, "--reservation", "R-1"];
    for what in ["explain", "history"] {
        let text = cardex(&house, &[&["profile", what][..], &about].concat()).await;
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("linked automatically"), "{what}: {text}");
    }

    let unlink = [
        "identity",
        "unlink",
        "--property",
        PROPERTY,
        event,
        "--reason",
        "two people",
    ];
    done(&house, &[&unlink[..], &["--by", "relations"]].concat()).await;
    done(&house, &["identity", "automatic", "off"]).await;
    done(&house, &["identity", "automatic", "on"]).await;
    assert!(!shown(&house, "R-2").await.contains("cardex"));
    assert!(listed_links().await.is_empty());
    let pairs = listed(&house, "duplicates").await;
    assert_eq!((pairs.len(), pairs[0].get("linkable")), (1, None));
}

/// The members of a guest, as `identity show` lists them.
async fn members(house: &House, number: &str) -> Vec<String> {
    let about = ["--property", PROPERTY, "--reservation", number];
    let shown = printed(house, &[&["identity", "show"][..], &about].concat()).await;
    let members = shown[0]["guest"]["members"].as_array().unwrap().iter();
    members.map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_document_under_strange_names_goes_to_review_and_a_link_joins() {
    let house = House::open().await;
    let document = ["--document", "E12345678"];
    let bookings = [
        ("R-1", "WANG Wei"),
        ("R-2", "Maria Lopez"),
        ("R-3", "王伟 Wang Wei"),
    ];
    for (number, name) in bookings {
        reserved(&house, number, &[&["--name", name][..], &document].concat()).await;
    }
    assert_eq!(members(&house, "R-1").await.len(), 2);
    assert_eq!(members(&house, "R-1").await, members(&house, "R-3").await);
    assert_eq!(members(&house, "R-2").await.len(), 1);
    assert!(shown(&house, "R-2").await.contains("conflict "));
    assert!(listed(&house, "duplicates").await.is_empty());
    let review = listed(&house, "review").await;
    assert_eq!(review.len(), 1, "{review:?}");
    assert_eq!(review[0]["contested"][0], "document");
    let against = review[0]["evidence"].as_array().unwrap().iter();
    assert!(
        against
            .filter(|said| said["millibits"].as_i64() < Some(0))
            .any(|said| said["field"] == "family"),
        "{review:?}"
    );

    let [one, other] = ["a", "b"].map(|of| review[0][of]["id"].as_str().unwrap());
    let link = ["identity", "link", "--property", PROPERTY, one, other];
    done(
        &house,
        &[
            &link[..],
            &["--reason", "shown at the desk", "--by", "fd-01"],
        ]
        .concat(),
    )
    .await;
    assert_eq!(members(&house, "R-2").await.len(), 3);
    assert!(listed(&house, "review").await.is_empty());
    assert!(!shown(&house, "R-2").await.contains("conflict "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_document_takes_the_place_of_the_one_before() {
    let house = House::open().await;
    reserved(
        &house,
        "R-1",
        &["--name", "Ana Lima", "--document", "E11111112"],
    )
    .await;
    reserved(
        &house,
        "R-2",
        &["--name", "Ana Lima", "--document", "E22222223"],
    )
    .await;
    reserved(
        &house,
        "R-3",
        &["--name", "Ana Lima", "--document", "E11111112"],
    )
    .await;
    assert_eq!(members(&house, "R-3").await, members(&house, "R-1").await);
    reserved(
        &house,
        "R-3",
        &["--name", "Ana Lima", "--document", "E22222223"],
    )
    .await;
    assert_eq!(members(&house, "R-3").await, members(&house, "R-2").await);
    assert_eq!(members(&house, "R-1").await.len(), 1);
}
