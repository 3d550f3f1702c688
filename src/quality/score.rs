//! One quality score: what it has, and how it is checked.

use std::borrow::Cow;

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::events::validate::MAX_AHEAD_MINUTES;
use crate::http::auth::Access;
use crate::http::body::Fields;
use crate::http::fields::{hundredths, instant, uuid};
use crate::http::problem::{Fault, Problem};

/// A score that has been checked; each is from 0.00 to 1.00.
pub struct Score {
    pub store_id: Uuid,
    pub conversation_id: Uuid,
    pub overall: Decimal,
    pub helpfulness: Option<Decimal>,
    pub accuracy: Option<Decimal>,
    pub politeness: Option<Decimal>,
    /// When it was scored; none for now.
    pub scored_at: Option<DateTime<Utc>>,
}

impl Score {
    /// Reads a score from JSON. `store_id` may be left out where the key names the store.
    ///
    /// # Errors
    /// All faults of the score.
    pub fn read(json: &RawValue, access: &Access, now: DateTime<Utc>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::parse(json.get().as_bytes()).map_err(|_| {
            vec![Fault { field: Cow::Borrowed(""), code: "invalid_score", detail: "A score is a JSON object.".into() }]
        })?;
        let store_id = store(&mut fields, access);
        let conversation_id = fields.required("conversation_id", |id: String| uuid(&id));
        let overall = fields.required_number("overall_score", hundredths);
        let helpfulness = fields.optional_number("helpfulness_score", hundredths);
        let accuracy = fields.optional_number("accuracy_score", hundredths);
        let politeness = fields.optional_number("politeness_score", hundredths);
        let scored_at = fields.optional("scored_at", |at: String| instant(&at));
        if scored_at.flatten().is_some_and(|at| at > now + Duration::minutes(MAX_AHEAD_MINUTES)) {
            fields.fault("scored_at", "timestamp_in_future", "is more than 5 minutes ahead of the server.");
        }
        let score = fields.finish(|| {
            Some(Self {
                store_id: store_id?,
                conversation_id: conversation_id?,
                overall: overall?,
                helpfulness: helpfulness?,
                accuracy: accuracy?,
                politeness: politeness?,
                scored_at: scored_at?,
            })
        });
        score.map_err(|problem| match problem {
            Problem::Body(faults) => faults,
            _ => Vec::new(),
        })
    }
}

/// The store of the key, which the score may repeat; with an admin key the one that the score names.
fn store(fields: &mut Fields, access: &Access) -> Option<Uuid> {
    let Access::Store { store_id: own, .. } = access else {
        return fields.required("store_id", |id: String| uuid(&id));
    };
    let named = fields.optional("store_id", |id: String| uuid(&id))?;
    if named.is_some_and(|named| named != *own) {
        fields.fault("store_id", "foreign_store", "is another store than that of the key.");
        return None;
    }
    Some(*own)
}
