-- Metrics of the conversations that started in a range, one row for each channel, language, kind of agent or hour of
-- the week, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 by text, channel, language, agent or hour_of_week | $5 zone text, IANA timezone of the hours
-- returns group text (null where none is named; agents are ai, human, both or none; hours 1-00 to 7-23, ISO weekday
-- and hour of the local clock at the start, all 168 of them),
-- total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
-- abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
-- reopened_conversations bigint, resolution_rate float8, escalation_rate float8, abandonment_rate float8,
-- ai_resolution_rate float8, open_rate float8, avg_response_time_ms float8, avg_first_response_time_ms float8,
-- p50_first_response_time_ms float8, p95_first_response_time_ms float8, avg_resolution_time_ms float8,
-- total_messages bigint, avg_conversation_length float8, unique_customers bigint, csat float8, csat_responses
-- bigint, knowledge_retrievals bigint, citations_clicked bigint, citation_click_rate float8,
-- responses bigint, answered_conversations bigint, conversations_with_retrieval bigint,
-- too_few boolean (fewer than 10 conversations);
-- rates are 0 to 1, times in milliseconds, both null without anything to divide by
-- reads tenant.conversation_measures, metric_formulas
with
measures as not materialized (
    select case $4::text
               when 'channel' then m.channel
               when 'language' then m.language
               when 'agent' then m.agent
               when 'hour_of_week' then to_char(m.started_at at time zone $5::text, 'ID-HH24')
           end collate "C" as "group",
           m.*
    from tenant.conversation_measures m
    where m.store_id = $1 and m.started_at >= $2 and m.started_at < $3
),
sums as (
    select m."group",
           sum(m.total_conversations)::bigint as total_conversations,
           sum(m.resolved_conversations)::bigint as resolved_conversations,
           sum(m.escalated_conversations)::bigint as escalated_conversations,
           sum(m.abandoned_conversations)::bigint as abandoned_conversations,
           sum(m.open_conversations)::bigint as open_conversations,
           sum(m.ai_resolved_conversations)::bigint as ai_resolved_conversations,
           sum(m.reopened_conversations)::bigint as reopened_conversations,
           sum(m.messages_sent + m.messages_received)::bigint as total_messages,
           sum(m.response_us)::bigint as response_us,
           sum(m.response_count)::bigint as response_count,
           sum(m.first_response_us)::bigint as first_response_us,
           sum(m.first_response_count)::bigint as first_response_count,
           sum(m.resolution_us)::bigint as resolution_us,
           sum(m.csat_responses)::bigint as csat_responses,
           sum(m.satisfied_responses)::bigint as satisfied_responses,
           sum(m.knowledge_retrievals)::bigint as knowledge_retrievals,
           sum(m.citations_clicked)::bigint as citations_clicked,
           sum(m.conversations_with_retrieval)::bigint as conversations_with_retrieval,
           sum(m.conversations_with_retrieval_and_click)::bigint as conversations_with_retrieval_and_click
    from measures m
    group by m."group"
),
-- Apart from the sums: distinct counts and percentiles sort their rows, which is slow with twenty numbers in each.
exact as (
    select m."group",
           count(distinct m.customer_id) as unique_customers,
           percentile_cont(array[0.5, 0.95]) within group (order by m.first_response_us)
               filter (where m.first_response_count = 1) as first_response_us
    from measures m
    group by m."group"
),
-- Hours without conversations are rows too.
hours as (
    select format('%s-%s', weekday, to_char(hour, 'FM00')) collate "C" as "group"
    from generate_series(1, 7) as w (weekday), generate_series(0, 23) as h (hour)
    where $4::text = 'hour_of_week'
)
select coalesce(h."group", s."group") as "group",
       f.total_conversations, f.resolved_conversations, f.escalated_conversations, f.abandoned_conversations,
       f.open_conversations, f.ai_resolved_conversations, f.reopened_conversations, f.resolution_rate,
       f.escalation_rate, f.abandonment_rate, f.ai_resolution_rate, f.open_rate, f.avg_response_time_ms,
       f.avg_first_response_time_ms, f.p50_first_response_time_ms, f.p95_first_response_time_ms,
       f.avg_resolution_time_ms, f.total_messages, f.avg_conversation_length, f.unique_customers, f.csat,
       f.csat_responses, f.knowledge_retrievals, f.citations_clicked, f.citation_click_rate,
       f.responses, f.answered_conversations, f.conversations_with_retrieval, f.total_conversations < 10 as too_few
from hours h
full join sums s on s."group" = h."group"
left join exact e on e."group" is not distinct from s."group"
cross join lateral metric_formulas(
    s.total_conversations, s.resolved_conversations, s.escalated_conversations, s.abandoned_conversations,
    s.open_conversations, s.ai_resolved_conversations, s.reopened_conversations, s.total_messages, s.response_us,
    s.response_count, s.first_response_us, s.first_response_count, s.resolution_us, s.csat_responses,
    s.satisfied_responses, s.knowledge_retrievals, s.citations_clicked, s.conversations_with_retrieval,
    s.conversations_with_retrieval_and_click, e.unique_customers, e.first_response_us) f
order by case when $4::text = 'hour_of_week' then 0 else f.total_conversations end desc,
         coalesce(h."group", s."group") nulls last
