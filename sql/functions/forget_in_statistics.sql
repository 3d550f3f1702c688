-- Samples columns anew whose statistics show the id of a customer: those of old chunks would show it for ever.
-- id text
-- Only who owns the tables may analyze them; erase_customer runs as that.
create or replace function forget_in_statistics(id text) returns void
language plpgsql volatile
set search_path = analytics, public, pg_temp
as $$
declare
    sampling text;
begin
    for sampling in
        select format('analyze %I.%I (%s)', s.schemaname, s.tablename,
                      string_agg(distinct quote_ident(s.attname), ', '))
        from pg_stats s
        where s.schemaname in ('analytics', '_timescaledb_internal')
          and s.attname in ('customer_id', 'channel', 'language', 'topics', 'event_data', 'topic', 'example_questions',
                            'payload', 'detail', 'field')
          and exists (
              select
              from unnest(s.most_common_vals::text::text[] || s.histogram_bounds::text::text[]
                          || s.most_common_elems::text::text[]) as shown (value)
              -- In jsonb, and in composite values, which double quotes and backslashes.
              where position(id in shown.value) > 0
                 or position(trim('"' from to_jsonb(id)::text) in shown.value) > 0
                 or position(replace(replace(id, '\', '\\'), '"', '""') in shown.value) > 0)
        group by s.schemaname, s.tablename
    loop
        execute sampling;
    end loop;
end
$$;
comment on function forget_in_statistics(text) is
    'Samples columns anew whose statistics show the id of a customer, for erase_customer.';
