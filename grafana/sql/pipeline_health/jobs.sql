-- The jobs: when each last came to its end, and how often it has failed since.
-- returns "Job" text, "Since its end" float8 (seconds), "Failures" float8, "Healthy" boolean, "Detail" text
-- reads pipeline_health
select label as "Job", max(value) filter (where metric = 'job_age_seconds') as "Since its end",
       max(value) filter (where metric = 'job_failures') as "Failures", bool_and(is_healthy) as "Healthy",
       string_agg(detail, '; ' order by metric) as "Detail"
from pipeline_health
where area = 'jobs'
group by label
order by bool_and(is_healthy), label
