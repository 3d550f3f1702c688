-- Sums and counts of the conversations of a store that started in the same 15 minutes, exact at commit.
-- returns store_id uuid, bucket timestamptz (start), counts bigint, sums bigint (names ending in _us: microseconds)
-- reads conversation_metrics_15m_exact, which differs between the editions, as conversation_metrics_15m_settled does
create or replace view conversation_metrics_15m as
select store_id, bucket, total_conversations, resolved_conversations, escalated_conversations,
       abandoned_conversations, open_conversations, ai_resolved_conversations, reopened_conversations,
       messages_sent, messages_received, response_us, response_count, first_response_us, first_response_count,
       resolution_us, csat_responses, satisfied_responses, knowledge_retrievals, citations_clicked,
       conversations_with_retrieval, conversations_with_retrieval_and_click
from conversation_metrics_15m_exact;
comment on view conversation_metrics_15m is 'Sums and counts of the conversations of a store that started in the same 15 minutes of UTC; exact at commit. Fifteen minutes, because the offset of every timezone is a multiple of it.';
comment on view conversation_metrics_15m_exact is 'What differs between the editions behind conversation_metrics_15m, with its columns: plain sums, or the aggregate and the rows that it does not hold yet.';
comment on view conversation_metrics_15m_settled is 'What differs between the editions behind period_sums, with the columns of conversation_metrics_15m: plain sums, or the aggregate as of its last refresh. Not exact by itself.';
comment on column conversation_metrics_15m.store_id is 'Store.';
comment on column conversation_metrics_15m.bucket is 'Start of the 15 minutes.';
comment on column conversation_metrics_15m.total_conversations is 'Conversations that started in the bucket.';
comment on column conversation_metrics_15m.resolved_conversations is 'Those with outcome resolved.';
comment on column conversation_metrics_15m.escalated_conversations is 'Those with outcome escalated.';
comment on column conversation_metrics_15m.abandoned_conversations is 'Those with outcome abandoned.';
comment on column conversation_metrics_15m.open_conversations is 'Those with outcome open.';
comment on column conversation_metrics_15m.ai_resolved_conversations is 'Resolved, never escalated, no human message.';
comment on column conversation_metrics_15m.reopened_conversations is 'Reopened at least once.';
comment on column conversation_metrics_15m.messages_sent is 'Messages by the AI or a human agent.';
comment on column conversation_metrics_15m.messages_received is 'Messages by customers.';
comment on column conversation_metrics_15m.response_us is 'Sum of response times, in microseconds.';
comment on column conversation_metrics_15m.response_count is 'Answers in response_us.';
comment on column conversation_metrics_15m.first_response_us is 'Sum of first response times, in microseconds.';
comment on column conversation_metrics_15m.first_response_count is 'Conversations in first_response_us.';
comment on column conversation_metrics_15m.resolution_us is 'Sum of the time from start to outcome of resolved conversations, in microseconds.';
comment on column conversation_metrics_15m.csat_responses is 'Conversations with a rating.';
comment on column conversation_metrics_15m.satisfied_responses is 'Conversations rated 4 or 5.';
comment on column conversation_metrics_15m.knowledge_retrievals is 'knowledge_retrieved events.';
comment on column conversation_metrics_15m.citations_clicked is 'citation_clicked events.';
comment on column conversation_metrics_15m.conversations_with_retrieval is 'Conversations with a retrieval.';
comment on column conversation_metrics_15m.conversations_with_retrieval_and_click is 'Conversations with a retrieval and a click.';
