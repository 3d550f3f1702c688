-- Which database this is; a streaming replica gives the same answer as its primary.
-- returns system_identifier bigint, name text;
select system_identifier, current_database()::text as name
from pg_control_system()
