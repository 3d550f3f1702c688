-- Moves raw chunks that no live event can reach any more into the columnstore, and what an import has added to those
-- that are there; scheduled daily.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Events older than 55 days come by import only, and a conversion keeps writers of its chunk waiting for seconds. Does
-- nothing on the Apache-2 Edition, which has no columnstore. One chunk a transaction. See docs/columnstore.md.
create or replace procedure compress_raw_events(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    chunk regclass;
begin
    if current_setting('timescaledb.license') = 'apache' then
        return;
    end if;
    for chunk in
        select format('%I.%I', c.chunk_schema, c.chunk_name)::regclass
        from timescaledb_information.chunks c
        where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
          and c.range_end < now() - interval '56 days'
        order by c.range_start
    loop
        -- A chunk that is there already and got no events since is left alone, with a notice.
        perform set_config('client_min_messages', 'warning', true);
        call public.convert_to_columnstore(chunk);
        commit;
    end loop;
    perform analytics.record_job_run('compress_raw_events');
end
$$;
comment on procedure compress_raw_events(integer, jsonb) is
    'Moves raw chunks older than 56 days, and late events in them, into the columnstore (Community Edition). Job, daily.';
