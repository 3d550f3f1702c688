-- The jobs: what runs how often. community.sql gives them to the database; on the Apache-2 Edition the server runs those
-- that are not in_database_only (src/jobs.rs, in the same order).
create or replace view planned_jobs as
    select job, procedure, every, config::jsonb as config, in_database_only
    from (values
        ('refresh_rollups', 'refresh_rollups', interval '1 minute', null, false),
        ('abandon_conversations', 'abandon_conversations', interval '1 minute', '{"hours": 48}', false),
        ('sample_ingest', 'sample_ingest', interval '1 minute', null, false),
        ('abandon_old_conversations', 'abandon_conversations', interval '1 hour', '{"hours": 2160}', false),
        ('detect_content_gaps', 'detect_content_gaps', interval '15 minutes', null, false),
        ('drop_raw_events', 'drop_raw_events', interval '1 hour', null, false),
        ('drop_ingest_rejections', 'drop_ingest_rejections', interval '1 hour', null, false),
        ('extend_store_days', 'extend_store_days', interval '1 day', null, false),
        ('compress_raw_events', 'compress_raw_events', interval '1 day', null, true)
    ) as planned (job, procedure, every, config, in_database_only);
comment on view planned_jobs is 'The jobs: what runs how often.';
comment on column planned_jobs.job is 'Name of the job.';
comment on column planned_jobs.procedure is 'Procedure in schema analytics.';
comment on column planned_jobs.every is 'Time between two runs.';
comment on column planned_jobs.config is 'What the procedure gets as config.';
comment on column planned_jobs.in_database_only is 'Runs on the Community Edition only.';
