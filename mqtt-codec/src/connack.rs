//! CONNACK.

use crate::codec::{Context, Lengths, Version};
use crate::error::ErrorKind;
use crate::list::List;
use crate::place::Place;
use crate::properties::Properties;
use crate::reader::Reader;
use crate::reason_code::ReasonCode;
use crate::writer::Writer;

/// CONNACK: the server's answer to CONNECT.
///
/// ```text
/// +-------+--------+ +----------------------+-------------+------------+
/// | 2 | 0 | length | | 0, Session Present   | reason code | properties |
/// +-------+--------+ +----------------------+-------------+------------+
///                                             3.1.1: return code, no properties
/// ```
///
/// MQTT 3.1.1 section 3.2, MQTT 5.0 section 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connack<'a> {
    /// True if the server goes on with a session that it had kept.
    pub session_present: bool,
    /// Success or why not. 3.1.1 can say only what
    /// [`to_connect_return_code`](ReasonCode::to_connect_return_code) has a number for.
    pub reason_code: ReasonCode,
    /// 5.0 only: what the server allows.
    pub properties: Properties<'a>,
}

impl<'a> Connack<'a> {
    /// An answer without properties.
    pub const fn new(session_present: bool, reason_code: ReasonCode) -> Self {
        Self { session_present, reason_code, properties: List::EMPTY }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let flags = r.u8();
        if flags > 1 {
            r.fail(ErrorKind::ConnackReservedFlags); // [MQTT-3.2.2-1]
        }
        let session_present = flags == 1;
        let reason_code = match context.version {
            Version::V3 => match ReasonCode::from_connect_return_code(r.u8()) {
                Some(reason_code) => reason_code,
                None => ReasonCode::wrong(r),
            },
            Version::V5 => ReasonCode::read(r, Place::CONNACK), // [MQTT-3.2.2-8]
        };
        if session_present && reason_code != ReasonCode::SUCCESS {
            r.fail(ErrorKind::SessionPresentOnError); // [MQTT-3.2.2-6]
        }
        let properties = match context.version {
            Version::V3 => List::EMPTY,
            Version::V5 => Properties::read(r, Place::CONNACK, context.strictness),
        };
        r.finish();
        Self { session_present, reason_code, properties }
    }

    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        match (version, self.reason_code.to_connect_return_code()) {
            (Version::V3, Some(_)) => {}
            (Version::V3, None) => return Err(ErrorKind::NotInVersion), // 3.1.1 [MQTT-3.2.2-6]
            (Version::V5, _) => {
                if let Err(e) = self.reason_code.check(version, Place::CONNACK) {
                    return Err(e);
                }
            }
        }
        if self.session_present && self.reason_code.get() != 0 {
            return Err(ErrorKind::SessionPresentOnError);
        }
        Lengths::of(self.properties.measure(version, Place::CONNACK))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        w.u8(self.session_present as u8);
        w.u8(match (version, self.reason_code.to_connect_return_code()) {
            (Version::V3, Some(return_code)) => return_code,
            _ => self.reason_code.get(),
        });
        self.properties.write(w, version, lengths.properties as u32);
    }
}
