-- What content gaps need of settled days, so that finding them does not read all conversations again.

create type topic_totals as (
    topic text collate "C",
    retrievals bigint,
    best_confidence numeric,
    first_at timestamptz,
    last_at timestamptz,
    conversations bigint,
    escalated_conversations bigint,
    abandoned_conversations bigint
);
comment on type topic_totals is 'What the knowledge_retrieved events of some conversations on one topic add up to.';
comment on column topic_totals.topic is 'Topic, at most 255 characters.';
comment on column topic_totals.retrievals is 'Number of the events.';
comment on column topic_totals.best_confidence is 'Greatest confidence among them, 0 to 1; null if none has one.';
comment on column topic_totals.first_at is 'Time of the first of them.';
comment on column topic_totals.last_at is 'Time of the last of them.';
comment on column topic_totals.conversations is 'Conversations that have any.';
comment on column topic_totals.escalated_conversations is 'Those with outcome escalated.';
comment on column topic_totals.abandoned_conversations is 'Those with outcome abandoned.';

create table settled_topics (
    store_id uuid not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    topics topic_totals[] not null,
    primary key (store_id, from_at)
);
comment on table settled_topics is 'What the conversations of a settled day looked up; a row for each row of settled_days.';
comment on column settled_topics.store_id is 'Store.';
comment on column settled_topics.from_at is 'First instant of the day, as in settled_days.';
comment on column settled_topics.to_at is 'First instant of the next day.';
comment on column settled_topics.topics is 'Each topic of these conversations, by topic.';

-- The next refresh_rollups settles all days again, with their topics.
update settled_days
set saved_high_conversations = null, saved_low_conversations = null, contacts_between = null;
comment on column settled_days.saved_high_conversations is 'Resolved without a message of a human agent. Null in rows from before version 19 of the schema, which the next refresh_rollups writes again.';
comment on column settled_days.contacts_between is 'Starts of the conversations that have a say in saved_low_conversations: those of the day, from 720 hours before it to 7 days after its last AI-resolved outcome. Null in rows from before version 19 of the schema.';

alter table content_gaps
    add column sought_frequency bigint,
    add column sought_threshold numeric(3, 2);
comment on column content_gaps.sought_frequency is 'Frequency of the topic when examples of questions were last sought. Null before the first time, and after an erasure has taken one away.';
comment on column content_gaps.sought_threshold is 'Threshold of the gap when examples of questions were last sought.';
