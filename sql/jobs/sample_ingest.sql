-- Counts the events that came in since the last run; scheduled every minute.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Ingest itself counts nothing: PostgreSQL does, for each chunk, and this job takes the differences. Its counts come up
-- to ten seconds late, include inserts that were rolled back, and start anew after a crash. Chunks that live events
-- cannot reach any more (55 days) are left out, so an import of history is no ingest. Timeout events are taken off.
create or replace procedure sample_ingest(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    last_run analytics.ingest_counters;
    this_run constant timestamptz := clock_timestamp();
    counted jsonb;
    stored bigint;
    new_timeouts bigint;
begin
    select * into last_run from analytics.ingest_counters for update;

    select coalesce(jsonb_object_agg(chunk_name, rows_stored), '{}'),
           coalesce(sum(rows_stored - case when before <= rows_stored then before else 0 end), 0)
    into counted, stored
    from (
        select c.chunk_name, (last_run.chunk_rows -> c.chunk_name)::bigint as before,
               pg_stat_get_tuples_inserted(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass) as rows_stored
        from timescaledb_information.chunks c
        where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
          and c.range_end > now() - interval '55 days'
    ) as chunks;
    -- The counts of rows may lag behind those of timeouts, never the other way round.
    new_timeouts := least(stored, last_run.timeouts - last_run.timeouts_sampled);

    -- What came in over more than an hour is no rate.
    if last_run.sampled_at >= this_run - interval '1 hour' and last_run.sampled_at < this_run then
        insert into analytics.ingest_samples (code, sampled_at, from_at, events, pending_to)
        values ('', this_run, last_run.sampled_at, stored - new_timeouts, (select max(id) from analytics.rollup_pending));
        -- Rejections are committed within seconds of their time.
        insert into analytics.ingest_samples (code, sampled_at, from_at, events)
        select code, this_run, last_run.sampled_at, sum(events)
        from analytics.ingest_rejections
        where rejected_at > last_run.sampled_at - interval '10 seconds'
          and rejected_at <= this_run - interval '10 seconds'
        group by code;
    end if;

    update analytics.ingest_counters c
    set sampled_at = this_run, chunk_rows = counted, timeouts_sampled = c.timeouts_sampled + new_timeouts;
    delete from analytics.ingest_samples where sampled_at < this_run - interval '8 days';
    perform analytics.record_job_run('sample_ingest');
end
$$;
comment on procedure sample_ingest(integer, jsonb) is
    'Counts the events that came in since its last run, stored and rejected, into ingest_samples. Job, every minute.';
