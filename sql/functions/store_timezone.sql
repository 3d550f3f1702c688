-- The timezone of a store, which its local days are in.
-- store uuid
-- returns text, IANA timezone; raises if there is no such store
create or replace function store_timezone(store uuid) returns text
language plpgsql stable
set search_path = analytics, public, pg_temp
as $$
declare
    zone text;
begin
    select s.timezone into zone from stores s where s.store_id = store;
    if zone is null then
        raise exception 'unknown store: %', coalesce(store::text, 'null')
            using errcode = 'invalid_parameter_value', detail = 'No row of analytics.stores has this store_id.',
                  hint = 'select store_id, name, timezone from analytics.stores';
    end if;
    return zone;
end
$$;
comment on function store_timezone(uuid) is 'Timezone of a store; raises if there is no such store.';
