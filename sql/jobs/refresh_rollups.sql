-- Folds changed and newly finished buckets into the continuous aggregate and settled_days; scheduled every minute.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- On the Apache-2 Edition, whose rollup is a view, only settled_days is kept.
-- Safe to run at any time and twice. A session lock serialises runs, because concurrent refreshes of one aggregate
-- have lost rows in some versions; it is held over the commits inside. After an error, end the session to release it.
create or replace procedure refresh_rollups(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    pending_ids bigint[];
    finished_weeks timestamptz[];
    refreshed_to timestamptz;
    -- Younger conversations still change, and are read live. A finite end: one row from the future would otherwise
    -- move the watermark past live rows.
    refresh_to timestamptz := public.time_bucket(interval '15 minutes', now() - interval '48 hours');
    slice_from timestamptz;
    slice_to timestamptz;
    is_materialized boolean := to_regclass('analytics.conversation_metrics_15m_aggregate') is not null
        and current_setting('timescaledb.license') <> 'apache';
begin
    -- The licence was changed back after migrate: until migrate has run again, views still read the aggregate.
    if to_regclass('analytics.conversation_metrics_15m_aggregate') is not null and not is_materialized then
        raise notice 'the rollup is not refreshed: run colloquy migrate for this edition';
        return;
    end if;
    perform pg_advisory_lock(hashtext('colloquy.refresh_rollups'), 0);
    commit;

    select p.refreshed_to into refreshed_to
    from analytics.rollup_progress p where p.rollup = 'conversation_metrics_15m';
    -- Weeks that time has finished since the last run. Before the marks, so that whoever made a chunk of them has left
    -- marks that are waited for below.
    select array_agg(distinct week_at) into finished_weeks
    from timescaledb_information.chunks c
    cross join lateral generate_series(c.range_start, c.range_end - interval '1 microsecond', interval '168 hours')
        as w (week_at)
    where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversations'
      and c.range_end > refreshed_to and c.range_start < refresh_to;
    -- Marks that are visible now are of changes that the refresh below will see.
    select array_agg(id) into pending_ids from analytics.rollup_pending;
    -- A commit is visible a moment before other sessions are told that a hypertable has its first chunk: what they plan
    -- in between reads nothing. Whoever commits tells first and then gives up the lock on its transaction.
    while exists (
        select from analytics.rollup_pending p
        where p.id = any (pending_ids)
          and p.xmin in (select l.transactionid from pg_locks l where l.locktype = 'transactionid'))
    loop
        perform pg_sleep(0.005);
    end loop;
    commit;

    if is_materialized then
        for slice_from, slice_to in
            with
            -- Weeks with a changed bucket beside the finished ones.
            due (from_at, to_at) as (
                select distinct week_at, least(week_at + interval '168 hours', refreshed_to)
                from analytics.rollup_pending
                cross join lateral public.time_bucket(interval '168 hours', bucket, timestamptz '1970-01-01 00:00:00+00')
                    as w (week_at)
                where id = any (pending_ids) and bucket < refreshed_to
                union all
                select week_at, least(week_at + interval '168 hours', refresh_to)
                from unnest(finished_weeks) as w (week_at)
            )
            select min(from_at), max(to_at) from due where from_at < to_at group by from_at order by from_at
        loop
            -- The window has to cover two buckets at least. Without the option each ten buckets of a slice would be
            -- a refresh of their own (measured: 67 in an empty week).
            call public.refresh_continuous_aggregate(
                'analytics.conversation_metrics_15m_aggregate', slice_from,
                greatest(slice_to, slice_from + interval '30 minutes'), options => '{"buckets_per_batch": 0}');
        end loop;
    end if;

    call analytics.settle_days(pending_ids, refresh_to);

    update analytics.rollup_progress p
    set refreshed_to = greatest(p.refreshed_to, refresh_to), refreshed_at = clock_timestamp()
    where p.rollup = 'conversation_metrics_15m';
    delete from analytics.rollup_pending where id = any (pending_ids);
    perform analytics.record_job_run('refresh_rollups');
    commit;
    perform pg_advisory_unlock(hashtext('colloquy.refresh_rollups'), 0);
end
$$;
comment on procedure refresh_rollups(integer, jsonb) is
    'Folds changed and newly finished buckets into the continuous aggregate and settled_days, one run at a time. Job, every minute.';
