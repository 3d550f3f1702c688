-- Locks conversations against other writers until the end of the transaction.
-- conversation_ids uuid[]
-- Up to 512 conversations are locked one by one, and each in its slot of 1,024 against those who lock whole slots: who has
-- more conversations, so that a large batch cannot fill the lock table. Nobody holds more than 1,024 locks. All are taken in
-- ascending order, slots first, so that two writers cannot wait for each other.
create or replace function lock_conversations(conversation_ids uuid[]) returns void
language plpgsql volatile
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    hashes constant integer[] := array(
        select distinct hashtext(id::text) as hash
        from unnest(conversation_ids) as c (id)
        order by hash);
    slots constant integer[] := array(
        select distinct hash & 1023 as slot
        from unnest(hashes) as h (hash)
        order by slot);
begin
    if cardinality(hashes) <= 512 then
        perform pg_advisory_xact_lock_shared(hashtext('colloquy.conversation'), slot) from unnest(slots) as s (slot);
        perform pg_advisory_xact_lock(hashtext('colloquy.conversation_hash'), hash) from unnest(hashes) as h (hash);
    else
        perform pg_advisory_xact_lock(hashtext('colloquy.conversation'), slot) from unnest(slots) as s (slot);
    end if;
end
$$;
comment on function lock_conversations(uuid[]) is
    'Locks conversations against other writers until the end of the transaction (1,024 advisory locks at most, in order).';
