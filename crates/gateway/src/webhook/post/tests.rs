use std::net::SocketAddr;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const BOARD: &str = "{\"a\":1}";

/// An authority for certificates, as a file of PEM.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A server's side, with a certificate for this name.
    fn server(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Answers every request with these bytes; an empty answer stands for none at all.
async fn answer(stream: impl AsyncRead + AsyncWrite, with: &str) {
    tokio::pin!(stream);
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.ends_with(BOARD.as_bytes()) {
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) => request.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    if with.is_empty() {
        return std::future::pending().await;
    }
    stream.write_all(with.as_bytes()).await.unwrap();
}

async fn serve(tls: Option<TlsAcceptor>, with: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                match tls {
                    None => answer(stream, with).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            answer(stream, with).await;
                        }
                    }
                }
            });
        }
    });
    address
}

async fn post(url: &str, ca_file: Option<&Path>, timeout: Duration) -> Took {
    let secrets = Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let post = Post::new(url.parse().unwrap(), secrets, ca_file, timeout).unwrap();
    post.post(ID, 1, Bytes::from_static(BOARD.as_bytes())).await
}

const LONG: Duration = Duration::from_secs(30);

fn not(why: Refused) -> Took {
    Took::Not { why, wait: None }
}

#[tokio::test]
async fn a_receivers_certificate_is_checked() {
    let (ours, others) = (Authority::new(), Authority::new());
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let right = serve(Some(ours.server("localhost")), ok).await;
    let misnamed = serve(Some(ours.server("elsewhere.example")), ok).await;
    let url = |address: SocketAddr| format!("https://localhost:{}/", address.port());
    let (ours, others) = (Some(ours.file.path()), Some(others.file.path()));
    assert_eq!(post(&url(right), ours, LONG).await, Took::It);
    assert_eq!(
        post(&url(right), others, LONG).await,
        not(Refused::Unreachable)
    );
    assert_eq!(
        post(&url(right), None, LONG).await,
        not(Refused::Unreachable)
    );
    assert_eq!(
        post(&url(misnamed), ours, LONG).await,
        not(Refused::Unreachable)
    );
}

#[tokio::test]
async fn an_answer_is_taken_for_what_the_specification_says() {
    let refused = |status: u16| not(Refused::Status(StatusCode::from_u16(status).unwrap()));
    let waits = Took::Not {
        why: Refused::Status(StatusCode::SERVICE_UNAVAILABLE),
        wait: Some(Duration::from_secs(7)),
    };
    for (answer, took) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Took::It),
        ("HTTP/1.1 204 No Content\r\n\r\n", Took::It),
        (
            "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
            Took::NoMore,
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            refused(404),
        ),
        // Not followed: nothing is sent to where the hotel has not said.
        (
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n",
            refused(307),
        ),
        (
            "HTTP/1.1 503 Unavailable\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
            waits,
        ),
        ("gibberish\r\n\r\n", not(Refused::Unreachable)),
    ] {
        let address = serve(None, answer).await;
        let found = post(&format!("http://{address}/"), None, LONG).await;
        assert_eq!(found, took, "{answer}");
    }
    let silent = serve(None, "").await;
    let found = post(
        &format!("http://{silent}/"),
        None,
        Duration::from_millis(100),
    )
    .await;
    assert_eq!(found, not(Refused::TooSlow));
}
