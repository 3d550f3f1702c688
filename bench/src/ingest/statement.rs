//! What a server asks of the database, as text.

use colloquy::events::Event;

/// The call of `store_events` that a server would make for some events, with its values in the text.
#[must_use]
pub fn store_statement(events: &[Event]) -> String {
    let list = |value: &dyn Fn(&Event) -> Option<String>, kind: &str| {
        let values: Vec<String> = events
            .iter()
            .map(|event| {
                value(event).map_or_else(|| "null".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
            })
            .collect();
        format!("array[{}]::{kind}[]", values.join(","))
    };
    format!(
        "select * from store_events({}, {}, {}, {}, {}, {}, {}, {})",
        list(&|event| Some(event.store_id.to_string()), "uuid"),
        list(&|event| Some(event.conversation_id.to_string()), "uuid"),
        list(&|event| Some(event.event_id.to_string()), "uuid"),
        list(&|event| Some(event.event_type.name().to_owned()), "text"),
        list(&|event| event.customer_id.clone(), "text"),
        list(&|event| event.response_us.map(|time| time.to_string()), "bigint"),
        list(&|event| Some(event.event_data.get().to_owned()), "jsonb"),
        list(&|event| Some(event.created_at.to_rfc3339()), "timestamptz"),
    )
}
