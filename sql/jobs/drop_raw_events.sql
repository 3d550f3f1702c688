-- Drops raw events that are older than installation.raw_retention, in whole chunks; scheduled hourly.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Conversations and metrics stay. First raw_complete_from moves forward, under a lock that waits for the rebuilds
-- under way and is held for an instant only; then the chunks go, which nobody reads any more. At most 20 chunks a
-- transaction. Does nothing while an import or a recalculation runs. With installation.archive_before_drop only chunks
-- go that are in an archive as they are now.
create or replace procedure drop_raw_events(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    cutoff timestamptz;
    slice_to timestamptz;
    needs_archive boolean;
    archived record;
begin
    if not pg_try_advisory_lock(hashtext('colloquy.raw_in_use'), 0) then
        raise notice 'raw events are not dropped now: an import or a recalculation is running';
        perform analytics.record_job_run('drop_raw_events');
        return;
    end if;
    commit;

    select i.archive_before_drop into needs_archive from analytics.installation i;
    select max(c.range_end) into cutoff
    from timescaledb_information.chunks c, analytics.installation i
    where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
      and c.range_end <= now() - i.raw_retention
      and (not needs_archive or exists (
          select from analytics.archives a
          where a.from_at = c.range_start and a.to_at = c.range_end and a.dropped_at is null));

    -- It gives up rather than wait for a writer that takes long; the next run tries again.
    begin
        perform analytics.move_raw_complete_from(cutoff);
    exception when lock_not_available then
        raise notice 'raw events are not dropped now: a writer takes long';
        cutoff := least(cutoff, (select raw_complete_from from analytics.installation));
    end;
    commit;

    if needs_archive then
        for archived in
            select distinct on (c.range_start) a.from_at, a.to_at, a.events
            from timescaledb_information.chunks c
            join analytics.archives a on a.from_at = c.range_start and a.to_at = c.range_end
            where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
              and c.range_end <= cutoff and a.dropped_at is null
            order by c.range_start, a.archived_at desc
        loop
            -- For the triggers: what retention does is no admin's doing.
            perform set_config('colloquy.actor', 'job', true);
            begin
                if analytics.drop_archived_events(archived.from_at, archived.to_at, archived.events) <> archived.events then
                    raise notice 'events have come in since % was archived', archived.from_at;
                end if;
            exception when lock_not_available then
                raise notice 'raw events are not dropped now: a query or a writer takes long';
            end;
            commit;
        end loop;
        cutoff := null;
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
        perform set_config('colloquy.actor', 'job', true);
        update analytics.archives set dropped_at = clock_timestamp() where to_at <= slice_to and dropped_at is null;
        commit;
    end loop;
    perform analytics.record_job_run('drop_raw_events');
    perform pg_advisory_unlock(hashtext('colloquy.raw_in_use'), 0);
end
$$;
comment on procedure drop_raw_events(integer, jsonb) is
    'Retention: drops raw events older than installation.raw_retention in whole chunks, never while an import runs; with archive_before_drop only archived ones. Job, hourly.';
