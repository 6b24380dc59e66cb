-- The two exceptions to append-only. Both are the owner's, and both are recorded.

create table okr_ledger.administration_record (
    record_id       bigint generated always as identity primary key,
    organization_id uuid        not null,
    action          text        not null check (action in ('REDACT_EVENT', 'REMOVE_ORGANIZATION')),
    position        bigint, -- of the redacted event, or the last one of a removed organization
    hash            bytea       not null check (octet_length(hash) = 32), -- of the event at that position
    reason          text        not null check (length(reason) between 1 and 2000),
    performed_by    text        not null default session_user,
    performed_at    timestamptz not null default clock_timestamp()
);
create index administration_record_by_organization
    on okr_ledger.administration_record (organization_id, position);
alter table okr_ledger.administration_record enable row level security;
create policy own_organization on okr_ledger.administration_record to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select on okr_ledger.administration_record to okr_ledger_application;

create function okr_ledger.refuse_record_change() returns trigger
language plpgsql as $$
begin
    raise exception 'administration records are append-only: % refused', lower(tg_op)
        using errcode = 'restrict_violation';
end
$$;
create trigger administration_record_is_immutable before update or delete on okr_ledger.administration_record
    for each row execute function okr_ledger.refuse_record_change();
create trigger administration_record_is_not_truncated before truncate on okr_ledger.administration_record
    for each statement execute function okr_ledger.refuse_record_change();

-- Replaces the payload of one event (data and metadata) for good by what may be left of it; no data at all is
-- possible. Its commitment and hash stay, so the chain still verifies; the salt goes, so nothing can be guessed
-- from the commitment.
-- Answers false when it was redacted already.
create function okr_ledger.redact_event(
    for_organization uuid, at_position bigint, because text, left_data text, left_metadata text
) returns boolean
language plpgsql as $$
declare
    redacted okr_ledger.event%rowtype;
begin
    -- The head first, as every write does: no command may be decided on the payload meanwhile.
    perform from okr_ledger.organization_head h where h.organization_id = for_organization for no key update;
    select * into redacted from okr_ledger.event e
    where e.organization_id = for_organization and e.position = at_position;
    if not found then
        raise exception 'no event at position %', at_position using errcode = 'no_data_found';
    end if;
    if redacted.salt is null then
        return false;
    end if;
    insert into okr_ledger.administration_record (organization_id, action, position, hash, reason)
    values (for_organization, 'REDACT_EVENT', at_position, redacted.hash, because);
    perform set_config('okr.administration', 'redact ' || for_organization || ' ' || at_position, true);
    update okr_ledger.event e set data = left_data, metadata = left_metadata, salt = null
    where e.organization_id = for_organization and e.position = at_position;
    perform set_config('okr.administration', '', true);
    return true;
end
$$;

-- Deletes an organization with everything that belongs to it. Answers the number of events deleted.
create function okr_ledger.remove_organization(for_organization uuid, because text) returns bigint
language plpgsql as $$
declare
    head okr_ledger.organization_head%rowtype;
    projected record;
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
    delete from okr_ledger.command c where c.organization_id = for_organization;
    delete from okr_ledger.person_key k where k.organization_id = for_organization;
    delete from okr_ledger.token t where t.organization_id = for_organization;
    delete from okr_ledger.verification v where v.organization_id = for_organization;
    for projected in
        select n.nspname, c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where n.nspname ~ '^projection_[0-9]+$' and c.relkind in ('r', 'p')
    loop
        execute format('delete from %I.%I where organization_id = $1', projected.nspname, projected.relname)
        using for_organization;
    end loop;
    delete from okr_ledger.organization_head h where h.organization_id = for_organization;
    perform set_config('okr.administration', '', true);
    return removed;
end
$$;
revoke all on function okr_ledger.redact_event(uuid, bigint, text, text, text),
    okr_ledger.remove_organization(uuid, text) from public;
