-- Takes the days of a store out of settled_days, because its days are others now; refresh_rollups settles those again.
-- store uuid
-- Runs with the rights of its owner, because whoever changes the timezone of a store writes no rollup.
create or replace function unsettle_days(store uuid) returns void
language sql volatile security definer
set search_path = analytics, public, pg_temp
as $$
    delete from settled_customers s where s.store_id = store;
    delete from settled_first_responses s where s.store_id = store;
    delete from settled_contacts s where s.store_id = store;
    delete from settled_topics s where s.store_id = store;
    with removed as (delete from settled_days s where s.store_id = store returning s.from_at)
    insert into rollup_pending (store_id, bucket)
    select store, public.time_bucket(interval '15 minutes', r.from_at) from removed r order by r.from_at
$$;
comment on function unsettle_days(uuid) is 'Takes the days of a store out of settled_days, because its days are others now.';
