//! Holds README.md to what it says: its snippets are the example clients, the tests it names for the promises exist, its
//! settings have the defaults it gives, what it and the operators' page link to is there, and so is every metric there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cardex_aggregator::AggregatorSettings;
use cardex_bus::BusSettings;
use cardex_checkin::CheckinSettings;
use cardex_gateway::GatewaySettings;
use cardex_runtime::health::HealthSettings;
use cardex_runtime::shutdown::ShutdownSettings;
use cardex_runtime::telemetry::{Format, TelemetrySettings};

/// The clients that the README shows; the durable ones it links to.
const SHOWN: [&str; 9] = [
    "deploy/clients/python/publish.py",
    "deploy/clients/python/boards.py",
    "deploy/clients/typescript/publish.ts",
    "deploy/clients/typescript/boards.ts",
    "deploy/clients/nats-cli/publish.sh",
    "deploy/clients/nats-cli/boards.sh",
    "deploy/clients/http/boards.sh",
    "deploy/clients/http/outcome.sh",
    "deploy/clients/http/receiver.py",
];

const PROMISES: [&str; 8] = ["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    let read = fs::read_to_string(root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every `[label](target)` of a page.
fn links(page: &str) -> Vec<(&str, &str)> {
    let targets = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let labels = page
        .split("](")
        .map(|before| before.rsplit('[').next().unwrap_or_default());
    labels.zip(targets).collect()
}

/// The cells of every row of the tables.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

/// Whether the file has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let declares = |line: &str| {
        line.strip_prefix("async ")
            .unwrap_or(line)
            .starts_with(&format!("fn {name}("))
    };
    let of_test =
        |line: &&str| line.starts_with("#[") || line.starts_with("///") || line.starts_with("//");
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev().take_while(|line| of_test(line));
        declares(line)
            && above
                .into_iter()
                .any(|line| line.starts_with("#[test") || line.starts_with("#[tokio::test"))
    })
}

#[test]
fn the_snippets_are_the_example_clients() {
    let page = text("README.md");
    for path in SHOWN {
        let (_, after) = page
            .split_once(&format!("]({path}):\n\n```"))
            .unwrap_or_else(|| panic!("README.md does not show {path}"));
        let (_, code) = after.split_once('\n').expect("a fence ends its line");
        let code = code.split("```").next().expect("a split has a first part");
        assert_eq!(code, text(path), "{path} is not as README.md shows it");
    }
}

#[test]
fn every_promise_names_tests_that_exist() {
    let page = text("README.md");
    for promise in PROMISES {
        let row = rows(&page).find(|cells| cells.first() == Some(&promise));
        let row = row.unwrap_or_else(|| panic!("README.md has no promise {promise}"));
        let tests = row.last().expect("a row has cells");
        let named = links(tests);
        assert!(!named.is_empty(), "{promise} names no test");
        for (label, path) in named {
            let name = label.trim_matches('`');
            assert!(
                has_test(&text(path), name),
                "{promise}: {path} has no test {name}"
            );
        }
    }
}

#[test]
fn what_is_linked_to_is_there() {
    for page in ["README.md", "deploy/README.md"] {
        let directory = root()
            .join(page)
            .parent()
            .expect("a page is in a directory")
            .to_owned();
        let page_text = text(page);
        for (_, target) in links(&page_text) {
            let path = target.split('#').next().unwrap_or_default();
            if !target.contains("://") && !path.is_empty() {
                assert!(directory.join(path).exists(), "{page} links to {target}");
            }
        }
    }
}

#[test]
fn the_settings_have_the_defaults_that_are_given() {
    let page = text("README.md");
    let mut given = BTreeMap::new();
    for cells in rows(&page) {
        if let [keys, default, _] = cells[..] {
            let keys = keys.split(", ").map(|key| key.trim_matches('`'));
            given.extend(keys.map(|key| (key.to_owned(), default.to_owned())));
        }
    }
    for (key, default) in defaults() {
        let said = given
            .get(key)
            .unwrap_or_else(|| panic!("README.md does not name the setting {key}"));
        if let Some(default) = default {
            assert_eq!(*said, default, "the default of {key}");
        }
    }
}

fn code(value: impl std::fmt::Display) -> Option<String> {
    Some(format!("`{value}`"))
}

fn unset<T: std::fmt::Debug>(value: &Option<T>) -> Option<String> {
    assert!(
        value.is_none(),
        "{value:?} is a default that README.md does not know of"
    );
    Some("none".to_owned())
}

/// Each setting with its default as the page has to give it; none where the page says it in words. Taken apart field by
/// field, so that a new setting does not compile before it is here.
fn defaults() -> Vec<(&'static str, Option<String>)> {
    let mut all = bus_defaults();
    let AggregatorSettings {
        store_dir: _,
        installation_key_file: _,
        gateways,
        max_answers_at_once,
        store_cache_bytes,
        from_snapshot,
        shards,
        shard,
    } = AggregatorSettings::default();
    assert!(gateways.is_empty(), "no gateways are the default");
    let CheckinSettings {
        playbook: None,
        language,
        languages,
        max_in_flight,
    } = CheckinSettings::default()
    else {
        panic!("the default playbook is the one brought along");
    };
    assert!(languages.is_empty(), "everybody reads the same by default");
    let TelemetrySettings { format, filter } = TelemetrySettings::default();
    assert_eq!(format, Format::Human);
    all.extend(gateway_defaults());
    let HealthSettings { listen } = HealthSettings::default();
    let ShutdownSettings { drain_ms } = ShutdownSettings::default();
    all.extend([
        ("data", code("./cardex-data")),
        ("aggregator.store_dir", code("<data>/store")),
        (
            "aggregator.installation_key_file",
            code("<data>/installation.key"),
        ),
        ("aggregator.gateways", Some("none".to_owned())),
        ("aggregator.max_answers_at_once", code(max_answers_at_once)),
        ("aggregator.store_cache_bytes", code(store_cache_bytes)),
        ("aggregator.from_snapshot", code(from_snapshot)),
        ("aggregator.shards", code(shards)),
        ("aggregator.shard", code(shard)),
        ("checkin.playbook", None),
        ("checkin.language", code(language)),
        ("checkin.languages", Some("none".to_owned())),
        ("checkin.max_in_flight", code(max_in_flight)),
        ("log.format", code("human")),
        ("log.filter", code(filter)),
        ("health.listen", code(listen)),
        ("shutdown.drain_ms", code(drain_ms)),
    ]);
    all
}

fn gateway_defaults() -> Vec<(&'static str, Option<String>)> {
    let GatewaySettings {
        vendors_file,
        listen,
        tls_ends_before,
        max_connections,
        max_streams_per_client,
        heartbeat_ms,
        stalled_ms,
        webhook_give_up_ms,
    } = GatewaySettings::default();
    vec![
        ("gateway.vendors_file", unset(&vendors_file)),
        ("gateway.listen", code(listen)),
        ("gateway.tls_ends_before", code(tls_ends_before)),
        ("gateway.max_connections", code(max_connections)),
        (
            "gateway.max_streams_per_client",
            code(max_streams_per_client),
        ),
        ("gateway.heartbeat_ms", code(heartbeat_ms)),
        ("gateway.stalled_ms", code(stalled_ms)),
        ("gateway.webhook_give_up_ms", code(webhook_give_up_ms)),
    ]
}

fn bus_defaults() -> Vec<(&'static str, Option<String>)> {
    let BusSettings {
        urls: _,
        client_name,
        user,
        password_file,
        nkey_seed_file,
        creds_file,
        inbox_prefix,
        tls_ca_file,
        server_monitoring_url,
        request_timeout_ms,
        connect_timeout_ms,
    } = BusSettings::default();
    assert!(inbox_prefix.is_none(), "the prefix follows from the user");
    vec![
        ("nats.urls", Some("none".to_owned())),
        ("nats.client_name", code(client_name)),
        ("nats.user", unset(&user)),
        ("nats.password_file", unset(&password_file)),
        ("nats.nkey_seed_file", unset(&nkey_seed_file)),
        ("nats.creds_file", unset(&creds_file)),
        ("nats.inbox_prefix", None),
        ("nats.tls_ca_file", unset(&tls_ca_file)),
        ("nats.server_monitoring_url", unset(&server_monitoring_url)),
        ("nats.request_timeout_ms", code(request_timeout_ms)),
        ("nats.connect_timeout_ms", code(connect_timeout_ms)),
    ]
}

#[test]
fn every_metric_is_told_to_operators() {
    let page = text("deploy/README.md");
    for meters in [
        "crates/aggregator/src/meters.rs",
        "crates/checkin/src/meters.rs",
        "crates/gateway/src/meters.rs",
    ] {
        let source = text(meters);
        let registrations = source.split("metrics.").skip(1);
        let names: Vec<&str> = registrations
            .filter(|call| call.contains('('))
            .filter_map(|call| call.split('"').nth(1))
            .collect();
        assert!(names.len() > 3, "{meters} registers hardly any metric");
        for name in names {
            assert!(
                page.contains(&format!("`cardex_{name}")),
                "deploy/README.md does not name cardex_{name}"
            );
        }
    }
}
