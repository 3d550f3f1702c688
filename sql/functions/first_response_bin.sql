-- In which bin of settled_first_responses a first response time is kept: eight for each doubling.
-- us bigint, microseconds, 0 or more
-- returns integer, which never falls when us rises
-- The first bits of the number as a floating point number, which are its size.
create or replace function first_response_bin(us bigint) returns integer
language sql immutable strict parallel safe
as $$ select (get_byte(float8send(us::float8), 0) << 7) + (get_byte(float8send(us::float8), 1) >> 1) $$;
comment on function first_response_bin(bigint) is 'In which bin of settled_first_responses a first response time in microseconds is kept; eight for each doubling.';
