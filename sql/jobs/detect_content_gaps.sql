-- Finds the content gaps of every store that is in use; scheduled every 15 minutes.
-- job_id integer and config jsonb are what add_job passes; both are ignored
-- One store a transaction.
create or replace procedure detect_content_gaps(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    store uuid;
begin
    for store in select store_id from analytics.stores where archived_at is null order by store_id loop
        perform analytics.detect_content_gaps_of(array[store]);
        commit;
    end loop;
end
$$;
comment on procedure detect_content_gaps(integer, jsonb) is
    'Finds, refreshes and reopens the content gaps of every store in use. Job, every 15 minutes.';
