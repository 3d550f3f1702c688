-- Compares settled_days with the conversations of each day, all columns but what sets are of.
-- store uuid, null for all | from_at timestamptz, inclusive | to_at timestamptz, exclusive: of the starts of the days
-- returns as rollup_differences: level text, kind text ('changed'), store_id uuid, bucket timestamptz (first instant of
-- the day), column_name text, expected text, found text
-- reads settled_days, rollup_pending, conversation_measures, settled_customers, settled_first_responses
-- Days that changes wait to be folded into are left out: nobody reads them.
create or replace function settled_day_differences(store uuid, from_at timestamptz, to_at timestamptz)
returns table (level text, kind text, store_id uuid, bucket timestamptz, column_name text, expected text, found text)
language sql stable
as $$
    select 'settled_days', 'changed', f.store_id, f.from_at, d.column_name, d.expected, d.found
    from (
        select s.*,
               case when s.has_sets then (
                   select coalesce(sum(bit_count(c.customers)), 0)::bigint
                   from analytics.settled_customers c
                   where c.store_id = s.store_id and c.from_at = s.from_at) else s.unique_customers end as customers_in_sets,
               case when s.has_sets then (
                   select coalesce(sum(r.responses), 0)
                   from analytics.settled_first_responses r
                   where r.store_id = s.store_id and r.from_at = s.from_at) else s.first_response_count end
                   as responses_in_sets
        from analytics.settled_days s
        where s.from_at >= settled_day_differences.from_at and s.from_at < settled_day_differences.to_at
          and (store is null or s.store_id = store)
          and not exists (
              select from analytics.rollup_pending p
              where p.store_id = s.store_id and p.bucket > s.from_at - interval '15 minutes' and p.bucket < s.to_at)
    ) f
    cross join lateral (
        select count(*) as total_conversations,
               count(distinct m.customer_id) as unique_customers,
               count(distinct m.customer_id) as customers_in_sets,
               coalesce(sum(m.first_response_count), 0)::bigint as responses_in_sets,
               percentile_cont(array[0.5, 0.95]) within group (order by m.first_response_us)
                   filter (where m.first_response_count = 1) as first_response_percentiles_us,
               coalesce(sum(m.resolved_conversations), 0)::bigint as resolved_conversations,
               coalesce(sum(m.escalated_conversations), 0)::bigint as escalated_conversations,
               coalesce(sum(m.abandoned_conversations), 0)::bigint as abandoned_conversations,
               coalesce(sum(m.open_conversations), 0)::bigint as open_conversations,
               coalesce(sum(m.ai_resolved_conversations), 0)::bigint as ai_resolved_conversations,
               coalesce(sum(m.reopened_conversations), 0)::bigint as reopened_conversations,
               coalesce(sum(m.messages_sent), 0)::bigint as messages_sent,
               coalesce(sum(m.messages_received), 0)::bigint as messages_received,
               coalesce(sum(m.response_us), 0)::bigint as response_us,
               coalesce(sum(m.response_count), 0)::bigint as response_count,
               coalesce(sum(m.first_response_us), 0)::bigint as first_response_us,
               coalesce(sum(m.first_response_count), 0)::bigint as first_response_count,
               coalesce(sum(m.resolution_us), 0)::bigint as resolution_us,
               coalesce(sum(m.csat_responses), 0)::bigint as csat_responses,
               coalesce(sum(m.satisfied_responses), 0)::bigint as satisfied_responses,
               coalesce(sum(m.knowledge_retrievals), 0)::bigint as knowledge_retrievals,
               coalesce(sum(m.citations_clicked), 0)::bigint as citations_clicked,
               coalesce(sum(m.conversations_with_retrieval), 0)::bigint as conversations_with_retrieval,
               coalesce(sum(m.conversations_with_retrieval_and_click), 0)::bigint
                   as conversations_with_retrieval_and_click
        from analytics.conversation_measures m
        where m.store_id = f.store_id and m.started_at >= f.from_at and m.started_at < f.to_at
          and m.started_at >= settled_day_differences.from_at
          and m.started_at < settled_day_differences.to_at + interval '3 days'
    ) e
    cross join lateral (
        select x.key as column_name, x.value as expected, y.value as found
        from jsonb_each_text(to_jsonb(e)) x
        join jsonb_each_text(to_jsonb(f)) y using (key)
        where x.value is distinct from y.value
    ) d
$$;
comment on function settled_day_differences(uuid, timestamptz, timestamptz) is
    'Compares settled_days, where readers use them, with the conversations of each day.';
