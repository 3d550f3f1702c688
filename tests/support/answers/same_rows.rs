//! JSON and CSV of an endpoint: the same rows, cell by cell.

use serde_json::{Map, Value};

use super::{Answers, Wrong};
use crate::support::csv::is_cell_of;

type Object = Map<String, Value>;

impl Answers<'_> {
    /// An endpoint's answer in JSON and the columns of its CSV, with one sentence for each cell that differs.
    pub(super) async fn both(&self, path: &str) -> (Value, Vec<String>, Wrong) {
        let with_format = format!("{path}{}format=csv", if path.contains('?') { '&' } else { '?' });
        let mut tries_left = 3;
        loop {
            let json = self.get(path).await.json;
            let csv = self.get(&with_format).await;
            let found = cell_differences(&json, csv.text());
            tries_left -= 1;
            // Two answers about today may differ because time has passed between them.
            if found.is_empty() || tries_left == 0 {
                let mut wrong = Wrong::new(&format!("{path} of {} in {}", self.shop.store_id, self.shop.tz));
                for sentence in &found {
                    wrong.note("CSV:", sentence);
                }
                return (json, columns(csv.text()), wrong);
            }
        }
    }
}

/// One sentence for each cell of a CSV that is not what the same endpoint's JSON has there, and for each row or column
/// that only one of them has.
///
/// A row's column `part` names the field of the JSON that holds it; where there is no such field, the row is the answer
/// itself. Without that column, rows are the answer's array.
pub fn cell_differences(json: &Value, csv: &str) -> Vec<String> {
    let header = columns(csv);
    let part_column = header.iter().position(|name| name == "part");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let mut parts: Vec<(String, Vec<csv::StringRecord>)> = Vec::new();
    for record in reader.records().map(Result::unwrap) {
        let part = part_column.map(|column| record[column].to_owned()).unwrap_or_default();
        match parts.iter_mut().find(|(name, _)| *name == part) {
            Some((_, records)) => records.push(record),
            None => parts.push((part, vec![record])),
        }
    }
    if part_column.is_none() && parts.is_empty() {
        parts.push((String::new(), Vec::new()));
    }
    let mut found = Vec::new();
    for (part, records) in &parts {
        let (rows, is_answer) = rows_of(json, part);
        if rows.len() != records.len() {
            found.push(format!("part {part:?} has {} rows, in JSON {}", records.len(), rows.len()));
        }
        for (nth, (row, record)) in rows.iter().zip(records).enumerate() {
            let root = if json[part.as_str()].is_array() { None } else { json.as_object() };
            let place = format!("{part}[{nth}]");
            let cells = header.iter().zip(record).filter(|(name, _)| *name != "part");
            for (name, cell) in cells {
                // What JSON says once beside a row may stand in the row.
                let beside = root.and_then(|root| root.get(name)).filter(|_| !cell.is_empty());
                let value = row.get(name).or(beside).unwrap_or(&Value::Null);
                if !is_cell_of(cell, value) {
                    found.push(format!("{place}.{name} is {cell:?}, in JSON {value}"));
                }
            }
            if !is_answer {
                let only_json = row.keys().filter(|name| !header.contains(name));
                found.extend(only_json.map(|name| format!("{place}.{name} is no column")));
            }
        }
    }
    if part_column.is_some() {
        let is_part = |name: &String| parts.iter().any(|(part, _)| part == name);
        let lacking = json.as_object().into_iter().flatten();
        let lacking = lacking.filter(|(name, value)| !is_part(name) && holds_rows(value, &header));
        found.extend(lacking.map(|(name, _)| format!("part {name:?} is in JSON only")));
    }
    found
}

fn columns(csv: &str) -> Vec<String> {
    csv::Reader::from_reader(csv.as_bytes()).headers().unwrap().iter().map(str::to_owned).collect()
}

/// The rows of a part, and whether they are the answer itself with whatever else it holds.
fn rows_of<'a>(json: &'a Value, part: &str) -> (Vec<&'a Object>, bool) {
    let objects = |values: &'a [Value]| values.iter().map(|value| value.as_object().expect("a row")).collect();
    match json {
        Value::Array(rows) => (objects(rows), false),
        Value::Object(answer) => match answer.get(part) {
            Some(Value::Array(rows)) => (objects(rows), false),
            Some(Value::Object(row)) => (vec![row], false),
            Some(_) => (Vec::new(), false),
            None => match answer.values().find_map(Value::as_array) {
                Some(rows) if part.is_empty() => (objects(rows), false),
                _ => (vec![answer], true),
            },
        },
        _ => (Vec::new(), false),
    }
}

/// Whether a field of the answer holds rows: objects in which most of the columns have a value.
fn holds_rows(value: &Value, header: &[String]) -> bool {
    let row = value.as_array().and_then(|rows| rows.first()).unwrap_or(value);
    row.as_object().is_some_and(|row| {
        let values = header.iter().filter_map(|name| row.get(name));
        values.filter(|value| !value.is_object()).count() * 2 > header.len()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::cell_differences;

    fn assert_same(json: &serde_json::Value, csv: &str) {
        assert_eq!(cell_differences(json, csv), Vec::<String>::new());
    }

    #[test]
    fn oracle_of_rows_in_an_array() {
        let rows = json!([
            {"a": 1, "b": -0.5, "c": "=x", "d": null, "e": true, "f": ["-x"]},
            {"a": -2, "b": 25.0, "c": "x\"y", "d": 0.1, "e": false, "f": {"k": 1}},
        ]);
        let csv =
            "a,b,c,d,e,f\r\n1,-0.5,'=x,,true,\"[\"\"-x\"\"]\"\r\n-2,25.00,\"x\"\"y\",0.1,false,\"{\"\"k\"\": 1}\"\r\n";
        assert_same(&rows, csv);
        assert_same(&json!({"things": rows, "next_cursor": null}), csv);
        assert_same(&json!([]), "a,b\r\n");
        assert_eq!(cell_differences(&rows, &csv.replace("'=x", "=x").replace("25.00", "25.01")).len(), 2);
        assert_eq!(cell_differences(&rows, "a,b,c,d,e\r\n1,-0.5,'=x,,true\r\n").len(), 2);
        assert_eq!(cell_differences(&rows, "a,b,c,d,e,f\r\n").len(), 1);
    }

    #[test]
    fn oracle_of_rows_in_parts() {
        let answer = json!({
            "n": 7, "m": 1.5, "range": {"from": "x"}, "low": {"n": 8, "m": 2.5, "k": 3}, "daily": [{"n": 1, "m": null}],
        });
        let csv = "part,n,m,k\r\nroi,7,1.50,\r\nlow,8,2.5,3\r\ndaily,1,,\r\n";
        assert_same(&answer, csv);
        assert_eq!(cell_differences(&answer, &csv.replace("low,8,2.5,3\r\n", "")), ["part \"low\" is in JSON only"]);
        assert_eq!(cell_differences(&answer, &csv.replace("daily,1", "daily,2")).len(), 1);
        assert_eq!(cell_differences(&answer, &csv.replace("daily,1,,\r\n", "daily,1,,\r\ndaily,1,,\r\n")).len(), 1);
    }
}
