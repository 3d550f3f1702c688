-- Gives content gaps another status and records who did; the only way to do so, for people and for the job.
-- gap_ids uuid[] | wanted_status text | from_status text: only those that have it, null for any
-- changed_by uuid: API key, null for the job
-- returns how many were moved; a gap that has the status already is not
create or replace function move_content_gaps(
    gap_ids uuid[], wanted_status text, from_status text default null, changed_by uuid default null)
returns bigint
language sql volatile
as $$
    with
    -- Locked, so that two moves at the same time are recorded one after the other.
    before as materialized (
        select gap_id, store_id, status, clock_timestamp() as moved_at
        from analytics.content_gaps
        where gap_id = any (gap_ids) and status <> wanted_status
          and status = coalesce(move_content_gaps.from_status, status)
        order by gap_id
        for update
    ),
    moved as (
        update analytics.content_gaps g
        set status = wanted_status,
            resolved_at = case when wanted_status = 'resolved' then b.moved_at end,
            reopened_count = g.reopened_count + (b.status = 'resolved')::integer,
            updated_at = b.moved_at
        from before b
        where g.gap_id = b.gap_id
    ),
    recorded as (
        insert into analytics.content_gap_changes (gap_id, store_id, changed_at, from_status, to_status, changed_by)
        select gap_id, store_id, moved_at, status, wanted_status, move_content_gaps.changed_by
        from before
        returning gap_id
    )
    select count(*) from recorded
$$;
comment on function move_content_gaps(uuid[], text, text, uuid) is
    'Gives content gaps another status and records the change with the key that asked for it (null for the job); returns how many moved.';
