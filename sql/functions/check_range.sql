-- Refuses a range that ends before it starts, has no end, or is null; metrics() and trends() ask it first.
-- range_start text and range_end text, as messages show them | is_reversed boolean: the end is before the start
create or replace function check_range(range_start text, range_end text, is_reversed boolean) returns void
language plpgsql immutable
as $$
begin
    if is_reversed is null or range_start in ('infinity', '-infinity') or range_end in ('infinity', '-infinity') then
        raise exception 'no range of time: % to %', coalesce(range_start, 'null'), coalesce(range_end, 'null')
            using errcode = 'invalid_parameter_value', detail = 'Both ends are needed, and finite.',
                  hint = 'Dates are local days of the store, the last one included; instants are half-open.';
    elsif is_reversed then
        raise exception 'the range ends before it starts: % to %', range_start, range_end
            using errcode = 'invalid_parameter_value', detail = 'The first date or instant is after the second.',
                  hint = 'Swap them.';
    end if;
end
$$;
comment on function check_range(text, text, boolean) is
    'Raises unless a range of dates or instants is finite and does not end before it starts.';
