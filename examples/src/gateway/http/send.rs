//! Puts replies into bytes.

use http_lite::connection::{SendError, Server};
use http_lite::{Field, FieldName, FieldValue, Fields, ResponseHead, StatusCode, Version};
use tokio::time::Instant;

use super::connection::{Connection, End};
use super::reply::{Content, Reply};
use super::request::date;

/// Who we are.
const SERVER: &str = concat!("sansio-gateway/", env!("CARGO_PKG_VERSION"));

impl Connection<'_> {
    /// Sends a response, or makes at least its bytes.
    pub(super) async fn send(&mut self, reply: Reply) -> Result<(), End> {
        match &reply.content {
            Content::Whole(_) => self.send_whole(&reply),
            Content::List(list) => {
                self.respond(&reply, self.chunked())?;
                if !self.is_head {
                    self.send_list(list).await?;
                }
                self.finish()
            }
            Content::WebSocket(subprotocol) => {
                self.respond(&reply, None)?;
                Err(End::Switched(*subprotocol))
            }
            Content::Events(events) => {
                let Some(feed) = self.feed(events) else {
                    return self.send_whole(&Reply::unavailable("too many follow something"));
                };
                self.respond(&reply, self.chunked())?;
                let mut end = Ok(());
                if !self.is_head {
                    end = self.send_events(&feed, events).await;
                }
                let dropped = feed.dropped();
                if dropped > 0 {
                    let peer = self.peer;
                    self.shared.log.line(format_args!("{peer}: lost {dropped} events"));
                }
                match end {
                    Ok(()) => self.finish(),
                    Err(End::Ending) => self.finish().and(Err(End::Ending)),
                    Err(end) => Err(end),
                }
            }
        }
    }

    /// Sends a response whose content is here.
    pub(super) fn send_whole(&mut self, reply: &Reply) -> Result<(), End> {
        let Content::Whole(content) = &reply.content else { return Ok(()) };
        let len = content.len() as u64;
        // RFC 9110 section 8.6
        let has_length = !matches!(reply.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        self.respond(reply, has_length.then(|| Field::content_length(len)))?;
        if len > 0 && has_length && !self.is_head {
            self.write(|server, out| server.data_prefix(len, out))?;
            self.wire.output.append_payload(content);
        }
        self.finish()
    }

    /// The framing of content that is made while it is sent.
    fn chunked(&self) -> Option<Field<'static>> {
        (self.version == Version::Http11).then_some(Field::CHUNKED)
    }

    /// The head. `framing` says how the content ends; without it, with the connection.
    pub(super) fn respond(&mut self, reply: &Reply, framing: Option<Field<'_>>) -> Result<(), End> {
        if self.wire.output.is_empty() {
            self.moved = Instant::now();
        }
        let (peer, status, asked) = (self.peer, reply.status, &self.asked);
        if !asked.is_empty() {
            self.shared.log.line(format_args!("{peer}: {asked} {status}"));
        }
        let date = date().to_bytes();
        let date = FieldName::new(b"Date").zip(FieldValue::new(&date));
        let date = date.map(|(name, value)| Field { name, value });
        let server = Field::new("Server", SERVER).ok();
        let said = reply.fields.iter().filter_map(|(name, value)| Field::new(name, value).ok());
        let fields: Vec<Field<'_>> =
            date.into_iter().chain(server).chain(said).chain(framing).collect();
        let head = ResponseHead::new(status, Fields::new(&fields));
        let now = self.now_ms();
        self.write(|server, out| server.respond(&head, now, out))
    }

    /// A part of content that is made while it is sent.
    pub(super) fn send_part(&mut self, part: &[u8]) -> Result<(), End> {
        if part.is_empty() {
            return Ok(());
        }
        if self.wire.output.is_empty() {
            self.moved = Instant::now();
        }
        let len = part.len() as u64;
        self.write(|server, out| server.data_prefix(len, out))?;
        self.wire.output.push(part);
        self.wire.output.push(self.server.data_suffix());
        Ok(())
    }

    /// Ends a response.
    fn finish(&mut self) -> Result<(), End> {
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
