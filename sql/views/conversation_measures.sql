-- Each conversation as the numbers that metrics sum: counts are 0 or 1.
-- returns store_id uuid, started_at timestamptz, the columns of conversation_metrics_15m, and after them what
-- conversations can be grouped and counted by
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
       (knowledge_retrievals > 0 and citations_clicked > 0)::integer::bigint as conversations_with_retrieval_and_click,
       customer_id,
       channel,
       language,
       case
           when messages_sent = 0 then 'none'
           when human_messages_sent = 0 then 'ai'
           when human_messages_sent = messages_sent then 'human'
           else 'both'
       end as agent,
       (outcome = 'resolved' and human_messages_sent = 0)::integer::bigint as saved_high_conversations,
       case when ai_resolved then outcome_at end as ai_resolved_at
from conversations;
comment on view conversation_measures is 'Each conversation as the numbers that metrics sum; counts are 0 or 1. Columns as in conversation_metrics_15m, then what they can be grouped by.';
comment on column conversation_measures.store_id is 'Store.';
comment on column conversation_measures.started_at is 'When the conversation started.';
comment on column conversation_measures.total_conversations is '1.';
comment on column conversation_measures.resolved_conversations is '1 if the outcome is resolved.';
comment on column conversation_measures.escalated_conversations is '1 if the outcome is escalated.';
comment on column conversation_measures.abandoned_conversations is '1 if the outcome is abandoned.';
comment on column conversation_measures.open_conversations is '1 if it is open.';
comment on column conversation_measures.ai_resolved_conversations is '1 if it is resolved, was never escalated and has no human message.';
comment on column conversation_measures.reopened_conversations is '1 if it was reopened at least once.';
comment on column conversation_measures.messages_sent is 'Messages by the AI or a human agent.';
comment on column conversation_measures.messages_received is 'Messages by the customer.';
comment on column conversation_measures.response_us is 'Sum of its response times, in microseconds.';
comment on column conversation_measures.response_count is 'Answers in response_us.';
comment on column conversation_measures.first_response_us is 'First response time in microseconds; 0 if nothing was answered.';
comment on column conversation_measures.first_response_count is '1 if anything was answered.';
comment on column conversation_measures.resolution_us is 'Time from start to outcome in microseconds; 0 unless resolved.';
comment on column conversation_measures.csat_responses is '1 if it has a rating.';
comment on column conversation_measures.satisfied_responses is '1 if it is rated 4 or 5.';
comment on column conversation_measures.knowledge_retrievals is 'knowledge_retrieved events.';
comment on column conversation_measures.citations_clicked is 'citation_clicked events.';
comment on column conversation_measures.conversations_with_retrieval is '1 if it has a retrieval.';
comment on column conversation_measures.conversations_with_retrieval_and_click is '1 if it has a retrieval and a click.';
comment on column conversation_measures.customer_id is 'First customer named; null if none is.';
comment on column conversation_measures.channel is 'First channel named; null if none is.';
comment on column conversation_measures.language is 'First language named; null if none is.';
comment on column conversation_measures.agent is 'Who wrote its messages to the customer: ai, human, both, or none.';
comment on column conversation_measures.saved_high_conversations is '1 if it is resolved and has no human message, escalated before or not.';
comment on column conversation_measures.ai_resolved_at is 'Its outcome if it is resolved, was never escalated and has no human message; null otherwise.';
