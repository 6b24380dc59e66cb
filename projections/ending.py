"""Endings: where the number of an objective that is closed or cancelled stands still."""

# One that was reopened and closed in one act shows no version in which it was open, but another review.
STANDS_AT = """case when o.state in ('DRAFT', 'ACTIVE') then {position} else coalesce((
        select max(before.to_position) from {projection}.objective before
        where before.organization_id = :organization and before.id = o.id and before.to_position <= {position}
            and (before.state, before.review_position) is distinct from (o.state, o.review_position)
    ), o.from_position) end"""
"""The position at which an objective, found by its version `o` at `{position}`, is read with its parts: there, or where it
ended if it had ended by then. Nothing later moves its number."""
