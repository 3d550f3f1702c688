-- Drops rejections that are older than a week; scheduled hourly.
-- job_id integer and config jsonb are what add_job passes; both are ignored
create or replace procedure drop_ingest_rejections(job_id integer default null, config jsonb default null)
language sql
as $$
    delete from analytics.ingest_rejections where rejected_at < now() - interval '7 days';
    select analytics.record_job_run('drop_ingest_rejections')
$$;
comment on procedure drop_ingest_rejections(integer, jsonb) is 'Drops rejections of ingest that are older than a week. Job, hourly.';
