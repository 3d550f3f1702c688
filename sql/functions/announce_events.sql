-- Tells every server that follows live metrics that some stores have got events, once the transaction commits.
-- store_ids uuid[]
-- A transaction that notifies commits alone, after those that do so too. Servers therefore announce what they stored
-- themselves in a transaction of its own, twice a second at most.
create or replace function announce_events(store_ids uuid[]) returns void
language sql volatile
as $$
    select pg_notify('colloquy_ingest', s.store_id::text)
    from analytics.stores s
    where s.store_id = any (store_ids)
$$;
comment on function announce_events(uuid[]) is
    'Sends a notification on channel colloquy_ingest for each of some stores, its payload the store_id: they have got events.';
