-- Metrics of the conversations of a store that started in a range: the numbers of GET /analytics/metrics, in one row.
-- store uuid | "from" timestamptz, inclusive | "to" timestamptz, exclusive
-- or | start_date date and end_date date, local days of the store, both inclusive
-- or | start_text text and end_text text: literals without a type, which are dates if both look like 2026-11-22
-- returns the columns of metric_formulas: counts bigint, rates float8 (0 to 1), times float8 (milliseconds), null where
-- there is nothing to divide by; one row, also of a range without conversations
-- reads analytics.period_metrics
-- For whoever may read the tables; the number of chunks opened is that of the range. Planned for each call, so that the
-- range prunes chunks, and without just-in-time compilation, which would compile every chunk anew.
create or replace function metrics(store uuid, "from" timestamptz, "to" timestamptz)
returns table (
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint,
    resolution_rate float8, escalation_rate float8, abandonment_rate float8, ai_resolution_rate float8,
    open_rate float8,
    avg_response_time_ms float8, avg_first_response_time_ms float8, p50_first_response_time_ms float8,
    p95_first_response_time_ms float8, avg_resolution_time_ms float8,
    total_messages bigint, avg_conversation_length float8, unique_customers bigint,
    csat float8, csat_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    citation_click_rate float8,
    responses bigint, answered_conversations bigint, conversations_with_retrieval bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
begin
    perform analytics.store_timezone(store);
    perform analytics.check_range("from"::text, "to"::text, "from" > "to");
    return query
        select m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
               m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
               m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
               m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
               m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
               m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate, m.responses,
               m.answered_conversations, m.conversations_with_retrieval
        from analytics.period_metrics(store, metrics."from", metrics."to", array[metrics."from"]) m;
end
$$;
comment on function metrics(uuid, timestamptz, timestamptz) is
    'Metrics of the conversations of a store that started in [from, to), as GET /analytics/metrics has them; one row. Rates are 0 to 1, times milliseconds.';

create or replace function metrics(store uuid, start_date date, end_date date)
returns table (
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint,
    resolution_rate float8, escalation_rate float8, abandonment_rate float8, ai_resolution_rate float8,
    open_rate float8,
    avg_response_time_ms float8, avg_first_response_time_ms float8, p50_first_response_time_ms float8,
    p95_first_response_time_ms float8, avg_resolution_time_ms float8,
    total_messages bigint, avg_conversation_length float8, unique_customers bigint,
    csat float8, csat_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    citation_click_rate float8,
    responses bigint, answered_conversations bigint, conversations_with_retrieval bigint)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    zone constant text := analytics.store_timezone(store);
begin
    perform analytics.check_range(start_date::text, end_date::text, start_date > end_date);
    return query
        select m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
               m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
               m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
               m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
               m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
               m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate, m.responses,
               m.answered_conversations, m.conversations_with_retrieval
        from analytics.metrics(store, analytics.local_day_start(start_date, zone),
                               analytics.local_day_start(end_date + 1, zone)) m;
end
$$;
comment on function metrics(uuid, date, date) is
    'Metrics of the conversations of a store that started on local days of the store, the last one included, as GET /analytics/metrics has them; one row. Rates are 0 to 1, times milliseconds.';

-- Without it PostgreSQL would take the literals of metrics(store, '2026-11-16', '2026-11-22') for instants and silently
-- leave out the last day.
create or replace function metrics(store uuid, start_text text, end_text text)
returns table (
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint,
    resolution_rate float8, escalation_rate float8, abandonment_rate float8, ai_resolution_rate float8,
    open_rate float8,
    avg_response_time_ms float8, avg_first_response_time_ms float8, p50_first_response_time_ms float8,
    p95_first_response_time_ms float8, avg_resolution_time_ms float8,
    total_messages bigint, avg_conversation_length float8, unique_customers bigint,
    csat float8, csat_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    citation_click_rate float8,
    responses bigint, answered_conversations bigint, conversations_with_retrieval bigint)
language plpgsql stable
as $$
#variable_conflict use_column
declare
    a_date constant text := '^\d{4}-\d\d-\d\d$';
begin
    if (start_text ~ a_date) is distinct from (end_text ~ a_date) then
        raise exception 'a date and an instant make no range: % to %', coalesce(start_text, 'null'),
                        coalesce(end_text, 'null')
            using errcode = 'invalid_parameter_value',
                  detail = 'Dates are local days of the store, the last one included; instants are half-open.',
                  hint = 'Give two dates, or two instants such as 2026-11-22 10:00+00.';
    elsif start_text ~ a_date then
        return query select m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
               m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
               m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
               m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
               m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
               m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate, m.responses,
               m.answered_conversations, m.conversations_with_retrieval
                     from analytics.metrics(store, start_text::date, end_text::date) m;
    else
        return query select m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
               m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
               m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
               m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
               m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
               m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate, m.responses,
               m.answered_conversations, m.conversations_with_retrieval
                     from analytics.metrics(store, start_text::timestamptz, end_text::timestamptz) m;
    end if;
end
$$;
comment on function metrics(uuid, text, text) is
    'metrics() for literals without a type: local days of the store if both look like 2026-11-22, else instants.';
