-- Whether the text of a rejected event, cut or broken as it may be, can hold the id of a customer.
-- payload text | id text | is_known boolean: there is such a customer, so in doubt the text goes
-- returns boolean; in doubt is a text that is no JSON and has escapes, which could hide the id, or whose end cuts it
create or replace function rejection_holds_id(payload text, id text, is_known boolean) returns boolean
language sql immutable parallel safe
set search_path = analytics, public, pg_temp
as $$
    select case
               when payload is null then false
               when pg_input_is_valid(payload, 'jsonb') then json_holds_id(payload::jsonb, id)
               else holds_id(payload, id)
                 or position(to_jsonb(id)::text in payload) > 0
                 or (is_known and (
                        position('\' in payload) > 0
                        or (octet_length(payload) > 2000 and exists (
                               select
                               from generate_series(1, length(id) - 1) as n
                               where right(payload, n + 1) = left(to_jsonb(id)::text, n + 1)
                                  or (n >= 5 and right(payload, n) = left(id, n))))))
           end
$$;
comment on function rejection_holds_id(text, text, boolean) is
    'Whether the text of a rejected event can hold the id of a customer.';
