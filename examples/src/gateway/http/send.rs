//! Puts replies into bytes.

use std::time::{SystemTime, UNIX_EPOCH};

use http_lite::connection::{SendError, Server};
use http_lite::{Field, FieldName, FieldValue, Fields, HttpDate, ResponseHead, StatusCode};

use super::connection::{Connection, End};
use super::reply::Reply;

/// Who we are.
const SERVER: &str = concat!("sansio-gateway/", env!("CARGO_PKG_VERSION"));

impl Connection<'_> {
    /// Sends a response, or at least makes its bytes.
    pub(super) async fn send(&mut self, reply: Reply) -> Result<(), End> {
        let status = reply.status;
        // RFC 9110 section 8.6
        let has_length = !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let len = reply.content.len() as u64;
        self.respond(&reply, has_length.then(|| Field::content_length(len)))?;
        if len > 0 && has_length && !self.is_head {
            self.write(|server, out| server.data_prefix(len, out))?;
            self.wire.output.append_payload(&reply.content);
        }
        self.finish()
    }

    /// The head. `framing` says how the content ends, if anything does.
    pub(super) fn respond(&mut self, reply: &Reply, framing: Option<Field<'_>>) -> Result<(), End> {
        let date = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let date = HttpDate::new(date.as_secs()).unwrap_or(HttpDate::MAX).to_bytes();
        let date = FieldName::new(b"Date").zip(FieldValue::new(&date));
        let own = date.map(|(name, value)| Field { name, value });
        let server = Field::new("Server", SERVER).ok();
        let said = reply.fields.iter().filter_map(|(name, value)| Field::new(name, value).ok());
        let fields: Vec<Field<'_>> =
            own.into_iter().chain(server).chain(said).chain(framing).collect();
        let head = ResponseHead::new(reply.status, Fields::new(&fields));
        let now = self.now_ms();
        self.write(|server, out| server.respond(&head, now, out))
    }

    /// Ends a response.
    pub(super) fn finish(&mut self) -> Result<(), End> {
        let now = self.now_ms();
        self.write(|server, out| server.finish(&Fields::EMPTY, now, out))
    }

    /// Appends what the server writes into the buffer it gets.
    pub(super) fn write(
        &mut self,
        mut encode: impl FnMut(&mut Server, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), End> {
        loop {
            match encode(&mut self.server, &mut self.scratch) {
                Ok(len) => {
                    self.wire.output.push(self.scratch.get(..len).unwrap_or_default());
                    return Ok(());
                }
                Err(SendError::BufferTooSmall { needed }) => self.scratch.resize(needed, 0),
                Err(error) => return Err(End::Broken(error)),
            }
        }
    }
}
