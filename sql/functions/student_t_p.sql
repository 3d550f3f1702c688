-- The two-sided p-value of Student's t: how likely a |t| this large is if there is no effect.
-- t float8 | degrees integer: degrees of freedom, 1 or more
-- returns float8 (0 to 1, null without degrees of freedom)
-- p = 1 - A(t|n), by the finite series of M. Abramowitz and I. Stegun, Handbook of Mathematical Functions (1964),
-- 26.7.3 (n odd) and 26.7.4 (n even). Their terms are c(i) cos(theta)^i with i as even or odd as n, from 0 or 1 up to
-- n - 2, and c(i) = c(i - 2) (i - 1) / i: one running product for both.
create or replace function student_t_p(t float8, degrees integer) returns float8
language sql immutable strict parallel safe
as $$
    with recursive
    angle as (
        select atan(abs(t) / sqrt(degrees::float8)) as theta, cos(atan(abs(t) / sqrt(degrees::float8))) as cosine
        where degrees >= 1
    ),
    terms (i, term) as (
        select degrees % 2, cosine ^ (degrees % 2)
        from angle
        where degrees >= 2
        union all
        select i + 2, term * ((i + 1)::float8 / (i + 2)) * (cosine * cosine)
        from terms
        cross join angle
        -- The terms fall: those after one this small change nothing, and would end in an underflow.
        where i + 2 <= degrees - 2 and term > 1e-30
    )
    select greatest(0, 1 - case degrees % 2 when 0 then sin(theta) * total
                                            else 2 / pi() * (theta + sin(theta) * total) end)
    from angle
    cross join (select coalesce(sum(term), 0) as total from terms) as s
$$;
comment on function student_t_p(float8, integer) is
    'Two-sided p-value of Student''s t with some degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).';
