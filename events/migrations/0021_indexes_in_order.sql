-- What stands in `projections/plans.sql`, for the generations of read models that there are.
do $$
declare
    generation text;
    projection text;
begin
    for generation in
        select n.nspname from pg_namespace n
        where n.nspname ~ '^projection_[1-9][0-9]*$' and to_regclass(n.nspname || '.objective') is not null
    loop
        execute format('create index objective_by_cycle_and_title on %I.objective '
            '(organization_id, cycle_id, priority, left(title_folded, 100), id, to_position, from_position)', generation);
        execute format('create index objective_by_cycle_and_creation on %I.objective '
            '(organization_id, cycle_id, priority, created_at, id, to_position, from_position)', generation);
        execute format('create index objective_by_beginning on %I.objective (organization_id, from_position)', generation);
        foreach projection in array array[
            'objective_number', 'key_result', 'key_result_number', 'check_in', 'cycle', 'team', 'person']
        loop
            execute format('create index %I on %I.%I (from_position, organization_id)', projection || '_by_beginning', generation,
                projection);
        end loop;
        execute format('alter table %I.objective alter column organization_id set (n_distinct = 20)', generation);
    end loop;
end
$$;
