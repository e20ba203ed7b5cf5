//! What a client says of itself in CONNECT.

use std::num::NonZeroU16;

use mqtt_codec::{Connect, List, Property, QoS, Text, TopicName, Version, Will};

/// All of CONNECT, to be said with each connection.
#[derive(Debug, Clone)]
pub(crate) struct Hello {
    pub(crate) version: Version,
    pub(crate) client_id: String,
    /// Go on with the session that the server kept.
    pub(crate) keeps_session: bool,
    /// 5.0: how long the server keeps the session, in seconds.
    pub(crate) expiry: Option<u32>,
    pub(crate) keep_alive: u16,
    pub(crate) user_name: Option<String>,
    pub(crate) password: Option<Vec<u8>>,
    pub(crate) will: Option<LastWill>,
    /// 5.0: fewer messages at once than the session could hold.
    pub(crate) receive_maximum: Option<NonZeroU16>,
    /// 5.0, besides those above and those that the session announces.
    pub(crate) properties: Vec<Property<'static>>,
}

/// What the server publishes when the client is gone without a word.
#[derive(Debug, Clone)]
pub(crate) struct LastWill {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) properties: Vec<Property<'static>>,
}

impl Hello {
    /// A new session with a name, and nothing else.
    pub(crate) fn new(version: Version, client_id: String) -> Self {
        Self {
            version,
            client_id,
            keeps_session: false,
            expiry: None,
            keep_alive: 60,
            user_name: None,
            password: None,
            will: None,
            receive_maximum: None,
            properties: Vec::new(),
        }
    }

    /// Looks whether this can be said.
    ///
    /// # Errors
    ///
    /// What cannot.
    pub(crate) fn check(&self) -> Result<(), String> {
        let text = |what: &str, text: &str| match Text::new(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{what} {text:?}: {error}")),
        };
        text("the client identifier", &self.client_id)?;
        text("the user name", self.user_name.as_deref().unwrap_or_default())?;
        if self.password.as_ref().is_some_and(|password| password.len() > 0xFFFF) {
            return Err("a password has up to 65,535 bytes".into());
        }
        if let Some(will) = &self.will {
            TopicName::new(&will.topic).map_err(|error| format!("{:?}: {error}", will.topic))?;
            if will.payload.len() > 0xFFFF {
                return Err("the payload of a will has up to 65,535 bytes".into());
            }
        }
        if self.client_id.is_empty() && self.keeps_session {
            return Err("a session that is kept needs a client identifier".into());
        }
        let is_v5 = self.version == Version::V5;
        if self.password.is_some() && self.user_name.is_none() && !is_v5 {
            return Err("MQTT 3.1.1 has no password without a user name".into());
        }
        Ok(())
    }

    /// Calls `say` with CONNECT that says what the session announces; texts are those that
    /// [`check`](Self::check) has seen.
    pub(crate) fn with<R>(
        &self,
        announced: [Property<'static>; 3],
        clean_start: bool,
        say: impl FnOnce(&Connect<'_>) -> R,
    ) -> R {
        let mut properties = Vec::new();
        if self.version == Version::V5 {
            properties.extend(announced.map(|property| self.lower(property)));
            properties.extend(self.expiry.map(Property::SessionExpiryInterval));
            properties.extend(&self.properties);
        }
        let will = self.will.as_ref().and_then(|will| {
            let topic = TopicName::new(&will.topic).ok()?;
            let properties = List::new(&will.properties);
            let (qos, retain) = (will.qos, will.retain);
            Some(Will { qos, retain, properties, ..Will::new(topic, &will.payload) })
        });
        let client_id = Text::new(&self.client_id).unwrap_or_default();
        say(&Connect {
            clean_start,
            keep_alive: self.keep_alive,
            will,
            user_name: self.user_name.as_deref().and_then(|name| Text::new(name).ok()),
            password: self.password.as_deref(),
            properties: List::new(&properties),
            ..Connect::new(self.version, client_id)
        })
    }

    /// What the session announces, or less.
    fn lower(&self, property: Property<'static>) -> Property<'static> {
        match (property, self.receive_maximum) {
            (Property::ReceiveMaximum(most), Some(wanted)) => {
                Property::ReceiveMaximum(most.min(wanted))
            }
            (property, _) => property,
        }
    }
}
