//! Lines of NDJSON, in bodies of POST /events and in files to import: both find those that a plain split finds.
//!
//! The first byte says how the rest is read: the low half in parts of how many bytes, the high half in which form. A line that is
//! too long costs a thousand times what the others do, so only a byte or none stands around it.

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use colloquy::events::ingest::{MAX_EVENTS, check};
use colloquy::events::validate::Origin;
use colloquy::import::{Line, Lines, MAX_LINE_BYTES};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::value::RawValue;

use super::event_decoding::now;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub fn run(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let part_bytes = usize::from(first % 16) + 1;
    match first {
        0xfc.. if text.len() < 2 => with_a_long_line(text, part_bytes),
        0xc0.. => as_file(text, &packed(text, part_bytes), part_bytes),
        0x80.. => as_file(text, text, part_bytes),
        _ => as_body(text),
    }
}

/// Numbers, from 1, and texts of the lines that are not blank.
fn lines(text: &[u8]) -> Vec<(u64, &[u8])> {
    let blanks: &[u8] = b" \t\r\x0c";
    let numbered = (1..).zip(text.split(|byte| *byte == b'\n'));
    numbered.filter(|(_, line)| !line.iter().all(|byte| blanks.contains(byte))).collect()
}

fn as_body(text: &[u8]) {
    let lines = lines(text);
    let texts: Option<Vec<&str>> =
        lines.iter().map(|(_, line)| Some(serde_json::from_slice::<&RawValue>(line).ok()?.get())).collect();
    match (check(&text.to_vec().into(), true, Origin::AnyStore, now()), texts) {
        (Ok(checked), Some(texts)) => assert!(checked.texts.iter().eq(&texts)),
        (Err(problem), None) => assert_eq!(problem.code(), "invalid_json"),
        (Err(problem), Some(texts)) if texts.is_empty() => assert_eq!(problem.code(), "no_events"),
        (Err(problem), Some(texts)) => assert!(texts.len() > MAX_EVENTS && problem.code() == "too_many_events"),
        (Ok(_), None) => panic!("a line that is no JSON was taken"),
    }
}

/// What is stored reads as the text.
fn as_file(text: &[u8], stored: &[u8], part_bytes: usize) {
    let found = read(stored, part_bytes);
    if stored == text && text.starts_with(&GZIP_MAGIC) {
        // It says that it is packed, and mostly is not.
        return;
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let found = found.expect("what was written can be read");
    assert!(
        found
            .iter()
            .map(|(number, line)| (*number, line.as_deref()))
            .eq(lines(text).into_iter().map(|(n, l)| (n, Some(l))))
    );
}

/// Its lines around one that is longer than a line may be.
fn with_a_long_line(text: &[u8], part_bytes: usize) {
    if text.starts_with(&GZIP_MAGIC) || text.starts_with(BYTE_ORDER_MARK) {
        return;
    }
    let whole = [text, b"\n", &vec![b'x'; MAX_LINE_BYTES + part_bytes], b"\n", text].concat();
    let found = read(&whole, MAX_LINE_BYTES / part_bytes).expect("a text can be read");
    let expected: Vec<_> = lines(&whole)
        .into_iter()
        .map(|(number, line)| (number, (line.len() <= MAX_LINE_BYTES).then_some(line)))
        .collect();
    assert!(found.iter().map(|(number, line)| (*number, line.as_deref())).eq(expected));
    assert_eq!(found.iter().filter(|(_, line)| line.is_none()).count(), 1);
}

/// The lines as an import reads them, none where one is too long.
fn read(stored: &[u8], part_bytes: usize) -> Option<Vec<(u64, Option<Vec<u8>>)>> {
    let mut lines = Lines::of(Path::new("fuzz"), InParts { stored: Cursor::new(stored), part_bytes }).ok()?;
    let mut found = Vec::new();
    while let Some((number, line)) = lines.next_line().ok()? {
        let text = if let Line::Text(text) = line { Some(text.to_vec()) } else { None };
        found.push((number, text));
    }
    Some(found)
}

/// gzip in two members, as files that were put together are.
fn packed(text: &[u8], at: usize) -> Vec<u8> {
    let (first, second) = text.split_at(at.min(text.len()));
    let member = |text: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(text).expect("it is written to memory");
        encoder.finish().expect("it is written to memory")
    };
    [member(first), member(second)].concat()
}

/// A source that gives little at a time.
struct InParts<'a> {
    stored: Cursor<&'a [u8]>,
    part_bytes: usize,
}

impl Read for InParts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.part_bytes);
        self.stored.read(&mut buffer[..most])
    }
}
