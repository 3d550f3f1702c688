-- Sums and counts of the conversations of a store that started in the same 15 minutes of UTC.
-- returns store_id uuid, bucket timestamptz (start), counts bigint, sums bigint (names ending in _us: microseconds)
-- reads conversations
-- The columns and their meaning are those of conversation_measures, summed; a continuous aggregate cannot read a view.
select store_id,
       time_bucket(interval '15 minutes', started_at) as bucket,
       count(*) as total_conversations,
       count(*) filter (where outcome = 'resolved') as resolved_conversations,
       count(*) filter (where outcome = 'escalated') as escalated_conversations,
       count(*) filter (where outcome = 'abandoned') as abandoned_conversations,
       count(*) filter (where outcome = 'open') as open_conversations,
       count(*) filter (where ai_resolved) as ai_resolved_conversations,
       count(*) filter (where reopened_at is not null) as reopened_conversations,
       sum(messages_sent) as messages_sent,
       sum(messages_received) as messages_received,
       sum(response_us)::bigint as response_us,
       sum(response_count) as response_count,
       coalesce(sum(first_response_us), 0)::bigint as first_response_us,
       count(first_response_us) as first_response_count,
       coalesce(sum((extract(epoch from outcome_at - started_at) * 1000000)::bigint)
                filter (where outcome = 'resolved'), 0)::bigint as resolution_us,
       count(rating) as csat_responses,
       count(*) filter (where rating >= 4) as satisfied_responses,
       sum(knowledge_retrievals) as knowledge_retrievals,
       sum(citations_clicked) as citations_clicked,
       count(*) filter (where knowledge_retrievals > 0) as conversations_with_retrieval,
       count(*) filter (where knowledge_retrievals > 0 and citations_clicked > 0) as conversations_with_retrieval_and_click
from conversations
group by store_id, time_bucket(interval '15 minutes', started_at)
