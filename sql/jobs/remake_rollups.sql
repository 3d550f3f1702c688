-- Makes the aggregate and the settled days of a range anew from conversations, changed or not; part of a recalculation.
-- job_id integer, ignored | config jsonb: {"from": t, "to": t}, the range
-- Week by week, up to where refresh_rollups has come, and under its lock. Marks stay until the next refresh_rollups.
-- On the Apache-2 Edition, whose rollup is a view, only the settled days.
create or replace procedure remake_rollups(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    range_from timestamptz := public.time_bucket(interval '15 minutes', (config ->> 'from')::timestamptz);
    range_to timestamptz := analytics.bucket_at_or_after((config ->> 'to')::timestamptz);
    slice_from timestamptz;
    slice_to timestamptz;
    store uuid;
    starts timestamptz[];
    ends timestamptz[];
begin
    perform pg_advisory_lock(hashtext('colloquy.refresh_rollups'), 0);
    commit;
    for store, starts, ends in
        select d.store_id, array_agg(d.from_at order by d.from_at), array_agg(d.to_at order by d.from_at)
        from analytics.settled_days d
        where d.from_at < range_to and d.to_at > range_from
        group by d.store_id, date_trunc('month', d.from_at)
        order by d.store_id, min(d.from_at)
    loop
        call analytics.settle_days_of(array_fill(store, array[cardinality(starts)]), starts, ends);
        commit;
    end loop;
    if to_regclass('analytics.conversation_metrics_15m_aggregate') is null
       or current_setting('timescaledb.license') = 'apache' then
        perform pg_advisory_unlock(hashtext('colloquy.refresh_rollups'), 0);
        return;
    end if;
    select least(range_to, p.refreshed_to) into range_to
    from analytics.rollup_progress p where p.rollup = 'conversation_metrics_15m';
    for slice_from, slice_to in
        select greatest(week_at, range_from), least(week_at + interval '168 hours', range_to)
        from timescaledb_information.chunks c
        cross join lateral generate_series(c.range_start, c.range_end - interval '1 microsecond',
                                           interval '168 hours') as w (week_at)
        where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversations'
          and week_at < range_to and week_at + interval '168 hours' > range_from
        order by week_at
    loop
        -- The window has to cover two buckets at least. Forced, because what was changed in the aggregate itself has left
        -- no trace for an ordinary refresh.
        call public.refresh_continuous_aggregate(
            'analytics.conversation_metrics_15m_aggregate', slice_from,
            greatest(slice_to, slice_from + interval '30 minutes'), force => true,
            options => '{"buckets_per_batch": 0}');
    end loop;
    commit;
    perform pg_advisory_unlock(hashtext('colloquy.refresh_rollups'), 0);
end
$$;
comment on procedure remake_rollups(integer, jsonb) is
    'Makes the aggregate and the settled days of a range anew from conversations, whether anything is known to have changed there or not; for recalculation and repair.';
