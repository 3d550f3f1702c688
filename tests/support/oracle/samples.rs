//! What each metric is made of: what was summed, and over how many.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::conversation::{Conversation, Outcome};

/// The metrics of a period in the order of the answer.
pub const METRICS: [&str; 25] = [
    "total_conversations",
    "resolved_conversations",
    "escalated_conversations",
    "abandoned_conversations",
    "open_conversations",
    "ai_resolved_conversations",
    "reopened_conversations",
    "resolution_rate",
    "escalation_rate",
    "abandonment_rate",
    "ai_resolution_rate",
    "open_rate",
    "avg_response_time_ms",
    "avg_first_response_time_ms",
    "p50_first_response_time_ms",
    "p95_first_response_time_ms",
    "avg_resolution_time_ms",
    "total_messages",
    "avg_conversation_length",
    "unique_customers",
    "csat",
    "csat_responses",
    "knowledge_retrievals",
    "citations_clicked",
    "citation_click_rate",
];

/// A metric's parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The count or the sum, in the metric's own unit; of percentiles there is none.
    pub numerator: Option<f64>,
    /// How many conversations, answers or ratings the metric speaks of.
    pub denominator: i64,
}

/// The parts of each metric of `METRICS`, of the conversations of a store that started in [from, to).
pub fn samples(
    conversations: &[Conversation],
    store_id: Uuid,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> [(&'static str, Sample); 25] {
    let mut of: Tally = Tally::default();
    for row in conversations.iter().filter(|row| row.store_id == store_id) {
        if from <= row.started_at && row.started_at < to {
            of.add(row);
        }
    }
    METRICS.map(|metric| (metric, of.sample(metric)))
}

/// Running totals over conversations.
#[derive(Default)]
struct Tally {
    total: i64,
    resolved: i64,
    escalated: i64,
    abandoned: i64,
    open: i64,
    ai_resolved: i64,
    reopened: i64,
    response_us: i64,
    answers: i64,
    first_response_us: i64,
    answered: i64,
    resolution_us: i64,
    messages: i64,
    customers: Vec<String>,
    rated: i64,
    satisfied: i64,
    retrievals: i64,
    clicks: i64,
    retrieved: i64,
    clicked: i64,
}

impl Tally {
    fn add(&mut self, row: &Conversation) {
        self.total += 1;
        match row.outcome {
            Outcome::Open => self.open += 1,
            Outcome::Escalated => self.escalated += 1,
            Outcome::Abandoned => self.abandoned += 1,
            Outcome::Resolved => {
                self.resolved += 1;
                self.resolution_us += (row.outcome_at.unwrap() - row.started_at).num_microseconds().unwrap();
            }
        }
        self.ai_resolved += i64::from(row.ai_resolved);
        self.reopened += i64::from(row.reopened_at.is_some());
        self.response_us += row.response_us;
        self.answers += row.response_count;
        if let Some(first_us) = row.first_response_us {
            self.first_response_us += first_us;
            self.answered += 1;
        }
        self.messages += row.messages_sent + row.messages_received;
        self.customers.extend(row.customer_id.clone().filter(|customer| !self.customers.contains(customer)));
        if let Some(rating) = row.rating {
            self.rated += 1;
            self.satisfied += i64::from(rating > 3);
        }
        self.retrievals += row.knowledge_retrievals;
        self.clicks += row.citations_clicked;
        if row.knowledge_retrievals > 0 {
            self.retrieved += 1;
            self.clicked += i64::from(row.citations_clicked > 0);
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn sample(&self, metric: &str) -> Sample {
        let customers = i64::try_from(self.customers.len()).unwrap();
        let of = |numerator: i64, denominator| Sample { numerator: Some(numerator as f64), denominator };
        let of_us = |us: i64, denominator| Sample { numerator: Some(us as f64 / 1000.0), denominator };
        match metric {
            "total_conversations" => of(self.total, self.total),
            "resolved_conversations" | "resolution_rate" => of(self.resolved, self.total),
            "escalated_conversations" | "escalation_rate" => of(self.escalated, self.total),
            "abandoned_conversations" | "abandonment_rate" => of(self.abandoned, self.total),
            "open_conversations" | "open_rate" => of(self.open, self.total),
            "ai_resolved_conversations" | "ai_resolution_rate" => of(self.ai_resolved, self.total),
            "reopened_conversations" => of(self.reopened, self.total),
            "avg_response_time_ms" => of_us(self.response_us, self.answers),
            "avg_first_response_time_ms" => of_us(self.first_response_us, self.answered),
            "p50_first_response_time_ms" | "p95_first_response_time_ms" => {
                Sample { numerator: None, denominator: self.answered }
            }
            "avg_resolution_time_ms" => of_us(self.resolution_us, self.resolved),
            "total_messages" | "avg_conversation_length" => of(self.messages, self.total),
            "unique_customers" => of(customers, self.total),
            "csat" => of(self.satisfied, self.rated),
            "csat_responses" => of(self.rated, self.total),
            "knowledge_retrievals" => of(self.retrievals, self.total),
            "citations_clicked" => of(self.clicks, self.total),
            "citation_click_rate" => of(self.clicked, self.retrieved),
            other => panic!("unknown metric {other}"),
        }
    }
}
