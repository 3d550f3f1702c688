-- Trigger on stores: refuses timezones that PostgreSQL does not know, and keeps store_days right.
create or replace function check_store() returns trigger
language plpgsql
set search_path = analytics, public, pg_temp
as $$
begin
    if not exists (select from pg_timezone_names where name = new.timezone) then
        raise exception 'unknown timezone "%"', new.timezone
            using errcode = 'invalid_parameter_value', constraint = 'stores_timezone_check',
                  detail = 'The timezone of a store is a name of the IANA time zone database.',
                  hint = 'select name from pg_timezone_names';
    end if;
    -- An interval of days would be 23 or 25 hours long now and then.
    new.abandon_after := make_interval(secs => extract(epoch from new.abandon_after)::double precision);
    return new;
end
$$;
comment on function check_store() is 'Trigger on stores: refuses unknown timezones.';

create or replace function rebuild_store_days() returns trigger
language plpgsql
set search_path = analytics, public, pg_temp
as $$
declare
    first_date date := current_date - 100;
    last_date date := current_date + 40;
begin
    with removed as (delete from store_days where store_id = new.store_id returning date)
    select least(first_date, min(date)), greatest(last_date, max(date)) into first_date, last_date from removed;
    perform add_store_days(new.store_id, first_date, last_date);
    if tg_op = 'UPDATE' then
        perform unsettle_days(new.store_id);
    end if;
    return null;
end
$$;
comment on function rebuild_store_days() is 'Trigger on stores: writes the local days of a new store, and again when its timezone changes.';

create or replace trigger check_store before insert or update of timezone, abandon_after on stores
    for each row execute function check_store();
create or replace trigger rebuild_store_days after insert on stores
    for each row execute function rebuild_store_days();
create or replace trigger rebuild_changed_store_days after update of timezone on stores
    for each row when (old.timezone is distinct from new.timezone) execute function rebuild_store_days();
