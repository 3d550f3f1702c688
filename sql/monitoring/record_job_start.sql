-- Notes that the server starts a job.
-- $1 job text, as in planned_jobs
insert into job_runs (job, last_started_at) values ($1, now())
on conflict (job) do update set last_started_at = excluded.last_started_at
