//! Who may read and write which topics.
//!
//! ```text
//! # who       may        which topics
//! alice       read       house/#
//! alice       write      house/+/set
//! *           readwrite  users/%u/#         every user who has given a password
//! *           read       devices/%c/#       %c: the MQTT client's identifier
//! anonymous   read       weather/#          who has given none
//! ```
//!
//! Rules only grant, and what no rule grants is not allowed. Their order means nothing: a message may be
//! written, or read, if any rule says so, and a subscription is granted if all that its filter takes is
//! within one rule.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use topic_matcher::{TopicFilter, TopicName};

use super::included::is_included;
use super::users::{Users, lines};
use super::{ANONYMOUS, EVERY_USER, FileError, Identity};

/// The rules of a file.
#[derive(Debug)]
pub(super) struct Access(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    who: Who,
    may: May,
    pattern: Box<str>,
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
    pub(super) granted: Option<Arc<[Grant]>>,
    /// An anonymous client where none may be.
    pub(super) is_outside: bool,
    /// Another identity may have other rights.
    pub(super) may_log_in: bool,
}

/// A rule for one client.
#[derive(Debug)]
pub(super) struct Grant {
    may: May,
    filter: Box<str>,
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

    pub(super) fn grants(&self, identity: &Identity, client_id: Option<&str>) -> Arc<[Grant]> {
        self.0.iter().filter_map(|rule| rule.grant(identity, client_id)).collect()
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
        let example = pattern.replace("%c", "c").replace("%u", "u");
        TopicFilter::new(&example).map_err(|error| format!("not a topic filter: {error}"))?;
        Ok(Self { who, may, pattern: pattern.into() })
    }

    /// The rule for one client, if it is about this client.
    fn grant(&self, identity: &Identity, client_id: Option<&str>) -> Option<Grant> {
        let user = identity.name();
        let is_about = match &self.who {
            Who::Anonymous => user.is_none(),
            Who::EveryUser => user.is_some(),
            Who::User(name) => user == Some(&**name),
        };
        if !is_about {
            return None;
        }
        let mut filter = String::new();
        let mut rest = &*self.pattern;
        while let Some(at) = rest.find("%c").into_iter().chain(rest.find("%u")).min() {
            let (before, place) = rest.split_at(at);
            let name = if place.starts_with("%c") { client_id } else { user };
            filter.push_str(before);
            filter.push_str(name.filter(|name| is_one_level(name))?);
            rest = place.get(2..).unwrap_or_default();
        }
        filter.push_str(rest);
        TopicFilter::new(&filter).ok()?; // too long
        Some(Grant { may: self.may, filter: filter.into() })
    }
}

/// Does a name stand for no more than a part of one level? Then it cannot make a rule wider; others get
/// nothing by it.
fn is_one_level(name: &str) -> bool {
    !name.is_empty() && !name.contains(['+', '#', '/', '\0']) && !name.starts_with('$')
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
        self.any(|grant| grant.may.read && grant.takes(topic))
    }

    /// May it publish to this topic?
    pub(in crate::gateway) fn may_write(&self, topic: &str) -> bool {
        self.any(|grant| grant.may.write && grant.takes(topic))
    }

    /// May it see everything that this filter takes?
    pub(in crate::gateway) fn may_subscribe(&self, filter: TopicFilter<'_>) -> bool {
        let includes = |grant: TopicFilter<'_>| is_included(filter, grant);
        self.any(|grant| grant.may.read && TopicFilter::new(&grant.filter).is_ok_and(includes))
    }

    /// May it look into the resource directory?
    pub(in crate::gateway) fn may_look_up(&self) -> bool {
        self.may_read(DIRECTORY)
    }

    /// May it register in the resource directory?
    pub(in crate::gateway) fn may_register(&self) -> bool {
        self.may_write(DIRECTORY)
    }

    fn any(&self, allows: impl Fn(&Grant) -> bool) -> bool {
        self.granted.as_ref().is_none_or(|granted| granted.iter().any(allows))
    }
}

impl Default for &Rights {
    fn default() -> Self {
        static ALL: Rights = Rights::ALL;
        &ALL
    }
}

impl Grant {
    fn takes(&self, topic: &str) -> bool {
        let filter = TopicFilter::new(&self.filter).ok();
        filter.zip(TopicName::new(topic).ok()).is_some_and(|(filter, topic)| filter.matches(topic))
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
        for (user, client_id) in [
            ("u", "+"),
            ("u", "#"),
            ("u", "a/b"),
            ("u", "c+"),
            ("u", ""),
            ("+", "c"),
            ("$SYS", "c"),
            ("a/b", "c"),
        ] {
            let bad = rights(&rules[..1], Some(user), Some(client_id));
            assert!(bad.granted.unwrap().is_empty(), "{user} {client_id}");
        }
        assert!(rights(&rules, Some("u"), None).granted.unwrap().is_empty());
        // What a name says is not looked at again.
        let twice = rights(&["* read %u/%c"], Some("%c"), Some("%u"));
        assert!(twice.may_read("%c/%u"));
        let long = "x".repeat(60_000);
        assert!(rights(&["* read %c%c"], Some("u"), Some(&long)).granted.unwrap().is_empty());
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
