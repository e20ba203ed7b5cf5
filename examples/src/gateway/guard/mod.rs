//! Who is let in, and what everybody may do: [users] and [access] rules, for all protocols alike.
//!
//! | `--users` | `--access` | who gives no password | users |
//! |---|---|---|---|
//! | no | no | may do everything | are not asked who they are |
//! | no | yes | may do what rules for `anonymous` say | are not asked who they are |
//! | yes | no | is not let in | may do everything |
//! | yes | yes | may do what rules for `anonymous` say; is not let in if there are none | may do what rules for them and for `*` say |
//!
//! Each user's clients have names of their own: two users may have a client of the same identifier, and
//! neither sees the session of the other, nor ends it.

mod access;
mod password;
mod users;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use access::Access;
pub(super) use access::Rights;
use users::{Busy, Users};

/// Who gives no password, in rules.
const ANONYMOUS: &str = "anonymous";
/// All who do, in rules.
const EVERY_USER: &str = "*";

/// Knows who may do what.
#[derive(Debug)]
pub(super) struct Guard {
    users: Option<Users>,
    access: Option<Access>,
    anonymous: Rights,
    /// So long a password waits for its turn.
    wait: Duration,
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity(Option<Arc<str>>);

/// What somebody says to prove it.
pub(super) struct Credentials<'a> {
    pub(super) name: &'a str,
    pub(super) password: &'a [u8],
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// Name or password are wrong.
    Wrong,
    /// There are too many others whose passwords are to be looked at.
    Busy,
}

/// What is wrong with a file of users or rules.
#[derive(Debug)]
pub struct FileError {
    path: PathBuf,
    line: Option<usize>,
    why: String,
}

/// Adds a user to a file, which may be new, or gives one another password.
///
/// # Errors
///
/// [`FileError`]; then the file is as it was.
pub fn add_user(path: &Path, name: &str, password: &[u8]) -> Result<(), FileError> {
    users::add(path, name, password)
}

impl Guard {
    /// Reads the files that there are.
    pub(super) fn load(
        users: Option<&Path>,
        access: Option<&Path>,
        wait: Duration,
    ) -> Result<Self, FileError> {
        let users = users.map(Users::load).transpose()?;
        let access = access.map(|path| Access::load(path, users.as_ref())).transpose()?;
        let identity = Identity(None);
        let granted = access.as_ref().map(|access| access.grants(&identity, None));
        let is_outside = users.is_some() && !access.as_ref().is_some_and(Access::knows_anonymous);
        let granted = if is_outside { Some(Arc::default()) } else { granted };
        let may_log_in = users.is_some();
        let anonymous = Rights { identity, granted, is_outside, may_log_in };
        Ok(Self { users, access, anonymous, wait })
    }

    /// Are there users?
    pub(super) fn asks(&self) -> bool {
        self.users.is_some()
    }

    /// Who is it? Without users, nobody is asked.
    pub(super) async fn identify(&self, says: &Credentials<'_>) -> Result<Identity, Denied> {
        let Some(users) = &self.users else { return Ok(Identity(None)) };
        match users.verify(says.name, says.password, self.wait).await {
            Ok(Some(name)) => Ok(Identity(Some(name))),
            Ok(None) => Err(Denied::Wrong),
            Err(Busy) => Err(Denied::Busy),
        }
    }

    /// What a client may do; over MQTT it has an identifier.
    pub(super) fn rights(&self, identity: &Identity, client_id: Option<&str>) -> Rights {
        if identity.0.is_none() && (client_id.is_none() || self.anonymous.is_outside) {
            return self.anonymous.clone();
        }
        let granted = self.access.as_ref().map(|access| access.grants(identity, client_id));
        let may_log_in = self.users.is_some() && identity.0.is_none();
        Rights { identity: identity.clone(), granted, is_outside: false, may_log_in }
    }

    /// What a client may do that cannot say who it is.
    pub(super) fn anonymous(&self) -> &Rights {
        &self.anonymous
    }

    /// The name of a client's session. A user's name has no white space, so no two users have one in
    /// common.
    pub(super) fn session_name(&self, identity: &Identity, client_id: &str) -> Arc<str> {
        match (&self.users, identity.name()) {
            (None, _) => client_id.into(),
            (Some(_), name) => format!("{client_id} of {}", name.unwrap_or(ANONYMOUS)).into(),
        }
    }

    /// What the client may do that [has](Self::session_name) a session: nothing, if nobody can have it now.
    pub(super) fn rights_of_session(&self, name: &str) -> Rights {
        let Some(users) = &self.users else {
            return self.rights(&Identity::ANONYMOUS, Some(name));
        };
        let identity = |user| match user {
            ANONYMOUS => Some(Identity::ANONYMOUS),
            user => users.has(user).then(|| Identity(Some(user.into()))),
        };
        let who = name.rsplit_once(" of ").and_then(|(id, user)| Some((identity(user)?, id)));
        match who {
            Some((identity, client_id)) => self.rights(&identity, Some(client_id)),
            None => Rights { granted: Some(Arc::default()), ..Rights::ALL },
        }
    }
}

/// Lets everybody do everything.
impl Default for Guard {
    fn default() -> Self {
        Self { users: None, access: None, anonymous: Rights::ALL, wait: Duration::ZERO }
    }
}

impl Identity {
    /// Somebody who does not say.
    pub(super) const ANONYMOUS: Self = Self(None);

    /// The user's name.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl FileError {
    fn unread(path: &Path, error: &io::Error) -> Self {
        Self::whole(path, &format!("cannot read it: {error}"))
    }

    fn whole(path: &Path, why: &str) -> Self {
        Self { path: path.into(), line: None, why: why.to_owned() }
    }

    fn line(path: &Path, line: usize, why: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), line: Some(line), why: why.into().into_owned() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.why)
    }
}

impl std::error::Error for FileError {}
