delete from content_gap_changes where store_id = any ($1::uuid[]);
delete from content_gaps where store_id = any ($1::uuid[]);
delete from rollup_pending where store_id = any ($1::uuid[]);
delete from conversation_weeks where store_id = any ($1::uuid[]);
delete from conversations where store_id = any ($1::uuid[]) and started_at >= now() - interval '30 days';
delete from conversation_events where store_id = any ($1::uuid[]) and created_at >= now() - interval '30 days';
delete from store_days where store_id = any ($1::uuid[]);
delete from roi_assumptions where store_id = any ($1::uuid[]);
delete from stores where store_id = any ($1::uuid[])
