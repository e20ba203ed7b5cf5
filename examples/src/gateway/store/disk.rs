//! The file: a redb database.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Instant;

use redb::{
    Database, DatabaseError, Durability, ReadTransaction, ReadableTable, TableDefinition,
    TableError,
};

use super::record::{message_from, row_from, row_of, subscribed_from, subscribed_of};
use super::{Kept, KeptSession, KeptSide, Op};

/// Whatever the database says.
type Problem = Box<dyn std::error::Error>;

/// One file.
pub(super) struct Disk(Database);

type Bytes = &'static [u8];

/// What the file is: its one key is [`FORMAT`].
const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
const MESSAGES: TableDefinition<'_, u64, Bytes> = TableDefinition::new("messages");
const RETAINED: TableDefinition<'_, &str, u64> = TableDefinition::new("retained");
/// Names by number.
const SESSIONS: TableDefinition<'_, u64, &str> = TableDefinition::new("sessions");
const SNAPSHOTS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("snapshots");
const WILLS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("wills");
/// By session and text.
const SUBSCRIPTIONS: TableDefinition<'_, (u64, &str), Bytes> =
    TableDefinition::new("subscriptions");
/// By session and place.
const QUEUE: TableDefinition<'_, (u64, u64), Bytes> = TableDefinition::new("queue");
/// By side; behind the two sides' clients what they have subscribed to.
const BRIDGE: TableDefinition<'_, u8, Bytes> = TableDefinition::new("bridge");
/// By side and handle.
const BRIDGED: TableDefinition<'_, (u8, u32), Bytes> = TableDefinition::new("bridged");

/// From a side's client to what it has subscribed to.
const ASKED: u8 = 2;
const FORMAT: &str = "sansio-gateway";
const VERSION: u32 = 1;
/// What every file of redb begins with.
const MAGIC: [u8; 4] = *b"redb";
/// Pages in memory.
const CACHE: usize = 32 << 20;

impl Disk {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| format!("cannot open it: {error}"))?;
        let mut magic = [0; 4];
        let is_new = match file.read_exact(&mut magic) {
            Ok(()) if magic == MAGIC => false,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && is_empty(&file) => true,
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => {
                return Err(format!("cannot read it: {error}"));
            }
            _ => return Err("not a store: it does not begin as one".to_owned()),
        };
        drop(file);
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        if is_new {
            let disk = Self(builder.create(path).map_err(why_not_opened)?);
            disk.prepare().map_err(|error| format!("cannot write it: {error}"))?;
            return Ok(disk);
        }
        let disk = Self(builder.open(path).map_err(why_not_opened)?);
        disk.check()?;
        Ok(disk)
    }

    /// Makes all tables, but those for a bridge.
    fn prepare(&self) -> Result<(), Problem> {
        let transaction = self.0.begin_write()?;
        transaction.open_table(META)?.insert(FORMAT, VERSION)?;
        transaction.open_table(MESSAGES)?;
        transaction.open_table(RETAINED)?;
        transaction.open_table(SESSIONS)?;
        transaction.open_table(SNAPSHOTS)?;
        transaction.open_table(WILLS)?;
        transaction.open_table(SUBSCRIPTIONS)?;
        transaction.open_table(QUEUE)?;
        transaction.commit()?;
        Ok(())
    }

    /// Is it ours?
    fn check(&self) -> Result<(), String> {
        let broken = |error: Problem| format!("damaged: {error}");
        let transaction = self.0.begin_read().map_err(|error| broken(error.into()))?;
        let version = match transaction.open_table(META) {
            Ok(meta) => meta.get(FORMAT).map_err(|error| broken(error.into()))?.map(|v| v.value()),
            Err(TableError::Storage(error)) => return Err(broken(error.into())),
            Err(_) => None,
        };
        match version {
            Some(VERSION) => Ok(()),
            Some(other) => Err(format!("a store of version {other}, not {VERSION}")),
            None => Err("a database of another program".to_owned()),
        }
    }

    /// All that is there, and the highest number in use.
    pub(super) fn load(&mut self) -> Result<(Kept, u64), String> {
        match self.0.check_integrity() {
            Ok(true) => {}
            Ok(false) => {} // repaired
            Err(error) => return Err(format!("damaged: {error}")),
        }
        let (kept, last, useless) = self.read()?;
        let forget = useless.into_iter().collect::<Vec<_>>();
        if !forget.is_empty() {
            self.apply(forget)?;
        }
        Ok((kept, last))
    }

    fn read(&self) -> Result<(Kept, u64, Vec<Op>), String> {
        let failed = |error: Problem| format!("damaged: {error}");
        let damaged = |what: &str| format!("damaged: {what} that says nothing");
        let now = Instant::now();
        let read = || -> Result<_, Problem> {
            let transaction = self.0.begin_read()?;
            let (mut messages, mut sessions) = (Vec::new(), BTreeMap::new());
            let mut rows = Vec::new();
            for entry in transaction.open_table(MESSAGES)?.iter()? {
                let (key, value) = entry?;
                messages.push((key.value(), value.value().to_vec()));
            }
            let mut retained = Vec::new();
            for entry in transaction.open_table(RETAINED)?.iter()? {
                let (key, value) = entry?;
                retained.push((key.value().to_owned(), value.value()));
            }
            let (snapshots, wills) =
                (transaction.open_table(SNAPSHOTS)?, transaction.open_table(WILLS)?);
            for entry in transaction.open_table(SESSIONS)?.iter()? {
                let (key, value) = entry?;
                let session = key.value();
                let snapshot = snapshots.get(session)?.map(|bytes| bytes.value().to_vec());
                let will = wills.get(session)?.map(|bytes| bytes.value().to_vec());
                sessions.insert(session, (value.value().to_owned(), snapshot, will));
            }
            let mut subscriptions = Vec::new();
            for entry in transaction.open_table(SUBSCRIPTIONS)?.iter()? {
                let (key, value) = entry?;
                let (session, text) = key.value();
                subscriptions.push((session, text.to_owned(), value.value().to_vec()));
            }
            for entry in transaction.open_table(QUEUE)?.iter()? {
                let (key, value) = entry?;
                let (session, place) = key.value();
                rows.push((session, place, value.value().to_vec()));
            }
            let bridge = read_bridge(&transaction)?;
            Ok((messages, retained, sessions, subscriptions, rows, bridge))
        };
        let (messages, retained, sessions, subscriptions, rows, bridge) = read().map_err(failed)?;
        let mut last = 0;
        let mut kept = Kept { retained, bridge, ..Kept::default() };
        for (number, bytes) in messages {
            last = last.max(number);
            let message = message_from(&bytes, now).ok_or_else(|| damaged("a message"))?;
            kept.messages.push((number, message));
        }
        let (mut all, mut useless) = (BTreeMap::new(), Vec::new());
        for (session, (name, snapshot, will)) in sessions {
            last = last.max(session);
            // One that was begun and not accepted.
            let Some(snapshot) = snapshot else {
                useless.push(Op::End { session });
                continue;
            };
            let will = will.map(|bytes| message_from(&bytes, now).ok_or_else(|| damaged("a will")));
            let (will, subscriptions, queue) = (will.transpose()?, Vec::new(), Vec::new());
            let one = KeptSession { session, name, snapshot, will, subscriptions, queue };
            all.insert(session, one);
        }
        for (session, text, bytes) in subscriptions {
            let subscription = subscribed_from(&bytes).ok_or_else(|| damaged("a subscription"))?;
            if let Some(one) = all.get_mut(&session) {
                one.subscriptions.push((text, subscription));
            }
        }
        for (session, place, bytes) in rows {
            let row = row_from(&bytes).ok_or_else(|| damaged("a place in a queue"))?;
            if let Some(one) = all.get_mut(&session) {
                one.queue.push((place, row));
            }
        }
        kept.sessions = all.into_values().collect();
        // What nobody refers to any more, as the process ended before it could say so.
        let queued = kept.sessions.iter().flat_map(|one| &one.queue);
        let mut used: std::collections::HashSet<u64> =
            queued.filter_map(|(_, row)| row.message).collect();
        used.extend(kept.retained.iter().map(|(_, message)| *message));
        kept.messages.retain(|(message, _)| {
            let is_used = used.contains(message);
            if !is_used {
                useless.push(Op::Forget { message: *message });
            }
            is_used
        });
        Ok((kept, last, useless))
    }

    /// Writes changes in their order, all or none.
    pub(super) fn apply(&self, ops: Vec<Op>) -> Result<(), String> {
        self.write(ops).map_err(|error| format!("cannot write: {error}"))
    }

    fn write(&self, ops: Vec<Op>) -> Result<(), Problem> {
        let mut transaction = self.0.begin_write()?;
        transaction.set_durability(Durability::Immediate);
        {
            let mut messages = transaction.open_table(MESSAGES)?;
            let mut retained = transaction.open_table(RETAINED)?;
            let mut sessions = transaction.open_table(SESSIONS)?;
            let mut snapshots = transaction.open_table(SNAPSHOTS)?;
            let mut wills = transaction.open_table(WILLS)?;
            let mut subscriptions = transaction.open_table(SUBSCRIPTIONS)?;
            let mut queue = transaction.open_table(QUEUE)?;
            let mut bridge = transaction.open_table(BRIDGE)?;
            let mut bridged = transaction.open_table(BRIDGED)?;
            for op in ops {
                match op {
                    Op::Begin { session, name } => drop(sessions.insert(session, &*name)?),
                    Op::End { session } => {
                        sessions.remove(session)?;
                        snapshots.remove(session)?;
                        wills.remove(session)?;
                        subscriptions.retain_in((session, "")..(session + 1, ""), |_, _| false)?;
                        queue.retain_in((session, 0)..(session + 1, 0), |_, _| false)?;
                    }
                    Op::Snapshot { session, bytes } => drop(snapshots.insert(session, &*bytes)?),
                    Op::Will { session, bytes: Some(bytes) } => {
                        wills.insert(session, &*bytes)?;
                    }
                    Op::Will { session, bytes: None } => drop(wills.remove(session)?),
                    Op::Subscribe { session, text, subscription } => {
                        let value = subscribed_of(&subscription);
                        subscriptions.insert((session, &*text), &value[..])?;
                    }
                    Op::Unsubscribe { session, text } => {
                        subscriptions.remove((session, &*text))?;
                    }
                    Op::Queue { session, place, row } => {
                        queue.insert((session, place), &*row_of(&row))?;
                    }
                    Op::Unqueue { session, place } => drop(queue.remove((session, place))?),
                    Op::Message { message, bytes } => drop(messages.insert(message, &*bytes)?),
                    Op::Forget { message } => drop(messages.remove(message)?),
                    Op::Retain { topic, message: Some(message) } => {
                        retained.insert(&*topic, message)?;
                    }
                    Op::Retain { topic, message: None } => drop(retained.remove(&*topic)?),
                    Op::Bridge { side, bytes } => drop(bridge.insert(side, &*bytes)?),
                    Op::BridgeAsked { side, bytes } => {
                        bridge.insert(side + ASKED, &*bytes)?;
                    }
                    Op::Bridged { side, handle, bytes: Some(bytes) } => {
                        bridged.insert((side, handle), &*bytes)?;
                    }
                    Op::Bridged { side, handle, bytes: None } => {
                        bridged.remove((side, handle))?;
                    }
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

/// There is nothing in a file that had no bridge yet.
fn read_bridge(transaction: &ReadTransaction) -> Result<[KeptSide; 2], Problem> {
    let mut sides: [KeptSide; 2] = Default::default();
    let (clients, messages) = match transaction.open_table(BRIDGE) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(sides),
        clients => (clients?, transaction.open_table(BRIDGED)?),
    };
    for (side, kept) in (0_u8..).zip(&mut sides) {
        kept.client = clients.get(side)?.map(|client| client.value().to_vec());
        kept.asked = clients.get(side + ASKED)?.map(|asked| asked.value().to_vec());
        for entry in messages.range((side, 0)..=(side, u32::MAX))? {
            let (key, value) = entry?;
            kept.messages.push((key.value().1, value.value().to_vec()));
        }
    }
    Ok(sides)
}

fn is_empty(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.len() == 0)
}

fn why_not_opened(error: DatabaseError) -> String {
    match error {
        DatabaseError::DatabaseAlreadyOpen => "another gateway has it open".to_owned(),
        error => format!("damaged: {error}"),
    }
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
