//! An answer in CSV against the same answer in JSON.

use serde_json::Value;

/// Asserts that CSV has these rows, in this order, with the same value in every column; what a row does not have is an
/// empty cell.
pub fn assert_same_rows(csv_text: &str, rows: &[Value]) {
    let mut reader = csv::Reader::from_reader(csv_text.as_bytes());
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len(), "number of rows");
    for (record, row) in records.iter().zip(rows) {
        assert!(row.as_object().unwrap().keys().all(|name| columns.contains(name)), "{columns:?} for {row}");
        for (column, cell) in columns.iter().zip(record) {
            let want = &row[column.as_str()];
            let got = match want {
                Value::String(_) => cell.into(),
                _ if cell.is_empty() => Value::Null,
                _ => serde_json::from_str(cell).unwrap(),
            };
            assert_eq!(*want, got, "{column} of {row}");
        }
    }
}

/// The rows of an answer that is an object: those of each part, which CSV names in a column.
pub fn rows_of_parts(answer: &Value, parts: &[&str]) -> Vec<Value> {
    let of_part = |part: &&str| {
        let rows = match &answer[*part] {
            Value::Array(rows) => rows.clone(),
            Value::Null => Vec::new(),
            row => vec![row.clone()],
        };
        let part = part.to_string();
        rows.into_iter().map(move |mut row| {
            row["part"] = part.clone().into();
            row
        })
    };
    parts.iter().flat_map(of_part).collect()
}
