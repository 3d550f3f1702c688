//! From conversations to the metrics of a period.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::conversation::{Conversation, Outcome};

/// Every metric of a period but the growth rate; `None` where there is no data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metrics {
    pub total_conversations: i64,
    pub resolved_conversations: i64,
    pub escalated_conversations: i64,
    pub abandoned_conversations: i64,
    pub open_conversations: i64,
    pub ai_resolved_conversations: i64,
    pub reopened_conversations: i64,
    pub resolution_rate: Option<f64>,
    pub escalation_rate: Option<f64>,
    pub abandonment_rate: Option<f64>,
    pub ai_resolution_rate: Option<f64>,
    pub open_rate: Option<f64>,
    pub avg_response_time_ms: Option<f64>,
    pub avg_first_response_time_ms: Option<f64>,
    pub p50_first_response_time_ms: Option<f64>,
    pub p95_first_response_time_ms: Option<f64>,
    pub avg_resolution_time_ms: Option<f64>,
    pub total_messages: i64,
    pub avg_conversation_length: Option<f64>,
    pub unique_customers: i64,
    pub csat: Option<f64>,
    pub csat_responses: i64,
    pub knowledge_retrievals: i64,
    pub citations_clicked: i64,
    pub citation_click_rate: Option<f64>,
    pub responses: i64,
    pub answered_conversations: i64,
    pub conversations_with_retrieval: i64,
}

/// The metrics of the conversations of a store that started in [from, to).
pub fn metrics(conversations: &[Conversation], store_id: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) -> Metrics {
    let rows: Vec<&Conversation> = conversations
        .iter()
        .filter(|row| row.store_id == store_id && from <= row.started_at && row.started_at < to)
        .collect();
    let count = |holds: &dyn Fn(&Conversation) -> bool| -> i64 {
        rows.iter().filter(|row| holds(row)).count().try_into().unwrap()
    };
    let sum = |number: &dyn Fn(&Conversation) -> i64| -> i64 { rows.iter().map(|row| number(row)).sum() };

    let total = count(&|_| true);
    let resolved = count(&|row| row.outcome == Outcome::Resolved);
    let escalated = count(&|row| row.outcome == Outcome::Escalated);
    let abandoned = count(&|row| row.outcome == Outcome::Abandoned);
    let open = count(&|row| row.outcome == Outcome::Open);
    let ai_resolved = count(&|row| row.ai_resolved);
    let total_messages = sum(&|row| row.messages_sent + row.messages_received);
    let csat_responses = count(&|row| row.rating.is_some());
    let satisfied = count(&|row| row.rating.is_some_and(|rating| rating >= 4));
    let with_retrieval = count(&|row| row.knowledge_retrievals > 0);
    let clicked = count(&|row| row.knowledge_retrievals > 0 && row.citations_clicked > 0);
    let customers: HashSet<&String> = rows.iter().filter_map(|row| row.customer_id.as_ref()).collect();
    let mut first_us: Vec<i64> = rows.iter().filter_map(|row| row.first_response_us).collect();
    first_us.sort_unstable();

    Metrics {
        total_conversations: total,
        resolved_conversations: resolved,
        escalated_conversations: escalated,
        abandoned_conversations: abandoned,
        open_conversations: open,
        ai_resolved_conversations: ai_resolved,
        reopened_conversations: count(&|row| row.reopened_at.is_some()),
        resolution_rate: ratio(resolved, total),
        escalation_rate: ratio(escalated, total),
        abandonment_rate: ratio(abandoned, total),
        ai_resolution_rate: ratio(ai_resolved, total),
        open_rate: ratio(open, total),
        avg_response_time_ms: ms(ratio(sum(&|row| row.response_us), sum(&|row| row.response_count))),
        avg_first_response_time_ms: ms(ratio(first_us.iter().sum(), length(&first_us))),
        p50_first_response_time_ms: ms(percentile_cont(&first_us, 0.5)),
        p95_first_response_time_ms: ms(percentile_cont(&first_us, 0.95)),
        avg_resolution_time_ms: ms(ratio(sum(&resolution_us), resolved)),
        total_messages,
        avg_conversation_length: ratio(total_messages, total),
        unique_customers: customers.len().try_into().unwrap(),
        csat: ratio(satisfied, csat_responses),
        csat_responses,
        knowledge_retrievals: sum(&|row| row.knowledge_retrievals),
        citations_clicked: sum(&|row| row.citations_clicked),
        citation_click_rate: ratio(clicked, with_retrieval),
        responses: sum(&|row| row.response_count),
        answered_conversations: length(&first_us),
        conversations_with_retrieval: with_retrieval,
    }
}

/// (current − previous) ÷ previous; from nothing it is 1.0, or 0.0 to nothing; `None` without comparison.
#[allow(clippy::cast_precision_loss)]
pub fn growth_rate(current_total: i64, previous_total: Option<i64>) -> Option<f64> {
    match previous_total? {
        0 if current_total > 0 => Some(1.0),
        0 => Some(0.0),
        previous => Some((current_total - previous) as f64 / previous as f64),
    }
}

impl Metrics {
    /// The metrics under the names that the API uses.
    pub fn to_json(&self) -> Value {
        json!({
            "total_conversations": self.total_conversations,
            "resolved_conversations": self.resolved_conversations,
            "escalated_conversations": self.escalated_conversations,
            "abandoned_conversations": self.abandoned_conversations,
            "open_conversations": self.open_conversations,
            "ai_resolved_conversations": self.ai_resolved_conversations,
            "reopened_conversations": self.reopened_conversations,
            "resolution_rate": self.resolution_rate,
            "escalation_rate": self.escalation_rate,
            "abandonment_rate": self.abandonment_rate,
            "ai_resolution_rate": self.ai_resolution_rate,
            "open_rate": self.open_rate,
            "avg_response_time_ms": self.avg_response_time_ms,
            "avg_first_response_time_ms": self.avg_first_response_time_ms,
            "p50_first_response_time_ms": self.p50_first_response_time_ms,
            "p95_first_response_time_ms": self.p95_first_response_time_ms,
            "avg_resolution_time_ms": self.avg_resolution_time_ms,
            "total_messages": self.total_messages,
            "avg_conversation_length": self.avg_conversation_length,
            "unique_customers": self.unique_customers,
            "csat": self.csat,
            "csat_responses": self.csat_responses,
            "knowledge_retrievals": self.knowledge_retrievals,
            "citations_clicked": self.citations_clicked,
            "citation_click_rate": self.citation_click_rate,
            "responses": self.responses,
            "answered_conversations": self.answered_conversations,
            "conversations_with_retrieval": self.conversations_with_retrieval,
        })
    }
}

fn resolution_us(row: &Conversation) -> i64 {
    match (row.outcome, row.outcome_at) {
        (Outcome::Resolved, Some(at)) => (at - row.started_at).num_microseconds().unwrap(),
        _ => 0,
    }
}

#[allow(clippy::cast_precision_loss)]
fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}

fn ms(us: Option<f64>) -> Option<f64> {
    us.map(|us| us / 1000.0)
}

fn length(values: &[i64]) -> i64 {
    values.len().try_into().unwrap()
}

/// The database's `percentile_cont` of sorted values: linear between the neighbours of (n − 1) · p.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn percentile_cont(sorted: &[i64], p: f64) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? as f64 * p;
    let (below, above) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
    Some(below + (above - below) * place.fract())
}
