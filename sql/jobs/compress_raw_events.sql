-- Moves raw chunks that no late event can reach any more into the columnstore; scheduled daily.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Events older than 55 days come by import only. What import and erasure have unpacked in a chunk is packed again.
-- Does nothing on the Apache-2 Edition, which has no columnstore.
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
        select o.chunk
        from (
            select format('%I.%I', c.chunk_schema, c.chunk_name)::regclass as chunk, c.is_compressed, c.range_start
            from timescaledb_information.chunks c
            where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
              and c.range_end < now() - interval '56 days'
        ) as o
        -- The bit of 8: a part of the chunk lies outside of the columnstore.
        where not o.is_compressed or _timescaledb_functions.chunk_status(o.chunk) & 8 <> 0
        order by o.range_start
    loop
        call public.convert_to_columnstore(chunk);
        commit;
    end loop;
end
$$;
comment on procedure compress_raw_events(integer, jsonb) is
    'Moves raw chunks older than 56 days into the columnstore (Community Edition). Job, daily.';
