//! Cells of CSV: a reader gets each text back, as it was or defused, and never one that a spreadsheet runs.
//!
//! Cells end at U+001F, records at U+001E.

use colloquy::http::csv::{record, text};

pub fn run(data: &[u8]) {
    let whole = String::from_utf8_lossy(data);
    let records: Vec<Vec<&str>> = whole.split('\u{1e}').map(|record| record.split('\u{1f}').collect()).collect();
    let mut out = Vec::new();
    // As in every answer; readers drop U+FEFF where a file begins.
    record(&mut out, [Some("a".to_owned()), Some("b".to_owned())].into_iter());
    for cells in &records {
        // A record of one empty cell is an empty line, which readers skip.
        record(&mut out, cells.iter().map(|cell| Some(text(cell))).chain([None]));
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(out.as_slice());
    let found: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    assert_eq!(found.len(), records.len());
    for (found, cells) in found.iter().zip(&records) {
        assert_eq!(found.len(), cells.len() + 1);
        for (found, cell) in found.iter().zip(cells) {
            assert!(found == *cell || found.strip_prefix('\'') == Some(cell), "{cell:?} became {found:?}");
            assert!(!is_run(found), "{found:?}");
            assert_eq!(found != *cell, is_run(cell), "{cell:?} became {found:?}");
        }
    }
}

/// Whether a spreadsheet takes the cell for a formula, or drops blanks before it looks.
fn is_run(cell: &str) -> bool {
    let blank = |character: &char| character.is_whitespace() || character.is_control() || *character == '\u{feff}';
    let first = cell.chars().find(|character| !blank(character));
    matches!(cell.chars().next(), Some('\t' | '\r' | '\n'))
        || matches!(first, Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'))
}
