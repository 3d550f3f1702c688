-- Changes the settings of a store; null parameters leave theirs as they are.
-- $1 store_id uuid | $2 name text or null | $3 timezone text or null | $4 locale text or null
-- $5 currency text or null | $6 abandon_after_seconds bigint or null | $7 gap_confidence_threshold numeric or null
-- $8 archived boolean or null | $9 allowed_origins text[] or null
-- returns store_id uuid, name text, timezone text, locale text, currency text, abandon_after_seconds bigint,
-- gap_confidence_threshold numeric (0 to 1, never null), allowed_origins text[], created_at timestamptz, archived_at
-- timestamptz (null while in use)
update stores
set name = coalesce($2::text, name),
    timezone = coalesce($3::text, timezone),
    locale = coalesce($4::text, locale),
    currency = coalesce($5::text, currency),
    abandon_after = coalesce($6::bigint * interval '1 second', abandon_after),
    gap_confidence_threshold = coalesce($7::numeric, gap_confidence_threshold),
    allowed_origins = coalesce($9::text[], allowed_origins),
    archived_at = case $8::boolean when true then coalesce(archived_at, now())
                                   when false then null
                                   else archived_at end
where store_id = $1::uuid
returning store_id, name, timezone, locale, currency, extract(epoch from abandon_after)::bigint as abandon_after_seconds,
       gap_confidence_threshold, allowed_origins, created_at, archived_at
