-- What a generation of read models has beside `tables.sql` for the sake of its plans. It changes no row, so it is no new layout:
-- generations that there were before got it by a migration.

-- The objectives of a cycle in the orders in which screens list them. However long a title is, it is sorted by its first 100
-- characters.
create index objective_by_cycle_and_title on {projection}.objective
    (organization_id, cycle_id, priority, left(title_folded, 100), id, to_position, from_position);
create index objective_by_cycle_and_creation on {projection}.objective
    (organization_id, cycle_id, priority, created_at, id, to_position, from_position);

-- When objectives changed: of what ended there is an index already.
create index objective_by_beginning on {projection}.objective (organization_id, from_position);

-- What began at some positions, of the other things whose rows are kept. The position comes first, so that nothing else looks as if
-- it were found by these.
create index objective_number_by_beginning on {projection}.objective_number (from_position, organization_id);
create index key_result_by_beginning on {projection}.key_result (from_position, organization_id);
create index key_result_number_by_beginning on {projection}.key_result_number (from_position, organization_id);
create index check_in_by_beginning on {projection}.check_in (from_position, organization_id);
create index cycle_by_beginning on {projection}.cycle (from_position, organization_id);
create index team_by_beginning on {projection}.team (from_position, organization_id);
create index person_by_beginning on {projection}.person (from_position, organization_id);

-- Plans are made once for all organizations, and as for one that has a twentieth of all rows. As for one of average size, which among
-- many small ones has a row or two, all indexes would look alike, and whatever is looked up in a large one could read all that it has.
alter table {projection}.objective alter column organization_id set (n_distinct = 20);
