-- What whoever is on call looks at first: one row a figure, whether it is as it should be, and what it means.
-- returns area text, metric text, label text, value float8, unit text, is_healthy boolean, detail text
-- value is null where there is nothing to measure yet; is_healthy where there is no right and wrong. Bounds, and what to
-- do beyond them, are in docs/runbook.md. Reads no events: statistics, catalogs and small tables only, and no more than
-- 100,000 pending marks.
-- A minute is the resolution of everything that comes from ingest_samples.
-- A function whose text PostgreSQL looks at when it runs: a view that read the views of TimescaleDB would keep
-- `alter extension timescaledb update` from replacing them. With the rights of its owner, as a view has.
create or replace function pipeline_figures()
returns table (area text, metric text, label text, value float8, unit text, is_healthy boolean, detail text)
language sql stable security definer
set search_path = analytics, public, pg_temp
as $$
    with
    -- Until something has run for the first time, its age counts from the migration.
    migrated as (
        select min(applied_at) as at from applied_sql
    ),
    newest as (
        select max(sampled_at) as at from ingest_samples where code = ''
    ),
    ingest as (
        select 'ingest' as area, 'ingest_events_per_second' as metric, w.label,
               sum(s.events) / nullif(sum(extract(epoch from s.sampled_at - s.from_at)), 0)::float8 as value,
               'events/second' as unit, null::boolean as is_healthy,
               format('%s events of producers were stored in this time, as of %s', coalesce(sum(s.events), 0),
                      coalesce(to_char(n.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), 'never')) as detail
        from newest n
        cross join (values ('1 minute', interval '30 seconds'), ('5 minutes', interval '270 seconds'),
                           ('1 hour', interval '3570 seconds')) as w (label, span)
        left join ingest_samples s on s.code = '' and s.sampled_at > n.at - w.span
                                  -- Old samples are no rate of today: the job has stopped, which its row below says.
                                  and n.at > now() - interval '5 minutes'
        group by w.label, w.span, n.at
    ),
    last_event as (
        select (select max(sampled_at) from ingest_samples where code = '' and events > 0) as at,
               -- Busy at this time of day, yesterday and a week ago.
               coalesce((select sum(events) > 0 from ingest_samples
                         where code = '' and sampled_at between now() - interval '25 hours' and now() - interval '24 hours'), false)
               and coalesce((select sum(events) > 0 from ingest_samples
                             where code = '' and sampled_at between now() - interval '169 hours'
                                                                and now() - interval '168 hours'), true) as is_usual
    ),
    last_event_row as (
        select 'ingest', 'ingest_last_event_age_seconds', '', extract(epoch from now() - at)::float8, 'seconds',
               not is_usual or coalesce(at > now() - interval '30 minutes', false),
               case when at is null then 'no event has come in since samples are taken'
                    else format('the last event came in %s ago%s', date_trunc('minute', now() - at),
                                case when is_usual then '; at this hour there were events yesterday' end) end
        from last_event
    ),
    rejected as (
        select w.metric, s.code, sum(s.events) as events, w.span
        from (values ('ingest_rejected_hour_events', interval '1 hour'), ('ingest_rejected_week_events', interval '7 days'))
             as w (metric, span)
        join ingest_samples s on s.code <> '' and s.sampled_at > now() - w.span
        group by w.metric, s.code, w.span
    ),
    rejected_rows as (
        select 'ingest', metric, code, events::float8, 'events', null::boolean,
               format('events rejected as %s in the last %s; GET /api/v1/ingest/rejections of a store shows them', code,
                      case when span < interval '1 day' then 'hour' else 'week' end)
        from rejected
        union all
        select 'ingest', 'ingest_rejected_share', '',
               r.events::float8 / nullif(r.events + s.events, 0), 'ratio',
               -- A handful of broken events among a handful of good ones is no alarm.
               r.events < 100 or r.events < 0.2 * (r.events + s.events),
               format('%s of %s events of the last hour were rejected', r.events, r.events + s.events)
        from (select coalesce(sum(events), 0) as events from rejected where span = interval '1 hour') r,
             (select coalesce(sum(events), 0) as events from ingest_samples
              where code = '' and sampled_at > now() - interval '1 hour') s
    ),
    pending as (
        select count(*) as marks, min(id) as oldest_id
        from (select id from rollup_pending order by id limit 100001) as first_marks
    ),
    pending_since as (
        select p.marks, case when p.oldest_id is not null then
                   coalesce((select min(sampled_at) from ingest_samples where code = '' and pending_to >= p.oldest_id), now())
               end as at
        from pending p
    ),
    rollups as (
        select 'rollups', 'rollup_lag_seconds', rollup,
               case when isfinite(refreshed_to)
                    then greatest(extract(epoch from now() - interval '48 hours' - refreshed_to), 0)::float8 end, 'seconds',
               isfinite(refreshed_to) and refreshed_to > now() - interval '49 hours',
               case when isfinite(refreshed_to)
                    then format('materialised up to %s; later buckets are read live, which is planned for the last 48 hours',
                                to_char(refreshed_to at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'))
                    else 'nothing is materialised yet; answers are right but slower' end
        from rollup_progress
        union all
        select 'rollups', 'rollup_refresh_age_seconds', rollup,
               extract(epoch from now() - coalesce(refreshed_at, m.at))::float8, 'seconds',
               coalesce(refreshed_at, m.at) > now() - interval '10 minutes',
               case when refreshed_at is null then 'never refreshed since the migration'
                    else format('last refreshed %s ago', date_trunc('second', now() - refreshed_at)) end
        from rollup_progress, migrated m
        union all
        select 'rollups', 'rollup_pending_buckets', '', marks::float8, 'buckets', marks <= 10000,
               format('%s%s changed buckets wait to be folded in; reads of them are right but slower',
                      case when marks > 100000 then 'more than ' end, least(marks, 100000))
        from pending_since
        union all
        select 'rollups', 'rollup_pending_age_seconds', '', coalesce(extract(epoch from now() - at), 0)::float8, 'seconds',
               coalesce(at > now() - interval '15 minutes', true),
               case when at is null then 'nothing waits'
                    else format('the oldest mark has waited for %s, to the minute', date_trunc('second', now() - at)) end
        from pending_since
    ),
    -- Some versions of PostgreSQL report jobs as failed that have done their work: a run counts as failed only if the job
    -- has not come to its end since it started.
    jobs as (
        select p.job, p.every, r.last_finished_at, r.last_error, coalesce(r.last_finished_at, m.at) as fresh_at,
               e.is_in_database and j.job_id is null as is_missing, e.is_in_database and not j.scheduled as is_paused,
               coalesce(r.failures, 0)
                   + case when s.last_run_status = 'Failed'
                               and s.last_run_started_at > coalesce(r.last_finished_at, '-infinity')
                          then 1 else 0 end as failures,
               greatest(r.last_failed_at, case when s.last_run_status = 'Failed' then s.last_run_started_at end) as failed_at
        from planned_jobs p
        cross join migrated m
        cross join (select current_setting('timescaledb.license') = 'timescale' as is_in_database) as e
        left join job_runs r using (job)
        left join timescaledb_information.jobs j
            on j.proc_schema = 'analytics' and j.proc_name = p.procedure and j.config is not distinct from p.config
        left join timescaledb_information.job_stats s on s.job_id = j.job_id
        where e.is_in_database or not p.in_database_only
    ),
    job_rows as (
        select 'jobs', 'job_age_seconds', job, extract(epoch from now() - fresh_at)::float8, 'seconds',
               fresh_at > now() - every * 2 - interval '10 minutes' and not coalesce(is_missing or is_paused, false),
               concat(case when last_finished_at is null then 'has not come to its end since the migration'
                           else format('came to its end %s ago', date_trunc('second', now() - last_finished_at)) end,
                      format('; planned every %s', every),
                      case when is_missing then '; the database does not have it: run colloquy migrate'
                           when is_paused then '; it is paused: alter_job(…, scheduled => true)' end)
        from jobs
        union all
        select 'jobs', 'job_failures', job, failures::float8, 'runs', failures = 0,
               case when failures = 0 then 'no failure since it last came to its end'
                    else format('failed %s ago: %s', date_trunc('second', now() - failed_at),
                                coalesce(last_error, 'timescaledb_information.job_errors has the reason')) end
        from jobs
    ),
    chunks as materialized (
        select hypertable_name::text as relation, range_end, is_compressed
        from timescaledb_information.chunks
        where hypertable_schema = 'analytics' and hypertable_name in ('conversation_events', 'conversations')
    ),
    relations as (
        select relation, format('analytics.%I', relation)::regclass as id
        from (values ('conversation_events'), ('conversations')) as hypertables (relation)
    ),
    -- Only the raw log has a columnstore. The catalog of TimescaleDB keeps what each chunk had before and has since.
    columnstore as (
        select coalesce(sum(numrows_pre_compression), 0) as events,
               coalesce(sum(uncompressed_heap_size + uncompressed_toast_size + uncompressed_index_size), 0) as bytes_before,
               coalesce(sum(compressed_heap_size + compressed_toast_size + compressed_index_size), 0) as bytes
        from _timescaledb_catalog.compression_chunk_size
    ),
    sizes as materialized (
        select r.relation, public.hypertable_approximate_size(r.id) as bytes,
               (select coalesce(sum(greatest(c.reltuples, 0)), 0)
                from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = r.id)
                   + case when r.relation = 'conversation_events' then (select events from columnstore) else 0 end as row_count
        from relations r
    ),
    storage_rows as (
        select 'storage', 'storage_bytes', relation, bytes::float8, 'bytes', null::boolean,
               format('%s with its indexes and columnstore, about %s rows', pg_size_pretty(bytes), row_count::bigint)
        from sizes
        union all
        select 'storage', 'storage_rows', relation, row_count::float8, 'rows', null,
               'rows as of the last vacuum or analyze of each chunk'
        from sizes
        union all
        select 'storage', 'storage_bytes_per_row', relation, bytes / nullif(row_count, 0)::float8, 'bytes', null,
               'everything that is stored, divided by the rows'
        from sizes
        union all
        select 'storage', 'storage_chunks', r.relation, count(c.relation)::float8, 'chunks', null, 'chunks of 7 days'
        from relations r left join chunks c using (relation)
        group by r.relation
        union all
        select 'storage', 'columnstore_chunks', 'conversation_events', count(*) filter (where is_compressed)::float8, 'chunks',
               null, format('of %s chunks of raw events these are in the columnstore', count(*))
        from chunks
        where relation = 'conversation_events'
        union all
        select 'storage', 'columnstore_bytes', 'conversation_events', bytes::float8, 'bytes', null,
               format('%s of events in the columnstore, as of their move', pg_size_pretty(bytes))
        from columnstore
        union all
        select 'storage', 'columnstore_ratio', 'conversation_events', bytes_before / nullif(bytes, 0)::float8, 'ratio', null,
               'size of the events in the columnstore before their move, divided by the size after it'
        from columnstore
    ),
    raw_rows as (
        select 'raw', 'raw_complete_from_age_seconds', '',
               case when isfinite(raw_complete_from) then extract(epoch from now() - raw_complete_from)::float8 end, 'seconds',
               null::boolean,
               case when isfinite(raw_complete_from)
                    then format('all raw events since %s are there', to_char(raw_complete_from at time zone 'UTC', 'YYYY-MM-DD'))
                    else 'no raw event has been dropped yet' end
        from installation
        union all
        select 'raw', 'raw_retention_overdue_seconds', '', coalesce(overdue, 0)::float8, 'seconds',
               coalesce(overdue, 0) < 86400,
               format('raw events are kept for %s in whole chunks; %s', raw_retention,
                      case when overdue > 0 then 'the oldest chunk should be gone: is it archived, does an import hold the lock?'
                           else 'none is older' end)
        from (select raw_retention,
                     (select extract(epoch from now() - raw_retention - min(range_end))
                      from chunks where relation = 'conversation_events' having min(range_end) < now() - raw_retention) as overdue
              from installation) as i
        union all
        -- A chunk is due at 56 days; the job comes once a day.
        select 'raw', 'columnstore_backlog_chunks', '',
               count(*)::float8, 'chunks', count(*) filter (where range_end < now() - interval '58 days') = 0,
               'raw chunks that are due for the columnstore'
        from chunks
        where relation = 'conversation_events' and not is_compressed and range_end < now() - interval '56 days'
        having current_setting('timescaledb.license') = 'timescale'
    ),
    local_day_rows as (
        select 'local_days', 'local_dates_ahead', '', min(d.last_date - current_date)::float8, 'days',
               coalesce(min(d.last_date - current_date) >= 7, true) and count(*) = count(d.last_date),
               case when count(*) = 0 then 'there is no store'
                    else format('store %s has local days up to %s; views by date end there',
                                (array_agg(s.store_id order by d.last_date nulls first))[1],
                                coalesce(min(d.last_date)::text, 'never')) end
        from stores s
        left join lateral (select date as last_date from store_days d where d.store_id = s.store_id
                           order by date desc limit 1) d on true
    ),
    sessions as (
        select (select sum(numbackends) from pg_stat_database) as used,
               current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
                   - current_setting('reserved_connections')::integer as most
    ),
    locks as materialized (
        select count(*) filter (where granted and not fastpath) as held,
               count(*) filter (where not granted) as waiting, min(waitstart) as since
        from pg_locks
    ),
    server_rows as (
        select 'server', 'database_connections', '', used::float8, 'connections', used < 0.8 * most,
               format('%s of %s connections of the server are in use', used, most)
        from sessions
        union all
        select 'server', 'database_connections_max', '', most::float8, 'connections', null, 'max_connections without the reserved ones'
        from sessions
        union all
        select 'server', 'database_locks_waiting', '', waiting::float8, 'locks', coalesce(since > now() - interval '1 minute', true),
               case when since is null then 'nobody waits for a lock'
                    else format('the longest wait began %s ago; see pg_locks and pg_blocking_pids',
                                date_trunc('second', now() - since)) end
        from locks
        union all
        select 'server', 'database_lock_table_ratio', '', held / most::float8, 'ratio', held < 0.7 * most,
               format('%s of about %s places of the lock table are taken (max_locks_per_transaction × connections)', held, most)
        from locks,
             (select current_setting('max_locks_per_transaction')::bigint
                     * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint)) as m (most)
    )
    select * from ingest
    union all select * from last_event_row
    union all select * from rejected_rows
    union all select * from rollups
    union all select * from job_rows
    union all select * from storage_rows
    union all select * from raw_rows
    union all select * from local_day_rows
    union all select * from server_rows
$$;
comment on function pipeline_figures() is 'What the view pipeline_health shows.';

create or replace view pipeline_health as
select area, metric, label, value, unit, is_healthy, detail
from pipeline_figures();
comment on view pipeline_health is 'What whoever is on call looks at first: one row a figure, whether it is as it should be, and what it means. docs/monitoring.md lists the figures, docs/runbook.md what to do.';
comment on column pipeline_health.area is 'ingest, rollups, jobs, storage, raw, local_days or server.';
comment on column pipeline_health.metric is 'Name of the figure, with its unit; /metrics has it as colloquy_ and this name.';
comment on column pipeline_health.label is 'What of: a job, a rollup, a relation, a code of rejection, a length of time; empty where there is one only.';
comment on column pipeline_health.value is 'The figure; null where there is nothing to measure yet.';
comment on column pipeline_health.unit is 'Unit of the value.';
comment on column pipeline_health.is_healthy is 'Whether it is as it should be; null where there is no right and wrong.';
comment on column pipeline_health.detail is 'The figure in words, for people.';
