-- Whether rollups, jobs and local days of a migrated database keep up.
-- returns level text ('ok', 'warning' or 'error'), subject text, finding text
-- reads rollup_progress, rollup_pending, store_days, stores, installation, archives, timescaledb_information.jobs,
-- timescaledb_information.chunks
with
-- Judged by freshness: some versions of PostgreSQL report jobs as failed that have done their work.
checks (position, is_bad, level, subject, good, bad) as (
    select 1, refreshed_at is null or refreshed_at < now() - interval '10 minutes', 'warning', 'rollup refresh',
           format('last %s ago', date_trunc('second', now() - refreshed_at)),
           coalesce('last ' || date_trunc('second', now() - refreshed_at) || ' ago', 'never')
               || '; answers stay right but get slower: are the jobs running?'
    from rollup_progress
    union all
    select 2, count(*) > 10000, 'warning', 'pending buckets', count(*)::text,
           count(*) || '; run `colloquy refresh`'
    from rollup_pending
    union all
    select 3, coalesce(min(last_date) < current_date + 7, false), 'warning', 'local days', 'a month ahead',
           'some store has no local days a week ahead; is the job extend_store_days running?'
    from (select max(d.date) as last_date from stores s left join store_days d using (store_id) group by s.store_id) l
    union all
    select 4, false, 'warning', 'raw events',
           format('kept for %s, complete from %s', raw_retention, raw_complete_from), ''
    from installation
    union all
    select 5, current_setting('timescaledb.license') = 'timescale' and count(*) filter (where scheduled) < 6, 'warning',
           'jobs', case when current_setting('timescaledb.license') = 'timescale'
                        then count(*) filter (where scheduled) || ' scheduled in the database'
                        else 'run by the server' end,
           'some are missing or paused; run `colloquy migrate`, or alter_job'
    from timescaledb_information.jobs
    where proc_schema = 'analytics'
    union all
    -- Two weeks: whole chunks of a week are archived, and somebody who does it weekly is in time.
    select 6, archive_before_drop and min(c.range_end) < now() - raw_retention - interval '14 days', 'warning', 'archives',
           case when archive_before_drop then (select count(*) from archives) || ', and nothing overdue'
                else (select count(*) from archives) || '; retention drops without' end,
           format('raw events from %s on are overdue; run `colloquy archive`', min(c.range_start))
    from installation
    left join timescaledb_information.chunks c
           on c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
    group by archive_before_drop, raw_retention
)
select case when is_bad then level else 'ok' end as level, subject, case when is_bad then bad else good end as finding
from checks
order by position
