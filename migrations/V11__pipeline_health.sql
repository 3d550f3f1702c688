-- What the view pipeline_health needs beside the data: when each job last did its work, and how many events come in.

create table job_runs (
    job text primary key,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_failed_at timestamptz,
    last_error text,
    failures integer not null default 0 check (failures >= 0)
);
comment on table job_runs is 'When each job last did its work. Written by the jobs themselves at their end, so that it holds whoever runs them and whatever a scheduler reports; starts and failures by the server where that runs them (Apache-2 Edition).';
comment on column job_runs.job is 'Name of the job, as in planned_jobs.';
comment on column job_runs.last_started_at is 'When the server last started it; null where the database runs it.';
comment on column job_runs.last_finished_at is 'When it last came to its end.';
comment on column job_runs.last_failed_at is 'When it last failed under the server.';
comment on column job_runs.last_error is 'What it failed of; null once it has come to its end again.';
comment on column job_runs.failures is 'Failures under the server since it last came to its end.';

create table ingest_counters (
    only_row boolean primary key default true check (only_row),
    sampled_at timestamptz,
    chunk_rows jsonb not null default '{}',
    timeouts bigint not null default 0,
    timeouts_sampled bigint not null default 0
);
insert into ingest_counters default values;
comment on table ingest_counters is 'Where the job sample_ingest stands; exactly one row.';
comment on column ingest_counters.only_row is 'Key that allows one row only.';
comment on column ingest_counters.sampled_at is 'When it last looked; null before the first time.';
comment on column ingest_counters.chunk_rows is 'Rows that PostgreSQL had counted as inserted into each young chunk of conversation_events then, by its name.';
comment on column ingest_counters.timeouts is 'Timeout events that abandon_conversations has stored since the database was migrated; they are no events of producers.';
comment on column ingest_counters.timeouts_sampled is 'How many of them have been taken off the samples.';

create table ingest_samples (
    code text not null,
    sampled_at timestamptz not null,
    from_at timestamptz not null,
    events bigint not null check (events >= 0),
    pending_to bigint,
    primary key (code, sampled_at)
);
create index ingest_samples_sampled on ingest_samples (sampled_at);
comment on table ingest_samples is 'Events that came in between two runs of sample_ingest, about a minute apart. Kept for 8 days.';
comment on column ingest_samples.code is 'Empty for events that were stored; else the code with which they were rejected (no row where none was).';
comment on column ingest_samples.sampled_at is 'End of the time that was counted.';
comment on column ingest_samples.from_at is 'Start of the time that was counted: the run before.';
comment on column ingest_samples.events is 'Number of events.';
comment on column ingest_samples.pending_to is 'Greatest id in rollup_pending at sampled_at, on rows of stored events; null if there was none.';
