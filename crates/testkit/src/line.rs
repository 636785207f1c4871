//! A line between two servers that can be cut, on loopback.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{interval, timeout};

/// How long the system may take to let a port go.
const LET_GO_WITHIN: Duration = Duration::from_secs(60);
const LOOKED_EVERY: Duration = Duration::from_millis(10);

/// Carries what whoever connects to its own port says to another port, and back.
pub struct Line {
    port: u16,
    to: u16,
    carrying: Option<AbortHandle>,
}

impl Line {
    /// A line to this port, where nobody need listen yet.
    pub async fn lay(to: u16) -> Self {
        let listener = listen(0).await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        Self {
            port,
            to,
            carrying: Some(carry(listener, to)),
        }
    }

    /// Where to connect.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing gets through any more, and nobody gets a connection.
    pub async fn cut(&mut self) {
        if let Some(carrying) = self.carrying.take() {
            carrying.abort();
        }
        let port = self.port;
        once(async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.err()).await;
    }

    /// Whoever connects gets through again.
    pub async fn mend(&mut self) {
        let port = self.port;
        let listener = once(async || listen(port).await.ok()).await;
        self.carrying = Some(carry(listener, self.to));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(carrying) = &self.carrying {
            carrying.abort();
        }
    }
}

async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Waits until the condition gives something.
async fn once<T>(mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        let mut looks = interval(LOOKED_EVERY);
        loop {
            looks.tick().await;
            if let Some(found) = condition().await {
                return found;
            }
        }
    };
    let waited = timeout(LET_GO_WITHIN, waiting).await;
    waited.expect("the system lets a port go")
}

/// Carries bytes both ways until it is aborted, and with it every connection.
fn carry(listener: TcpListener, to: u16) -> AbortHandle {
    let carrying = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            connections.spawn(async move {
                let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await?;
                tokio::io::copy_bidirectional(&mut near, &mut far).await
            });
        }
    });
    carrying.abort_handle()
}
