//! JSON and CSV of an endpoint: the same rows, cell by cell.

use colloquy::http::App;
use serde_json::{Map, Value};

use super::http::{self, Answer};

type Object = Map<String, Value>;

/// An endpoint's answers in both formats, with one sentence for each cell that differs.
pub struct Both {
    pub json: Answer,
    pub csv: Answer,
    pub table: Table,
    pub differences: Vec<String>,
}

/// A CSV, read.
pub struct Table {
    pub columns: Vec<String>,
    pub records: Vec<csv::StringRecord>,
}

/// Asks an endpoint for JSON and for CSV.
pub async fn both(app: &App, path: &str, key: &str) -> Both {
    let mut tries_left = 3;
    loop {
        let json = ask(app, path, key, "application/json").await;
        let csv = ask(app, path, key, "text/csv").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present", "{path}");
        assert_eq!(csv.header("x-next-cursor"), json.header("x-next-cursor"), "{path}");
        let table = Table::read(csv.text());
        let differences = differences(&json.json, &table);
        tries_left -= 1;
        // Two answers about today may differ because time has passed between them.
        if differences.is_empty() || tries_left == 0 {
            return Both { json, csv, table, differences };
        }
    }
}

/// Asserts that an endpoint has the same rows in JSON and in CSV.
pub async fn assert_same_rows(app: &App, path: &str, key: &str) -> Both {
    let both = both(app, path, key).await;
    assert!(both.differences.is_empty(), "{path}:\n{}", both.differences.join("\n"));
    both
}

async fn ask(app: &App, path: &str, key: &str, media_type: &str) -> Answer {
    let answer = http::answer(app, http::request("GET", path, key).header("accept", media_type)).await;
    assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
    assert!(answer.header("x-data-complete-until").ends_with('Z'), "{path}: no X-Data-Complete-Until");
    answer
}

impl Table {
    fn read(csv: &str) -> Self {
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        Self { columns, records: reader.records().map(Result::unwrap).collect() }
    }

    /// The names of the parts in their order, one empty name where there is no such column.
    pub fn parts(&self) -> Vec<&str> {
        self.by_part().into_iter().map(|(part, _)| part).collect()
    }

    /// Records that stand together, by what the column `part` says.
    fn by_part(&self) -> Vec<(&str, Vec<&csv::StringRecord>)> {
        let Some(column) = self.columns.iter().position(|name| name == "part") else {
            return vec![("", self.records.iter().collect())];
        };
        let parts = self.records.chunk_by(|one, next| one[column] == next[column]);
        parts.map(|records| (&records[0][column], records.iter().collect())).collect()
    }

    /// The names and cells of a record, the part apart.
    fn cells<'a>(&'a self, record: &'a csv::StringRecord) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.columns.iter().map(String::as_str).zip(record).filter(|(name, _)| *name != "part")
    }
}

/// One sentence for each cell of a CSV that is not what the same endpoint's JSON has there, and for each row or column
/// that only one of them has.
///
/// A row's column `part` names the field of the JSON that holds it; where there is no such field, the row is the answer
/// itself. Without that column, rows are those of the answer's array that has the columns.
fn differences(json: &Value, table: &Table) -> Vec<String> {
    let has_parts = table.columns.iter().any(|name| name == "part");
    let parts = table.by_part();
    let mut found = Vec::new();
    for (part, records) in &parts {
        let (rows, is_answer) = rows_of(json, part, &table.columns);
        if rows.len() != records.len() {
            found.push(format!("part {part:?} has {} rows, in JSON {}", records.len(), rows.len()));
        }
        for (nth, (row, record)) in rows.iter().zip(records).enumerate() {
            let root = if json[*part].is_array() { None } else { json.as_object() };
            let place = format!("{part}[{nth}]");
            for (name, cell) in table.cells(record) {
                // What JSON says once beside a row may stand in the row.
                let beside = root.and_then(|root| root.get(name)).filter(|_| !cell.is_empty());
                match row.get(name).or(beside) {
                    // Other parts may have it.
                    None if cell.is_empty() && has_parts => {}
                    Some(value) if is_cell_of(cell, value) => {}
                    value => found.push(format!("{place}.{name} is {cell:?}, in JSON {value:?}")),
                }
            }
            if !is_answer {
                let only_json = row.keys().filter(|name| !table.columns.contains(name));
                found.extend(only_json.map(|name| format!("{place}.{name} is no column")));
            }
        }
    }
    if has_parts {
        let is_part = |name: &String| parts.iter().any(|(part, _)| part == name);
        let lacking = json.as_object().into_iter().flatten();
        let lacking = lacking.filter(|(name, value)| !is_part(name) && holds_rows(value, &table.columns));
        found.extend(lacking.map(|(name, _)| format!("part {name:?} is in JSON only")));
    }
    found
}

/// The rows of a part, and whether they are the answer itself with whatever else it holds.
fn rows_of<'a>(json: &'a Value, part: &str, columns: &[String]) -> (Vec<&'a Object>, bool) {
    let objects = |values: &'a [Value]| values.iter().map(|value| value.as_object().expect("a row")).collect();
    match json {
        Value::Array(rows) => (objects(rows), false),
        Value::Object(answer) => match answer.get(part) {
            Some(Value::Array(rows)) => (objects(rows), false),
            Some(Value::Object(row)) => (vec![row], false),
            Some(_) => (Vec::new(), false),
            None => {
                let mut lists = answer.values().filter(|value| value.is_array() && part.is_empty());
                match lists.clone().find(|list| holds_rows(list, columns)).and_then(Value::as_array) {
                    Some(rows) => (objects(rows), false),
                    None if lists.any(|list| list == &Value::Array(Vec::new())) => (Vec::new(), false),
                    None => (vec![answer], true),
                }
            }
        },
        _ => (Vec::new(), false),
    }
}

/// Whether a field of the answer holds rows: objects in which most of the columns have a value.
fn holds_rows(value: &Value, columns: &[String]) -> bool {
    let row = value.as_array().and_then(|rows| rows.first()).unwrap_or(value);
    row.as_object().is_some_and(|row| {
        let values = columns.iter().filter_map(|name| row.get(name));
        values.filter(|value| !value.is_object()).count() * 2 > columns.len()
    })
}

/// Whether a spreadsheet runs a text that stands in a cell: some drop blanks before they look, some take wide forms too.
pub fn is_formula(text: &str) -> bool {
    let is_blank = |letter: &char| letter.is_whitespace() || letter.is_control() || *letter == '\u{feff}';
    let first = text.chars().find(|letter| !is_blank(letter));
    text.starts_with(['\t', '\r', '\n'])
        || first.is_some_and(|first| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(first))
}

/// Texts stand as they are, but what a spreadsheet would run behind an apostrophe; everything else as JSON writes it.
fn is_cell_of(cell: &str, value: &Value) -> bool {
    match value {
        Value::Null => cell.is_empty(),
        Value::String(text) if is_formula(text) => cell == format!("'{text}"),
        Value::String(text) => cell == text,
        other => serde_json::from_str::<Value>(cell).is_ok_and(|cell| cell == *other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Table;

    fn differences(json: &serde_json::Value, csv: &str) -> Vec<String> {
        super::differences(json, &Table::read(csv))
    }

    fn assert_same(json: &serde_json::Value, csv: &str) {
        assert_eq!(differences(json, csv), Vec::<String>::new());
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
        assert_same(&json!({"a": 9, "all": [{"a": 1, "g": 2}], "names": ["x"], "things": rows}), csv);
        assert_same(&json!([]), "a,b\r\n");
        assert_same(&json!({"a": 9, "all": [], "names": ["x"]}), "a,b\r\n");
        assert_eq!(differences(&rows, &csv.replace("'=x", "=x").replace("25.00", "25.01")).len(), 2);
        assert_eq!(differences(&rows, "a,b,c,d,e\r\n1,-0.5,'=x,,true\r\n").len(), 2);
        assert_eq!(differences(&rows, "a,b,c,d,e,f\r\n").len(), 1);
        assert_eq!(differences(&json!([{"a": 1}]), "a,b\r\n1,\r\n"), ["[0].b is \"\", in JSON None"]);
    }

    #[test]
    fn oracle_of_rows_in_parts() {
        let answer = json!({
            "n": 7, "m": 1.5, "range": {"from": "x"}, "low": {"n": 8, "m": 2.5, "k": 3}, "daily": [{"n": 1, "m": null}],
        });
        let csv = "part,n,m,k\r\nroi,7,1.50,\r\nlow,8,2.5,3\r\ndaily,1,,\r\n";
        assert_same(&answer, csv);
        assert_eq!(Table::read(csv).parts(), ["roi", "low", "daily"]);
        assert_eq!(differences(&answer, &csv.replace("low,8,2.5,3\r\n", "")), ["part \"low\" is in JSON only"]);
        assert_eq!(differences(&answer, &csv.replace("daily,1", "daily,2")).len(), 1);
        assert_eq!(differences(&answer, &csv.replace("daily,1,,\r\n", "daily,1,,\r\ndaily,1,,\r\n")).len(), 1);
    }
}
