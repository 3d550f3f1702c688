-- The raw log, and the weeks in which each conversation has events.

create table conversation_events (
    store_id uuid not null,
    conversation_id uuid not null,
    event_id uuid not null,
    event_type text not null check (event_type in (
        'conversation_started', 'message_sent', 'message_received', 'conversation_resolved',
        'conversation_escalated', 'conversation_abandoned', 'knowledge_retrieved', 'citation_clicked')),
    customer_id text collate "C",
    response_us bigint check (response_us >= 0),
    event_data jsonb not null default '{}',
    created_at timestamptz not null,
    received_at timestamptz not null default now(),
    primary key (store_id, created_at, event_id, conversation_id)
);
select create_hypertable('conversation_events', by_range('created_at', interval '7 days'),
                         create_default_indexes => false);
create index conversation_events_conversation on conversation_events (conversation_id, created_at);
comment on table conversation_events is 'Raw log of events, one row each, in chunks of 7 days. Kept for installation.raw_retention.';
comment on column conversation_events.store_id is 'Store of the event. Checked by store_events, not by a foreign key, which would make retention lock stores.';
comment on column conversation_events.conversation_id is 'Conversation of the event.';
comment on column conversation_events.event_id is 'Identifier from the producer; the same one twice in a conversation counts once.';
comment on column conversation_events.event_type is 'What happened.';
comment on column conversation_events.customer_id is 'Customer named on this event, at its top level or in event_data; null if none is.';
comment on column conversation_events.response_us is 'event_data.response_time_ms, in microseconds; null if not given.';
comment on column conversation_events.event_data is 'Everything else the producer sent, untouched.';
comment on column conversation_events.created_at is 'When it happened: the timestamp of the event.';
comment on column conversation_events.received_at is 'When it was stored (start of the transaction).';

create table conversation_weeks (
    store_id uuid not null,
    conversation_id uuid not null,
    week_at timestamptz not null,
    primary key (store_id, conversation_id, week_at)
);
comment on table conversation_weeks is 'The weeks (chunks) in which a conversation has or had events, so that every look-up by conversation has a time range and opens no other chunk.';
comment on column conversation_weeks.store_id is 'Store of the conversation.';
comment on column conversation_weeks.conversation_id is 'Conversation.';
comment on column conversation_weeks.week_at is 'Start of a span of 168 hours, aligned with the chunks of conversation_events and conversations.';
