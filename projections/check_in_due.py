"""When check-ins of key results fall due, as SQL: the rules of `events/calendar.py` on days of the organization's zone.

Each expression is about a key result `k` with its numbers `k_number`, and null for one that wants no check-in: of a draft
or an ended objective, dropped, undecided, in a closed cycle, or when no due day is left in the cycle.
"""

# How many cadences behind the first due day the one is that a check-in on a day answers: rounded up, for division rounds
# towards zero.
_PERIODS = """greatest(0, ({day} - begun.first_due_on - known.accepted_late_days + s.check_in_cadence_days - 1)
        / s.check_in_cadence_days)"""

_DUE = """from {projection}.cycle c
    join {projection}.organization s on {at:s}
    cross join lateral (
        select (:instant::timestamptz at time zone s.time_zone)::date as today,
            (k.live_at at time zone s.time_zone)::date as live_on,
            (k_number.checked_in_at at time zone s.time_zone)::date as checked_in_on,
            least(s.check_in_grace_days, s.check_in_cadence_days / 2) as accepted_late_days
    ) known
    cross join lateral (
        select known.live_on + (s.check_in_weekday - extract(isodow from known.live_on)::integer + 7) % 7 as first_due_on
    ) begun
    cross join lateral (
        select begun.first_due_on + {periods_until_today} * s.check_in_cadence_days as answered_now_on,
            begun.first_due_on + case
                when known.checked_in_on is null then 0
                else ({periods_until_check_in} + 1) * s.check_in_cadence_days
            end as due_on
    ) due
    -- The last day of the cycle, or the last whose grace is over, whichever comes first.
    cross join lateral (select least(c.ends_on, known.today - 1 - s.check_in_grace_days) as missed_until) over
    cross join lateral (
        select case
            when over.missed_until < due.due_on then 0
            else (over.missed_until - due.due_on) / s.check_in_cadence_days + 1
        end as due_days
    ) missed
    where {at:c} and c.id = k.cycle_id and c.phase <> 'CLOSED' and k.objective_state = 'ACTIVE' and k.dropped_at is null
        and k.kind <> 'UNDECIDED' and k.live_at is not null and (c.ends_on is null or due.due_on <= c.ends_on)""".replace(
    "{periods_until_today}", _PERIODS.replace("{day}", "known.today")
).replace("{periods_until_check_in}", _PERIODS.replace("{day}", "known.checked_in_on"))

DUE_ON = f"(select due.due_on {_DUE})"
"""The first due day that no check-in has answered, past or to come."""

DUE_AT = f"(select (due.due_on + 1)::timestamp at time zone s.time_zone - interval '1 microsecond' {_DUE})"
"""When that day ends."""

DUE_STATE = f"""(select case
        when missed.due_days > 1 then 'MISSED'
        when missed.due_days = 1 then 'OVERDUE'
        when due.due_on <= due.answered_now_on then 'DUE'
    end {_DUE})"""
"""The rule of `due_state`; null also as long as a check-in is not wanted yet."""

WANTED_SINCE = f"""(select greatest(k.live_at, k_number.checked_in_at, case
        when due.due_on > begun.first_due_on
        then (due.due_on - s.check_in_cadence_days + known.accepted_late_days + 1)::timestamp at time zone s.time_zone
    end) {_DUE})"""
"""The first instant at which a check-in answers the due day."""
