//! A chart as a figure: heading, legend, drawing, table of the same numbers, and links to CSV and to the request.

use maud::{Markup, html};
use serde_json::Value;

use super::drawing::{Drawing, Line};
use super::labels::Labels;
use super::scale::Scale;
use crate::analytics::definitions::filter_of;
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
    /// Field of a row that stands for it.
    pub label: &'static str,
    /// What that field is.
    pub labels: Labels,
    pub series: &'a [Series],
    /// More columns of the table, which are not drawn: sample sizes.
    pub samples: &'a [Column],
    /// Where the conversations of a row are, by its label and that of the next row.
    pub href: &'a dyn Fn(&str, Option<&str>) -> Option<String>,
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
        // So many cannot be pointed at one by one.
        let hinted = if rows.len() > MOST_HINTS { 0 } else { rows.len() };
        Drawing {
            kind: self.kind,
            ticks: scale.ticks().map(|tick| tick_label(shown, tick, notation)).collect(),
            series,
            scale,
            labels: (0..rows.len()).map(|index| self.labels.short(self.label(rows, index))).collect(),
            hints: (0..hinted).map(|index| (self.hint(shown, rows, index), self.click(rows, index))).collect(),
        }
    }

    /// Bars can be clicked; of a line there is nothing to hit.
    fn click(&self, rows: &[Value], index: usize) -> Option<String> {
        if self.kind == Kind::Lines { None } else { self.rows_behind(rows, index) }
    }

    fn rows_behind(&self, rows: &[Value], index: usize) -> Option<String> {
        let next = (index + 1 < rows.len()).then(|| self.label(rows, index + 1));
        (self.href)(self.label(rows, index), next)
    }

    fn label<'r>(&self, rows: &'r [Value], index: usize) -> &'r str {
        rows[index][self.label].as_str().unwrap_or_default()
    }

    fn long_label(&self, rows: &[Value], index: usize) -> String {
        let label = self.label(rows, index);
        let has_same_time = |other: usize| other < rows.len() && self.label(rows, other).get(..19) == label.get(..19);
        self.labels.long(label, has_same_time(index + 1) || index > 0 && has_same_time(index - 1))
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
    fn hint(&self, shown: &Shown<'_>, rows: &[Value], index: usize) -> String {
        let told =
            self.series.iter().map(|series| &series.column).map(|column| {
                format!("{}: {}", column.name, shown.text(&self.path(index, column.field), column.notation))
            });
        std::iter::once(self.long_label(rows, index)).chain(told).collect::<Vec<_>>().join("\n")
    }

    fn table(&self, shown: &Shown<'_>, rows: &[Value]) -> Markup {
        let columns: Vec<&Column> = self.series.iter().map(|series| &series.column).chain(self.samples).collect();
        html! {
            details {
                summary { "Numbers" span.visually-hidden { " of " (self.title) } }
                div.scroll tabindex="0" role="region" aria-label={ "Numbers of " (self.title) } {
                    table {
                        thead { tr {
                            th scope="col" { (self.labels.heading()) }
                            @for column in &columns { th scope="col" { (column.name) } }
                        } }
                        tbody {
                            @for index in 0..rows.len() {
                                tr {
                                    th scope="row" { (self.row_label(shown, rows, index)) }
                                    @for column in &columns { (self.cell(shown, rows, index, column)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A number, which leads to the conversations that it is over if it is a metric of conversations.
    fn cell(&self, shown: &Shown<'_>, rows: &[Value], index: usize, column: &Column) -> Markup {
        let path = self.path(index, column.field);
        match (filter_of(column.field), self.rows_behind(rows, index)) {
            (Some(filter), Some(href)) => html! {
                td data-field=(path) data-format=(column.notation.name()) {
                    a href={ (href) (filter) } { (shown.text(&path, column.notation)) }
                }
            },
            _ => shown.cell(&path, column.notation),
        }
    }

    fn row_label(&self, shown: &Shown<'_>, rows: &[Value], index: usize) -> Markup {
        let name = if let Labels::Names(_) = self.labels {
            shown.field(&self.path(index, self.label), Notation::Text)
        } else {
            html! { time { (self.long_label(rows, index)) } }
        };
        match self.rows_behind(rows, index) {
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
