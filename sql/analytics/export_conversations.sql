-- The conversations that started in a range, the earliest first, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns store_id uuid, conversation_id uuid, started_at timestamptz, last_event_at timestamptz, customer_id text
-- (first named, or null), channel text (first named, or null), language text (first named, or null), outcome text
-- ('open', 'resolved', 'escalated' or 'abandoned'), outcome_at timestamptz (null while open), ai_resolved boolean,
-- reopened_at timestamptz (null if never), messages_sent integer, messages_received integer, response_us bigint
-- (microseconds), response_count integer, first_response_us bigint (microseconds, null if nothing was answered),
-- rating smallint (1 to 5, or null), knowledge_retrievals integer, citations_clicked integer,
-- event_count integer, human_messages_sent integer
-- reads tenant.conversations
select c.store_id, c.conversation_id, c.started_at, c.last_event_at, c.customer_id, c.channel, c.language, c.outcome,
       c.outcome_at, c.ai_resolved, c.reopened_at, c.messages_sent, c.messages_received, c.response_us,
       c.response_count, c.first_response_us, c.rating, c.knowledge_retrievals, c.citations_clicked, c.event_count,
       c.human_messages_sent
from tenant.conversations c
where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
order by c.started_at, c.conversation_id
