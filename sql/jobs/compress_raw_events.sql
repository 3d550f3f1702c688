-- Moves raw chunks that no late event can reach any more into the columnstore; scheduled daily.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Events older than 55 days come by import only. Does nothing on the Apache-2 Edition, which has no columnstore.
-- One chunk a transaction.
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
          and not c.is_compressed and c.range_end < now() - interval '56 days'
        order by c.range_start
    loop
        call public.convert_to_columnstore(chunk);
        commit;
    end loop;
    perform analytics.record_job_run('compress_raw_events');
end
$$;
comment on procedure compress_raw_events(integer, jsonb) is
    'Moves raw chunks older than 56 days into the columnstore (Community Edition). Job, daily.';
