//! Accepts TCP connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};

use super::Shared;

/// Accepts connections for ever, a task with `serve` for each. All protocols together have as many
/// as there are permits.
pub(super) async fn accept<F>(
    listener: TcpListener,
    shared: Arc<Shared>,
    serve: fn(TcpStream, SocketAddr, Arc<Shared>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut told: Option<Instant> = None;
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: some will be given back.
                if told.is_none_or(|at| at.elapsed() >= Duration::from_secs(1)) {
                    shared.log.line(format_args!("cannot accept a connection: {error}"));
                    told = Some(Instant::now());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        match Arc::clone(&shared.connections).try_acquire_owned() {
            Ok(permit) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    serve(stream, peer, shared).await;
                    drop(permit);
                });
            }
            Err(_) => shared.log.line(format_args!("{peer}: refused, too many connections")),
        }
    }
}
