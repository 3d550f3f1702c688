//! Quality of conversations, and the row of an id that its score belongs to.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::oracle::{Conversation, Outcome};

/// The scores of a conversation, in the order of `Score::hundredths`.
pub const SCORES: [&str; 4] = ["overall_score", "helpfulness_score", "accuracy_score", "politeness_score"];

/// A score of a conversation id; the first of the four is always there.
#[derive(Debug, Clone)]
pub struct Score {
    pub store_id: Uuid,
    pub conversation_id: Uuid,
    pub hundredths: [Option<i64>; 4],
    pub scored_at: DateTime<Utc>,
}

/// A row with its score.
pub type Scored<'a> = (&'a Conversation, Option<&'a Score>);

/// All rows with their scores: each score belongs to one row only.
pub fn with_scores<'a>(rows: &'a [Conversation], scores: &'a [Score]) -> Vec<Scored<'a>> {
    let score_of = |row: &Conversation| scores.iter().find(|score| score.row(rows) == Some(row));
    rows.iter().map(|row| (row, score_of(row))).collect()
}

impl Score {
    /// The last row of the id that had started, or else the first.
    fn row<'a>(&self, rows: &'a [Conversation]) -> Option<&'a Conversation> {
        let is_mine =
            |row: &&Conversation| (row.store_id, row.conversation_id) == (self.store_id, self.conversation_id);
        let mine: Vec<&Conversation> = rows.iter().filter(is_mine).collect();
        let started = mine.iter().filter(|row| row.started_at <= self.scored_at).max_by_key(|row| row.started_at);
        started.or(mine.iter().min_by_key(|row| row.started_at)).copied()
    }
}

/// Which tenth of the scores a score is in, from 0; 1.00 is in the last.
pub fn tenth(hundredths: i64) -> i64 {
    (hundredths / 10).min(9)
}

/// The numbers of these conversations.
#[allow(clippy::cast_precision_loss)]
pub fn quality(rows: &[Scored]) -> Value {
    let ratio = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let average = |nth: usize| {
        let values: Vec<i64> = rows.iter().filter_map(|(_, score)| (*score)?.hundredths[nth]).collect();
        (!values.is_empty()).then(|| values.iter().sum::<i64>() as f64 / 100.0 / values.len() as f64)
    };
    let scored: Vec<&Conversation> = rows.iter().filter(|(_, score)| score.is_some()).map(|(row, _)| *row).collect();
    let among_scored = |is: &dyn Fn(&Conversation) -> bool| scored.iter().filter(|row| is(row)).count();
    let ratings: Vec<i64> = rows.iter().filter_map(|(row, _)| row.rating).collect();
    json!({
        "total_conversations": rows.len(),
        "scored_conversations": scored.len(),
        "scored_rate": ratio(scored.len(), rows.len()),
        "avg_overall_score": average(0),
        "avg_helpfulness_score": average(1),
        "avg_accuracy_score": average(2),
        "avg_politeness_score": average(3),
        "resolution_rate": ratio(among_scored(&|row| row.outcome == Outcome::Resolved), scored.len()),
        "ai_resolution_rate": ratio(among_scored(&|row| row.ai_resolved), scored.len()),
        "csat": ratio(ratings.iter().filter(|rating| **rating >= 4).count(), ratings.len()),
        "csat_responses": ratings.len(),
    })
}
