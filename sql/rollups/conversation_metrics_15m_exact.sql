-- conversation_metrics_15m on the Community Edition: clean buckets from the aggregate, changed ones from conversations.
-- returns the columns of conversation_metrics_15m
-- reads conversation_metrics_15m_aggregate, rollup_pending, conversation_measures
-- The aggregate itself answers buckets that are not materialised yet from conversations.
select a.store_id, a.bucket, a.total_conversations, a.resolved_conversations, a.escalated_conversations,
       a.abandoned_conversations, a.open_conversations, a.ai_resolved_conversations, a.reopened_conversations,
       a.messages_sent, a.messages_received, a.response_us, a.response_count, a.first_response_us,
       a.first_response_count, a.resolution_us, a.csat_responses, a.satisfied_responses, a.knowledge_retrievals,
       a.citations_clicked, a.conversations_with_retrieval, a.conversations_with_retrieval_and_click
from conversation_metrics_15m_aggregate a
where not exists (select from rollup_pending p where p.store_id = a.store_id and p.bucket = a.bucket)
union all
-- The bounds on the bucket find the rows; the bucket computed from started_at lets a filter on it prune chunks.
select m.store_id, time_bucket(interval '15 minutes', m.started_at),
       count(*), sum(m.resolved_conversations)::bigint, sum(m.escalated_conversations)::bigint,
       sum(m.abandoned_conversations)::bigint, sum(m.open_conversations)::bigint,
       sum(m.ai_resolved_conversations)::bigint, sum(m.reopened_conversations)::bigint,
       sum(m.messages_sent)::bigint, sum(m.messages_received)::bigint, sum(m.response_us)::bigint,
       sum(m.response_count)::bigint, sum(m.first_response_us)::bigint, sum(m.first_response_count)::bigint,
       sum(m.resolution_us)::bigint, sum(m.csat_responses)::bigint, sum(m.satisfied_responses)::bigint,
       sum(m.knowledge_retrievals)::bigint, sum(m.citations_clicked)::bigint,
       sum(m.conversations_with_retrieval)::bigint, sum(m.conversations_with_retrieval_and_click)::bigint
from (select distinct store_id, bucket from rollup_pending) p
join conversation_measures m
  on m.store_id = p.store_id and m.started_at >= p.bucket and m.started_at < p.bucket + interval '15 minutes'
group by m.store_id, time_bucket(interval '15 minutes', m.started_at)
