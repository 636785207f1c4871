//! The ways in: over TLS, with an nkey, and with a credentials file, each also with the wrong one.

use std::path::PathBuf;

use cardex_bus::{Bus, BusError, BusSettings};
use cardex_testkit::TestServer;
use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::in_time;

/// A certificate for loopback that signs itself, and its key, as files.
struct Certificate {
    directory: TempDir,
}

impl Certificate {
    fn fresh() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let directory = TempDir::new().unwrap();
        let certificate = Self { directory };
        std::fs::write(certificate.file("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(
            certificate.file("key.pem"),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
        certificate
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn configuration(&self) -> String {
        let (cert, key) = (self.file("cert.pem"), self.file("key.pem"));
        format!(
            "tls {{ cert_file: \"{}\", key_file: \"{}\" }}\n",
            cert.display(),
            key.display()
        )
    }
}

async fn connect(settings: BusSettings) -> Result<Bus, BusError> {
    in_time(Bus::connect(&settings)).await
}

/// That the connection is one over which the server answers.
async fn works(settings: BusSettings) {
    let bus = connect(settings).await.unwrap();
    cardex_bus::streams::ensure_streams(&bus, 1).await.unwrap();
}

async fn is_refused(settings: BusSettings) {
    let error = connect(settings).await.unwrap_err();
    let refused = matches!(error, BusError::NotLetIn { .. } | BusError::Connect { .. });
    assert!(refused, "{error:?}");
}

#[tokio::test]
async fn a_server_with_a_certificate_of_its_own_is_trusted_by_the_file_that_says_so() {
    let certificate = Certificate::fresh();
    let server = TestServer::start_with(&certificate.configuration()).await;
    let settings = |trusted: Option<&Certificate>| BusSettings {
        urls: vec![server.url().replace("nats://", "tls://")],
        tls_ca_file: trusted.map(|certificate| certificate.file("cert.pem")),
        connect_timeout_ms: 500,
        ..server.settings()
    };
    works(settings(Some(&certificate))).await;
    is_refused(settings(None)).await;
    is_refused(settings(Some(&Certificate::fresh()))).await;
}

/// A file that holds this.
fn file(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_user_proves_itself_with_an_nkey() {
    let (user, other) = (KeyPair::new_user(), KeyPair::new_user());
    let users = format!(
        "authorization {{ users: [ {{ nkey: {} }} ] }}\n",
        user.public_key()
    );
    let server = TestServer::start_with(&users).await;
    let directory = TempDir::new().unwrap();
    let settings = |pair: &KeyPair| BusSettings {
        nkey_seed_file: Some(file(&directory, "seed", &pair.seed().unwrap())),
        ..server.settings()
    };
    works(settings(&user)).await;
    is_refused(settings(&other)).await;
    is_refused(server.settings()).await;
}

/// A token of the server's operators, accounts and users, signed by the issuer.
fn signed(issuer: &KeyPair, subject: &KeyPair, name: &str, says: Value) -> String {
    let head = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let claims = json!({
        "jti": name, "iat": 1_780_000_000, "iss": issuer.public_key(), "name": name,
        "sub": subject.public_key(), "nats": says,
    });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", part(&head), part(&claims));
    let signature = issuer.sign(text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// The file that a user of an account proves itself with.
fn credentials(account: &KeyPair, user: &KeyPair) -> String {
    let unlimited = json!({
        "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {},
    });
    let token = signed(account, user, "user", unlimited);
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.seed().unwrap()
    )
}

#[tokio::test]
async fn a_user_proves_itself_with_a_credentials_file() {
    let operator = KeyPair::new_operator();
    let (system, hotel, stranger) = (
        KeyPair::new_account(),
        KeyPair::new_account(),
        KeyPair::new_account(),
    );
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
        "conn": -1, "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let account = |pair: &KeyPair, name: &str, limits: &Value| {
        let says = json!({ "type": "account", "version": 2, "limits": limits });
        signed(&operator, pair, name, says)
    };
    let mut no_storage = limits.clone();
    for name in ["mem_storage", "disk_storage", "streams", "consumer"] {
        no_storage[name] = json!(0);
    }
    let trusts = json!({ "type": "operator", "version": 2 });
    let configuration = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n  {}: {}\n  {}: {}\n}}\n",
        signed(&operator, &operator, "operator", trusts),
        system.public_key(),
        system.public_key(),
        account(&system, "system", &no_storage),
        hotel.public_key(),
        account(&hotel, "hotel", &limits),
    );
    let server = TestServer::start_with(&configuration).await;
    let directory = TempDir::new().unwrap();
    let settings = |account: &KeyPair| {
        let text = credentials(account, &KeyPair::new_user());
        BusSettings {
            creds_file: Some(file(&directory, "user.creds", &text)),
            ..server.settings()
        }
    };
    works(settings(&hotel)).await;
    is_refused(settings(&stranger)).await;
    is_refused(server.settings()).await;
}

#[tokio::test]
async fn a_password_is_read_from_its_file_and_a_wrong_one_is_refused() {
    let users = "authorization { users: [ { user: floor, password: right } ] }\n";
    let server = TestServer::start_with(users).await;
    let directory = TempDir::new().unwrap();
    let settings = |password: &str| BusSettings {
        user: Some("floor".to_owned()),
        password_file: Some(file(&directory, "password", password)),
        ..server.settings()
    };
    works(settings("right\n")).await;
    is_refused(settings("wrong")).await;
    is_refused(server.settings()).await;
}
