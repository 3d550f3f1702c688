-- Locks conversations against other writers until the end of the transaction.
-- conversation_ids uuid[]
-- There are 1,024 locks, so that a large batch cannot fill the lock table, and they are taken in ascending order,
-- so that two writers cannot wait for each other.
create or replace function lock_conversations(conversation_ids uuid[]) returns void
language plpgsql volatile
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    perform pg_advisory_xact_lock(hashtext('colloquy.conversation'), slot)
    from (
        select distinct hashtext(id::text) & 1023 as slot
        from unnest(conversation_ids) as c (id)
        order by slot
    ) as slots;
end
$$;
comment on function lock_conversations(uuid[]) is
    'Locks conversations against other writers until the end of the transaction (1,024 advisory locks, in order).';
