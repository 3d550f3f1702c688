//! GET `/`: the key numbers of a period, how they developed, and today live.

mod cards;
mod live;
mod trends;

use maud::{Markup, html};

use super::api::{Answer, Endpoint};
use super::days::{self, ALL_TIME, END, START};
use super::page::Content;
use super::shown::{LocalTimes, Shown};
use super::visit::Visit;
use crate::analytics::ranges::{Dates, Granularity, Period};
use crate::database::tenant_query;
use crate::http::problem::Problem;

const HAS_CONVERSATIONS: &str = include_str!("../../sql/dashboard/has_conversations.sql");

/// What the page shows.
struct Asked {
    /// The key numbers, and for a period what depends on it.
    numbers: Answer,
    /// The development; none if `numbers` has it.
    trends: Option<Answer>,
    dates: Dates,
    granularity: Granularity,
}

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    visit.only_takes(&["period", "compare", START, END])?;
    let has_dates = !visit.passed(&[START, END]).is_empty();
    if has_dates && visit.given("period").is_some() {
        return Err(Problem::parameter("period", "invalid_parameter", "must not be given together with dates."));
    }
    let asked = if has_dates { of_dates(visit).await? } else { of_period(visit).await? };
    let is_empty = asked.numbers.number("metrics.total_conversations") == Some(0.0);
    let main = if is_empty && !has_conversations(visit).await? { first_event(visit) } else { page(visit, &asked)? };
    Ok(Content { title: "Overview".into(), main })
}

async fn of_period(visit: &Visit) -> Result<Asked, Problem> {
    let query = visit.passed(&["period", "compare"]);
    let numbers = visit.api().get(Endpoint::Dashboard, &query).await?;
    let daily = numbers.rows("daily");
    let date = |row: Option<&serde_json::Value>| row?["bucket"].as_str()?.get(..10)?.parse().ok();
    let (start, end) = date(daily.first()).zip(date(daily.last())).ok_or(Problem::Internal)?;
    let dates = Dates { start, end };
    // By the period and not by the days that have passed of it, so that the picture of a year stays what it is.
    let granularity = match numbers.text("period") {
        "day" => Granularity::Hour,
        "quarter" => Granularity::Week,
        "year" => Granularity::Month,
        _ => Granularity::Day,
    };
    let trends = if granularity == Granularity::Day { None } else { Some(trends_of(visit, dates, granularity).await?) };
    Ok(Asked { numbers, trends, dates, granularity })
}

async fn of_dates(visit: &Visit) -> Result<Asked, Problem> {
    let dates = days::read(&visit.passed(&[START, END]))?;
    let granularity = days::granularity(dates);
    let query = visit.passed(&[START, END, "compare"]);
    let api = visit.api();
    let (numbers, trends) = tokio::try_join!(api.get(Endpoint::Metrics, &query), trends_of(visit, dates, granularity))?;
    Ok(Asked { numbers, trends: Some(trends), dates, granularity })
}

async fn trends_of(visit: &Visit, dates: Dates, granularity: Granularity) -> Result<Answer, Problem> {
    let (start, end) = (dates.start.to_string(), dates.end.to_string());
    let query = [(START, start.as_str()), (END, end.as_str()), ("granularity", granularity.name())];
    visit.api().get(Endpoint::Trends, &query).await
}

async fn has_conversations(visit: &Visit) -> Result<bool, Problem> {
    let store_id = visit.tenant.store_id;
    let found = tenant_query(&visit.app.pool, store_id, HAS_CONVERSATIONS, &[&store_id]).await?;
    Ok(found.rows.first().ok_or(Problem::Internal)?.try_get("has_conversations")?)
}

fn page(visit: &Visit, asked: &Asked) -> Result<Markup, Problem> {
    let (numbers, times) = (visit.numbers()?, LocalTimes::default());
    let shown = Shown { answer: &asked.numbers, numbers: &numbers, times: &times };
    let (trends, rows) = asked.trends.as_ref().map_or((&asked.numbers, "daily"), |trends| (trends, ""));
    let of_trends = Shown { answer: trends, numbers: &numbers, times: &times };
    Ok(html! {
        h1 { "Overview" }
        (period_bar(visit, asked))
        @if asked.numbers.number("metrics.total_conversations") == Some(0.0) {
            p.notice data-state="no-data" { "No conversation started in this time. Rates and times have nothing to divide by." }
        }
        (cards::cards(visit, &shown, asked.dates))
        (live::panel(visit))
        div.charts {
            (trends::charts(visit, &of_trends, rows, asked.dates, asked.granularity))
            @if asked.numbers.at("content_gaps").is_object() { (cards::top_gaps(visit, &shown)) }
        }
    })
}

fn period_bar(visit: &Visit, asked: &Asked) -> Markup {
    let current = asked.numbers.text("period");
    let compares_whole = visit.given("compare") == Some("full");
    let with_compare = |query: &[(&'static str, &'static str)], whole: bool| {
        let compare: &[(&str, &str)] = if whole { &[("compare", "full")] } else { &[] };
        visit.link("/", &[query, compare].concat())
    };
    let is_period = !current.is_empty();
    let kept = if is_period { Vec::new() } else { visit.passed(&["compare"]) };
    html! {
        div.bar {
            nav aria-label="Period" {
                @for (name, _) in Period::ALL {
                    a href=(with_compare(&[("period", name)], compares_whole)) data-period=(name)
                        aria-current=[(name == current).then_some("true")] { (capitalized(name)) }
                }
            }
            (days::form(visit, "/", Some(asked.dates), &kept))
            p.compared data-given {
                (asked.dates.start) " to " (asked.dates.end) ", compared with "
                @if let Some(name) = Period::ALL.iter().map(|(name, _)| *name).find(|name| *name == current && is_period) {
                    @if compares_whole {
                        "the whole " (name) " before. "
                        a href=(with_compare(&[("period", name)], false)) { "Compare with the same part of it" }
                    } @else {
                        "the same part of the " (name) " before. "
                        a href=(with_compare(&[("period", name)], true)) { "Compare with all of it" }
                    }
                } @else {
                    (compared_dates(&asked.numbers))
                }
            }
        }
    }
}

fn compared_dates(numbers: &Answer) -> Markup {
    html! {
        @if numbers.rows("previous_date_range").len() == 2 {
            (numbers.text("previous_date_range.0")) " to " (numbers.text("previous_date_range.1")) "."
        } @else { "nothing." }
    }
}

fn capitalized(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect()
}

/// What a store sees that has no conversation yet; the script looks for the first one.
fn first_event(visit: &Visit) -> Markup {
    let store_id = visit.tenant.store_id;
    let any = visit.api().call(Endpoint::Conversations, &[ALL_TIME.as_slice(), &[("limit", "1")]].concat());
    html! {
        section.state data-state="empty" data-wait-for=(any) {
            h1 { "Waiting for the first conversation" }
            p { "This shop has no conversations yet. Send what happens in a chat; numbers are here as soon as the answer has come." }
            pre tabindex="0" role="region" aria-label="How to send an event" { code {
                "curl -H \"Authorization: Bearer $KEY\" \"$COLLOQUY/api/v1/events\" --json '[\n"
                "  {\"store_id\": \"" (store_id) "\",\n"
                "   \"conversation_id\": \"0192d1c5-1111-7000-8000-000000000001\",\n"
                "   \"event_type\": \"message_received\", \"customer_id\": \"c-17\"}]'"
            } }
            p { code { "$KEY" } " is a key of this shop with the scope " code { "ingest" } ", " code { "$COLLOQUY" }
                " the address of this page. A whole history goes in by " code { "colloquy import" } "." }
            p.waiting role="status" { span.pulse aria-hidden="true" {} " Looking for events…" }
            noscript { p { a.button href=(visit.link("/", &[])) { "Look again" } } }
        }
    }
}
