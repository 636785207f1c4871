//! The published contract is what the gateway does: its paths, its words, and the program by which it is set up.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cardex_gateway::ROUTES;
use serde_json::Value;

use super::{Running, token};
use crate::harness::House;
use crate::program::Town;

fn contract() -> (Value, std::path::PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/contract");
    let text = std::fs::read_to_string(folder.join("gateway.openapi.json")).unwrap();
    (serde_json::from_str(&text).unwrap(), folder)
}

/// Every place that the document points to.
fn references(of: &Value, found: &mut BTreeSet<String>) {
    match of {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref") {
                found.insert(reference.as_str().unwrap().to_owned());
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| references(entry, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_has_every_path_and_every_path_answers_as_it_says() {
    let (contract, folder) = contract();
    let mut documented = Vec::new();
    for (path, methods) in contract["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys();
        documented.extend(methods.map(|method| (method.as_str(), path.as_str())));
    }
    assert_eq!(documented, ROUTES);
    let mut places = BTreeSet::new();
    references(&contract, &mut places);
    assert!(
        places
            .iter()
            .any(|place| place.starts_with("2020-12/prompt.board.")),
        "{places:?}"
    );
    for place in places {
        let (file, pointer) = place.split_once('#').unwrap_or((&place, ""));
        let document = match file {
            "" => contract.clone(),
            file => serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap(),
        };
        assert!(document.pointer(pointer).is_some(), "{place} is not there");
    }

    let house = House::without_services().await;
    let gateway = Running::start(&house).await;
    for (method, path) in ROUTES {
        let said = &contract["paths"][path][method];
        let with: Method = method.to_uppercase().parse().unwrap();
        let floor = gateway.of("floor").with("content-type", "application/json");
        for (caller, expected) in [
            (gateway.stranger(), StatusCode::UNAUTHORIZED),
            (
                floor,
                if method == "get" {
                    StatusCode::OK
                } else {
                    StatusCode::UNPROCESSABLE_ENTITY
                },
            ),
        ] {
            let answer = caller.send(with.clone(), path, Body::from("{}")).await;
            assert_eq!(answer.status(), expected, "{method} {path}");
            let mut response = &said["responses"][expected.as_str()];
            if let Some(place) = response["$ref"].as_str() {
                response = contract.pointer(place.trim_start_matches('#')).unwrap();
            }
            let media_type = answer.headers()["content-type"].to_str().unwrap();
            assert!(
                response["content"].get(media_type).is_some(),
                "{method} {path}: {media_type}"
            );
        }
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn up_serves_who_has_the_token_that_the_program_made() {
    let town = Town::new();
    let flags = "--name screen --property macau --department floor";
    let made = town
        .run(&format!("gateway token {flags} --json"))
        .await
        .json();
    let secret = made["token"].as_str().unwrap();
    let entry = made["entry"].as_str().unwrap();
    assert!(!entry.contains(secret), "{entry}");
    std::fs::write(town.path().join("vendors.toml"), entry).unwrap();
    let up = town
        .up_with(
            "hotel",
            &[
                "gateway.vendors_file=vendors.toml",
                "gateway.listen=127.0.0.1:0",
            ],
        )
        .await;
    let note = std::fs::read(town.path().join("hotel/running.json")).unwrap();
    let note: Value = serde_json::from_slice(&note).unwrap();
    let stranger = super::Caller {
        address: note["gateway"].as_str().unwrap().parse().unwrap(),
        headers: Vec::new(),
    };
    let known = stranger.with("authorization", &format!("Bearer {secret}"));
    assert_eq!(known.get("/v1/boards").await.body, "[]");
    let another = format!("Bearer {}", token("floor").expose());
    let refused = stranger
        .with("authorization", &another)
        .get("/v1/boards")
        .await;
    assert_eq!(refused.problem(), "unknown_token");
    up.stop().await;
    // Without --json the entry alone is what a file of vendors takes, and the token is said beside it.
    let shown = town.run(&format!("gateway token {flags}")).await;
    assert!(
        shown.said.contains("cardex_") && !shown.printed.contains("cardex_"),
        "{}",
        shown.said
    );
    assert!(
        shown.printed.starts_with("[[client]]\nname = \"screen\"\n"),
        "{}",
        shown.printed
    );
    let mistyped = "gateway token --name screen --property macau --department frontdesk";
    let refused = town.run(mistyped).await;
    assert_eq!((refused.code, &*refused.printed), (Some(64), ""));
    assert!(
        refused.said.contains("front_desk") && refused.said.contains("--anyway"),
        "{}",
        refused.said
    );
    let meant = town.run(&format!("{mistyped} --anyway")).await;
    assert!(meant.printed.contains("department = \"frontdesk\""));
}
