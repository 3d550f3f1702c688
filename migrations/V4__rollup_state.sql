-- What the rollup of conversations needs beside itself, and each store's local days.

create table rollup_pending (
    id bigint generated always as identity primary key,
    store_id uuid not null,
    bucket timestamptz not null
);
create index rollup_pending_bucket on rollup_pending (store_id, bucket);
comment on table rollup_pending is 'Buckets of 15 minutes whose conversations changed after the aggregate may have taken them in. Queries read these buckets from conversations until refresh_rollups has folded them in.';
comment on column rollup_pending.id is 'Order of arrival; refresh_rollups deletes exactly the ids it has folded in.';
comment on column rollup_pending.store_id is 'Store whose bucket changed.';
comment on column rollup_pending.bucket is 'Start of the bucket of 15 minutes.';

create table rollup_progress (
    rollup text primary key,
    refreshed_to timestamptz not null default '-infinity',
    refreshed_at timestamptz
);
insert into rollup_progress (rollup) values ('conversation_metrics_15m');
comment on table rollup_progress is 'How far each rollup is materialised.';
comment on column rollup_progress.rollup is 'Name of the rollup.';
comment on column rollup_progress.refreshed_to is 'Buckets before this instant are in the aggregate.';
comment on column rollup_progress.refreshed_at is 'When refresh_rollups last finished; null before the first time.';

create table store_days (
    store_id uuid not null references stores,
    date date not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    primary key (store_id, date)
);
comment on table store_days is 'The local days of each store as instants, so that views by local date can prune chunks. Kept by a trigger on stores, by import and by the job extend_store_days.';
comment on column store_days.store_id is 'Store whose timezone was used.';
comment on column store_days.date is 'Local date.';
comment on column store_days.from_at is 'First instant of the day.';
comment on column store_days.to_at is 'First instant of the next day.';

create table applied_sql (
    path text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);
comment on table applied_sql is 'Files under sql/ as they were last applied by migrate.';
comment on column applied_sql.path is 'Path below sql/.';
comment on column applied_sql.sha256 is 'SHA-256 of the text that was applied.';
comment on column applied_sql.applied_at is 'When it was applied.';
