-- Whether some text or number of a JSON value, or the name of a field in it, holds the id of a customer.
-- content jsonb | id text
-- returns boolean
create or replace function json_holds_id(content jsonb, id text) returns boolean
language sql immutable parallel safe
set search_path = analytics, public, pg_temp
as $$
    select exists (
        select
        from jsonb_path_query(content, 'strict $.**') as part (value)
        where case jsonb_typeof(part.value)
                  when 'object' then exists (select from jsonb_object_keys(part.value) as k (name)
                                             where holds_id(k.name, id))
                  when 'string' then holds_id(part.value #>> '{}', id)
                  -- A short number is an amount more often than a customer.
                  when 'number' then length(id) >= 6 and holds_id(part.value #>> '{}', id)
                  else false
              end)
$$;
comment on function json_holds_id(jsonb, text) is
    'Whether some text, number or field name of a JSON value holds the id of a customer, see holds_id.';
