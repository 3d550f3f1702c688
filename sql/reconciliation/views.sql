-- Compares store_days with the calendar, and daily, weekly and monthly metrics with sums of the rollup.
-- Unique customers are in no rollup; the views count them in conversations, as everything else does.
-- Store days that overlap the range are compared; of the metrics, days, weeks and months that lie in it as a whole.
-- $1 store_id uuid, null for all | $2 from timestamptz, exclusive | $3 to timestamptz, inclusive: what ends in between
-- $4 range_from timestamptz, inclusive | $5 range_to timestamptz, exclusive: the whole range, of which this is a part
-- $6 buckets_from timestamptz, $7 buckets_to timestamptz: at least a month before and after $2 and $3
-- returns level text ('store_days', 'daily_metrics', 'weekly_metrics' or 'monthly_metrics'), kind text ('missing',
-- 'surplus' or 'changed'), store_id uuid, conversation_id uuid (null here), at timestamptz (first instant), date date
-- (local, the first), column text (null unless changed), expected text, found text (both null unless changed)
-- reads stores, store_days, conversation_metrics_15m, daily_metrics, weekly_metrics, monthly_metrics, local_instant
with
units as materialized (
    select *, starts_at >= $4::timestamptz and ends_at <= $5::timestamptz as is_whole
    from (
        select s.store_id, g.level, g.granularity, day::date as date, local_instant(day, s.timezone) as starts_at,
               local_instant(day + g.length, s.timezone) as ends_at
        from stores s
        cross join (values ('daily_metrics', 'day', interval '1 day'), ('weekly_metrics', 'week', interval '7 days'),
                           ('monthly_metrics', 'month', interval '1 month')) as g (level, granularity, length)
        cross join lateral generate_series(
            date_trunc(g.granularity, ($2::timestamptz at time zone s.timezone) - interval '1 day'),
            ($3::timestamptz at time zone s.timezone) + interval '1 day', g.length) as d (day)
        where $1::uuid is null or s.store_id = $1::uuid
    ) as near
    where ends_at > $2::timestamptz and starts_at < $3::timestamptz
      -- The last day of the range may end beyond it.
      and (ends_at <= $3::timestamptz or $3::timestamptz >= $5::timestamptz)
),
-- Days that the clocks have skipped have no instant, and no row in a view.
sums as materialized (
    select u.level, u.store_id, u.date,
           sum(b.total_conversations)::bigint as total_conversations,
           sum(b.resolved_conversations)::bigint as resolved_conversations,
           sum(b.escalated_conversations)::bigint as escalated_conversations,
           sum(b.abandoned_conversations)::bigint as abandoned_conversations,
           sum(b.open_conversations)::bigint as open_conversations,
           sum(b.ai_resolved_conversations)::bigint as ai_resolved_conversations,
           sum(b.reopened_conversations)::bigint as reopened_conversations,
           sum(b.messages_sent + b.messages_received)::bigint as total_messages,
           sum(b.response_us)::float8 / 1000 / nullif(sum(b.response_count), 0)::float8 as avg_response_time_ms,
           sum(b.first_response_us)::float8 / 1000 / nullif(sum(b.first_response_count), 0)::float8
               as avg_first_response_time_ms,
           (sum(b.resolved_conversations) / sum(b.total_conversations))::float8 as resolution_rate,
           (sum(b.escalated_conversations) / sum(b.total_conversations))::float8 as escalation_rate,
           (sum(b.abandoned_conversations) / sum(b.total_conversations))::float8 as abandonment_rate,
           sum(b.csat_responses)::bigint as csat_responses,
           sum(b.satisfied_responses)::float8 / nullif(sum(b.csat_responses), 0)::float8 as csat,
           sum(b.knowledge_retrievals)::bigint as knowledge_retrievals,
           sum(b.citations_clicked)::bigint as citations_clicked
    from conversation_metrics_15m b
    join units u on u.store_id = b.store_id and b.bucket >= u.starts_at and b.bucket < u.ends_at
    where b.bucket >= $6::timestamptz and b.bucket < $7::timestamptz and ($1::uuid is null or b.store_id = $1::uuid)
    group by u.level, u.store_id, u.date
),
shown as materialized (
    select u.level, u.store_id, u.date, to_jsonb(m) as metrics
    from units u join daily_metrics m on m.store_id = u.store_id and m.date = u.date
    where u.granularity = 'day'
    union all
    select u.level, u.store_id, u.date, to_jsonb(m)
    from units u join weekly_metrics m on m.store_id = u.store_id and m.date = u.date
    where u.granularity = 'week'
    union all
    select u.level, u.store_id, u.date, to_jsonb(m)
    from units u join monthly_metrics m on m.store_id = u.store_id and m.date = u.date
    where u.granularity = 'month'
)
select level, kind, store_id, null::uuid as conversation_id, starts_at as at, date, column_name as "column", expected,
       found
from (
    -- A day is missed only where it has conversations.
    select 'store_days' as level, case when d.date is null then 'missing' else 'changed' end as kind,
           u.store_id, u.starts_at, u.date, c.column_name, c.expected::text, c.found::text
    from units u
    left join store_days d on d.store_id = u.store_id and d.date = u.date
    left join lateral (
        values ('from_at', u.starts_at, d.from_at), ('to_at', u.ends_at, d.to_at)
    ) as c (column_name, expected, found) on d.date is not null and c.expected <> c.found
    where u.granularity = 'day' and (c.column_name is not null or (d.date is null and exists (
        select from sums s where s.level = u.level and s.store_id = u.store_id and s.date = u.date)))
    union all
    select u.level, case when v.date is null then 'missing' when s.date is null then 'surplus' else 'changed' end,
           u.store_id, u.starts_at, u.date, c.column_name, c.expected, c.found
    from units u
    left join sums s on s.level = u.level and s.store_id = u.store_id and s.date = u.date
    left join shown v on v.level = u.level and v.store_id = u.store_id and v.date = u.date
    left join lateral (
        select x.key as column_name, x.value as expected, v.metrics ->> x.key as found
        from jsonb_each_text(to_jsonb(s)) as x
        where x.key not in ('level', 'store_id', 'date') and x.value is distinct from v.metrics ->> x.key
    ) as c on s.date is not null and v.date is not null
    where u.is_whole and ((s.date is null) <> (v.date is null) or c.column_name is not null)
) as found_differences (level, kind, store_id, starts_at, date, column_name, expected, found)
order by at, store_id, level, column_name
