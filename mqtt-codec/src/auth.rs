//! AUTH.

use crate::codec::{Context, Lengths, Role, Version};
use crate::error::ErrorKind;
use crate::list::List;
use crate::place::Place;
use crate::properties::Properties;
use crate::reader::Reader;
use crate::reason_code::ReasonCode;
use crate::writer::Writer;

/// AUTH: a step of an authentication that needs more than a password. 5.0 only.
///
/// ```text
/// +--------+--------+ +-------------+------------+
/// | 15 | 0 | length | | reason code | properties |   both left out for SUCCESS without properties
/// +--------+--------+ +-------------+------------+
/// ```
///
/// MQTT 5.0 section 3.15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    /// SUCCESS from the server, RE_AUTHENTICATE from the client, CONTINUE_AUTHENTICATION from both.
    pub reason_code: ReasonCode,
    /// With the Authentication Method, unless the packet says SUCCESS and nothing else.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    /// An AUTH with these properties, among them the Authentication Method.
    pub const fn new(reason_code: ReasonCode, properties: Properties<'a>) -> Self {
        Self { reason_code, properties }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let place = place(context.sender);
        if r.is_empty() {
            let auth = Self { reason_code: ReasonCode::SUCCESS, properties: List::EMPTY };
            if let Err(e) = auth.reason_code.check(context.version, place) {
                r.fail(e);
            }
            return auth;
        }
        let reason_code = ReasonCode::read(r, place); // [MQTT-3.15.2-1]
        let properties = Properties::read(r, place, context.strictness);
        r.finish();
        Self { reason_code, properties }
    }

    const fn is_bare(&self) -> bool {
        self.reason_code.get() == 0 && self.properties.is_empty()
    }

    pub(crate) const fn measure(&self, context: Context) -> Result<Lengths, ErrorKind> {
        let place = place(context.sender);
        if let Err(e) = self.reason_code.check(context.version, place) {
            return Err(e);
        }
        if self.is_bare() {
            return Ok(Lengths::NONE);
        }
        Lengths::of(self.properties.measure(context.version, place))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        if !self.is_bare() {
            w.u8(self.reason_code.get());
            self.properties.write(w, version, lengths.properties as u32);
        }
    }
}

const fn place(sender: Role) -> Place {
    match sender {
        Role::Client => Place::AUTH_C,
        Role::Server => Place::AUTH_S,
        Role::Either => Place::AUTH,
    }
}
