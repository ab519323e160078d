//! Stands between a service and an emulator, and does to the connection what a network does.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// Everything passes.
    Well,
    /// Everything passes after so long.
    Slow(Duration),
    /// Connections are closed, and new ones too.
    Down,
    /// Nothing passes and nothing is said. Connections of that time are forgotten: the emulator sees them end when it is over, and the
    /// service never hears anything of them again.
    BlackHole,
}

/// The proxy. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    address: String,
    network: Arc<watch::Sender<Network>>,
}

impl Proxy {
    /// In front of `host:port`, on the runtime of the caller.
    pub(crate) async fn to(host: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let network = Arc::new(watch::Sender::new(Network::Well));
        let state = Arc::clone(&network);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connection(client, host.clone(), state.subscribe()));
            }
        });
        Self { address, network }
    }

    /// `host:port` for the service.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn is(&self, network: Network) {
        self.network.send_replace(network);
    }
}

async fn connection(client: TcpStream, host: String, network: watch::Receiver<Network>) {
    if *network.borrow() == Network::Down {
        return;
    }
    let Ok(server) = TcpStream::connect(host).await else { return };
    // The emulator of Pub/Sub goes on sending into a stream that only ended; one that was reset it gives up.
    server.set_zero_linger().expect("a socket takes it");
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let up = pass(from_client, to_server, From::Service, network.clone());
    let down = pass(from_server, to_client, From::Emulator, network);
    tokio::select! { () = up => {}, () = down => {} }
}

#[derive(Clone, Copy)]
enum From {
    Service,
    Emulator,
}

/// Ends the half at the emulator and holds the one at the service.
async fn forget(from: OwnedReadHalf, to: OwnedWriteHalf, whose: From) {
    match whose {
        From::Service => drop(to),
        From::Emulator => drop(from),
    }
    std::future::pending::<()>().await;
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, whose: From, mut network: watch::Receiver<Network>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let now = *network.borrow_and_update();
        match now {
            Network::Well | Network::Slow(_) => {}
            Network::Down => return,
            Network::BlackHole => {
                while network.changed().await.is_ok() && *network.borrow() == Network::BlackHole {}
                return forget(from, to, whose).await;
            }
        }
        tokio::select! {
            _ = network.changed() => {}
            read = from.read(&mut buffer) => {
                let Ok(length @ 1..) = read else { return };
                if let Network::Slow(by) = now {
                    tokio::time::sleep(by).await;
                }
                if to.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
