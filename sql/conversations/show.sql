-- All rows of a conversation id, for one store, oldest first.
-- $1 store_id uuid | $2 conversation_id uuid | $3 from timestamptz, inclusive | $4 to timestamptz, exclusive
-- returns conversation_id uuid, started_at timestamptz, last_event_at timestamptz, customer_id text (first named, or
-- null), channel text (first named, or null), language text (first named, or null), outcome text ('open', 'resolved',
-- 'escalated' or 'abandoned'), outcome_at timestamptz (null while open), ai_resolved boolean, reopened_at timestamptz
-- (null if never), messages_sent integer, human_messages_sent integer, messages_received integer, avg_response_time_ms
-- float8, first_response_time_ms float8 (null if nothing was answered), rating smallint (1 to 5, or null),
-- knowledge_retrievals integer,
-- citations_clicked integer, topics text[], event_count integer, is_frozen boolean (some raw events may be gone)
-- reads tenant.conversations, raw_kept_from
select c.conversation_id, c.started_at, c.last_event_at, c.customer_id, c.channel, c.language, c.outcome, c.outcome_at,
       c.ai_resolved, c.reopened_at, c.messages_sent, c.human_messages_sent, c.messages_received,
       c.response_us::float8 / 1000 / nullif(c.response_count, 0) as avg_response_time_ms,
       c.first_response_us::float8 / 1000 as first_response_time_ms, c.rating, c.knowledge_retrievals,
       c.citations_clicked, array(select t.topic from unnest(c.topics) t order by t.topic) as topics, c.event_count,
       c.started_at < raw_kept_from() as is_frozen
from tenant.conversations c
where c.conversation_id = $2 and c.store_id = $1 and c.started_at >= $3 and c.started_at < $4
order by c.started_at
