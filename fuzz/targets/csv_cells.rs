//! Cells of CSV: a reader gets each text back, as it was or defused, and never one that a spreadsheet runs.
//!
//! Cells end at U+001F, records at U+001E.

use colloquy::http::csv::{record, text};

pub fn run(data: &[u8]) {
    let whole = String::from_utf8_lossy(data);
    let records: Vec<Vec<&str>> = whole.split('\u{1e}').map(|record| record.split('\u{1f}').collect()).collect();
    let mut out = Vec::new();
    for cells in &records {
        record(&mut out, cells.iter().map(|cell| Some(text(cell))));
    }
    let found = read(std::str::from_utf8(&out).expect("text"));
    assert_eq!(found.len(), records.len());
    for (found, cells) in found.iter().zip(&records) {
        assert_eq!(found.len(), cells.len());
        for (found, cell) in found.iter().zip(cells) {
            assert!(found == *cell || found.strip_prefix('\'') == Some(cell), "{cell:?} became {found:?}");
            assert!(!is_run(found), "{found:?}");
            assert_eq!(found != *cell, is_run(cell), "{cell:?} became {found:?}");
        }
    }
}

/// The records of a file as RFC 4180 has them, by hand: millions of readers would be slow.
fn read(file: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut characters = file.chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        let record = records.last_mut().expect("a record");
        let cell = record.last_mut().expect("a cell");
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(String::new()),
            '\r' if !is_quoted && characters.next_if_eq(&'\n').is_some() => records.push(vec![String::new()]),
            '"' | '\r' | '\n' if !is_quoted => panic!("{character:?} stands in a cell without quotes: {file:?}"),
            character => cell.push(character),
        }
    }
    assert!(!is_quoted && records.pop() == Some(vec![String::new()]), "the file does not end with a record: {file:?}");
    records
}

/// Whether a spreadsheet takes the cell for a formula, or drops blanks before it looks.
fn is_run(cell: &str) -> bool {
    let blank = |character: &char| character.is_whitespace() || character.is_control() || *character == '\u{feff}';
    let first = cell.chars().find(|character| !blank(character));
    matches!(cell.chars().next(), Some('\t' | '\r' | '\n'))
        || matches!(first, Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'))
}
