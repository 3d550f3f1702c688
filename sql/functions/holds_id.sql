-- Whether a text holds the id of a customer: is it, or has it inside. Ids of less than 6 characters are not looked for
-- inside of texts, where they stand by chance.
-- content text | id text
-- returns boolean
create or replace function holds_id(content text, id text) returns boolean
language sql immutable parallel safe
as $$
    select coalesce(content = id or (length(id) >= 6 and position(id in content) > 0), false)
$$;
comment on function holds_id(text, text) is
    'Whether a text is the id of a customer or, from 6 characters on, has it inside.';
