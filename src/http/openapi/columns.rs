//! The columns of a statement, read from the header of its SQL file, which a test compares with PostgreSQL.

use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};

use super::examples;
use super::schemas::{any, array, nullable, with_format};
use crate::analytics::definitions::METRICS;
use crate::http::csv::record;

/// The columns that a statement returns.
pub(super) struct Columns(Vec<Column>);

/// One column, as the header tells it.
#[derive(Debug)]
struct Column {
    name: String,
    kind: String,
    /// What stands in parentheses after the type: units, ranges, when it is null.
    words: String,
}

impl Columns {
    /// Reads the part `returns` of a header.
    pub(super) fn of(sql: &str) -> Self {
        let header = sql.lines().map_while(|line| line.strip_prefix("--")).map(str::trim);
        let lines: Vec<_> = header
            .skip_while(|line| !line.starts_with("returns "))
            .take_while(|line| !line.starts_with("reads ") && !line.starts_with('$'))
            .collect();
        let text = lines.join(" ");
        Self(split(text.trim_start_matches("returns ")).iter().filter_map(|text| Column::of(text)).collect())
    }

    /// The columns without some of them.
    pub(super) fn without(mut self, hidden: &[&str]) -> Self {
        self.0.retain(|column| !hidden.contains(&column.name.as_str()));
        self
    }

    /// Some of the columns.
    pub(super) fn only(mut self, shown: &[&str]) -> Self {
        self.0.retain(|column| shown.contains(&column.name.as_str()));
        self
    }

    /// The columns, some of which are null in other rows only.
    pub(super) fn never_null(mut self, names: &[&str]) -> Self {
        for column in self.0.iter_mut().filter(|column| names.contains(&column.name.as_str())) {
            column.words.clear();
            column.words.push_str("never null");
        }
        self
    }

    /// A row as a JSON object.
    pub(super) fn row(&self) -> ObjectBuilder {
        let row = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
        self.0.iter().fold(row, |row, column| row.property(&column.name, column.schema()).required(&column.name))
    }

    /// Rows as CSV: the header, and one row of examples.
    pub(super) fn csv(&self) -> String {
        let mut csv = Vec::new();
        record(&mut csv, self.0.iter().map(|column| Some(column.name.clone())));
        record(&mut csv, self.0.iter().map(|column| Some(column.cell())));
        String::from_utf8_lossy(&csv).into_owned()
    }
}

/// The columns of a list, which ends at a semicolon; commas and semicolons in parentheses are only words.
fn split(list: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut start = 0;
    let mut columns = Vec::new();
    for (at, character) in list.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' | ';' if depth == 0 => {
                columns.push(&list[start..at]);
                start = at + 1;
                if character == ';' {
                    return columns;
                }
            }
            _ => {}
        }
    }
    columns.push(&list[start..]);
    columns
}

impl Column {
    fn of(text: &str) -> Option<Self> {
        let (column, words) = text.trim().split_once('(').unwrap_or((text, ""));
        let mut column = column.split_whitespace();
        Some(Self {
            name: column.next()?.to_owned(),
            kind: column.next()?.to_owned(),
            words: words.trim_end().trim_end_matches(')').to_owned(),
        })
    }

    /// Decimals and floats are null without anything to divide by; others only where the words say so.
    fn is_nullable(&self) -> bool {
        let is_never = self.words.contains("never null");
        !is_never && (self.words.contains("null") || matches!(self.kind.as_str(), "float8" | "numeric"))
    }

    fn schema(&self) -> RefOr<Schema> {
        let plain = match self.kind.as_str() {
            "bigint" | "integer" | "smallint" => ObjectBuilder::new().schema_type(Type::Integer),
            "float8" | "numeric" => ObjectBuilder::new().schema_type(Type::Number),
            "boolean" => ObjectBuilder::new().schema_type(Type::Boolean),
            "uuid" => with_format("uuid"),
            "date" => with_format("date"),
            "timestamptz" => with_format("date-time"),
            "jsonb" => return any(&self.description()).into(),
            "text[]" => return array(with_format("").examples([self.example()])).into(),
            _ => with_format(""),
        };
        let choices = self.choices();
        let plain = plain
            .description(Some(self.description()).filter(|text| !text.is_empty()))
            .examples([self.example()])
            .enum_values(Some(choices).filter(|choices| !choices.is_empty()));
        if self.is_nullable() { nullable(plain) } else { plain.into() }
    }

    /// The words in quotes, which are all that the column can be.
    fn choices(&self) -> Vec<Value> {
        let is_text = self.kind == "text";
        self.words.split('\'').skip(1).step_by(2).filter(|_| is_text).map(Value::from).collect()
    }

    fn description(&self) -> String {
        let metric = METRICS.iter().find(|metric| metric.name == self.name && self.words.is_empty());
        metric.map_or_else(|| self.words.clone(), |metric| format!("{} Unit: {}.", metric.definition, metric.unit))
    }

    fn example(&self) -> Value {
        self.choices().into_iter().next().unwrap_or_else(|| examples::of_column(&self.name, &self.kind))
    }

    fn cell(&self) -> String {
        match self.example() {
            text if self.kind == "text[]" => Value::from([text]).to_string(),
            Value::String(text) => text,
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SQL: &str = "-- What it answers, in a sentence.
-- $1 store_id uuid
-- returns store_id uuid, status text ('open', 'closed' (for good) or null; no other), at timestamptz (null
-- if never), cost numeric (never null), rate float8, topics text[]; all since 1970, in UTC
-- reads stores
select 1";

    #[test]
    fn a_header_becomes_a_schema() {
        let row = serde_json::to_value(Columns::of(SQL).row().build()).unwrap();
        let type_of = |name: &str| row["properties"][name]["type"].clone();
        assert_eq!(row["required"], json!(["store_id", "status", "at", "cost", "rate", "topics"]));
        assert_eq!(row["additionalProperties"], false);
        assert_eq!([type_of("store_id"), type_of("cost"), type_of("topics")], ["string", "number", "array"]);
        assert_eq!([type_of("at"), type_of("rate")], [json!(["string", "null"]), json!(["number", "null"])]);
        assert_eq!(row["properties"]["status"]["enum"], json!(["open", "closed", null]));
    }

    #[test]
    fn csv_has_the_columns_in_order() {
        let csv = Columns::of(SQL).without(&["at"]).csv();
        assert_eq!(csv.lines().next(), Some("store_id,status,cost,rate,topics"));
        assert_eq!(csv.lines().count(), 2);
    }
}
