-- Drops raw events that are older than installation.raw_retention, in whole chunks; scheduled hourly.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Conversations and metrics stay. First raw_complete_from moves forward, under a lock that waits for the rebuilds
-- under way and is held for an instant only; then the chunks go, which nobody reads any more. At most 20 chunks a
-- transaction. Does nothing while an import or a recalculation runs.
create or replace procedure drop_raw_events(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    cutoff timestamptz;
    slice_to timestamptz;
begin
    if not pg_try_advisory_lock(hashtext('colloquy.raw_in_use'), 0) then
        raise notice 'raw events are not dropped now: an import or a recalculation is running';
        perform analytics.record_job_run('drop_raw_events');
        return;
    end if;
    commit;

    select max(c.range_end) into cutoff
    from timescaledb_information.chunks c, analytics.installation i
    where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
      and c.range_end <= now() - i.raw_retention;

    -- Writers that come after this one wait behind it, so it asks only when there is something to drop, and gives up
    -- rather than wait for a writer that takes long; the next run tries again.
    if exists (select from analytics.installation where raw_complete_from < cutoff) then
        begin
            set local lock_timeout = '200ms';
            perform pg_advisory_xact_lock(hashtext('colloquy.raw_complete_from'), 0);
            update analytics.installation set raw_complete_from = cutoff where raw_complete_from < cutoff;
        exception when lock_not_available then
            raise notice 'raw events are not dropped now: a writer takes long';
            cutoff := (select raw_complete_from from analytics.installation);
        end;
        commit;
    end if;

    loop
        select max(range_end) into slice_to
        from (
            select c.range_end
            from timescaledb_information.chunks c
            where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
              and c.range_end <= cutoff
            order by c.range_end
            limit 20
        ) as oldest;
        exit when slice_to is null;
        perform public.drop_chunks('analytics.conversation_events', older_than => slice_to);
        commit;
    end loop;
    perform analytics.record_job_run('drop_raw_events');
    perform pg_advisory_unlock(hashtext('colloquy.raw_in_use'), 0);
end
$$;
comment on procedure drop_raw_events(integer, jsonb) is
    'Retention: drops raw events older than installation.raw_retention in whole chunks, never while an import runs. Job, hourly.';
