//! Fields as lines: offset, bytes, name, value.

use std::fmt::Write;

use super::walk::Field;

/// Bytes on a line.
const BYTES: usize = 8;
/// Columns of a name, of a value, and how much of a value is shown.
const NAME: usize = 26;
const VALUE: usize = 38;
const LONGEST_VALUE: usize = 400;

/// The fields of `frame`, each byte once. The field where `fault` lies is marked with `>`.
pub(super) fn print(frame: &[u8], fields: &[Field], fault: Option<usize>, out: &mut String) {
    let mut marked = false;
    let _ = writeln!(out, "  offset  {:<24}{:<NAME$} value", "bytes", "field");
    for field in fields {
        let is_fault = fault.is_some_and(|at| (field.start..field.start + field.len).contains(&at));
        marked |= is_fault;
        print_field(frame, field, is_fault, out);
    }
    if let (Some(at), false) = (fault, marked) {
        line(true, Some(at), "", "(the end)", "", out);
    }
}

fn print_field(frame: &[u8], field: &Field, is_fault: bool, out: &mut String) {
    let bytes = frame.get(field.start..field.start + field.len).unwrap_or_default();
    let mut rows = bytes.chunks(BYTES);
    let mut values = wrap(&field.value).into_iter();
    let mut name = format!("{:indent$}{}", "", field.name, indent = field.depth * 2);
    let mut offset = field.start;
    loop {
        let (row, value) = (rows.next(), values.next());
        if row.is_none() && value.is_none() {
            break;
        }
        let hex: Vec<_> = row.unwrap_or_default().iter().map(|b| format!("{b:02X}")).collect();
        let at = row.map(|_| offset);
        line(is_fault, at, &hex.join(" "), &name, value.as_deref().unwrap_or_default(), out);
        offset += BYTES;
        name.clear();
    }
}

fn line(mark: bool, at: Option<usize>, hex: &str, name: &str, value: &str, out: &mut String) {
    let mark = if mark { '>' } else { ' ' };
    let at = at.map_or(String::new(), |at| at.to_string());
    let text = format!("{mark} {at:>6}  {hex:<24}{name:<NAME$} {value}");
    let _ = writeln!(out, "{}", text.trim_end());
}

/// A value in pieces of a line each, cut where it is longer than anyone reads.
fn wrap(value: &str) -> Vec<String> {
    let chars: Vec<char> = value.chars().collect();
    let shown = chars.get(..LONGEST_VALUE).unwrap_or(&chars);
    let mut lines: Vec<String> = Vec::new();
    let mut rest = shown;
    while !rest.is_empty() {
        let mut len = rest.len().min(VALUE);
        if len < rest.len() {
            // Between words, if there is a place in the second half of the line.
            let space = rest.iter().take(len + 1).rposition(|c| *c == ' ');
            len = space.filter(|at| *at > VALUE / 2).map_or(len, |at| at + 1);
        }
        let (line, behind) = rest.split_at(len.min(rest.len()));
        lines.push(line.iter().collect());
        rest = behind;
    }
    if shown.len() < chars.len() {
        lines.push(format!(".. {} characters more", chars.len() - shown.len()));
    }
    lines
}
