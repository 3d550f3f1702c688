-- Finds the content gaps of every store that is in use; scheduled every 15 minutes.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- Twenty stores a transaction: one by one, each would open all chunks anew (measured: 0.25 s a store with 568 chunks).
create or replace procedure detect_content_gaps(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    some_stores uuid[];
begin
    for some_stores in
        select array_agg(store_id order by nth)
        from (
            select store_id, row_number() over (order by store_id) - 1 as nth
            from analytics.stores
            where archived_at is null
        ) as numbered
        group by nth / 20
        order by nth / 20
    loop
        perform analytics.detect_content_gaps_of(some_stores);
        commit;
    end loop;
    perform analytics.record_job_run('detect_content_gaps');
end
$$;
comment on procedure detect_content_gaps(integer, jsonb) is
    'Finds, refreshes and reopens the content gaps of every store in use. Job, every 15 minutes.';
