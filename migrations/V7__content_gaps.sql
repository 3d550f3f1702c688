-- Content gaps as the job finds them, and the record of who moved them.

alter table content_gaps
    alter column topic type varchar(255) collate "C",
    alter column frequency type bigint,
    add column has_own_threshold boolean not null default false,
    add column best_confidence numeric check (best_confidence between 0 and 1),
    add column first_seen_at timestamptz,
    add column last_seen_at timestamptz,
    add column resolved_at timestamptz,
    add column reopened_count integer not null default 0 check (reopened_count >= 0);
update content_gaps set resolved_at = updated_at where status = 'resolved';
alter table content_gaps
    add constraint content_gaps_resolved_check check ((status = 'resolved') = (resolved_at is not null));
comment on column content_gaps.frequency is 'Number of retrievals on the topic, whatever their confidence.';
comment on column content_gaps.confidence_threshold is 'Best confidence below which the topic is a gap, 0 to 1: that of the store, unless has_own_threshold.';
comment on column content_gaps.has_own_threshold is 'The threshold was given with the gap, so a change of that of the store leaves it alone.';
comment on column content_gaps.best_confidence is 'Greatest confidence of the retrievals on the topic, 0 to 1; null if none has one.';
comment on column content_gaps.first_seen_at is 'When the first retrieval on the topic happened; null if there was none.';
comment on column content_gaps.last_seen_at is 'When the last retrieval on the topic happened; null if there was none.';
comment on column content_gaps.resolved_at is 'When it was resolved; null while it is not.';
comment on column content_gaps.reopened_count is 'How often it was resolved and left that status again.';
comment on column content_gaps.created_at is 'When the row was made, by the job or by a person.';

create table content_gap_changes (
    change_id bigint generated always as identity primary key,
    gap_id uuid not null references content_gaps,
    store_id uuid not null references stores,
    changed_at timestamptz not null,
    from_status text not null check (from_status in ('identified', 'in_progress', 'resolved')),
    to_status text not null check (to_status in ('identified', 'in_progress', 'resolved')),
    changed_by uuid references api_keys,
    check (from_status <> to_status)
);
create index content_gap_changes_gap on content_gap_changes (gap_id, change_id);
comment on table content_gap_changes is 'Every change of the status of a content gap. Written by move_content_gaps only.';
comment on column content_gap_changes.change_id is 'Order of the changes.';
comment on column content_gap_changes.gap_id is 'Gap that changed.';
comment on column content_gap_changes.store_id is 'Store of the gap.';
comment on column content_gap_changes.changed_at is 'When it changed.';
comment on column content_gap_changes.from_status is 'Status before.';
comment on column content_gap_changes.to_status is 'Status after.';
comment on column content_gap_changes.changed_by is 'API key that asked for it; null for the job.';
