-- What a generation of read models has beside `tables.sql` for the sake of its plans. It changes no row, so it is no new layout:
-- generations that there were before got it by a migration.

-- The objectives of a cycle in the orders in which screens list them. However long a title is, it is sorted by its first 100
-- characters.
create index objective_by_cycle_and_title on {projection}.objective
    (organization_id, cycle_id, priority, left(title_folded, 100), id, to_position, from_position);
create index objective_by_cycle_and_creation on {projection}.objective
    (organization_id, cycle_id, priority, created_at, id, to_position, from_position);

-- When objectives changed: of what ended there is an index already. And what has changed lately of all whose rows are kept.
create index objective_by_beginning on {projection}.objective (organization_id, from_position);
create index objective_number_by_beginning on {projection}.objective_number (organization_id, from_position);
create index key_result_by_beginning on {projection}.key_result (organization_id, from_position);
create index key_result_number_by_beginning on {projection}.key_result_number (organization_id, from_position);
create index check_in_by_beginning on {projection}.check_in (organization_id, from_position);
create index cycle_by_beginning on {projection}.cycle (organization_id, from_position);
create index team_by_beginning on {projection}.team (organization_id, from_position);
create index person_by_beginning on {projection}.person (organization_id, from_position);

-- Plans are made once for all organizations, and as for one that has a twentieth of all rows. As for one of average size, which among
-- many small ones has a row or two, all indexes would look alike, and whatever is looked up in a large one could read all that it has.
alter table {projection}.objective alter column organization_id set (n_distinct = 20);
