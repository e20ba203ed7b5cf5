//! DISCONNECT.

use crate::codec::{Context, Lengths, Role, Version};
use crate::error::ErrorKind;
use crate::list::List;
use crate::place::Place;
use crate::properties::Properties;
use crate::reader::Reader;
use crate::reason_code::ReasonCode;
use crate::writer::Writer;

/// DISCONNECT: the last packet, from the client; in 5.0 also from the server.
///
/// ```text
/// +--------+--------+ +-------------+------------+
/// | 14 | 0 | length | | reason code | properties |   5.0 only: left out are the properties if there
/// +--------+--------+ +-------------+------------+   are none, and then the code if it is 0
/// ```
///
/// MQTT 3.1.1 section 3.14, MQTT 5.0 section 3.14.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why. 3.1.1 can say [`ReasonCode::NORMAL_DISCONNECTION`] only.
    pub reason_code: ReasonCode,
    /// 5.0 only.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    /// A DISCONNECT without properties.
    pub const fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, properties: List::EMPTY }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let mut disconnect = Self::new(ReasonCode::NORMAL_DISCONNECTION);
        if context.version == Version::V5 && !r.is_empty() {
            let place = place(context.sender);
            disconnect.reason_code = ReasonCode::read(r, place); // [MQTT-3.14.2-1]
            let place = place.and(disconnect.reason_code.places());
            if !r.is_empty() {
                disconnect.properties = Properties::read(r, place, context.strictness);
            }
        }
        r.finish();
        disconnect
    }

    pub(crate) const fn measure(&self, context: Context) -> Result<Lengths, ErrorKind> {
        let place = place(context.sender);
        if let (Version::V3, 1..) = (context.version, self.reason_code.get()) {
            return Err(ErrorKind::NotInVersion);
        }
        if let Err(e) = self.reason_code.check(context.version, place) {
            return Err(e);
        }
        let place = place.and(self.reason_code.places());
        Lengths::of(self.properties.measure(context.version, place))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        self.reason_code.write_with(&self.properties, w, version, lengths.properties as u32);
    }
}

/// Where the sender is not known, the reason code may tell.
const fn place(sender: Role) -> Place {
    match sender {
        Role::Client => Place::DISCONNECT_C,
        Role::Server => Place::DISCONNECT_S,
        Role::Either => Place::DISCONNECT,
    }
}
