//! Whether a CSV has the rows that JSON has.

use serde_json::Value;

/// One sentence for each cell that differs from the field of the same name and row, and for each column or row too many.
pub fn differences(rows: &[Value], csv: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut found = Vec::new();
    if records.len() != rows.len() {
        found.push(format!("{} rows of JSON, {} of CSV", rows.len(), records.len()));
    }
    for (nth, (row, record)) in rows.iter().zip(&records).enumerate() {
        let fields = row.as_object().unwrap();
        if fields.len() != header.len() {
            found.push(format!("row {nth}: {} fields of JSON, {} of CSV", fields.len(), header.len()));
        }
        for (name, got) in header.iter().zip(record) {
            let want = fields.get(name);
            if !want.is_some_and(|want| is_cell_of(got, want)) {
                found.push(format!("row {nth}, {name}: JSON has {want:?}, CSV {got:?}"));
            }
        }
    }
    found
}

/// Texts stand as they are, but what a spreadsheet would run behind an apostrophe; everything else as JSON writes it.
pub fn is_cell_of(cell: &str, value: &Value) -> bool {
    match value {
        Value::Null => cell.is_empty(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => cell == format!("'{text}"),
        Value::String(text) => cell == text,
        other => serde_json::from_str::<Value>(cell).is_ok_and(|cell| cell == *other),
    }
}
