//! Sends the events of a chat to Colloquy (crates `ureq` 3, `serde_json`, `uuid` with v4, `chrono`).

use std::{env, error::Error, thread, time::Duration};

use serde_json::{Value, json};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn Error>> {
    let store = env::var("COLLOQUY_STORE")?.parse()?;
    println!("{}", report_chat(&env::var("COLLOQUY_URL")?, &env::var("COLLOQUY_KEY")?, store)?);
    Ok(())
}

/// A chat as it may go.
pub(crate) fn report_chat(url: &str, key: &str, store: Uuid) -> Result<Value, Box<dyn Error>> {
    let chat = Uuid::new_v4();
    let event = |event_type: &str, event_data: Value| {
        json!({
            "event_id": Uuid::new_v4(), "store_id": store, "conversation_id": chat, "event_type": event_type,
            "timestamp": chrono::Utc::now(), "event_data": event_data,
        })
    };
    let events = json!([
        event("message_received", json!({"customer_id": "c-17"})),
        event("message_sent", json!({"agent": "ai", "response_time_ms": 840})),
        event("conversation_resolved", json!({})),
    ]);
    send(url, key, &events)
}

/// Sends until the events are taken, which is safe, because each has its `event_id`.
fn send(url: &str, key: &str, events: &Value) -> Result<Value, Box<dyn Error>> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    for attempt in 0..5 {
        let request = agent
            .post(format!("{url}/api/v1/events"))
            .header("authorization", format!("Bearer {key}"))
            .content_type("application/json");
        match request.send(events.to_string()) {
            // 503 and a broken connection pass; every other fault comes back until the events are changed.
            Ok(mut answer) if answer.status() != 503 => {
                let text = answer.body_mut().read_to_string()?;
                return if answer.status().is_success() { Ok(text.parse()?) } else { Err(text.into()) };
            }
            _ => thread::sleep(Duration::from_secs(1 << attempt)),
        }
    }
    Err("Colloquy does not answer".into())
}
