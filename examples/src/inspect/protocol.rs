use mqtt_codec::Version;

/// What a CONNECT wants to speak, by its protocol name and the byte behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// One that the codec speaks.
    Spoken(Version),
    /// What came before 3.1.1; its fields are those of 3.1.1.
    Old(u8),
    Unknown(u8),
}

impl Protocol {
    pub(super) fn of(name: &[u8], level: u8) -> Self {
        match (name, level) {
            (b"MQTT", 4) => Self::Spoken(Version::V3),
            (b"MQTT", 5) => Self::Spoken(Version::V5),
            (b"MQTT", ..4) | (b"MQIsdp", _) => Self::Old(level),
            _ => Self::Unknown(level),
        }
    }

    /// The version whose fields it has.
    pub(super) fn version(self) -> Option<Version> {
        match self {
            Self::Spoken(version) => Some(version),
            Self::Old(_) => Some(Version::V3),
            Self::Unknown(_) => None,
        }
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Spoken(Version::V3) => f.write_str("MQTT 3.1.1"),
            Self::Spoken(Version::V5) => f.write_str("MQTT 5.0"),
            Self::Old(level) => write!(f, "protocol level {level}"),
            Self::Unknown(level) => write!(f, "unknown protocol, level {level}"),
        }
    }
}
