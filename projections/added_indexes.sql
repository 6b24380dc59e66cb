-- Indexes that a generation of read models has beside those of `tables.sql`. They change no row, so they are no new layout:
-- generations that there were before them got them by a migration.

-- The objectives of a cycle in the orders in which screens list them. Whatever a title is long, it is sorted by its first 100 characters.
create index objective_by_cycle_and_title on {projection}.objective
    (organization_id, cycle_id, priority, left(title_folded, 100), id, to_position, from_position);
create index objective_by_cycle_and_creation on {projection}.objective
    (organization_id, cycle_id, priority, created_at, id, to_position, from_position);

-- When objectives changed: of what ends there is an index already.
create index objective_by_beginning on {projection}.objective (organization_id, from_position);
