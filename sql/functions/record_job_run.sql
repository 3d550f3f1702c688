-- Notes that a job has come to its end; each calls it last, in its last transaction.
-- name text, as in planned_jobs
create or replace function record_job_run(name text) returns void
language sql volatile
as $$
    insert into analytics.job_runs as r (job, last_finished_at) values (name, clock_timestamp())
    on conflict (job) do update
    set last_finished_at = greatest(r.last_finished_at, excluded.last_finished_at), last_error = null, failures = 0
$$;
comment on function record_job_run(text) is 'Notes in job_runs that a job has come to its end.';
