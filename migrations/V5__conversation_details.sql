-- What drill-down, ROI cases, breakdowns and content gaps need of each conversation after its raw events are gone.

create type topic_retrievals as (
    topic text collate "C",
    retrievals integer,
    best_confidence numeric,
    first_at timestamptz,
    last_at timestamptz
);
comment on type topic_retrievals is 'The knowledge_retrieved events of a conversation on one topic.';
comment on column topic_retrievals.topic is 'Topic, at most 255 characters.';
comment on column topic_retrievals.retrievals is 'Number of retrievals.';
comment on column topic_retrievals.best_confidence is 'Greatest confidence among them, 0 to 1; null if none has one.';
comment on column topic_retrievals.first_at is 'When the first of them happened.';
comment on column topic_retrievals.last_at is 'When the last of them happened.';

alter table conversations
    add column human_messages_sent integer not null default 0,
    add column contact_windows tstzmultirange not null default '{}',
    add column topics topic_retrievals[] not null default '{}';
comment on column conversations.human_messages_sent is 'Messages by human agents, which messages_sent counts too.';
comment on column conversations.contact_windows is 'Every instant after which the customer wrote here within 7 days: [message - 7 days, message) of each message, merged.';
comment on column conversations.topics is 'Topics of its knowledge_retrieved events, in order of their text.';

-- Rows that older versions have written, as far as their raw events are still there.
with
-- Of several copies of an event the earliest counts, whatever row and type the others have.
counted as (
    select distinct on (c.store_id, c.conversation_id, e.event_id)
           c.store_id, c.conversation_id, c.started_at, e.event_type, e.event_data, e.created_at
    from conversations c
    join conversation_events e
      on e.conversation_id = c.conversation_id and e.store_id = c.store_id
     and e.created_at >= c.started_at and e.created_at < c.started_at + interval '720 hours'
    order by c.store_id, c.conversation_id, e.event_id, e.created_at
),
details as (
    select store_id, conversation_id, started_at,
           count(*) filter (where event_type = 'message_sent' and event_data ->> 'agent' = 'human')::integer
               as human_messages_sent,
           range_agg(tstzrange(created_at - interval '168 hours', created_at))
               filter (where event_type = 'message_received') as contact_windows
    from counted
    where event_type in ('message_sent', 'message_received', 'knowledge_retrieved')
    group by store_id, conversation_id, started_at
),
by_topic as (
    select store_id, conversation_id, started_at, left(event_data ->> 'topic', 255) collate "C" as topic,
           count(*)::integer as retrievals, max((event_data ->> 'confidence')::numeric) as best_confidence,
           min(created_at) as first_at, max(created_at) as last_at
    from counted
    where event_type = 'knowledge_retrieved' and event_data ->> 'topic' <> ''
    group by store_id, conversation_id, started_at, left(event_data ->> 'topic', 255) collate "C"
),
topics as (
    select store_id, conversation_id, started_at,
           array_agg(row(topic, retrievals, best_confidence, first_at, last_at)::topic_retrievals order by topic)
               as topics
    from by_topic
    group by store_id, conversation_id, started_at
)
update conversations c
set human_messages_sent = d.human_messages_sent,
    contact_windows = coalesce(d.contact_windows, '{}'),
    topics = coalesce(t.topics, '{}')
from details d
left join topics t using (store_id, conversation_id, started_at)
where (c.store_id, c.conversation_id, c.started_at) = (d.store_id, d.conversation_id, d.started_at);
