//! Quality scores: which row each belongs to, and what a group of conversations makes of theirs.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};
use uuid::Uuid;

use super::calendar::Range;
use super::conversation::{Conversation, Outcome};

/// The scores of a conversation, from 0.00 to 1.00.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_field_names)]
pub struct Score {
    pub store_id: Uuid,
    pub conversation_id: Uuid,
    pub overall_score: Decimal,
    pub helpfulness_score: Option<Decimal>,
    pub accuracy_score: Option<Decimal>,
    pub politeness_score: Option<Decimal>,
    pub scored_at: DateTime<Utc>,
}

/// The four scores, by the names that the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Overall,
    Helpfulness,
    Accuracy,
    Politeness,
}

/// A row with the score that belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    pub row: &'a Conversation,
    pub score: Option<&'a Score>,
}

/// What a group of conversations makes of its scores.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    pub total_conversations: i64,
    pub scored_conversations: i64,
    pub scored_rate: Option<f64>,
    pub avg_overall_score: Option<f64>,
    pub avg_helpfulness_score: Option<f64>,
    pub avg_accuracy_score: Option<f64>,
    pub avg_politeness_score: Option<f64>,
    /// Of the scored ones, as is the next.
    pub resolution_rate: Option<f64>,
    pub ai_resolution_rate: Option<f64>,
    /// Of all of them, as is the next.
    pub csat: Option<f64>,
    pub csat_responses: i64,
}

impl Score {
    /// The score as the API takes it; the store is that of the key.
    pub fn to_json(&self) -> Value {
        let number = |score: Decimal| -> Value { serde_json::from_str(&score.to_string()).unwrap() };
        json!({
            "conversation_id": self.conversation_id,
            "overall_score": number(self.overall_score),
            "helpfulness_score": self.helpfulness_score.map(number),
            "accuracy_score": self.accuracy_score.map(number),
            "politeness_score": self.politeness_score.map(number),
            "scored_at": self.scored_at,
        })
    }
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Overall, Kind::Helpfulness, Kind::Accuracy, Kind::Politeness];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Overall => "overall_score",
            Kind::Helpfulness => "helpfulness_score",
            Kind::Accuracy => "accuracy_score",
            Kind::Politeness => "politeness_score",
        }
    }

    fn of(self, score: &Score) -> Option<Decimal> {
        match self {
            Kind::Overall => Some(score.overall_score),
            Kind::Helpfulness => score.helpfulness_score,
            Kind::Accuracy => score.accuracy_score,
            Kind::Politeness => score.politeness_score,
        }
    }
}

/// The conversations of a store that started in the range, with their scores.
///
/// Of several scores of an id the last of the list counts. It belongs to the last row of the id that had started at
/// `scored_at`, or to the first if none had.
pub fn scored<'a>(
    rows: &'a [Conversation],
    scores: &'a [Score],
    store_id: Uuid,
    range: Range,
) -> impl Iterator<Item = Scored<'a>> {
    let of_range = move |row: &&Conversation| range.from <= row.started_at && row.started_at < range.to;
    rows.iter().filter(move |row| row.store_id == store_id).filter(of_range).map(move |row| {
        let of_row = |score: &&Score| (score.store_id, score.conversation_id) == (store_id, row.conversation_id);
        let last = scores.iter().rfind(of_row);
        Scored { row, score: last.filter(|score| scored_row(rows, score).started_at == row.started_at) }
    })
}

fn scored_row<'a>(rows: &'a [Conversation], score: &Score) -> &'a Conversation {
    let of_id: Vec<&Conversation> = rows
        .iter()
        .filter(|row| (row.store_id, row.conversation_id) == (score.store_id, score.conversation_id))
        .collect();
    let started = of_id.iter().filter(|row| row.started_at <= score.scored_at).max_by_key(|row| row.started_at);
    started.or(of_id.iter().min_by_key(|row| row.started_at)).expect("a scored conversation has a row")
}

/// What these conversations make of their scores.
pub fn quality<'a>(group: impl IntoIterator<Item = Scored<'a>>) -> Quality {
    let group: Vec<Scored> = group.into_iter().collect();
    let scores: Vec<&Score> = group.iter().filter_map(|scored| scored.score).collect();
    let count = |holds: &dyn Fn(&Scored) -> bool| group.iter().filter(|scored| holds(scored)).count();
    let rate = |part: usize, whole: usize| average([Decimal::from(part)], whole);
    let average_of = |kind: Kind| {
        let given: Vec<Decimal> = scores.iter().filter_map(|score| kind.of(score)).collect();
        let number = given.len();
        average(given, number)
    };
    let is_scored = |scored: &Scored| scored.score.is_some();
    let rated = count(&|scored| scored.row.rating.is_some());
    let satisfied = count(&|scored| matches!(scored.row.rating, Some(4 | 5)));
    let resolved = count(&|scored| is_scored(scored) && scored.row.outcome == Outcome::Resolved);
    Quality {
        total_conversations: i64::try_from(group.len()).unwrap(),
        scored_conversations: i64::try_from(scores.len()).unwrap(),
        scored_rate: rate(scores.len(), group.len()),
        avg_overall_score: average_of(Kind::Overall),
        avg_helpfulness_score: average_of(Kind::Helpfulness),
        avg_accuracy_score: average_of(Kind::Accuracy),
        avg_politeness_score: average_of(Kind::Politeness),
        resolution_rate: rate(resolved, scores.len()),
        ai_resolution_rate: rate(count(&|scored| is_scored(scored) && scored.row.ai_resolved), scores.len()),
        csat: rate(satisfied, rated),
        csat_responses: i64::try_from(rated).unwrap(),
    }
}

/// Outcomes with the conversations that have them, in the order of the answer.
pub fn by_outcome(group: &[Scored]) -> Vec<(String, Quality)> {
    let outcomes = [Outcome::Open, Outcome::Resolved, Outcome::Escalated, Outcome::Abandoned];
    let of = |outcome: Outcome| group.iter().copied().filter(move |scored| scored.row.outcome == outcome);
    outcomes.map(|outcome| (outcome.as_str().to_owned(), quality(of(outcome)))).into()
}

/// The ten tenths of one score by their lower ends; the last holds 1.00 too.
pub fn by_score(group: &[Scored], kind: Kind) -> Vec<(String, Quality)> {
    let tenth = |scored: &Scored| {
        let tenths = kind.of(scored.score?)? * Decimal::TEN;
        Some(tenths.floor().to_usize().unwrap().min(9))
    };
    let of = |bin: usize| group.iter().copied().filter(move |scored| tenth(scored) == Some(bin));
    (0..10).map(|bin| (format!("0.{bin}"), quality(of(bin)))).collect()
}

impl Quality {
    /// The numbers under the names that the API uses.
    pub fn to_json(&self) -> Value {
        json!({
            "total_conversations": self.total_conversations,
            "scored_conversations": self.scored_conversations,
            "scored_rate": self.scored_rate,
            "avg_overall_score": self.avg_overall_score,
            "avg_helpfulness_score": self.avg_helpfulness_score,
            "avg_accuracy_score": self.avg_accuracy_score,
            "avg_politeness_score": self.avg_politeness_score,
            "resolution_rate": self.resolution_rate,
            "ai_resolution_rate": self.ai_resolution_rate,
            "csat": self.csat,
            "csat_responses": self.csat_responses,
        })
    }
}

fn average(values: impl IntoIterator<Item = Decimal>, number: usize) -> Option<f64> {
    let sum: Decimal = values.into_iter().sum();
    sum.checked_div(Decimal::from(number)).map(|average| average.to_f64().unwrap())
}
