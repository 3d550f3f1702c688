//! The answer to a panel, as Grafana's server would get it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// A value that Grafana can show.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Number(f64),
    Text(String),
    Time(DateTime<Utc>),
    Bool(bool),
}

/// Columns and rows.
pub struct Frame {
    pub columns: Vec<(String, Type)>,
    pub rows: Vec<Vec<Cell>>,
}

impl Frame {
    pub async fn read(client: &Client, sql: &str) -> Result<Self, String> {
        let statement = client.prepare(sql).await.map_err(|error| colloquy::database::error_chain(&error))?;
        let columns: Vec<_> =
            statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().clone())).collect();
        let rows = client.query(&statement, &[]).await.map_err(|error| colloquy::database::error_chain(&error))?;
        let rows = rows.iter().map(|row| (0..columns.len()).map(|nth| cell(row, nth)).collect()).collect();
        Ok(Self { columns, rows })
    }

    fn place(&self, column: &str) -> usize {
        let place = self.columns.iter().position(|(name, _)| name == column);
        place.unwrap_or_else(|| panic!("no column {column:?} in {:?}", self.columns))
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| name == column)
    }

    pub fn column(&self, column: &str) -> Vec<Cell> {
        let place = self.place(column);
        self.rows.iter().map(|row| row[place].clone()).collect()
    }

    pub fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        let number = |cell| match cell {
            Cell::Number(number) => Some(number),
            Cell::Null => None,
            other => panic!("{column}: {other:?} is no number"),
        };
        self.column(column).into_iter().map(number).collect()
    }

    pub fn texts(&self, column: &str) -> Vec<String> {
        let text = |cell| match cell {
            Cell::Text(text) => text,
            other => panic!("{column}: {other:?} is no text"),
        };
        self.column(column).into_iter().map(text).collect()
    }

    /// The sum of a column, nulls left out.
    pub fn sum(&self, column: &str) -> f64 {
        self.numbers(column).into_iter().flatten().sum()
    }

    /// The one number of a panel with one figure.
    pub fn figure(&self) -> Option<f64> {
        assert_eq!((self.columns.len(), self.rows.len()), (1, 1), "{:?}", self.columns);
        self.numbers(&self.columns[0].0)[0]
    }
}

fn cell(row: &Row, nth: usize) -> Cell {
    macro_rules! as_is {
        ($type:ty, $cell:expr) => {
            row.get::<_, Option<$type>>(nth).map_or(Cell::Null, $cell)
        };
    }
    match *row.columns()[nth].type_() {
        Type::INT2 => as_is!(i16, |value| Cell::Number(value.into())),
        Type::INT4 => as_is!(i32, |value| Cell::Number(value.into())),
        #[allow(clippy::cast_precision_loss, reason = "as Grafana does")]
        Type::INT8 => as_is!(i64, |value| Cell::Number(value as f64)),
        Type::FLOAT8 => as_is!(f64, Cell::Number),
        Type::NUMERIC => as_is!(Decimal, |value| Cell::Number(value.to_f64().unwrap())),
        Type::TEXT | Type::VARCHAR => as_is!(String, Cell::Text),
        Type::TIMESTAMPTZ => as_is!(DateTime<Utc>, Cell::Time),
        Type::BOOL => as_is!(bool, Cell::Bool),
        // Grafana shows a date as an instant, hours off for most viewers, and others as texts or not at all.
        ref other => panic!("{}: Grafana should not be given {other}", row.columns()[nth].name()),
    }
}
