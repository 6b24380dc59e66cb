-- As in 0011_plans_of_writing.sql, save that each generation of read models has the statements for its tables written out, so that
-- their plans are kept: `write_rows` in `projections/tables.sql`.
create or replace function okr_ledger.write_rows(for_organization uuid, generation integer, rows text) returns void
language plpgsql as $$
begin
    execute format('select %I.write_rows($1, $2::jsonb)', 'projection_' || generation::text) using for_organization, rows;
end
$$;
