//! One conversation read event by event, in order.

use chrono::{DateTime, Utc};

use super::contacts::contact_windows;
use super::conversation::{Conversation, Outcome};
use super::event::Event;
use super::topics::add_retrieval;

/// A conversation while its events are being read.
pub struct Row {
    conversation: Conversation,
    waiting_since: Option<DateTime<Utc>>,
    ever_escalated: bool,
}

impl Row {
    /// A row that begins with this event.
    pub fn start(first: &Event) -> Row {
        let conversation = Conversation {
            store_id: first.store_id,
            conversation_id: first.conversation_id,
            started_at: first.timestamp,
            last_event_at: first.timestamp,
            customer_id: None,
            channel: None,
            language: None,
            outcome: Outcome::Open,
            outcome_at: None,
            ai_resolved: false,
            reopened_at: None,
            messages_sent: 0,
            human_messages_sent: 0,
            messages_received: 0,
            received_times: Vec::new(),
            contact_windows: Vec::new(),
            response_us: 0,
            response_count: 0,
            first_response_us: None,
            rating: None,
            knowledge_retrievals: 0,
            citations_clicked: 0,
            topics: Vec::new(),
            event_count: 0,
        };
        let mut row = Row { conversation, waiting_since: None, ever_escalated: false };
        row.add(first);
        row
    }

    pub fn started_at(&self) -> DateTime<Utc> {
        self.conversation.started_at
    }

    /// Reads the next event; events must come in order.
    pub fn add(&mut self, event: &Event) {
        let row = &mut self.conversation;
        assert!(event.timestamp >= row.last_event_at, "events out of order");
        row.last_event_at = event.timestamp;
        row.event_count += 1;
        row.customer_id = row.customer_id.take().or_else(|| event.customer());
        row.channel = row.channel.take().or_else(|| event.text("channel"));
        row.language = row.language.take().or_else(|| event.text("language"));
        row.rating = event.event_data["rating"].as_i64().or(row.rating);
        match event.event_type.as_str() {
            "conversation_started" => {}
            "message_received" => self.message_received(event),
            "message_sent" => self.message_sent(event),
            "conversation_resolved" => self.close(event, Outcome::Resolved),
            "conversation_escalated" => self.close(event, Outcome::Escalated),
            "conversation_abandoned" => self.close(event, Outcome::Abandoned),
            "knowledge_retrieved" => self.knowledge_retrieved(event),
            "citation_clicked" => self.conversation.citations_clicked += 1,
            unknown => panic!("unknown event type {unknown}"),
        }
    }

    /// The conversation as it stands after its last event.
    pub fn finish(self) -> Conversation {
        let resolved = self.conversation.outcome == Outcome::Resolved;
        let ai_resolved = resolved && !self.ever_escalated && self.conversation.human_messages_sent == 0;
        let contact_windows = contact_windows(&self.conversation.received_times);
        Conversation { ai_resolved, contact_windows, ..self.conversation }
    }

    fn message_received(&mut self, event: &Event) {
        let row = &mut self.conversation;
        row.messages_received += 1;
        row.received_times.push(event.timestamp);
        if row.outcome != Outcome::Open {
            row.outcome = Outcome::Open;
            row.outcome_at = None;
            row.reopened_at = Some(event.timestamp);
        }
        self.waiting_since = self.waiting_since.or(Some(event.timestamp));
    }

    fn message_sent(&mut self, event: &Event) {
        let row = &mut self.conversation;
        row.messages_sent += 1;
        row.human_messages_sent += i64::from(event.event_data["agent"] == "human");
        if let Some(waiting_since) = self.waiting_since.take() {
            let waited_us = (event.timestamp - waiting_since).num_microseconds().unwrap();
            let response_us = event.given_response_us().unwrap_or(waited_us);
            row.response_us += response_us;
            row.response_count += 1;
            row.first_response_us = row.first_response_us.or(Some(response_us));
        }
    }

    fn knowledge_retrieved(&mut self, event: &Event) {
        self.conversation.knowledge_retrievals += 1;
        add_retrieval(&mut self.conversation.topics, event);
    }

    fn close(&mut self, event: &Event, outcome: Outcome) {
        self.conversation.outcome = outcome;
        self.conversation.outcome_at = Some(event.timestamp);
        self.ever_escalated |= outcome == Outcome::Escalated;
    }
}
