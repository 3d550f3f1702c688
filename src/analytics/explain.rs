//! `explain=true`: what each metric was computed from, with links to exactly the conversations counted.

use serde::{Serialize, Serializer};
use tokio_postgres::Row;
use uuid::Uuid;

use super::definitions::{METRICS, Metric, Sum};
use super::ranges::TimeRange;
use crate::http::reply::rfc3339;

/// The sums behind the metrics of one range; parameters `store_id`, `from`, `to`.
pub(super) const EXPLAIN: &str = include_str!("../../sql/analytics/explain.sql");

/// What is behind all metrics of a range, by their names.
pub struct Explanation(Vec<(&'static str, Explained)>);

#[derive(Serialize)]
struct Explained {
    definition: &'static str,
    unit: &'static str,
    relation: &'static str,
    numerator: Option<Counted>,
    denominator: Option<Counted>,
}

#[derive(Serialize)]
struct Counted {
    value: i64,
    unit: &'static str,
    conversations: i64,
    href: String,
}

impl Explanation {
    /// Explains a range by its row of sums.
    ///
    /// # Errors
    /// When the row lacks a sum.
    pub fn of(store_id: Uuid, range: TimeRange, sums: &Row) -> Result<Self, tokio_postgres::Error> {
        let explained = |metric: &Metric| {
            let counted = |sum: Option<Sum>| sum.map(|sum| counted(store_id, range, sums, sum)).transpose();
            let explained = Explained {
                definition: metric.definition,
                unit: metric.unit,
                relation: metric.relation,
                numerator: counted(metric.numerator)?,
                denominator: counted(metric.denominator)?,
            };
            Ok((metric.name, explained))
        };
        Ok(Self(METRICS.iter().map(explained).collect::<Result<_, _>>()?))
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, explained)| (name, explained)))
    }
}

fn counted(store_id: Uuid, range: TimeRange, sums: &Row, sum: Sum) -> Result<Counted, tokio_postgres::Error> {
    let (from, to, filter) = (rfc3339(range.from), rfc3339(range.to), sum.conversations.filter);
    Ok(Counted {
        value: sums.try_get(sum.column)?,
        unit: sum.unit,
        conversations: sums.try_get(sum.conversations.column)?,
        href: format!("/api/v1/conversations?store_id={store_id}&from={from}&to={to}{filter}"),
    })
}
