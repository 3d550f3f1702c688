//! GET `/staffing`: in which hours of the week conversations start, and when people are needed.

use maud::{Markup, html};

use super::api::Endpoint;
use super::charts::links;
use super::days::{self, END, START};
use super::numbers::Notation;
use super::page::Content;
use super::shown::{LocalTimes, Shown};
use super::visit::Visit;
use crate::analytics::definitions::filter_of;
use crate::http::problem::Problem;

const METRIC: &str = "metric";
/// What can be shown: field and name.
const CHOICES: [(&str, &str); 5] = [
    ("total_conversations", "Conversations"),
    ("escalated_conversations", "Escalated to people"),
    ("abandoned_conversations", "Abandoned"),
    ("open_conversations", "Still open"),
    ("reopened_conversations", "Reopened"),
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS: usize = 24;
/// Shades but that of nothing.
const SHADES: f64 = 5.0;

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    visit.only_takes(&[START, END, METRIC])?;
    let asked = visit.given(METRIC).unwrap_or(CHOICES[0].0);
    let choice = CHOICES.iter().find(|(name, _)| *name == asked);
    let metric = choice
        .ok_or_else(|| Problem::parameter(METRIC, "invalid_parameter", "must be one of the choices of the page."))?;
    let dates = days::asked(visit, 56).await?;
    let (start, end) = (dates.start.to_string(), dates.end.to_string());
    let range = [(START, start.as_str()), (END, end.as_str())];
    let query = [&[("by", "hour_of_week")], range.as_slice()].concat();
    let api = visit.api();
    let (answer, today) = tokio::try_join!(api.get(Endpoint::Breakdown, &query), days::today(visit))?;
    let (numbers, times) = (visit.numbers()?, LocalTimes::default());
    let shown = Shown { answer: &answer, numbers: &numbers, times: &times };
    let kept = visit.passed(&[METRIC]);
    let main = html! {
        h1 { "When to staff" }
        (days::bar(visit, "/staffing", today, dates, &kept))
        div.bar { nav aria-label="What to show" {
            @for (name, label) in CHOICES {
                a href=(visit.link("/staffing", &[range.as_slice(), &[(METRIC, name)]].concat()))
                    aria-current=[(name == metric.0).then_some("true")] { (label) }
            }
        } }
        (heat_map(visit, &shown, *metric, &range))
    };
    Ok(Content { title: "When to staff".into(), main })
}

/// A table that is its own chart: the numbers stand in the cells.
fn heat_map(visit: &Visit, shown: &Shown<'_>, (field, name): (&str, &str), range: &[(&str, &str)]) -> Markup {
    let path = |day: usize, hour: usize| format!("{}.{field}", day * HOURS + hour);
    let value = |day, hour| shown.answer.number(&path(day, hour)).unwrap_or_default();
    let most = (0..DAYS.len()).flat_map(|day| (0..HOURS).map(move |hour| (day, hour)));
    let most = most.map(|(day, hour)| value(day, hour)).fold(0.0, f64::max);
    let href = |day: usize, hour: usize| {
        let group = shown.answer.text(&format!("{}.group", day * HOURS + hour));
        let filter = filter_of(field).unwrap_or_default();
        format!("{}{filter}", visit.link("/conversations", &[range, &[("hour_of_week", group)]].concat()))
    };
    html! {
        figure.chart data-chart="hour_of_week" data-kind="heat" data-api=(shown.answer.call) {
            figcaption { h2 { (name) }
                p { "All that started in an hour of the week, local time. The stronger the colour, the more; a number leads to its conversations." } }
            @if most == 0.0 { p.nothing data-state="no-data" { "Nothing to show for these days." } }
            div.scroll tabindex="0" role="region" aria-label={ (name) " by hour of week" } {
                table.heat {
                    thead { tr { th scope="col" { "Hour" } @for day in DAYS { th scope="col" { (day) } } } }
                    tbody {
                        @for hour in 0..HOURS {
                            tr {
                                th scope="row" { time { (format!("{hour:02}:00")) } }
                                @for day in 0..DAYS.len() {
                                    td.(shade(value(day, hour), most)) {
                                        a href=(href(day, hour)) { (shown.field(&path(day, hour), Notation::Count)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            (links(&shown.answer.call))
        }
    }
}

/// Class of the stylesheet: `h0` for nothing, `h5` for the most.
fn shade(value: f64, most: f64) -> String {
    let share = if most > 0.0 { value / most } else { 0.0 };
    format!("h{}", (share * SHADES).ceil())
}
