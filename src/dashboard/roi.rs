//! GET `/roi`: what the AI saved, by assumptions that the visitor can change, in a low and a high case.

use maud::{Markup, html};
use rust_decimal::Decimal;
use serde_json::Value;

use super::api::{Answer, Endpoint};
use super::charts::{Chart, Column, Kind, Labels, Series, column, series};
use super::days::{END, START};
use super::numbers::Notation;
use super::page::Content;
use super::shown::{LocalTimes, Shown};
use super::visit::Visit;
use crate::http::problem::Problem;
use crate::stores::roi_assumptions::{AI_COST, COST_PER_HOUR, MINUTES};

const PERIOD_DAYS: &str = "period_days";
const SAVINGS: [Series; 1] = [series("Saved", "savings", Notation::Money, 4)];
const BEHIND_SAVINGS: [Column; 2] = [
    column("Resolved by the AI", "ai_resolved_conversations", Notation::Count),
    column("Cost of the AI", "ai_cost", Notation::Money),
];

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(visit: &Visit) -> Result<Content, Problem> {
    let names = [PERIOD_DAYS, COST_PER_HOUR.0, MINUTES.0, AI_COST.0];
    visit.only_takes(&names)?;
    let answer = visit.api().get(Endpoint::Roi, &visit.passed(&names)).await?;
    let (numbers, times) = (visit.numbers()?, LocalTimes::default());
    let shown = Shown { answer: &answer, numbers: &numbers, times: &times };
    let main = html! {
        h1 { "Return on investment" }
        (period_bar(visit, &answer))
        (key_numbers(visit, &shown))
        div.charts { (savings(visit, &shown)) (assumptions(visit, &shown)) }
    };
    Ok(Content { title: "ROI".into(), main })
}

fn period_bar(visit: &Visit, answer: &Answer) -> Markup {
    let shown_days = answer.number("inputs.period_days");
    let kept = visit.passed(&[COST_PER_HOUR.0, MINUTES.0, AI_COST.0]);
    html! {
        div.bar {
            nav aria-label="Days" {
                @for days in ["7", "30", "90", "365"] {
                    a href=(visit.link("/roi", &[&[(PERIOD_DAYS, days)], kept.as_slice()].concat())) data-given
                        aria-current=[(days.parse().ok() == shown_days).then_some("true")] { (days) " days" }
                }
            }
            p.quiet data-given { "The last days until now, today included." }
        }
    }
}

fn key_numbers(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let (from, to) = (shown.answer.text("range.from"), shown.answer.text("range.to"));
    let rows = |more: &[(&str, &str)]| visit.link("/conversations", &[&[("from", from), ("to", to)], more].concat());
    let money = |path| shown.field(path, Notation::Money);
    let count = |path| shown.field(path, Notation::Count);
    html! {
        section.cards aria-label="Key numbers" data-api=(shown.answer.call) {
            article.card data-metric="savings" {
                h2 { "Saved by the AI" }
                p.value { a href=(rows(&[("ai_resolved", "true")])) { (money("savings")) } }
                p.sample { a href=(rows(&[("ai_resolved", "true")])) { (count("ai_resolved_conversations")) } " of "
                    a href=(rows(&[])) { (count("total_conversations")) } " conversations, resolved by the AI alone" }
            }
            article.card data-metric="low" {
                h2 { "Low case" }
                p.value { (money("low.savings")) }
                p.sample { (count("low.ai_resolved_conversations"))
                    " conversations: without those whose customer wrote again within a week. "
                    (count("low.unsettled_conversations")) " of them can still change." }
            }
            article.card data-metric="high" {
                h2 { "High case" }
                p.value { (money("high.savings")) }
                p.sample { (count("high.ai_resolved_conversations"))
                    " conversations: all that were resolved without a message by a person, escalated before or not." }
            }
            article.card data-metric="human_agent_cost" {
                h2 { "People would have cost" }
                p.value { a href=(rows(&[])) { (money("human_agent_cost")) } }
                p.sample { "in all " a href=(rows(&[])) { (count("total_conversations")) } " conversations" }
            }
            article.card data-metric="ai_cost" {
                h2 { "The AI cost" }
                p.value { a href=(rows(&[])) { (money("ai_cost")) } }
                p.sample { "in all " a href=(rows(&[])) { (count("total_conversations")) } " conversations" }
            }
            article.card data-metric="roi_percentage" {
                h2 { "Saved, of what the AI cost" }
                p.value { (shown.field("roi_percentage", Notation::PercentNumber)) }
                p.sample { "low case " (shown.field("low.roi_percentage", Notation::PercentNumber))
                    ", high case " (shown.field("high.roi_percentage", Notation::PercentNumber)) }
            }
        }
    }
}

/// Recalculates with other costs; a key that may manage can keep them.
fn assumptions(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let currency = visit.store.text("currency");
    let field = |(name, limit): (&'static str, i64), label: String| {
        html! {
            label for=(name) { (label)
                input id=(name) type="number" name=(name) required min="0" max=(limit) step="any" inputmode="decimal"
                    value=(plain(shown.answer.at(name))); }
        }
    };
    let days = shown.answer.at("inputs.period_days").to_string();
    let today = shown.answer.rows("daily").last().and_then(|day| day["date"].as_str()).unwrap_or_default();
    let is_overridden = !visit.passed(&[COST_PER_HOUR.0, MINUTES.0, AI_COST.0]).is_empty();
    html! {
        section.panel aria-labelledby="assumptions-title" data-api=(shown.answer.call) {
            h2 #assumptions-title { "What a conversation costs" }
            p.quiet { "A conversation that the AI resolves saves the minutes of a person, and costs the AI." }
            form.assumptions method="get" action="/roi" {
                input type="hidden" name=(PERIOD_DAYS) value=(days);
                @if visit.is_admin() { input type="hidden" name="store_id" value=(visit.tenant.store_id); }
                (field(COST_PER_HOUR, format!("A person, {currency} per hour")))
                (field(MINUTES, "A person, minutes per conversation".into()))
                (field(AI_COST, format!("The AI, {currency} per conversation")))
                button type="submit" { "Recalculate" }
                @if visit.may_manage() {
                    button type="submit" data-weak formmethod="post"
                        formaction=(visit.link("/roi/assumptions", &[(PERIOD_DAYS, &days)])) name="valid_from" value=(today)
                        { "Keep from today on" }
                }
            }
            @if is_overridden {
                p.quiet { "Calculated with the numbers of this form, which are not kept. "
                    a href=(visit.link("/roi", &[(PERIOD_DAYS, &days)])) { "Back to those of the shop" } }
            } @else if shown.answer.at("assumptions_changed") == &Value::Bool(true) {
                p.quiet { "They changed during these days; each day counts with those in force on it. Shown are the last." }
            }
        }
    }
}

/// A number as a field of a form takes it: without an exponent.
fn plain(number: &Value) -> String {
    let text = number.to_string();
    Decimal::from_scientific(&text).map_or(text, |decimal| decimal.to_string())
}

fn savings(visit: &Visit, shown: &Shown<'_>) -> Markup {
    let href = |date: &str, _: Option<&str>| Some(visit.link("/conversations", &[(START, date), (END, date)]));
    let is_long = shown.answer.rows("daily").len() > 100;
    let chart = Chart {
        name: "savings",
        title: "Saved by the AI",
        note: "By the day on which the conversations started, rounded to cents.",
        kind: if is_long { Kind::Lines } else { Kind::Bars },
        rows: "daily",
        label: "date",
        labels: Labels::Days,
        series: &SAVINGS,
        samples: &BEHIND_SAVINGS,
        href: &href,
    };
    chart.figure(shown)
}
