-- Each conversation as the numbers that metrics sum: counts are 0 or 1.
-- returns store_id uuid, started_at timestamptz, and the columns of conversation_metrics_15m
-- reads conversations
create or replace view conversation_measures as
select store_id,
       started_at,
       1::bigint as total_conversations,
       (outcome = 'resolved')::integer::bigint as resolved_conversations,
       (outcome = 'escalated')::integer::bigint as escalated_conversations,
       (outcome = 'abandoned')::integer::bigint as abandoned_conversations,
       (outcome = 'open')::integer::bigint as open_conversations,
       ai_resolved::integer::bigint as ai_resolved_conversations,
       (reopened_at is not null)::integer::bigint as reopened_conversations,
       messages_sent::bigint,
       messages_received::bigint,
       response_us,
       response_count::bigint,
       coalesce(first_response_us, 0) as first_response_us,
       (first_response_us is not null)::integer::bigint as first_response_count,
       case when outcome = 'resolved' then (extract(epoch from outcome_at - started_at) * 1000000)::bigint else 0 end
           as resolution_us,
       (rating is not null)::integer::bigint as csat_responses,
       coalesce((rating >= 4)::integer, 0)::bigint as satisfied_responses,
       knowledge_retrievals::bigint,
       citations_clicked::bigint,
       (knowledge_retrievals > 0)::integer::bigint as conversations_with_retrieval,
       (knowledge_retrievals > 0 and citations_clicked > 0)::integer::bigint as conversations_with_retrieval_and_click
from conversations;
comment on view conversation_measures is 'Each conversation as the numbers that metrics sum; counts are 0 or 1. Columns as in conversation_metrics_15m.';
