//! A chart as a figure: heading, legend, drawing, table of the same numbers, and links to CSV and to the request.

use maud::{Markup, html};
use serde_json::Value;

use super::drawing::{Drawing, Line};
use super::scale::Scale;
use crate::analytics::definitions::METRICS;
use crate::dashboard::numbers::Notation;
use crate::dashboard::shown::Shown;

const MOST_HINTS: usize = 120;

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bars,
    StackedBars,
    Lines,
}

/// A chart of an array of an answer.
pub struct Chart<'a> {
    /// Name in `data-chart`.
    pub name: &'static str,
    pub title: &'static str,
    /// What is shown, in a sentence.
    pub note: &'static str,
    pub kind: Kind,
    /// Path of the array; empty if the answer is one.
    pub rows: &'static str,
    /// Field of a row with its local start: a date, or RFC 3339 with an offset.
    pub label: &'static str,
    /// Heading of that column.
    pub label_name: &'static str,
    pub series: &'a [Series],
    /// More columns of the table, which are not drawn: sample sizes.
    pub samples: &'a [Column],
    /// Where the conversations of a row are.
    pub href: &'a dyn Fn(&Value) -> Option<String>,
}

/// A field that is drawn.
pub struct Series {
    pub column: Column,
    /// Number of the colour in the stylesheet.
    pub color: usize,
}

/// A field of a row.
#[derive(Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub field: &'static str,
    pub notation: Notation,
}

impl Chart<'_> {
    /// The figure.
    #[must_use]
    pub fn figure(&self, shown: &Shown<'_>) -> Markup {
        let rows = shown.answer.rows(self.rows);
        let has_values =
            rows.iter().any(|row| self.series.iter().any(|series| row[series.column.field].as_f64().is_some()));
        html! {
            figure.chart data-chart=(self.name) data-api=(shown.answer.call) {
                figcaption { h2 { (self.title) } p { (self.note) } (links(&shown.answer.call)) }
                @if self.series.len() > 1 {
                    ul.legend aria-hidden="true" {
                        @for series in self.series {
                            li { span class={ "swatch c" (series.color) } {} (series.column.name) }
                        }
                    }
                }
                @if has_values {
                    (self.drawing(shown, rows).markup())
                } @else {
                    p.nothing data-state="no-data" { "Nothing to show for these days." }
                }
                (self.table(shown, rows))
            }
        }
    }

    fn drawing(&self, shown: &Shown<'_>, rows: &[Value]) -> Drawing<'_> {
        let line = |series: &Series| Line {
            name: series.column.name,
            values: rows.iter().map(|row| row[series.column.field].as_f64()).collect(),
            color: series.color,
        };
        let series: Vec<Line<'_>> = self.series.iter().map(line).collect();
        let notation = self.series[0].column.notation;
        let scale = self.scale(&series, rows.len(), notation);
        let starts: Vec<&str> = rows.iter().map(|row| row[self.label].as_str().unwrap_or_default()).collect();
        let are_months = starts.len() > 2 && starts.iter().skip(1).all(|start| start.get(8..10) == Some("01"));
        // So many cannot be pointed at one by one.
        let hinted = if rows.len() > MOST_HINTS { 0 } else { rows.len() };
        Drawing {
            kind: self.kind,
            ticks: scale.ticks().map(|tick| tick_label(shown, tick, notation)).collect(),
            series,
            scale,
            labels: starts.iter().map(|start| short_label(start, are_months)).collect(),
            hints: (0..hinted).map(|index| (self.hint(shown, index), self.click(&rows[index]))).collect(),
        }
    }

    /// Bars can be clicked; of a line there is nothing to hit.
    fn click(&self, row: &Value) -> Option<String> {
        if self.kind == Kind::Lines { None } else { (self.href)(row) }
    }

    fn scale(&self, series: &[Line<'_>], rows: usize, notation: Notation) -> Scale {
        let value = |line: &Line<'_>, row: usize| line.values[row].unwrap_or_default();
        match notation {
            Notation::Share | Notation::Score => Scale::to(1.0),
            _ if self.kind == Kind::StackedBars => {
                Scale::of((0..rows).map(|row| series.iter().map(|line| value(line, row)).sum()), 1.0)
            }
            _ => Scale::of((0..rows).flat_map(|row| series.iter().map(move |line| value(line, row))), 1.0),
        }
    }

    /// The numbers of a row in words.
    fn hint(&self, shown: &Shown<'_>, index: usize) -> String {
        let columns = self.series.iter().map(|series| &series.column).chain(self.samples);
        let told = columns
            .map(|column| format!("{}: {}", column.name, shown.text(&self.path(index, column.field), column.notation)));
        let label = shown.answer.text(&self.path(index, self.label));
        std::iter::once(long_label(label)).chain(told).collect::<Vec<_>>().join("\n")
    }

    fn table(&self, shown: &Shown<'_>, rows: &[Value]) -> Markup {
        let columns: Vec<&Column> = self.series.iter().map(|series| &series.column).chain(self.samples).collect();
        html! {
            details {
                summary { "Numbers" span.visually-hidden { " of " (self.title) } }
                div.scroll tabindex="0" role="region" aria-label={ "Numbers of " (self.title) } {
                    table {
                        thead { tr {
                            th scope="col" { (self.label_name) }
                            @for column in &columns { th scope="col" { (column.name) } }
                        } }
                        tbody {
                            @for (index, row) in rows.iter().enumerate() {
                                tr {
                                    th scope="row" { (self.row_label(shown, index, row)) }
                                    @for column in &columns {
                                        (self.cell(shown, index, row, column))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A number, which leads to the conversations that it is over if it is a metric of conversations.
    fn cell(&self, shown: &Shown<'_>, index: usize, row: &Value, column: &Column) -> Markup {
        let path = self.path(index, column.field);
        let metric = METRICS.iter().find(|metric| metric.name == column.field);
        let sum = metric.and_then(|metric| metric.numerator.or(metric.denominator));
        match (sum, (self.href)(row)) {
            (Some(sum), Some(href)) => html! {
                td { a href={ (href) (sum.conversations.filter) } { (shown.field(&path, column.notation)) } }
            },
            _ => shown.cell(&path, column.notation),
        }
    }

    fn row_label(&self, shown: &Shown<'_>, index: usize, row: &Value) -> Markup {
        let label = row[self.label].as_str().unwrap_or_default();
        let name = match day(label) {
            Some(_) => html! { time { (long_label(label)) } },
            None => shown.field(&self.path(index, self.label), Notation::Text),
        };
        match (self.href)(row) {
            Some(href) => html! { a href=(href) { (name) } },
            None => name,
        }
    }

    fn path(&self, index: usize, field: &str) -> String {
        if self.rows.is_empty() { format!("{index}.{field}") } else { format!("{}.{index}.{field}", self.rows) }
    }
}

/// Where the numbers of an answer are: as CSV, and as the request that has them.
#[must_use]
pub fn links(call: &str) -> Markup {
    let joint = if call.contains('?') { '&' } else { '?' };
    html! {
        p.links {
            a data-csv href={ (call) (joint) "format=csv" } download { "CSV" }
            a data-call href=(call) title={ "GET " (call) } { "API call" }
        }
    }
}

/// Short, as there is little room: shares without decimals, amounts without the currency.
fn tick_label(shown: &Shown<'_>, tick: f64, notation: Notation) -> String {
    shown.numbers.tick(tick, if notation == Notation::Money { Notation::Count } else { notation })
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `3 Nov` for a day, `Nov` for a month, `14:00` for an hour that is not midnight.
fn short_label(label: &str, is_month: bool) -> String {
    match (label.get(11..16), day(label)) {
        (Some(time), _) if time != "00:00" => time.to_owned(),
        (_, Some(day)) if is_month => day.rsplit(' ').next().unwrap_or_default().to_owned(),
        (_, day) => day.unwrap_or_else(|| label.to_owned()),
    }
}

/// `3 Nov 2026`, with the time of an hour.
fn long_label(label: &str) -> String {
    let year = label.get(0..4).unwrap_or_default();
    let date = day(label).map_or_else(|| label.to_owned(), |day| format!("{day} {year}"));
    match label.get(11..16) {
        Some(time) if time != "00:00" => format!("{date}, {time}"),
        _ => date,
    }
}

fn day(label: &str) -> Option<String> {
    let month: usize = label.get(5..7)?.parse().ok()?;
    let day: u8 = label.get(8..10)?.parse().ok()?;
    Some(format!("{day} {}", MONTHS.get(month.checked_sub(1)?)?))
}
