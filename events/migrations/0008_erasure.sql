-- With the key of an erased person go their tokens: they open nothing any more, and their names may hold the person's.
-- So do the hashes of requests, with which somebody who has the database could find out whether a guessed name was sent;
-- a repetition is then known by its key alone.
create function okr_ledger.forget_person() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from okr_ledger.token t where t.organization_id = old.organization_id and t.actor_id = old.person_id;
    update okr_ledger.command c set request_hash = null
    where c.organization_id = old.organization_id and c.request_hash is not null;
    return null;
end
$$;
create trigger person_is_forgotten_with_the_key after delete on okr_ledger.person_key
    for each row execute function okr_ledger.forget_person();
revoke all on function okr_ledger.forget_person() from public;

-- As in 0004_administration.sql, save that every table with a column `organization_id` is cleared, also those that came
-- since: the records of administration alone stay.
create or replace function okr_ledger.remove_organization(for_organization uuid, because text) returns bigint
language plpgsql as $$
declare
    head okr_ledger.organization_head%rowtype;
    cleared record;
    removed bigint;
begin
    select * into head from okr_ledger.organization_head h
    where h.organization_id = for_organization for update;
    if not found then
        raise exception 'no such organization' using errcode = 'no_data_found';
    end if;
    insert into okr_ledger.administration_record (organization_id, action, position, hash, reason)
    values (for_organization, 'REMOVE_ORGANIZATION', head.position, head.hash, because);
    perform set_config('okr.administration', 'remove ' || for_organization, true);
    delete from okr_ledger.event e where e.organization_id = for_organization;
    get diagnostics removed = row_count;
    for cleared in
        select n.nspname, c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where (n.nspname = 'okr_ledger' or n.nspname ~ '^projection_[0-9]+$') and c.relkind in ('r', 'p')
            and (n.nspname, c.relname) not in (('okr_ledger', 'administration_record'), ('okr_ledger', 'organization_head'))
    loop
        execute format('delete from %I.%I where organization_id = $1', cleared.nspname, cleared.relname)
        using for_organization;
    end loop;
    delete from okr_ledger.organization_head h where h.organization_id = for_organization;
    perform set_config('okr.administration', '', true);
    return removed;
end
$$;
