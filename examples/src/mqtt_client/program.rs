//! What both programs do in the same way.

use std::fmt;
use std::future::{Future, pending};

use mqtt_codec::session::{Client, Settings};
use tokio::time::{Instant, sleep_until};

use super::driver::{Driver, Session};
use super::error::Error;
use super::options::{Common, IN_FLIGHT};
use super::store::{Kept, Outgoing, Store};
use super::transport::Transport;
use crate::http_client::say;

/// What is told while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) debug: bool,
}

impl Program {
    /// With `-d`, what happens.
    pub(crate) fn note(self, text: fmt::Arguments<'_>) {
        if self.debug {
            say(text);
        }
    }

    /// What goes wrong without being the end.
    pub(crate) fn warn(self, quiet: bool, text: fmt::Arguments<'_>) {
        if !quiet {
            say(format_args!("{}: {text}", self.name));
        }
    }
}

/// Packets of up to so many bytes come whole, payloads of any size in pieces.
const BUFFER: u32 = 64 << 10;
/// Topic aliases in each direction, and bytes for their names.
const ALIASES: usize = 4 << 10;

type Parts = (Driver<'static, IN_FLIGHT>, Option<Store>, Vec<(u32, Outgoing)>);

/// A session as the command line wants it, going on with what was kept; the messages of it.
pub(crate) fn connect(common: &Common) -> Result<Parts, Error> {
    let transport = Transport::new(common.place.clone()).map_err(Error::failed)?;
    let hello = common.hello.clone();
    let settings = Settings::DEFAULT
        .with_buffer(BUFFER)
        .with_max_packet_size(common.maximum_packet_size.unwrap_or(u32::MAX))
        .with_persistent(common.store.is_some());
    let store = common.store.clone();
    let store = store.map(|path| Store::new(path, hello.version, hello.client_id.clone()));
    let kept = match &store {
        Some(store) => store.load().map_err(Error::failed)?,
        None => None,
    };
    let (mut session, messages) = match kept {
        Some(Kept { snapshot, messages }) => {
            let restored = Client::restore(hello.version, settings, &snapshot);
            let restored = restored.map_err(|error| Error::failed(format!("--store: {error}")))?;
            (restored, messages)
        }
        None => (Client::new(hello.version, settings), Vec::new()),
    };
    if hello.keeps_session {
        // The server may have it, and messages that wait there matter more than that one of them may
        // come twice.
        session.assume_session();
    }
    // They live as long as the program.
    session.lend_aliases(vec![0; ALIASES].leak(), vec![0; ALIASES].leak());
    Ok((Driver::new(session, transport, hello, BUFFER), store, messages))
}

/// Keeps a snapshot, and what belongs to it, before the session goes on.
pub(crate) fn persist<'a>(
    store: Option<&Store>,
    driver: &mut Driver<'_, IN_FLIGHT>,
    messages: impl Iterator<Item = (u32, &'a Outgoing)>,
) -> Result<(), Error> {
    if let Some(store) = store {
        let mut snapshot = vec![0; Session::<IN_FLIGHT>::SNAPSHOT];
        let len = driver.session.snapshot(&mut snapshot).unwrap_or(0);
        snapshot.truncate(len);
        store.save(&snapshot, messages).map_err(Error::failed)?;
    }
    driver.session.persisted();
    Ok(())
}

/// Lets `work` run to its end; the exit code.
pub(crate) fn run(name: &str, quiet: bool, work: impl Future<Output = Result<(), Error>>) -> u8 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(work);
            // Somebody may still look for a name.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(Error::failed(error.to_string())),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            if !quiet {
                say(format_args!("{name}: {error}"));
            }
            error.code
        }
    }
}

/// Waits until then, or for ever.
pub(crate) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// Waits for Ctrl-C, or a wish to end it as politely.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
