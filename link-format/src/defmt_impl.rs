//! `defmt::Format` for the public types: texts as they are written, errors by the name of their
//! kind.

use defmt::{Format, Formatter, write};

use crate::{
    Attribute, Attributes, BuildError, DecodeError, EncodeError, ErrorKind, Event, ExtValue, Link,
    Links, Lookup, NotANumber, ParameterError, ParameterErrorKind, Part, Place, Registration,
    ResolveError, Size, Uri, UriReference, Value,
};

impl Format for UriReference<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl Format for Uri<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl Format for Value<'_> {
    fn format(&self, f: Formatter<'_>) {
        for piece in self.pieces() {
            write!(f, "{=str}", piece);
        }
    }
}

impl Format for ExtValue<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}'{=str}'{=str}", self.charset(), self.language(), self.encoded());
    }
}

impl Format for Attribute<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.name());
        if let Some(value) = self.value() {
            write!(f, "=\"{}\"", value);
        }
    }
}

impl Format for Attributes<'_> {
    fn format(&self, f: Formatter<'_>) {
        for attribute in self.iter() {
            write!(f, ";{}", attribute);
        }
    }
}

impl Format for Link<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "<{}>{}", self.target(), self.attributes());
    }
}

impl Format for Links<'_> {
    fn format(&self, f: Formatter<'_>) {
        for (index, link) in self.iter().enumerate() {
            write!(f, "{=str}{}", if index == 0 { "" } else { "," }, link);
        }
    }
}

impl Format for Event<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Link(target) => write!(f, "Link({})", target),
            Self::Attribute(attribute) => write!(f, "Attribute({})", attribute),
        }
    }
}

impl Format for Size {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Bytes(bytes) => write!(f, "{=u64}", bytes),
            Self::Big => write!(f, "Big"),
        }
    }
}

impl Format for NotANumber {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "NotANumber");
    }
}

impl Format for Part {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=usize} bytes from {=usize} of {=usize}", self.len, self.from, self.total);
    }
}

impl Format for Registration<'_> {
    fn format(&self, f: Formatter<'_>) {
        let lt = self.lt.map(|lt| lt.get());
        write!(f, "ep {}, d {}, lt {}, base {}", self.ep, self.d, lt, self.base);
    }
}

impl Format for Lookup {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "page {}, count {}", self.page, self.count);
    }
}

impl Format for DecodeError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at byte {=u32}", self.kind, self.offset);
    }
}

impl Format for BuildError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at byte {=u32} of {}", self.kind, self.offset, self.place);
    }
}

impl Format for Place {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Target => write!(f, "the target"),
            Self::Attribute { index } => write!(f, "attribute {=usize}", index),
            Self::Name => write!(f, "the name"),
            Self::Value => write!(f, "the value"),
        }
    }
}

impl Format for ParameterError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at byte {=u32} of query {=u32}", self.kind, self.offset, self.index);
    }
}

impl Format for EncodeError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "BufferTooSmall: {=usize} needed", needed),
            Self::Repeated => write!(f, "Repeated"),
        }
    }
}

impl Format for ResolveError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "BufferTooSmall: {=usize} needed", needed),
            Self::Anchor(error) => write!(f, "Anchor: {}", error),
            Self::NoAuthority => write!(f, "NoAuthority"),
        }
    }
}

impl Format for ErrorKind {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::NotUtf8 => write!(f, "NotUtf8"),
            Self::LinkStart => write!(f, "LinkStart"),
            Self::TargetUnterminated => write!(f, "TargetUnterminated"),
            Self::UriScheme => write!(f, "UriScheme"),
            Self::UriAuthority => write!(f, "UriAuthority"),
            Self::UriCharacter => write!(f, "UriCharacter"),
            Self::PercentEncoding => write!(f, "PercentEncoding"),
            Self::UriRelative => write!(f, "UriRelative"),
            Self::Separator => write!(f, "Separator"),
            Self::AttributeName => write!(f, "AttributeName"),
            Self::HrefAttribute => write!(f, "HrefAttribute"),
            Self::ValueMissing => write!(f, "ValueMissing"),
            Self::QuoteUnterminated => write!(f, "QuoteUnterminated"),
            Self::QuotedCharacter => write!(f, "QuotedCharacter"),
            Self::QuotedPair => write!(f, "QuotedPair"),
            Self::ExtValue => write!(f, "ExtValue"),
            Self::Repeated => write!(f, "Repeated"),
            Self::QueryWithoutValue => write!(f, "QueryWithoutValue"),
            Self::RelationTypes => write!(f, "RelationTypes"),
            Self::Size => write!(f, "Size"),
            Self::ContentFormat => write!(f, "ContentFormat"),
            Self::ObsValue => write!(f, "ObsValue"),
        }
    }
}

impl Format for ParameterErrorKind {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::NotUtf8 => write!(f, "NotUtf8"),
            Self::ValueMissing => write!(f, "ValueMissing"),
            Self::NameTooLong => write!(f, "NameTooLong"),
            Self::ControlCharacter => write!(f, "ControlCharacter"),
            Self::Lifetime => write!(f, "Lifetime"),
            Self::Base => write!(f, "Base"),
            Self::Repeated => write!(f, "Repeated"),
            Self::Attribute => write!(f, "Attribute"),
            Self::Query => write!(f, "Query"),
            Self::Number => write!(f, "Number"),
            Self::PageWithoutCount => write!(f, "PageWithoutCount"),
        }
    }
}
