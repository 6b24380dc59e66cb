"""Endings: where the number of an objective that is closed or cancelled stands still."""

STANDS_AT = """case when o.state in ('DRAFT', 'ACTIVE') then {position} else coalesce((
        select max(open.to_position) from {projection}.objective open
        where open.organization_id = :organization and open.id = o.id and open.to_position <= {position}
            and open.state in ('DRAFT', 'ACTIVE')
    ), o.from_position) end"""
"""The position at which an objective, found by its version `o` at `{position}`, is read with its parts: there, or where it
ended if it had ended by then. Nothing later moves its number."""
