//! `--bridge`: where to, and what goes over it.

use std::fmt;
use std::path::PathBuf;

use lexopt::ValueExt;
use mqtt_codec::{QoS, TopicFilter, TopicName, Version};

use crate::mqtt_client::hello::Hello;
use crate::mqtt_client::place::{Place, TlsOptions, Url};

/// A bridge to another broker. It never shows passwords.
#[derive(Clone)]
pub struct BridgeOptions {
    pub(super) place: Place,
    /// What the other broker is told.
    pub(super) hello: Hello,
    /// What this gateway is told.
    pub(super) local_hello: Hello,
    pub(super) out: Topics,
    pub(super) into: Topics,
}

/// What goes in one direction.
#[derive(Debug, Clone)]
pub(super) struct Topics {
    pub(super) qos: QoS,
    /// Filters at the side where messages come from, with its prefix.
    pub(super) filters: Vec<String>,
    /// The prefix of that side, and of the other.
    pub(super) from: String,
    pub(super) to: String,
}

/// What the command line has said so far.
#[derive(Default)]
pub(in crate::gateway) struct Said {
    url: Option<Url>,
    out: Vec<String>,
    into: Vec<String>,
    local_prefix: String,
    remote_prefix: String,
    qos: Option<QoS>,
    version: Option<Version>,
    id: Option<String>,
    user: Option<(String, String)>,
    tls: TlsOptions,
    other: bool,
}

/// So long the session at this gateway outlives it, in seconds: a day.
const LOCAL_EXPIRY: u32 = 86_400;

impl Said {
    /// Takes `--bridge..`; false if it is none of them.
    pub(in crate::gateway) fn take(
        &mut self,
        name: &str,
        parser: &mut lexopt::Parser,
    ) -> Result<bool, lexopt::Error> {
        match name {
            "bridge" => {
                let url = Url::parse(&parser.value()?.string()?);
                let url = url.map_err(|why| format!("--bridge: {why}"))?;
                if url.topic.is_some() {
                    return Err("--bridge: topics are for --bridge-out and --bridge-in".into());
                }
                if self.url.replace(url).is_some() {
                    return Err("--bridge twice".into());
                }
                return Ok(true);
            }
            "bridge-out" => self.out.push(parser.value()?.string()?),
            "bridge-in" => self.into.push(parser.value()?.string()?),
            "bridge-local-prefix" => self.local_prefix = parser.value()?.string()?,
            "bridge-remote-prefix" => self.remote_prefix = parser.value()?.string()?,
            "bridge-qos" => self.qos = Some(parser.value()?.parse_with(qos)?),
            "bridge-version" => self.version = Some(parser.value()?.parse_with(version)?),
            "bridge-id" => self.id = Some(parser.value()?.string()?),
            "bridge-local-user" => {
                let text = parser.value()?.string()?;
                let (name, password) =
                    text.split_once(':').ok_or("--bridge-local-user is NAME:PASSWORD")?;
                self.user = Some((name.to_owned(), password.to_owned()));
            }
            "bridge-cafile" => self.tls.ca_file = Some(PathBuf::from(parser.value()?)),
            "bridge-cert" => self.tls.cert = Some(PathBuf::from(parser.value()?)),
            "bridge-key" => self.tls.key = Some(PathBuf::from(parser.value()?)),
            _ => return Ok(false),
        }
        self.other = true;
        Ok(true)
    }

    /// Looks at all of it together.
    pub(in crate::gateway) fn finish(self) -> Result<Option<BridgeOptions>, String> {
        let Some(url) = self.url else {
            return match self.other {
                true => Err("--bridge-.. needs --bridge URL".into()),
                false => Ok(None),
            };
        };
        if self.out.is_empty() && self.into.is_empty() {
            return Err("--bridge needs --bridge-out FILTER or --bridge-in FILTER".into());
        }
        let mut place = url.place;
        let has_files = self.tls.ca_file.is_some() || self.tls.cert.is_some();
        match &mut place.tls {
            Some(tls) => *tls = self.tls,
            None if has_files || self.tls.key.is_some() => {
                return Err("certificates are for --bridge mqtts://.. and wss://..".into());
            }
            None => {}
        }
        let version = self.version.unwrap_or(Version::V5);
        let id = self.id.unwrap_or_else(|| "gateway-bridge".to_owned());
        let mut hello = Hello::new(version, id.clone());
        hello.keeps_session = true;
        hello.expiry = Some(u32::MAX).filter(|_| version == Version::V5);
        (hello.user_name, hello.password) = (url.user_name, url.password.map(String::into_bytes));
        hello.check().map_err(|why| format!("--bridge: {why}"))?;
        let mut local_hello = Hello::new(Version::V5, format!("{id} of this gateway"));
        local_hello.keeps_session = true;
        local_hello.expiry = Some(LOCAL_EXPIRY);
        if let Some((name, password)) = self.user {
            (local_hello.user_name, local_hello.password) =
                (Some(name), Some(password.into_bytes()));
        }
        local_hello.check().map_err(|why| format!("--bridge-local-user: {why}"))?;
        let qos = self.qos.unwrap_or(QoS::AtLeastOnce);
        let (local, remote) = (self.local_prefix, self.remote_prefix);
        let out = Topics::new("--bridge-out", qos, self.out, local.clone(), remote.clone())?;
        let into = Topics::new("--bridge-in", qos, self.into, remote, local)?;
        Ok(Some(BridgeOptions { place, hello, local_hello, out, into }))
    }
}

impl Topics {
    fn new(
        option: &str,
        qos: QoS,
        filters: Vec<String>,
        from: String,
        to: String,
    ) -> Result<Self, String> {
        for prefix in [&from, &to].into_iter().filter(|prefix| !prefix.is_empty()) {
            TopicName::new(prefix).map_err(|error| format!("the prefix {prefix:?}: {error}"))?;
        }
        let mut with_prefix = Vec::new();
        for filter in filters {
            let whole = format!("{from}{filter}");
            match TopicFilter::new(&whole) {
                Err(error) => return Err(format!("{option} {whole:?}: {error}")),
                Ok(filter) if filter.shared().is_some() => {
                    return Err(format!("{option} {whole:?}: a bridge shares no subscription"));
                }
                Ok(_) => with_prefix.push(whole),
            }
        }
        Ok(Self { qos, filters: with_prefix, from, to })
    }

    /// The topic at the other side; none if nobody asked for it, or it would have no name. A session that
    /// was kept may send what was asked for in an earlier life.
    pub(super) fn map(&self, topic: &str) -> Option<String> {
        let name = topic_matcher::TopicName::new(topic).ok()?;
        let is_wanted = |filter: &String| {
            topic_matcher::TopicFilter::new(filter).is_ok_and(|filter| filter.matches(name))
        };
        let rest = topic.strip_prefix(&self.from).filter(|_| self.filters.iter().any(is_wanted))?;
        Some(format!("{}{rest}", self.to)).filter(|topic| !topic.is_empty())
    }
}

impl fmt::Debug for BridgeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, out, into, .. } = self;
        write!(f, "BridgeOptions {{ {}, {out:?}, {into:?} }}", place.authority())
    }
}

fn qos(text: &str) -> Result<QoS, &'static str> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        "2" => Ok(QoS::ExactlyOnce),
        _ => Err("--bridge-qos is 0, 1 or 2"),
    }
}

fn version(text: &str) -> Result<Version, &'static str> {
    match text {
        "5" => Ok(Version::V5),
        "3.1.1" => Ok(Version::V3),
        _ => Err("--bridge-version is 5 or 3.1.1"),
    }
}
