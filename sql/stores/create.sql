-- Creates a store; null parameters get the defaults of the table.
-- $1 store_id uuid or null | $2 name text | $3 timezone text or null | $4 locale text or null
-- $5 currency text or null | $6 abandon_after_seconds bigint or null | $7 gap_confidence_threshold numeric or null
-- $8 allowed_origins text[] or null
-- returns store_id uuid, name text, timezone text, locale text, currency text, abandon_after_seconds bigint,
-- gap_confidence_threshold numeric (0 to 1, never null), allowed_origins text[], created_at timestamptz, archived_at
-- timestamptz (null while in use)
insert into stores (store_id, name, timezone, locale, currency, abandon_after, gap_confidence_threshold,
                    allowed_origins)
values (coalesce($1::uuid, gen_random_uuid()), $2::text, coalesce($3::text, 'UTC'), coalesce($4::text, 'en-US'),
        coalesce($5::text, 'USD'), coalesce($6::bigint, 1800) * interval '1 second', coalesce($7::numeric, 0.50),
        coalesce($8::text[], '{}'))
returning store_id, name, timezone, locale, currency, extract(epoch from abandon_after)::bigint as abandon_after_seconds,
       gap_confidence_threshold, allowed_origins, created_at, archived_at
