//! Content gaps: topics of which a store's knowledge has no sure answer.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::conversation::{Conversation, Outcome};
use super::event::Event;
use super::local_time::local_date;
use super::roi::{Assumptions, Overrides, in_force, rounded};
use super::topics::TopicRetrievals;

/// Whose gaps, and what they are measured by.
#[derive(Debug, Clone)]
pub struct GapOptions<'a> {
    pub store_id: Uuid,
    pub tz: Tz,
    pub confidence_threshold: Decimal,
    pub assumptions: &'a [(NaiveDate, Assumptions)],
}

/// A gap as the job leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub topic: String,
    /// `identified` or `resolved`: nobody else has touched it.
    pub status: &'static str,
    pub frequency: i64,
    pub confidence_threshold: Decimal,
    pub best_confidence: Option<Decimal>,
    pub example_questions: Vec<String>,
    pub first_seen_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub conversations: i64,
    pub escalated_conversations: i64,
    pub abandoned_conversations: i64,
    pub human_cost: Decimal,
    pub resolved_at: Option<DateTime<Utc>>,
    pub reopened_count: i64,
}

/// The gaps of a store by topic, after the job has run once.
///
/// `resolutions` are topics whose gap was there before and had been resolved at a time; such a gap stays one however
/// sure later retrievals are. `events` are the raw ones that are still there.
pub fn gaps(
    rows: &[Conversation],
    events: &[Event],
    resolutions: &[(String, DateTime<Utc>)],
    options: &GapOptions,
) -> Vec<Gap> {
    let mut of_topic: BTreeMap<&str, Vec<(&Conversation, &TopicRetrievals)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.store_id == options.store_id) {
        for topic in &row.topics {
            of_topic.entry(&topic.topic).or_default().push((row, topic));
        }
    }
    let mut gaps = Vec::new();
    for (topic, retrievals) in of_topic {
        let resolved_at = resolutions.iter().find(|(known, _)| known == topic).map(|(_, at)| *at);
        let best_confidence = best(retrievals.iter().map(|(_, topic)| *topic));
        if resolved_at.is_none() && !is_under(best_confidence, options) {
            continue;
        }
        let later = retrievals.iter().map(|(_, topic)| *topic).filter(|topic| Some(topic.first_at) > resolved_at);
        let reopened = resolved_at.is_some() && is_under(best(later), options);
        let count = |outcome: Outcome| -> i64 {
            retrievals.iter().filter(|(row, _)| row.outcome == outcome).count().try_into().unwrap()
        };
        gaps.push(Gap {
            topic: topic.to_owned(),
            status: if resolved_at.is_some() && !reopened { "resolved" } else { "identified" },
            frequency: retrievals.iter().map(|(_, topic)| topic.retrievals).sum(),
            confidence_threshold: options.confidence_threshold,
            best_confidence,
            example_questions: example_questions(events, topic, options),
            first_seen_at: retrievals.iter().map(|(_, topic)| topic.first_at).min().unwrap(),
            last_seen_at: retrievals.iter().map(|(_, topic)| topic.last_at).max().unwrap(),
            conversations: i64::try_from(retrievals.len()).unwrap(),
            escalated_conversations: count(Outcome::Escalated),
            abandoned_conversations: count(Outcome::Abandoned),
            human_cost: human_cost(retrievals.iter().map(|(row, _)| *row), options),
            resolved_at: resolved_at.filter(|_| !reopened),
            reopened_count: i64::from(reopened),
        });
    }
    gaps
}

fn best<'a>(topics: impl Iterator<Item = &'a TopicRetrievals>) -> Option<Decimal> {
    topics.filter_map(|topic| topic.best_confidence).max()
}

fn is_under(best_confidence: Option<Decimal>, options: &GapOptions) -> bool {
    best_confidence.is_some_and(|confidence| confidence < options.confidence_threshold)
}

/// The first five different questions about a topic that had no sure answer.
fn example_questions(events: &[Event], topic: &str, options: &GapOptions) -> Vec<String> {
    let is_unsure = |event: &&Event| event.confidence().is_none_or(|sure| sure < options.confidence_threshold);
    let mut asked: Vec<&Event> = events
        .iter()
        .filter(|event| event.store_id == options.store_id && event.event_type == "knowledge_retrieved")
        .filter(|event| event.topic().as_deref() == Some(topic))
        .filter(is_unsure)
        .collect();
    asked.sort_by_key(|event| (event.timestamp, *event.event_id.as_bytes()));
    let mut questions = Vec::new();
    for question in asked.into_iter().filter_map(|event| event.text("question")) {
        if questions.len() < 5 && !questions.contains(&question) {
            questions.push(question);
        }
    }
    questions
}

/// What people cost who take over, each conversation by the assumptions of the local day on which it started.
fn human_cost<'a>(rows: impl Iterator<Item = &'a Conversation>, options: &GapOptions) -> Decimal {
    let lost = rows.filter(|row| matches!(row.outcome, Outcome::Escalated | Outcome::Abandoned));
    let cost_60 = lost.map(|row| {
        let date = local_date(row.started_at, options.tz);
        let assumed = in_force(date, options.assumptions, Overrides::default());
        assumed.avg_conversation_time_minutes * assumed.avg_human_agent_cost_per_hour
    });
    rounded(cost_60.sum::<Decimal>() / Decimal::from(60))
}
