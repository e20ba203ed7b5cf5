//! Accepts TCP connections.

use std::collections::HashMap;
use std::io::Write;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Shared;
use super::stream::Stream;
use super::tls::Tls;
use super::wire::Wire;

/// How many connections a listener has at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) all: usize,
    pub(super) of_one_host: usize,
}

/// So many of those who are refused get time to read so, a second at most.
const FAREWELLS: usize = 128;

/// Accepts connections for ever, a task with `serve` for each, at most `most` at once; others are told
/// `busy`. All protocols together have as many as there are permits. With `tls` each begins with its
/// handshake.
pub(super) async fn accept<F>(
    listener: TcpListener,
    shared: Arc<Shared>,
    most: Most,
    tls: Option<Tls>,
    busy: &'static [u8],
    serve: fn(Stream, SocketAddr, Arc<Shared>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let own = Arc::new(Semaphore::new(most.all));
    let farewells = Arc::new(Semaphore::new(FAREWELLS));
    let hosts = Arc::new(Hosts::default());
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
        let permits = || {
            let host = Hosts::enter(&hosts, peer.ip(), most.of_one_host)?;
            Some((host, permit(&own)?, permit(&shared.connections)?))
        };
        match permits() {
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
                shared.log.line(format_args!("{peer}: refused, too many connections"));
                match permit(&farewells).filter(|_| !busy.is_empty()) {
                    Some(permit) => {
                        let mut wire = Wire::new(Stream::Plain(stream));
                        wire.output.push(busy);
                        tokio::spawn(async move {
                            wire.close().await;
                            drop(permit);
                        });
                    }
                    // The system takes so few bytes at once, or it does not matter.
                    None => drop(stream.into_std().and_then(|mut stream| stream.write(busy))),
                }
            }
        }
    }
}

/// How many connections each host has.
#[derive(Debug, Default)]
struct Hosts(Mutex<HashMap<IpAddr, usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
struct OfHost {
    hosts: Arc<Hosts>,
    host: IpAddr,
}

impl Hosts {
    /// One more, if there are less than `most`.
    fn enter(hosts: &Arc<Self>, address: IpAddr, most: usize) -> Option<OfHost> {
        let host = host_of(address);
        let is_welcome = hosts.lock(|all| {
            let count = all.get(&host).copied().unwrap_or(0);
            if count < most {
                all.insert(host, count + 1);
            }
            count < most
        });
        is_welcome.then(|| OfHost { hosts: Arc::clone(hosts), host })
    }

    fn lock<T>(&self, act: impl FnOnce(&mut HashMap<IpAddr, usize>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for OfHost {
    fn drop(&mut self) {
        self.hosts.lock(|all| match all.get_mut(&self.host) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(all.remove(&self.host)),
        });
    }
}

/// The host, or the network that a host with IPv6 has for itself. RFC 4291 section 2.5.4
fn host_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_so_many_and_no_more() {
        let hosts = Arc::new(Hosts::default());
        let enter = |ip: &str| Hosts::enter(&hosts, ip.parse().unwrap(), 2);
        let first = enter("192.0.2.1").unwrap();
        let _second = enter("::ffff:192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none());
        let other = [enter("192.0.2.2"), enter("2001:db8::1"), enter("2001:db8::2:1")];
        assert!(other.iter().all(Option::is_some));
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::3").is_some());
        drop(first);
        let _third = enter("192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none());
        drop(other);
        // Who is gone is forgotten.
        assert_eq!(hosts.lock(|all| all.len()), 1);
    }
}
