//! Properties of the command line: `-D publish content-type text/plain`.

use std::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::{Property, Text, TopicName};

/// The packets that a client says something in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Connect,
    Will,
    Publish,
    Subscribe,
    Unsubscribe,
    Disconnect,
}

/// What stands in which: [`Command`]s, and the name of the property.
const NAMES: [(&str, &[Command]); 13] = [
    ("content-type", &[Command::Publish, Command::Will]),
    ("correlation-data", &[Command::Publish, Command::Will]),
    ("message-expiry-interval", &[Command::Publish, Command::Will]),
    ("payload-format-indicator", &[Command::Publish, Command::Will]),
    ("request-problem-information", &[Command::Connect]),
    ("request-response-information", &[Command::Connect]),
    ("response-topic", &[Command::Publish, Command::Will]),
    ("session-expiry-interval", &[Command::Connect, Command::Disconnect]),
    ("receive-maximum", &[Command::Connect]),
    ("maximum-packet-size", &[Command::Connect]),
    ("will-delay-interval", &[Command::Will]),
    ("subscription-identifier", &[Command::Subscribe]),
    (
        "user-property",
        &[
            Command::Connect,
            Command::Will,
            Command::Publish,
            Command::Subscribe,
            Command::Unsubscribe,
            Command::Disconnect,
        ],
    ),
];

impl Command {
    fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Will => "will",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Disconnect => "disconnect",
        }
    }

    /// By its name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "connect" => Self::Connect,
            "will" => Self::Will,
            "publish" => Self::Publish,
            "subscribe" => Self::Subscribe,
            "unsubscribe" => Self::Unsubscribe,
            "disconnect" => Self::Disconnect,
            _ => {
                return Err(format!(
                    "-D {name}: connect, will, publish, subscribe, unsubscribe or disconnect"
                ));
            }
        })
    }
}

/// The property of this name, with values that `next` gives: two of a user-property, else one.
/// Texts live as long as the program, as the command line does.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn parse(
    command: Command,
    name: &str,
    mut next: impl FnMut() -> Result<String, String>,
) -> Result<Property<'static>, String> {
    let (_, commands) = NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("-D {name}: no property of this name that a client can say"))?;
    if !commands.contains(&command) {
        let known: Vec<&str> = commands.iter().map(|command| command.name()).collect();
        return Err(format!("-D {} {name}: it stands in {}", command.name(), known.join(", ")));
    }
    let value = next()?;
    let wrong = |wanted: &str| format!("-D {name} {value:?}: {wanted}");
    let flag = || match value.as_str() {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(wrong("0 or 1")),
    };
    let number = || digits(&value).ok_or_else(|| wrong("a number from 0 to 4294967295"));
    let text = |value: &str| Text::new(leaked(value)).map_err(|error| wrong(&error.to_string()));
    Ok(match name {
        "content-type" => Property::ContentType(text(&value)?),
        "correlation-data" => Property::CorrelationData(leaked(&value).as_bytes()),
        "message-expiry-interval" => Property::MessageExpiryInterval(number()?),
        "payload-format-indicator" => Property::PayloadFormatIndicator(flag()?),
        "request-problem-information" => Property::RequestProblemInformation(flag()?),
        "request-response-information" => Property::RequestResponseInformation(flag()?),
        "response-topic" => {
            let topic =
                TopicName::new(leaked(&value)).map_err(|error| wrong(&error.to_string()))?;
            Property::ResponseTopic(topic)
        }
        "session-expiry-interval" => Property::SessionExpiryInterval(number()?),
        "receive-maximum" => {
            let most = u16::try_from(number()?).ok().and_then(NonZeroU16::new);
            Property::ReceiveMaximum(most.ok_or_else(|| wrong("a number from 1 to 65535"))?)
        }
        "maximum-packet-size" => {
            let most = NonZeroU32::new(number()?);
            Property::MaximumPacketSize(most.ok_or_else(|| wrong("a number from 1 on"))?)
        }
        "will-delay-interval" => Property::WillDelayInterval(number()?),
        "subscription-identifier" => {
            let id = mqtt_codec::SubscriptionId::new(number()?);
            Property::SubscriptionIdentifier(id.ok_or_else(|| wrong("1 to 268435455"))?)
        }
        _ => {
            let second = next()?;
            Property::UserProperty(text(&value)?, text(&second)?)
        }
    })
}

/// A number without sign.
pub(crate) fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.into())
}
