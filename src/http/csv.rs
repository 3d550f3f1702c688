//! Records of CSV as RFC 4180 has them, with cells that no spreadsheet runs.

/// A text as a cell. Behind blanks too, a spreadsheet takes some beginnings for that of a formula, and would run it; an
/// apostrophe before the text makes it a text.
#[must_use]
pub fn text(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Writes a record of cells as they are, quoted where they must be; one that is not there is empty.
pub fn record(out: &mut Vec<u8>, cells: impl Iterator<Item = Option<String>>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let cell = cell.unwrap_or_default();
        if cell.contains(['"', ',', '\r', '\n']) {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn is_formula(text: &str) -> bool {
    // Programs differ in what they drop before they look: U+FEFF is the mark that a file may begin with.
    let is_dropped = |first: char| first.is_whitespace() || first.is_control() || first == '\u{feff}';
    // In East Asian settings the wide forms stand for the others.
    text.starts_with(['\t', '\r', '\n'])
        || text.trim_start_matches(is_dropped).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn what_a_spreadsheet_would_run_is_defused() {
        for formula in
            ["=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", " =1", "\u{a0}\u{feff}@a", "＝1", "＋1", "－1", "＠a"]
        {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        for plain in ["", " ", "a=1", "'=1", " a", "−1", "1-2"] {
            assert_eq!(text(plain), plain);
        }
    }
}
