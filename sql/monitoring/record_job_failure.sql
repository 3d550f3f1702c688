-- Notes that a job has failed under the server.
-- $1 job text, as in planned_jobs | $2 error text
insert into job_runs as r (job, last_failed_at, last_error, failures) values ($1, now(), $2, 1)
on conflict (job) do update
set last_failed_at = excluded.last_failed_at, last_error = excluded.last_error, failures = r.failures + 1
