//! Where responses go: standard output or one file, and nowhere else.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Seek, SeekFrom, Write};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::error::{Error, code};
use super::options::SendTo;

/// The place for one URL's responses. A file is made when there is something to say.
pub(super) struct Output {
    path: Option<PathBuf>,
    open: Option<BufWriter<Box<dyn Write>>>,
    bar: ProgressBar,
}

impl Output {
    pub(super) fn new(to: &SendTo, url: &[u8]) -> Result<Self, Error> {
        let path = match to {
            SendTo::Stdout => None,
            SendTo::File(path) => Some(path.clone()),
            SendTo::Named => Some(PathBuf::from(file_name(url)?)),
        };
        Ok(Self { path, open: None, bar: ProgressBar::hidden() })
    }

    pub(super) fn is_stdout(&self) -> bool {
        self.path.is_none()
    }

    /// How much the file has; 0 if there is none.
    pub(super) fn len(&self) -> Result<u64, Error> {
        let Some(path) = &self.path else { return Ok(0) };
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Error::at(code::WRITE, path, &error)),
        }
    }

    /// What is written next stands at this byte; what the file has behind it is gone.
    pub(super) fn open_at(&mut self, offset: u64) -> Result<(), Error> {
        let Some(path) = &self.path else {
            self.open = Some(BufWriter::new(Box::new(io::stdout())));
            return Ok(());
        };
        let open = || -> io::Result<File> {
            // Not truncated: that is what `set_len` does.
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
            // A device or a pipe has no length.
            if file.metadata()?.is_file() {
                file.set_len(offset)?;
                file.seek(SeekFrom::Start(offset))?;
            }
            Ok(file)
        };
        let file = open().map_err(|error| Error::at(code::WRITE, path, &error))?;
        self.open = Some(BufWriter::new(Box::new(file)));
        Ok(())
    }

    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.open.is_none() {
            self.open_at(0)?;
        }
        self.bar.inc(data.len() as u64);
        let done = self.open.as_mut().map_or(Ok(()), |open| open.write_all(data));
        done.map_err(|error| self.explain(&error))
    }

    /// Lets go of what was written, so that it is seen.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let done = self.open.as_mut().map_or(Ok(()), Write::flush);
        done.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &io::Error) -> Error {
        match &self.path {
            _ if error.kind() == ErrorKind::BrokenPipe => Error::unread(),
            Some(path) => Error::at(code::WRITE, path, error),
            None => Error::new(code::WRITE, format!("standard output: {error}")),
        }
    }

    /// Makes the file of a response without content.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.bar.finish_and_clear();
        if self.open.is_none() { self.open_at(0) } else { self.flush() }
    }

    /// Shows the progress of a body of so many bytes, of which the file has `offset`: on a terminal,
    /// if that does not show the body itself and there is something to wait for.
    pub(super) fn show_progress(&mut self, total: Option<u64>, offset: u64) {
        let is_seen = io::stderr().is_terminal();
        let is_apart = self.path.is_some() || !io::stdout().is_terminal();
        if is_seen && is_apart && total.is_none_or(|total| total - offset.min(total) >= LONG) {
            self.bar = match total {
                Some(total) => ProgressBar::new(total).with_style(style(WITH_TOTAL)),
                None => ProgressBar::new_spinner().with_style(style(WITHOUT_TOTAL)),
            };
            self.bar.set_position(offset);
            self.bar.reset_eta();
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A body of at least so many bytes has a progress bar.
const LONG: u64 = 1 << 20;
const WITH_TOTAL: &str = "{percent:>3} % [{bar:30}] {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta}";
const WITHOUT_TOTAL: &str = "{spinner} {binary_bytes}, {binary_bytes_per_sec}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

/// What stands last in the path of a URL, as a name in this folder.
fn file_name(url: &[u8]) -> Result<String, Error> {
    let path = url.split(|byte| *byte == b'?').next().unwrap_or_default();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    // A URL is ASCII, and `%2F` stays as it is. A backslash or a colon would be a path elsewhere.
    let name = String::from_utf8_lossy(name).into_owned();
    if ["", ".", ".."].contains(&name.as_str()) || name.contains(['/', '\\', ':', '\0']) {
        return Err(Error::new(code::WRITE, "the URL names no file for -O"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_url_is_one_in_this_folder() {
        for (url, name) in [
            ("http://a/b.txt", Some("b.txt")),
            ("http://a/b/c.tar.gz?x=/y", Some("c.tar.gz")),
            ("http://a/..%2Fetc", Some("..%2Fetc")),
            ("http://a/", None),
            ("http://a/it's", Some("it's")),
            ("http://a/b/", None),
            ("http://a/c:d", None),
            ("http://a/.", None),
            ("http://a/..", None),
        ] {
            assert_eq!(file_name(url.as_bytes()).ok().as_deref(), name, "{url}");
        }
    }

    #[test]
    fn templates_of_the_bar_are_right() {
        for template in [WITH_TOTAL, WITHOUT_TOTAL] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
