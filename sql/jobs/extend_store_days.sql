-- Keeps the local days of every store a month ahead; scheduled daily.
-- job_id integer and config jsonb are what add_job passes; both are ignored
create or replace procedure extend_store_days(job_id integer default null, config jsonb default null)
language sql
as $$
    select analytics.add_store_days(store_id, current_date - 100, current_date + 40) from analytics.stores;
    select analytics.record_job_run('extend_store_days')
$$;
comment on procedure extend_store_days(integer, jsonb) is 'Keeps store_days a month ahead of today for every store. Job, daily.';
