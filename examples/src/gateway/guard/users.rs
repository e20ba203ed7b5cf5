//! Names and passwords.
//!
//! ```text
//! # comment
//! alice:$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>     a line of `gateway --add-user`
//! ```
//!
//! Hashing is slow on purpose, so that a stolen file is of little use. For the gateway that is a cost
//! that anybody may cause, so it is bounded: passwords are hashed on threads of their own, on half of
//! the processors at most, others wait for their turn, first come first served, and give up in time. A
//! user's last right password is remembered as a keyed hash, whose key dies with the process: who was
//! let in once does not wait behind those who guess. A name that nobody has costs what a wrong password
//! costs.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use ring::{hmac, rand::SystemRandom};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::password::{self, Hashed, Memory};
use super::{ANONYMOUS, EVERY_USER, FileError};

/// The users, and what is needed to ask for their passwords.
#[derive(Debug)]
pub(super) struct Users {
    all: HashMap<Arc<str>, Arc<User>>,
    /// The same in the order of the file.
    in_order: Vec<Arc<User>>,
    /// A permit for each password that is hashed at once.
    turns: Arc<Semaphore>,
    memory: Arc<Memory>,
    key: hmac::Key,
    hasher: RandomState,
}

struct User {
    name: Arc<str>,
    password: Hashed,
    /// A keyed hash of the password that was right last.
    remembered: Mutex<Option<hmac::Tag>>,
}

/// There was no turn in time.
#[derive(Debug)]
pub(super) struct Busy;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 256;
impl Users {
    pub(super) fn load(path: &Path) -> Result<Self, FileError> {
        let text = fs::read_to_string(path).map_err(|error| FileError::unread(path, &error))?;
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let key = key.map_err(|_| FileError::whole(path, "no random numbers for a key"))?;
        let turns = available_parallelism().map_or(1, |all| all.get().div_ceil(2));
        let mut users = Self {
            all: HashMap::new(),
            in_order: Vec::new(),
            turns: Arc::new(Semaphore::new(turns)),
            memory: Arc::default(),
            key,
            hasher: RandomState::new(),
        };
        for (number, line) in lines(&text) {
            let user = User::parse(line).map_err(|why| FileError::line(path, number, why))?;
            let (name, user) = (Arc::clone(&user.name), Arc::new(user));
            users.in_order.push(Arc::clone(&user));
            if users.all.insert(name, user).is_some() {
                return Err(FileError::line(path, number, "this name is in a line before"));
            }
        }
        Ok(users)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    /// The user whose name and password these are, if there is one.
    pub(super) async fn verify(
        &self,
        name: &str,
        password: &[u8],
        wait: Duration,
    ) -> Result<Option<Arc<str>>, Busy> {
        let known = self.all.get(name);
        let stand_in =
            || self.in_order.get(self.hasher.hash_one(name) as usize % self.in_order.len().max(1));
        let Some(user) = known.or_else(stand_in).map(Arc::clone) else { return Ok(None) };
        let tag = hmac::sign(&self.key, password);
        let found = known.map(|user| Arc::clone(&user.name));
        if user.remembers(&tag) && found.is_some() {
            return Ok(found);
        }
        let turn = timeout(wait, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Busy) };
        let (password, memory) = (password.to_vec(), Arc::clone(&self.memory));
        let is_known = found.is_some();
        let hashed = tokio::task::spawn_blocking(move || {
            // Until it is done, whoever has asked for it is still there or not.
            let _turn = turn;
            let is_right = user.password.is_of(&password, &memory);
            if is_right && is_known {
                user.remember(tag);
            }
            is_right
        });
        let is_right = hashed.await.unwrap_or(false);
        Ok(found.filter(|_| is_right))
    }
}

impl User {
    fn parse(line: &str) -> Result<Self, String> {
        let (name, hash) = line.split_once(':').ok_or("no colon between name and hash")?;
        check_name(name)?;
        let password = Hashed::parse(hash)?;
        Ok(Self { name: name.into(), password, remembered: Mutex::default() })
    }

    fn remembers(&self, tag: &hmac::Tag) -> bool {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |own: &hmac::Tag| http_lite::auth::constant_time_eq(own.as_ref(), tag.as_ref());
        remembered.as_ref().is_some_and(same)
    }

    fn remember(&self, tag: hmac::Tag) {
        *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) = Some(tag);
    }
}

/// Adds a user to a file, which may be new, or gives one another password.
///
/// # Errors
///
/// [`FileError`]; then the file is as it was.
pub(super) fn add(path: &Path, name: &str, password: &[u8]) -> Result<(), FileError> {
    let whole = |why: &str| FileError::whole(path, why);
    check_name(name).map_err(|why| whole(&why))?;
    if password.is_empty() {
        return Err(whole("an empty password"));
    }
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.map_err(|error| FileError::unread(path, &error))?,
    };
    for (number, line) in lines(&text) {
        User::parse(line).map_err(|why| FileError::line(path, number, why))?;
    }
    let hash = password::hash(password).map_err(|why| whole(&why))?;
    let is_of = |line: &&str| line.split_once(':').is_some_and(|(other, _)| other == name);
    let mut out: String =
        text.lines().filter(|line| !is_of(line)).flat_map(|line| [line, "\n"]).collect();
    out.push_str(&format!("{name}:{hash}\n"));
    replace(path, &out).map_err(|error| whole(&format!("cannot write it: {error}")))
}

/// Puts a whole new file in the place of the old one, for its owner's eyes alone.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all())?;
        fs::rename(&beside, path)
    });
    match &written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let _ = fs::remove_file(&beside);
        }
        _ => {}
    }
    written
}

/// What a name may be: what rules and Basic credentials can say. RFC 7617 section 2
fn check_name(name: &str) -> Result<(), String> {
    let is_bad = |c: char| c == ':' || c.is_whitespace() || c.is_control();
    match name {
        "" => Err("an empty name".to_owned()),
        ANONYMOUS | EVERY_USER => Err(format!("{name:?} has a meaning of its own in rules")),
        _ if name.starts_with('#') => Err("a name that begins with #".to_owned()),
        _ if name.len() > LONGEST_NAME => Err(format!("a name of more than {LONGEST_NAME} bytes")),
        _ if name.contains(is_bad) => Err("a name with a colon or white space".to_owned()),
        _ => Ok(()),
    }
}

/// The lines that say something, with their numbers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("User").field(&self.name).finish_non_exhaustive()
    }
}
