//! What becomes of the responses for one URL, and what a resumed download has to check.

use http_lite::{ContentRange, Fields, ResponseHead, StatusCode};

use super::connection::Receiver;
use super::error::{Error, code};
use super::etag_file::{self, Stored};
use super::options::{Options, Resume};
use super::output::Output;
use super::request::Request;

/// What becomes of the responses for one URL.
pub(super) struct Download<'a> {
    options: &'a Options,
    output: &'a mut Output,
    /// How much there is of what is resumed.
    len: u64,
    /// Where it goes on, if it does.
    offset: Option<u64>,
    /// Of what there is.
    etag: Option<Stored>,
    /// Of what comes, and whether that is complete in the end.
    new_etag: Option<Stored>,
    pub(super) status: StatusCode,
    /// Where to ask next.
    pub(super) location: Option<Vec<u8>>,
    fate: Fate,
    /// Where its first byte goes.
    start: u64,
    /// What was there before is gone.
    has_begun: bool,
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
        let len = match options.resume {
            None => 0,
            // What has it now is somebody else's.
            Some(Resume::At(offset)) if output.is_stdout() => offset,
            Some(_) => output.len()?,
        };
        let offset = match options.resume {
            None => None,
            Some(Resume::BehindFile) => Some(len),
            Some(Resume::At(offset)) if offset > len => {
                let text = format!("the file has {len} bytes, -C wants to go on at {offset}");
                return Err(Error::new(code::RANGE, text));
            }
            Some(Resume::At(offset)) => Some(offset),
        };
        let etag = match &options.etag_compare {
            Some(path) => etag_file::read(path)?,
            None => None,
        };
        Ok(Self {
            options,
            output,
            len,
            offset: offset.filter(|offset| *offset > 0),
            etag,
            new_etag: None,
            status: StatusCode::OK,
            location: None,
            fate: Fate::Shown,
            start: 0,
            has_begun: false,
            expects: false,
            is_event_stream: false,
            rest: None,
            written: 0,
        })
    }

    /// RFC 9110 sections 13.1.2, 13.1.5 and 14.2.
    pub(super) fn ask_for_rest(&self, request: &mut Request) {
        let Some(offset) = self.offset else {
            let etag = self.etag.as_ref().filter(|etag| etag.is_complete);
            if let Some(etag) = etag.filter(|_| self.options.resume.is_none()) {
                request.if_none_match = Some(etag.tag.clone());
            }
            return;
        };
        request.add("Range", format!("bytes={offset}-"));
        if let Some(etag) = self.etag.as_ref().filter(|etag| etag.is_strong()) {
            request.add("If-Range", &etag.tag);
        }
    }

    /// A request goes out, perhaps with an expectation.
    pub(super) fn begin(&mut self, expects: bool) {
        (self.location, self.fate, self.written) = (None, Fate::Shown, 0);
        (self.new_etag, self.start, self.rest) = (None, 0, None);
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
            Fate::Shown => {
                self.begin_output()?;
                self.output.finish()?;
                self.save_etag(self.new_etag.as_ref())
            }
            Fate::Dropped(_) => Ok(()),
        }
    }

    /// Makes room for what comes. At no time the file of `--etag-save` says more than is true.
    fn begin_output(&mut self) -> Result<(), Error> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        self.save_etag(None)?;
        if self.options.include || self.options.head {
            return Ok(()); // the head is there
        }
        self.output.open_at(self.start)?;
        match &self.new_etag {
            // Only what `-C` would ask for can it go on with.
            Some(etag) if self.options.is_plain_get() => {
                self.save_etag(Some(&Stored { is_complete: false, ..etag.clone() }))
            }
            _ => Ok(()),
        }
    }

    fn save_etag(&self, etag: Option<&Stored>) -> Result<(), Error> {
        let path = self.options.etag_save.as_ref();
        path.map_or(Ok(()), |path| etag_file::write(path, etag))
    }

    /// Judges the answer to a request that wants the rest of a file.
    fn resume(&mut self, offset: u64, head: &ResponseHead<'_>) -> Result<(), Error> {
        let range = content_range(&head.fields);
        match head.status {
            StatusCode::PARTIAL_CONTENT => self.resume_with_part(offset, range, &head.fields)?,
            // Section 14.2: the server may ignore Range, and must if If-Range is not true any more.
            StatusCode::OK => {
                let is_same = self.etag.is_none() || self.has_same_etag(&head.fields);
                let is_all = offset == self.len && content_length(&head.fields) == Some(offset);
                if !is_same || !is_all {
                    return refuse("the server sends all, not the rest; without -C all is taken");
                }
                self.options.log().note(format_args!("the file is complete"));
                self.fate = Fate::Dropped(0);
            }
            // Section 15.5.17: `bytes */total`
            StatusCode::RANGE_NOT_SATISFIABLE => {
                let range = range.filter(|range| range.span().is_none());
                let Some(total) = range.and_then(ContentRange::complete_len) else {
                    return refuse("the server has no such part, and does not say how much it has");
                };
                if total != self.len {
                    let len = self.len;
                    return refuse(&format!("the server has {total} bytes, the file {len}"));
                }
                self.options.log().note(format_args!("the file is complete"));
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
        // Section 15.3.7.3: parts are combined only if they have the same strong validator.
        if self.etag.is_some() && !self.has_same_etag(fields) {
            return refuse("the server does not prove by a strong ETag that it is the same");
        }
        let total = range.and_then(ContentRange::complete_len);
        self.rest = Some(total.map_or(span.count(), |total| total - offset));
        self.start = offset;
        self.output.show_progress(total, offset);
        Ok(())
    }

    fn has_same_etag(&self, fields: &Fields<'_>) -> bool {
        let new = fields.single("ETag");
        self.etag.as_ref().zip(new).is_some_and(|(old, new)| old.is_strongly(new.as_bytes()))
    }

    /// What `--etag-save` can say of what comes. Of a part only if it is known what it is a part of.
    fn etag_to_save(&self, head: &ResponseHead<'_>) -> Option<Stored> {
        let tag = head.fields.single("ETag")?.as_bytes();
        if head.status == StatusCode::PARTIAL_CONTENT {
            self.offset.and(self.etag.as_ref())?;
            // With an unknown length more of it may be missing.
            let total = content_range(&head.fields).and_then(ContentRange::complete_len);
            return Stored::new(tag, total.is_some());
        }
        Stored::new(tag, true).filter(|_| head.status.is_successful())
    }
}

fn refuse(text: &str) -> Result<(), Error> {
    Err(Error::new(code::RANGE, text))
}

fn content_range(fields: &Fields<'_>) -> Option<ContentRange> {
    ContentRange::parse(fields.single("Content-Range")?.as_bytes())
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
        self.new_etag = self.etag_to_save(head);
        let is_shown = matches!(self.fate, Fate::Shown) && head.status != StatusCode::NOT_MODIFIED;
        if is_shown && (self.options.include || self.options.head) {
            self.begin_output()?;
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
                self.begin_output()?;
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
