-- One row per conversation, derived from its events, and what hangs on conversations.

create table conversations (
    store_id uuid not null,
    conversation_id uuid not null,
    started_at timestamptz not null,
    last_event_at timestamptz not null,
    customer_id text collate "C",
    channel text,
    language text,
    outcome text not null check (outcome in ('open', 'resolved', 'escalated', 'abandoned')),
    outcome_at timestamptz,
    ai_resolved boolean not null,
    reopened_at timestamptz,
    messages_sent integer not null,
    messages_received integer not null,
    response_us bigint not null,
    response_count integer not null,
    first_response_us bigint,
    rating smallint check (rating between 1 and 5),
    knowledge_retrievals integer not null,
    citations_clicked integer not null,
    event_count integer not null,
    -- The conversation first: a look-up by it never depends on statistics, which new chunks do not have.
    primary key (conversation_id, store_id, started_at)
) with (fillfactor = 70);
select create_hypertable('conversations', by_range('started_at', interval '7 days'),
                         create_default_indexes => false);
create index conversations_started on conversations (store_id, started_at)
    include (customer_id, first_response_us);
comment on table conversations is 'One row per conversation: all events of one id less than 720 hours after its first; a later event starts a new row. Derived by rebuild_conversations, never edited.';
comment on column conversations.store_id is 'Store of the conversation.';
comment on column conversations.conversation_id is 'Identifier from the producer; several rows share it when it spans more than 720 hours.';
comment on column conversations.started_at is 'Time of the first event of the row.';
comment on column conversations.last_event_at is 'Time of the last event of the row, timeouts apart.';
comment on column conversations.customer_id is 'First customer named; null if none is.';
comment on column conversations.channel is 'First channel named; null if none is.';
comment on column conversations.language is 'First language named; null if none is.';
comment on column conversations.outcome is 'Last of resolved, escalated, abandoned; open if there is none or the customer wrote again after it.';
comment on column conversations.outcome_at is 'When the outcome came about; null while open.';
comment on column conversations.ai_resolved is 'Resolved, never escalated, and no message by a human agent.';
comment on column conversations.reopened_at is 'Last time a message of the customer reopened it, whatever came after; null if never.';
comment on column conversations.messages_sent is 'Messages by the AI or a human agent.';
comment on column conversations.messages_received is 'Messages by the customer.';
comment on column conversations.response_us is 'Sum of all response times, in microseconds.';
comment on column conversations.response_count is 'Number of answers that response_us sums.';
comment on column conversations.first_response_us is 'First response time, in microseconds; null if nothing was answered.';
comment on column conversations.rating is 'Last rating given, 1 to 5; null if none was.';
comment on column conversations.knowledge_retrievals is 'Number of knowledge_retrieved events.';
comment on column conversations.citations_clicked is 'Number of citation_clicked events.';
comment on column conversations.event_count is 'Number of events that count: each event id once, timeouts apart.';

create table conversation_quality_scores (
    score_id uuid primary key default gen_random_uuid(),
    conversation_id uuid not null,
    store_id uuid not null references stores,
    overall_score numeric(3,2) not null check (overall_score between 0 and 1),
    helpfulness_score numeric(3,2) check (helpfulness_score between 0 and 1),
    accuracy_score numeric(3,2) check (accuracy_score between 0 and 1),
    politeness_score numeric(3,2) check (politeness_score between 0 and 1),
    scored_at timestamptz not null default now(),
    unique (store_id, conversation_id)
);
comment on table conversation_quality_scores is 'Quality scores of conversations, at most one a conversation.';
comment on column conversation_quality_scores.score_id is 'Identifier of the score.';
comment on column conversation_quality_scores.conversation_id is 'Conversation that was scored.';
comment on column conversation_quality_scores.store_id is 'Store of the conversation.';
comment on column conversation_quality_scores.overall_score is 'Overall score, 0.00 to 1.00.';
comment on column conversation_quality_scores.helpfulness_score is 'Helpfulness, 0.00 to 1.00; null if not scored.';
comment on column conversation_quality_scores.accuracy_score is 'Accuracy, 0.00 to 1.00; null if not scored.';
comment on column conversation_quality_scores.politeness_score is 'Politeness, 0.00 to 1.00; null if not scored.';
comment on column conversation_quality_scores.scored_at is 'When it was scored.';

create table content_gaps (
    gap_id uuid primary key default gen_random_uuid(),
    store_id uuid not null references stores,
    topic varchar(255) not null,
    frequency integer not null default 1 check (frequency >= 0),
    confidence_threshold numeric(3,2) not null check (confidence_threshold between 0 and 1),
    example_questions text[] not null default '{}',
    status text not null default 'identified' check (status in ('identified', 'in_progress', 'resolved')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (store_id, topic)
);
comment on table content_gaps is 'Topics on which the knowledge base of a store has no confident answer.';
comment on column content_gaps.gap_id is 'Identifier of the gap.';
comment on column content_gaps.store_id is 'Store whose knowledge has the gap.';
comment on column content_gaps.topic is 'Topic, as the retrieval events name it.';
comment on column content_gaps.frequency is 'Number of retrievals on the topic.';
comment on column content_gaps.confidence_threshold is 'Confidence below which a retrieval counted, 0 to 1.';
comment on column content_gaps.example_questions is 'Questions customers asked, at most five.';
comment on column content_gaps.status is 'identified, in_progress or resolved.';
comment on column content_gaps.created_at is 'When the gap was first seen.';
comment on column content_gaps.updated_at is 'When the row last changed.';
