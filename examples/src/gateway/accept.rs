//! Accepts TCP connections.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Shared;
use super::stream::Stream;
use super::tls::Tls;

/// Accepts connections for ever, a task with `serve` for each, at most `most` at once; others are told
/// `busy`. All protocols together have as many as there are permits. With `tls` each begins with its
/// handshake.
pub(super) async fn accept<F>(
    listener: TcpListener,
    shared: Arc<Shared>,
    most: usize,
    tls: Option<Tls>,
    busy: &'static [u8],
    serve: fn(Stream, SocketAddr, Arc<Shared>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let own = Arc::new(Semaphore::new(most));
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
        let permit = |of: &Arc<Semaphore>| Arc::clone(of).try_acquire_owned().ok();
        match permit(&own).and_then(|own| Some((own, permit(&shared.connections)?))) {
            Some(permits) => {
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    let stream = match tls {
                        Some(tls) => tls.handshake(stream, peer, &shared).await,
                        None => Some(Stream::Plain(stream)),
                    };
                    if let Some(stream) = stream {
                        serve(stream, peer, shared).await;
                    }
                    drop(permits);
                });
            }
            None => {
                // The system takes so few bytes at once, or it does not matter.
                let _ = stream.into_std().and_then(|mut stream| stream.write(busy));
                shared.log.line(format_args!("{peer}: refused, too many connections"));
            }
        }
    }
}
