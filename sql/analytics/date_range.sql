-- A range of local dates as instants, and the range it is compared with.
-- $1 start_date date | $2 end_date date, inclusive | $3 compare text, previous_period, previous_year or none
-- $4 zone text, IANA timezone
-- returns from_at timestamptz, to_at timestamptz, previous_start_date date, previous_end_date date,
-- previous_from_at timestamptz, previous_to_at timestamptz (half-open; the previous ones null for none)
-- reads local_day_start
select local_day_start($1::date, $4) as from_at,
       local_day_start($2::date + 1, $4) as to_at,
       p.start_date as previous_start_date,
       p.end_date as previous_end_date,
       local_day_start(p.start_date, $4) as previous_from_at,
       local_day_start(p.end_date + 1, $4) as previous_to_at
from (
    -- As many whole days right before (none before the year 1, where dates end at last), or the same dates a year
    -- earlier (29 February becomes 28).
    select case $3::text when 'previous_period'
                         then date '0001-01-01' + greatest($1::date - date '0001-01-01' - ($2::date - $1::date + 1), 0)
                         when 'previous_year' then ($1::date - interval '1 year')::date end,
           case $3::text when 'previous_period' then $1::date - 1
                         when 'previous_year' then ($2::date - interval '1 year')::date end
) as p (start_date, end_date)
