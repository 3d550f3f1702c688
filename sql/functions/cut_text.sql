-- The start of a text that fits into so many bytes of UTF-8, without breaking a character.
-- content text | most_bytes integer, at least 3
-- returns text
create or replace function cut_text(content text, most_bytes integer) returns text
language sql immutable strict parallel safe
as $$
    -- The first byte that does not fit tells: inside a character it is 10xxxxxx.
    select case when octet_length(content) <= most_bytes then content
                else convert_from(substring(bytes from 1 for most_bytes - case
                         when get_byte(bytes, most_bytes) & 192 <> 128 then 0
                         when get_byte(bytes, most_bytes - 1) & 192 <> 128 then 1
                         when get_byte(bytes, most_bytes - 2) & 192 <> 128 then 2
                         else 3 end), 'UTF8') end
    from convert_to(left(content, most_bytes + 1), 'UTF8') as bytes
$$;
comment on function cut_text(text, integer) is 'The start of a text that fits into so many bytes of UTF-8, without breaking a character.';
