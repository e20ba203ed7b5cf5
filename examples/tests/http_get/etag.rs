//! `--etag-save` and `--etag-compare`.

use std::path::{Path, PathBuf};

use crate::server::{Head, Server, ask, errors, folder, response, send, shown};

/// A file, and what is stored about it.
struct Kept {
    file: PathBuf,
    etag: PathBuf,
}

impl Kept {
    fn new(name: &str) -> Self {
        let folder = folder(name);
        Self { file: folder.join("file"), etag: folder.join("etag") }
    }

    fn with(self, file: &str, etag: &str) -> Self {
        std::fs::write(&self.file, file).unwrap();
        std::fs::write(&self.etag, etag).unwrap();
        self
    }

    /// Both options and `-o`, with this answer: the exit code, and what the server has heard.
    fn ask(&self, args: &[&str], answer: impl AsRef<[u8]>) -> (i32, String) {
        let [file, etag] = [&self.file, &self.etag].map(|path| path.to_str().unwrap());
        let server = Server::answer(answer);
        let own = ["--etag-save", etag, "--etag-compare", etag, "-o", file, &server.url("/")];
        let output = ask(&[args, &own].concat());
        (output.status.code().unwrap(), server.heard_once())
    }

    fn is(&self) -> (String, String) {
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        (read(&self.file), read(&self.etag))
    }

    fn assert(&self, file: &str, etag: &str) {
        assert_eq!(self.is(), (file.into(), etag.into()));
    }
}

/// A part of what is named by `v1`, from byte 4.
fn part(etag: &str) -> String {
    response(&format!("206 x\r\nContent-Range: bytes 4-9/10{etag}"), "456789")
}

const CUT: &str = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n0123";
const NOT_MODIFIED: &str = "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n";

#[test]
fn asks_whether_there_is_something_new() {
    let kept = Kept::new("etag");
    let (code, heard) = kept.ask(&[], response("200 OK\r\nETag: \"v1\"", "one"));
    assert_eq!(code, 0);
    assert!(!heard.contains("If-None-Match"), "{heard}");
    kept.assert("one", "\"v1\"\n");
    let (code, heard) = kept.ask(&[], NOT_MODIFIED);
    assert_eq!(code, 0);
    assert!(heard.contains("\r\nIf-None-Match: \"v1\"\r\n"), "{heard}");
    kept.assert("one", "\"v1\"\n");
    let (code, _) = kept.ask(&[], response("200 OK\r\nETag: W/\"v2\"", "two"));
    assert_eq!(code, 0);
    kept.assert("two", "W/\"v2\"\n");
    // To standard output too.
    let etag = kept.etag.to_str().unwrap();
    let server = Server::answer(response("200 OK\r\nETag: \"v3\"", "three"));
    assert_eq!(shown(ask(&["--etag-save", etag, &server.url("/")])), "three");
    assert_eq!(kept.is().1, "\"v3\"\n");
}

#[test]
fn a_tag_is_of_what_redirects_lead_to() {
    let file = folder("etag-redirect").join("etag");
    std::fs::write(&file, "\"v1\"\n").unwrap();
    let server = Server::start(|port| {
        let to = |url: String| send(response(&format!("302 x\r\nLocation: {url}"), ""));
        let first = vec![Head, to("/b".into()), Head, to(format!("http://localhost:{port}/c"))];
        vec![first, vec![Head, send(NOT_MODIFIED)]]
    });
    let args = ["-L", "--etag-compare", file.to_str().unwrap(), &server.url("/a")];
    assert_eq!(shown(ask(&args)), "");
    let heard = server.heard().concat();
    assert_eq!(heard.matches("\r\nIf-None-Match: \"v1\"\r\n").count(), 3, "{heard}");
}

#[test]
fn a_cut_body_is_never_called_complete() {
    for before in ["", "\"v0\"\n"] {
        let kept = Kept::new("etag-cut").with("before", before);
        assert_eq!(kept.ask(&[], CUT).0, 18);
        kept.assert("0123", "incomplete \"v1\"\n");
        // Without -C all is asked for.
        let (code, heard) = kept.ask(&[], CUT);
        assert_eq!(code, 18);
        assert!(!heard.contains("If-"), "{heard}");
        let same = part("\r\nETag: \"v1\"");
        // With it, the rest: again cut, and then not.
        let (code, heard) = kept.ask(&["-C", "-"], &same[..same.len() - 4]);
        assert_eq!(code, 18);
        assert!(heard.contains("\r\nRange: bytes=4-\r\nIf-Range: \"v1\"\r\n"), "{heard}");
        kept.assert("012345", "incomplete \"v1\"\n");
        let rest = response("206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 6-9/10", "6789");
        assert_eq!(kept.ask(&["-C", "-"], rest).0, 0);
        kept.assert("0123456789", "\"v1\"\n");
    }
    // A head alone does not touch what is there.
    let kept = Kept::new("etag-cut").with("before", "\"v0\"\n");
    assert_eq!(kept.ask(&[], &CUT[..CUT.len() - 4]).0, 18);
    kept.assert("before", "\"v0\"\n");
}

#[test]
fn nothing_is_stored_that_is_not_true_of_the_file() {
    for (name, args, answer, file) in [
        ("no tag", &[][..], response("200 OK", "new"), "new"),
        ("malformed", &[], response("200 OK\r\nETag: v1", "new"), "new"),
        ("shown error", &[], response("404 x\r\nETag: \"v1\"", "none"), "none"),
        ("a part", &["-r", "0-1"], part("\r\nETag: \"v1\""), "456789"),
        ("a cut head and body", &["-i"], CUT.into(), CUT),
        ("a cut POST", &["-d", "x"], CUT.into(), "0123"),
    ] {
        let kept = Kept::new("etag-none").with("before", "\"v0\"\n");
        kept.ask(args, answer);
        assert_eq!(kept.is(), (file.to_owned(), String::new()), "{name}");
    }
    // Nor where nobody knows what the beginning is of.
    let kept = Kept::new("etag-none").with("0123", "");
    assert_eq!(kept.ask(&["-C", "-"], part("\r\nETag: \"v1\"")).0, 0);
    kept.assert("0123456789", "");
    // Nor where more may be missing.
    let kept = Kept::new("etag-none").with("0123", "\"v1\"");
    let unknown = part("\r\nETag: \"v1\"").replace("/10", "/*");
    assert_eq!(kept.ask(&["-C", "-"], unknown).0, 0);
    kept.assert("0123456789", "incomplete \"v1\"\n");
    // What does not touch the file leaves its tag.
    let kept = Kept::new("etag-none").with("before", "\"v0\"\n");
    let missing = response("404 x\r\nETag: \"v1\"", "none");
    assert_eq!(kept.ask(&["-f"], missing).0, 22);
    kept.assert("before", "\"v0\"\n");
}

#[test]
fn only_a_strong_tag_combines_parts() {
    for (stored, sent, code) in [
        ("\"v1\"", "\r\nETag: \"v1\"", 0),
        ("incomplete \"v1\"", "\r\nETag: \"v1\"", 0),
        ("\"v1\"", "", 33),
        ("\"v1\"", "\r\nETag: \"v2\"", 33),
        ("\"v1\"", "\r\nETag: W/\"v1\"", 33),
        ("\"v1\"", "\r\nETag: v1", 33),
        ("\"v1\"", "\r\nETag: \"v1\"\r\nETag: \"v1\"", 33),
        ("W/\"v1\"", "", 33),
        ("W/\"v1\"", "\r\nETag: W/\"v1\"", 33),
        ("W/\"v1\"", "\r\nETag: \"v1\"", 33),
    ] {
        let kept = Kept::new("etag-strong").with("0123", stored);
        let (is, heard) = kept.ask(&["-C", "-"], part(sent));
        assert_eq!(is, code, "{stored} {sent}");
        assert!(heard.contains("\r\nRange: bytes=4-\r\n"), "{heard}");
        assert_eq!(heard.contains("\r\nIf-Range: \"v1\"\r\n"), !stored.starts_with('W'));
        match code {
            0 => kept.assert("0123456789", "\"v1\"\n"),
            _ => kept.assert("0123", stored),
        }
    }
}

#[test]
fn all_of_something_else_leaves_the_file_as_it_is() {
    for sent in ["\r\nETag: \"v2\"", "\r\nETag: W/\"v1\"", ""] {
        let kept = Kept::new("etag-other").with("0123", "\"v1\"");
        // Though it is as long.
        let (code, _) = kept.ask(&["-C", "-"], response(&format!("200 OK{sent}"), "abcd"));
        assert_eq!(code, 33, "{sent}");
        kept.assert("0123", "\"v1\"");
    }
    let kept = Kept::new("etag-other").with("0123", "\"v1\"");
    let (code, _) = kept.ask(&["-C", "-"], response("200 OK\r\nETag: \"v1\"", "0123"));
    assert_eq!(code, 0);
    kept.assert("0123", "\"v1\"");
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_body_is_taken() {
    let kept = Kept::new("etag-denied").with("before", "");
    let server = Server::answer(response("200 OK\r\nETag: \"v1\"", "new"));
    let [file, etag] = [&kept.file, &kept.etag].map(|path| path.to_str().unwrap());
    let args = ["--etag-save", &format!("{etag}/no"), "-o", file, &server.url("/")];
    let output = ask(&args);
    assert_eq!(output.status.code(), Some(23), "{}", errors(&output));
    kept.assert("before", "");
}
