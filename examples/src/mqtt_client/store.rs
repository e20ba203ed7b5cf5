//! `--store FILE`: what must survive the end of the program, written before it is promised.
//!
//! ```text
//! +---------+---------+-----------+ +----------+ +--------+-----+-------+------------+---------+
//! | "mqtt1" | version | client id | | snapshot | | handle | QoS | flags | file name  | PUBLISH | ...
//! | 5 bytes | 1 byte  | 2 + n     | | 4 + n    | | 4      | 1   | 1     | 4 + n      | 4 + n   |
//! +---------+---------+-----------+ +----------+ +--------+-----+-------+------------+---------+
//! ```
//!
//! The file is replaced as a whole: a new one is written beside it, brought to the disk and renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use mqtt_codec::{Codec, List, Packet, Property, Publish, QoS, TopicName, Version};

/// Where it is, and whose.
pub(crate) struct Store {
    path: PathBuf,
    version: Version,
    client_id: String,
}

/// What was kept.
pub(crate) struct Kept {
    pub(crate) snapshot: Vec<u8>,
    pub(crate) messages: Vec<(u32, Outgoing)>,
}

/// A message to publish. Names and properties live as long as the program, as the command line does.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) topic: TopicName<'static>,
    pub(crate) properties: &'static [Property<'static>],
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// The server has it, and only says so once more.
    pub(crate) has_arrived: bool,
    pub(crate) content: Content,
}

/// A payload.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// That of a file, which is read when it is sent.
    File(PathBuf),
}

const MAGIC: &[u8] = b"mqtt1";
/// The payload is what is in the file of this name; the server has it.
const FILE: u8 = 1;
const ARRIVED: u8 = 2;

impl Store {
    pub(crate) fn new(path: PathBuf, version: Version, client_id: String) -> Self {
        Self { path, version, client_id }
    }

    /// Reads what is there; `None` if nothing is.
    ///
    /// # Errors
    ///
    /// Why it is of no use.
    pub(crate) fn load(&self) -> Result<Option<Kept>, String> {
        let fail = |why: &str| format!("--store {}: {why}", self.path.display());
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail(&error.to_string())),
        };
        // Names and properties point into it.
        let bytes: &'static [u8] = bytes.leak();
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| fail("no file of this program"))?;
        let whose = self.head();
        let whose = whose.get(MAGIC.len()..).unwrap_or_default();
        let rest = rest.strip_prefix(whose);
        let rest = rest.ok_or_else(|| fail("of another client identifier or version"))?;
        read(rest, self.version).ok_or_else(|| fail("damaged")).map(Some)
    }

    /// Replaces it.
    ///
    /// # Errors
    ///
    /// Why not: nothing has changed then, and nothing may be promised.
    pub(crate) fn save<'a>(
        &self,
        snapshot: &[u8],
        messages: impl Iterator<Item = (u32, &'a Outgoing)>,
    ) -> Result<(), String> {
        let mut bytes = self.head();
        put(&mut bytes, snapshot);
        for (handle, message) in messages {
            bytes.extend(handle.to_be_bytes());
            bytes.push(message.qos as u8);
            let (file, payload) = match &message.content {
                Content::Bytes(bytes) => (None, bytes.as_slice()),
                Content::File(path) => (Some(path), &[][..]),
            };
            bytes.push(
                if file.is_some() { FILE } else { 0 }
                    | if message.has_arrived { ARRIVED } else { 0 },
            );
            put(&mut bytes, file.map_or(&[][..], |path| path.as_os_str().as_encoded_bytes()));
            let publish = Publish {
                retain: message.retain,
                properties: List::new(message.properties),
                ..Publish::new(message.topic, payload)
            };
            let packet = Packet::Publish(publish);
            let codec = Codec::client(self.version);
            let fail = |error| format!("--store {}: {error}", self.path.display());
            let mut encoded = vec![0; codec.encoded_len(&packet).map_err(fail)?];
            codec.encode(&packet, &mut encoded).map_err(fail)?;
            put(&mut bytes, &encoded);
        }
        self.replace(&bytes).map_err(|error| format!("--store {}: {error}", self.path.display()))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let mut file = File::create(&name)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&name, &self.path)?;
        // The name too must be on the disk.
        match self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => File::open(Path::new("."))?.sync_all(),
        }
    }

    fn head(&self) -> Vec<u8> {
        let mut head = MAGIC.to_vec();
        head.push(self.version as u8);
        let len = u16::try_from(self.client_id.len()).unwrap_or(u16::MAX);
        head.extend(len.to_be_bytes());
        head.extend(self.client_id.as_bytes());
        head
    }
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend(bytes);
}

fn read(mut rest: &'static [u8], version: Version) -> Option<Kept> {
    let mut kept = Kept { snapshot: take(&mut rest)?.to_vec(), messages: Vec::new() };
    while !rest.is_empty() {
        let (handle, more) = rest.split_first_chunk::<4>()?;
        let ([qos, flags], more) = more.split_first_chunk::<2>()?;
        rest = more;
        let file = take(&mut rest)?;
        let codec = Codec::either(version);
        let Ok(Some((Packet::Publish(publish), _))) = codec.decode(take(&mut rest)?) else {
            return None;
        };
        let content = match flags & FILE {
            0 => Content::Bytes(publish.payload.to_vec()),
            _ => Content::File(std::str::from_utf8(file).ok()?.into()),
        };
        let properties: Vec<Property<'static>> = publish.properties.iter().collect();
        let message = Outgoing {
            topic: publish.topic,
            properties: properties.leak(),
            qos: QoS::new(*qos)?,
            retain: publish.retain,
            has_arrived: flags & ARRIVED != 0,
            content,
        };
        kept.messages.push((u32::from_be_bytes(*handle), message));
    }
    Some(kept)
}

fn take(rest: &mut &'static [u8]) -> Option<&'static [u8]> {
    let (len, more) = rest.split_first_chunk::<4>()?;
    let (bytes, more) = more.split_at_checked(u32::from_be_bytes(*len) as usize)?;
    *rest = more;
    Some(bytes)
}
