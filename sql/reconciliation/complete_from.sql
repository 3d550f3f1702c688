-- From when on all raw events are there, and the time of this statement.
-- returns complete_from timestamptz (null if none was ever dropped), checked_at timestamptz
-- reads installation
select nullif(raw_complete_from, '-infinity') as complete_from, statement_timestamp() as checked_at
from installation
