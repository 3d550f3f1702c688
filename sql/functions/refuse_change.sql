-- Trigger on admin_actions: rows are added, and that is all, for the owner too.
create or replace function refuse_change() returns trigger
language plpgsql
set search_path = analytics, public, pg_temp
as $$
begin
    raise exception 'rows of % are never changed or deleted', tg_table_name
        using errcode = 'object_not_in_prerequisite_state',
              detail = 'The table records who has changed what, so it is kept whole and for good.',
              hint = 'It grows by a row for each change that an admin makes.';
end
$$;
comment on function refuse_change() is 'Trigger on admin_actions: refuses to change or delete rows.';

create or replace trigger refuse_change before update or delete or truncate on admin_actions
    for each statement execute function refuse_change();
