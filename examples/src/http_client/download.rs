//! What becomes of the responses for one URL, and what a resumed download has to check.

use std::io::ErrorKind;
use std::path::Path;

use http_lite::{ContentRange, EntityTag, Fields, ResponseHead, StatusCode};

use super::connection::Receiver;
use super::error::{Error, code};
use super::options::{Options, Resume};
use super::output::Output;
use super::request::Request;

/// What becomes of the responses for one URL.
pub(super) struct Download<'a> {
    options: &'a Options,
    output: &'a mut Output,
    /// Where it goes on, if it does.
    offset: Option<u64>,
    etag: Option<String>,
    pub(super) status: StatusCode,
    /// Where to ask next.
    pub(super) location: Option<Vec<u8>>,
    fate: Fate,
    /// The request waits for `100 Continue`.
    expects: bool,
    is_event_stream: bool,
    /// Bytes that must have been there at the end of a resumed download.
    rest: Option<u64>,
    written: u64,
}

/// What happens to the body of a response.
#[derive(Debug)]
enum Fate {
    Shown,
    /// So much of it has been seen.
    Dropped(u64),
}

/// A body that nobody wants is read up to here, to keep the connection.
const MAX_DROPPED: u64 = 1 << 20;

impl<'a> Download<'a> {
    pub(super) fn new(options: &'a Options, output: &'a mut Output) -> Result<Self, Error> {
        let offset = match options.resume {
            None => None,
            Some(Resume::BehindFile) => Some(output.len()?),
            Some(Resume::At(offset)) => {
                let len = output.len()?;
                if len > 0 && len < offset {
                    let text = format!("the file has {len} bytes, -C wants to go on at {offset}");
                    return Err(Error::new(code::RANGE, text));
                }
                Some(offset)
            }
        };
        let etag = match &options.etag_compare {
            Some(path) => read_etag(path)?,
            None => None,
        };
        Ok(Self {
            options,
            output,
            offset: offset.filter(|offset| *offset > 0),
            etag,
            status: StatusCode::OK,
            location: None,
            fate: Fate::Shown,
            expects: false,
            is_event_stream: false,
            rest: None,
            written: 0,
        })
    }

    /// RFC 9110 sections 13.1.2, 13.1.5 and 14.2.
    pub(super) fn ask_for_rest(&self, request: &mut Request) {
        let etag = self.etag.as_deref();
        let Some(offset) = self.offset else {
            if let Some(etag) = etag.filter(|_| self.options.resume.is_none()) {
                request.add("If-None-Match", etag);
            }
            return;
        };
        request.add("Range", format!("bytes={offset}-"));
        let is_strong =
            |etag: &&str| EntityTag::parse(etag.as_bytes()).is_some_and(|e| !e.is_weak());
        if let Some(etag) = etag.filter(is_strong) {
            request.add("If-Range", etag);
        }
    }

    /// A request goes out, perhaps with an expectation.
    pub(super) fn begin(&mut self, expects: bool) {
        (self.location, self.fate, self.written) = (None, Fate::Shown, 0);
        self.expects = expects;
    }

    /// The final response has ended.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let code = self.status.get();
        let is_refused = match self.offset {
            Some(_) => code >= 300 && code != 416,
            None => code >= 400 && self.options.fail,
        };
        if is_refused {
            let reason = self.status.reason().unwrap_or_default();
            return Err(Error::new(code::STATUS, format!("the server answers {code} {reason}")));
        }
        if let Some(missing) = self.rest.and_then(|rest| rest.checked_sub(self.written)) {
            if missing > 0 {
                let text = format!("the server has sent a part only, {missing} bytes are missing");
                return Err(Error::new(code::PARTIAL, text));
            }
        }
        match self.fate {
            // What the file has is still right.
            _ if self.status == StatusCode::NOT_MODIFIED => Ok(()),
            Fate::Shown => self.output.finish(),
            Fate::Dropped(_) => Ok(()),
        }
    }

    /// Judges the answer to a request that wants the rest of a file.
    fn resume(&mut self, offset: u64, head: &ResponseHead<'_>) -> Result<(), Error> {
        let range = head.fields.single("Content-Range");
        let range = range.and_then(|value| ContentRange::parse(value.as_bytes()));
        match head.status {
            StatusCode::PARTIAL_CONTENT => self.resume_with_part(offset, range, &head.fields)?,
            // Section 14.2: the server may ignore Range, and must if If-Range is not true any more.
            StatusCode::OK if self.output.is_stdout() => {
                return refuse("the server sends all, and standard output has its beginning");
            }
            StatusCode::OK => {
                self.options.log().note(format_args!("the server sends all of it"));
                self.output.open_at(0)?;
                self.output.show_progress(content_length(&head.fields), 0);
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                match range.and_then(ContentRange::complete_len) {
                    Some(total) if total != offset => {
                        return refuse(&format!("the server has {total} bytes, the file {offset}"));
                    }
                    _ => self.options.log().note(format_args!("the file is complete")),
                }
                self.fate = Fate::Dropped(0);
            }
            status if status.get() >= 300 => self.fate = Fate::Dropped(0),
            status => return refuse(&format!("{} does not resume anything", status.get())),
        }
        Ok(())
    }

    fn resume_with_part(
        &mut self,
        offset: u64,
        range: Option<ContentRange>,
        fields: &Fields<'_>,
    ) -> Result<(), Error> {
        let Some(span) = range.and_then(ContentRange::span) else {
            return refuse("the server does not say which part it sends");
        };
        if span.first() != offset {
            let first = span.first();
            return refuse(&format!("the server sends from byte {first}, not {offset}"));
        }
        if let (Some(old), Some(new)) = (&self.etag, fields.single("ETag")) {
            let (old, new) = (EntityTag::parse(old.as_bytes()), EntityTag::parse(new.as_bytes()));
            if !old.zip(new).is_some_and(|(old, new)| old.weakly_matches(new)) {
                return refuse("the server sends a part of something else");
            }
        }
        let total = range.and_then(ContentRange::complete_len);
        self.rest = Some(total.map_or(span.count(), |total| total - offset));
        self.output.open_at(offset)?;
        self.output.show_progress(total, offset);
        Ok(())
    }
}

fn refuse(text: &str) -> Result<(), Error> {
    Err(Error::new(code::RANGE, text))
}

fn content_length(fields: &Fields<'_>) -> Option<u64> {
    fields.single("Content-Length")?.to_number()
}

impl Receiver for Download<'_> {
    fn head(&mut self, bytes: &[u8], head: &ResponseHead<'_>) -> Result<(), Error> {
        if self.options.include || self.options.head {
            self.output.write(bytes)?;
        }
        if head.status.is_informational() {
            return Ok(());
        }
        self.status = head.status;
        let content_type = head.fields.single("Content-Type");
        let content_type = content_type.map(|value| value.as_bytes().to_ascii_lowercase());
        self.is_event_stream =
            content_type.is_some_and(|value| value.starts_with(b"text/event-stream"));
        let is_redirect = matches!(head.status.get(), 301 | 302 | 303 | 307 | 308);
        if is_redirect && self.options.follow {
            let location = head.fields.single("Location");
            self.location = location.map(|location| location.as_bytes().to_vec());
        }
        let is_refused = head.status.get() >= 400 && self.options.fail;
        let is_again = head.status == StatusCode::EXPECTATION_FAILED && self.expects;
        if self.location.is_some() || is_again {
            self.fate = Fate::Dropped(0);
        } else if let Some(offset) = self.offset {
            self.resume(offset, head)?;
        } else if is_refused {
            self.fate = Fate::Dropped(0);
        } else if !self.options.head {
            self.output.show_progress(content_length(&head.fields), 0);
        }
        if let (Some(path), true) = (&self.options.etag_save, head.status.is_successful()) {
            if let Some(etag) = head.fields.single("ETag") {
                let line = [etag.as_bytes(), b"\n"].concat();
                let done = std::fs::write(path, line);
                done.map_err(|error| Error::at(code::WRITE, path, &error))?;
            }
        }
        Ok(())
    }

    fn data(&mut self, data: &[u8]) -> Result<(), Error> {
        match &mut self.fate {
            Fate::Shown => {
                self.written += data.len() as u64;
                if self.rest.is_some_and(|rest| self.written > rest) {
                    let text = "the server sends more than the part that it names";
                    return Err(Error::new(code::RANGE, text));
                }
                self.output.write(data)
            }
            Fate::Dropped(seen) => {
                *seen += data.len() as u64;
                Ok(())
            }
        }
    }

    fn pause(&mut self) -> Result<(), Error> {
        self.output.flush()
    }

    fn has_enough(&self) -> bool {
        matches!(self.fate, Fate::Dropped(seen) if seen > MAX_DROPPED)
    }

    fn is_patient(&self) -> bool {
        self.options.patient || self.is_event_stream
    }
}

/// What `--etag-save` has stored; nothing if it has not.
fn read_etag(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let text = text.trim();
            Ok(EntityTag::parse(text.as_bytes()).map(|_| text.to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at(code::READ, path, &error)),
    }
}
