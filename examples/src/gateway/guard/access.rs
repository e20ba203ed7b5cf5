//! Who may read and write which topics.
//!
//! ```text
//! # who       may        which topics
//! alice       read       house/#
//! alice       write      house/+/set
//! *           readwrite  users/%u/#         every user who has given a password
//! alice       write      devices/%c/#       %c: the MQTT client's identifier, which it chooses itself
//! anonymous   read       weather/#          who has given none
//! ```
//!
//! Rules only grant, and what no rule grants is not allowed. Their order means nothing: a message may be
//! written, or read, if any rule says so, and a subscription is granted if all that its filter takes is
//! within one rule.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use topic_matcher::{AccessPattern, TopicFilter, TopicName};

use super::users::{Users, lines};
use super::{ANONYMOUS, EVERY_USER, FileError, Identity};

/// The rules of a file.
#[derive(Debug)]
pub(super) struct Access(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    who: Who,
    may: May,
    pattern: Arc<str>,
}

#[derive(Debug, PartialEq, Eq)]
enum Who {
    Anonymous,
    EveryUser,
    User(Box<str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct May {
    read: bool,
    write: bool,
}

/// What one client may do.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Rights {
    pub(super) identity: Identity,
    /// `None`: everything.
    pub(super) granted: Option<Arc<Granted>>,
    /// An anonymous client where none may be.
    pub(super) is_outside: bool,
    /// Another identity may have other rights.
    pub(super) may_log_in: bool,
}

/// The rules that are about a client.
#[derive(Debug, Default)]
pub(super) struct Granted {
    grants: Box<[Grant]>,
    /// What `%c` stands for, if a rule says it.
    client_id: Option<Box<str>>,
}

/// What a rule allows.
#[derive(Debug)]
struct Grant {
    may: May,
    pattern: Arc<str>,
}

/// The name of the resource directory in rules. Like every topic that begins with `$`, no wildcard
/// takes it.
const DIRECTORY: &str = "$rd";

impl Access {
    pub(super) fn load(path: &Path, users: Option<&Users>) -> Result<Self, FileError> {
        let text = fs::read_to_string(path).map_err(|error| FileError::unread(path, &error))?;
        let parse = |(number, line)| {
            Rule::parse(line, users).map_err(|why| FileError::line(path, number, why))
        };
        lines(&text).map(parse).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn knows_anonymous(&self) -> bool {
        self.0.iter().any(|rule| rule.who == Who::Anonymous)
    }

    pub(super) fn grants(&self, identity: &Identity, client_id: Option<&str>) -> Arc<Granted> {
        let about = self.0.iter().filter(|rule| rule.is_about(identity));
        let grant = |rule: &Rule| Grant { may: rule.may, pattern: Arc::clone(&rule.pattern) };
        let grants: Box<[Grant]> = about.map(grant).collect();
        let names_client = grants.iter().any(|grant| grant.pattern.contains("%c"));
        let client_id = client_id.filter(|_| names_client).map(Into::into);
        Arc::new(Granted { grants, client_id })
    }
}

impl Rule {
    fn parse(line: &str, users: Option<&Users>) -> Result<Self, String> {
        let word = |text: &'_ str| {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            (word.to_owned(), rest.trim_start().to_owned())
        };
        let (who, rest) = word(line);
        let (may, pattern) = word(&rest);
        let who = match &*who {
            ANONYMOUS => Who::Anonymous,
            EVERY_USER => Who::EveryUser,
            name if users.is_some_and(|users| users.has(name)) => Who::User(name.into()),
            name => return Err(format!("there is no user {name:?}")),
        };
        let may = match &*may {
            "read" => May { read: true, write: false },
            "write" => May { read: false, write: true },
            "readwrite" => May { read: true, write: true },
            other => return Err(format!("{other:?} is not read, write or readwrite")),
        };
        if who == Who::Anonymous && pattern.contains("%u") {
            return Err("%u: anonymous clients have no name".to_owned());
        }
        if pattern.starts_with("$share/") {
            return Err("a shared subscription is allowed by the filter in it".to_owned());
        }
        AccessPattern::new(&pattern).map_err(|error| format!("not a topic filter: {error}"))?;
        Ok(Self { who, may, pattern: pattern.into() })
    }

    fn is_about(&self, identity: &Identity) -> bool {
        let user = identity.name();
        match &self.who {
            Who::Anonymous => user.is_none(),
            Who::EveryUser => user.is_some(),
            Who::User(name) => user == Some(&**name),
        }
    }
}

impl Rights {
    /// Everything.
    pub(super) const ALL: Self =
        Self { identity: Identity::ANONYMOUS, granted: None, is_outside: false, may_log_in: false };

    /// May the client be here at all?
    pub(in crate::gateway) fn is_admitted(&self) -> bool {
        !self.is_outside
    }

    /// What tells lists apart that clients with different rights see. Clients without a client
    /// identifier have the same rights if they are the same user.
    pub(in crate::gateway) fn key(&self) -> &[u8] {
        self.identity.name().unwrap_or_default().as_bytes()
    }

    /// Is nothing forbidden?
    pub(in crate::gateway) fn is_everything(&self) -> bool {
        self.granted.is_none()
    }

    /// Who has them.
    pub(in crate::gateway) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Might the client be allowed what it is not, if it said who it is?
    pub(in crate::gateway) fn may_log_in(&self) -> bool {
        self.may_log_in
    }

    /// May it see messages of this topic?
    pub(in crate::gateway) fn may_read(&self, topic: &str) -> bool {
        self.allows_name(|may| may.read, topic)
    }

    /// May it publish to this topic?
    pub(in crate::gateway) fn may_write(&self, topic: &str) -> bool {
        self.allows_name(|may| may.write, topic)
    }

    /// May it see everything that this filter takes?
    pub(in crate::gateway) fn may_subscribe(&self, filter: TopicFilter<'_>) -> bool {
        self.any(|may| may.read, |pattern, who| pattern.allows_filter(who, filter))
    }

    /// May it look into the resource directory?
    pub(in crate::gateway) fn may_look_up(&self) -> bool {
        self.may_read(DIRECTORY)
    }

    /// May it register in the resource directory?
    pub(in crate::gateway) fn may_register(&self) -> bool {
        self.may_write(DIRECTORY)
    }

    fn allows_name(&self, may: impl Fn(May) -> bool, topic: &str) -> bool {
        let name = TopicName::new(topic);
        self.any(may, |pattern, who| name.is_ok_and(|name| pattern.allows_name(who, name)))
    }

    /// Is everything allowed, or does one of the rules that are about this allow it?
    fn any(
        &self,
        may: impl Fn(May) -> bool,
        allows: impl Fn(AccessPattern<'_>, topic_matcher::Identity<'_>) -> bool,
    ) -> bool {
        let Some(granted) = &self.granted else { return true };
        let who = topic_matcher::Identity::new(granted.client_id.as_deref(), self.identity.name());
        granted.grants.iter().filter(|grant| may(grant.may)).any(|grant| {
            AccessPattern::new(&grant.pattern).is_ok_and(|pattern| allows(pattern, who))
        })
    }
}

impl Default for &Rights {
    fn default() -> Self {
        static ALL: Rights = Rights::ALL;
        &ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(rules: &[&str]) -> Result<Access, String> {
        rules.iter().map(|rule| Rule::parse(rule, None)).collect::<Result<_, _>>().map(Access)
    }

    fn rights(rules: &[&str], user: Option<&str>, client_id: Option<&str>) -> Rights {
        let identity = Identity(user.map(Into::into));
        let granted = Some(access(rules).unwrap().grants(&identity, client_id));
        Rights { identity, granted, is_outside: false, may_log_in: false }
    }

    fn filter(text: &str) -> TopicFilter<'_> {
        TopicFilter::new(text).unwrap()
    }

    #[test]
    fn what_no_rule_grants_is_not_allowed() {
        let rules = ["* read a/#", "* write b/+", "* readwrite c", "anonymous read d"];
        let user = rights(&rules, Some("u"), None);
        for (topic, read, write) in [
            ("a", true, false),
            ("a/x/y", true, false),
            ("b/x", false, true),
            ("b/x/y", false, false),
            ("c", true, true),
            ("d", false, false),
            ("$rd", false, false),
        ] {
            assert_eq!((user.may_read(topic), user.may_write(topic)), (read, write), "{topic}");
        }
        let nobody = rights(&rules, None, None);
        assert!(nobody.may_read("d") && !nobody.may_read("a") && !nobody.may_write("d"));
        for (text, granted) in [
            ("a/#", true),
            ("a/+/x", true),
            ("#", false),
            ("+/x", false),
            ("b/x", false),
            ("c", true),
        ] {
            assert_eq!(user.may_subscribe(filter(text)), granted, "{text}");
        }
    }

    #[test]
    fn a_wildcard_takes_no_topic_that_begins_with_a_dollar() {
        let all = rights(&["anonymous readwrite #"], None, None);
        assert!(all.may_read("x") && !all.may_read("$SYS/x") && !all.may_register());
        assert!(all.may_subscribe(filter("#")) && !all.may_subscribe(filter("$SYS/#")));
        let directory = rights(&["anonymous read $rd", "anonymous write $rd"], None, None);
        assert!(directory.may_look_up() && directory.may_register());
    }

    #[test]
    fn a_name_makes_no_rule_wider() {
        let rules = ["* read %u/%c/#", "* write of-%c"];
        let good = rights(&rules, Some("u"), Some("c"));
        assert!(good.may_read("u/c/x") && good.may_write("of-c") && !good.may_read("u/d"));
        assert!(good.may_subscribe(filter("u/c/+")) && !good.may_subscribe(filter("u/+/x")));
        let topics =
            ["u/c/x", "u/d/x", "u/+/x", "u/#", "u/a/b/x", "u//x", "+/c/x", "$SYS/c/x", "a/b/c/x"];
        let filters =
            ["u/c/#", "u/+/#", "u/#", "u/a/b/#", "u//#", "+/c/#", "$SYS/c/#", "a/b/c/#", "#"];
        for (user, client_id) in [
            ("u", "+"),
            ("u", "#"),
            ("u", "a/b"),
            ("u", "c+"),
            ("u", ""),
            ("u", "/"),
            ("u", "c/#"),
            ("+", "c"),
            ("#", "c"),
            ("$SYS", "c"),
            ("a/b", "c"),
        ] {
            let bad = rights(&rules[..1], Some(user), Some(client_id));
            assert!(!topics.iter().any(|topic| bad.may_read(topic)), "{user} {client_id}");
            let subscribes = |text: &&str| bad.may_subscribe(filter(text));
            assert!(!filters.iter().any(subscribes), "{user} {client_id}");
        }
        // Who has no client identifier.
        let none = rights(&rules, Some("u"), None);
        assert!(!topics.iter().any(|topic| none.may_read(topic)) && !none.may_write("of-c"));
        // What a name says is not looked at again.
        let twice = rights(&["* read %u/%c"], Some("%c"), Some("%u"));
        assert!(twice.may_read("%c/%u") && !twice.may_read("%c/%c") && !twice.may_read("%u/%u"));
        let long = "x".repeat(60_000);
        let long = rights(&["* read %c", "* read a/%c%c"], Some("u"), Some(&long));
        assert!(
            long.may_read(&"x".repeat(60_000))
                && !long.may_read(&format!("a/{}", "x".repeat(65_000)))
        );
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for (line, why) in [
            ("", "no user \"\""),
            ("alice read a", "no user \"alice\""),
            ("* reads a", "\"reads\" is not"),
            ("* read", "not a topic filter"),
            ("* read a/#/b", "not a topic filter"),
            ("* read a%u#", "not a topic filter"),
            ("* read $share/g/a", "a shared subscription"),
            ("anonymous read a/%u", "have no name"),
        ] {
            let error = access(&[line]).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
