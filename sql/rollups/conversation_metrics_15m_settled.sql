-- What the rollup conversation_metrics_15m is read from on the Community Edition: the aggregate, as of its last refresh.
-- returns the columns of conversation_metrics_15m
-- reads conversation_metrics_15m_aggregate
-- Exact only for buckets before rollup_refreshed_to() that are not in rollup_pending; period_sums sees to both.
select store_id, bucket, total_conversations, resolved_conversations, escalated_conversations, abandoned_conversations,
       open_conversations, ai_resolved_conversations, reopened_conversations, messages_sent, messages_received,
       response_us, response_count, first_response_us, first_response_count, resolution_us, csat_responses,
       satisfied_responses, knowledge_retrievals, citations_clicked, conversations_with_retrieval,
       conversations_with_retrieval_and_click
from conversation_metrics_15m_aggregate
