-- Secret addresses of calendars: whoever has one reads what its person has to do; only the digest of the secret is kept.
create table okr_ledger.calendar_link (
    digest          bytea            primary key check (octet_length(digest) = 32), -- sha256 of the secret
    link_id         uuid             not null unique,
    organization_id uuid             not null,
    person_id       text collate "C" not null check (length(person_id) between 1 and 200),
    name            text             not null check (length(name) between 1 and 200),
    created_at      timestamptz      not null default clock_timestamp(),
    revoked_at      timestamptz,
    last_used_at    timestamptz
);
create index calendar_link_by_person on okr_ledger.calendar_link (organization_id, person_id);
alter table okr_ledger.calendar_link enable row level security;
create policy own_organization on okr_ledger.calendar_link to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select, insert, update on okr_ledger.calendar_link to okr_ledger_application;

-- Answers the link of a digest as long as it holds, as `find_token` does for tokens; the last use is noted to the hour.
create function okr_ledger.find_calendar_link(wanted_digest bytea) returns table (
    link_id uuid, organization_id uuid, person_id text
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    if not pg_is_in_recovery() then
        update okr_ledger.calendar_link l set last_used_at = clock_timestamp()
        where l.digest = wanted_digest and l.revoked_at is null
            and (l.last_used_at is null or l.last_used_at < clock_timestamp() - interval '1 hour');
    end if;
    return query
    select l.link_id, l.organization_id, l.person_id from okr_ledger.calendar_link l
    where l.digest = wanted_digest and l.revoked_at is null;
end
$$;
revoke all on function okr_ledger.find_calendar_link(bytea) from public;
grant execute on function okr_ledger.find_calendar_link(bytea) to okr_ledger_application;

-- As in 0008_erasure.sql, with the links to their calendars.
create or replace function okr_ledger.forget_person() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from okr_ledger.token t where t.organization_id = old.organization_id and t.actor_id = old.person_id;
    delete from okr_ledger.calendar_link l where l.organization_id = old.organization_id and l.person_id = old.person_id;
    update okr_ledger.command c set request_hash = null
    where c.organization_id = old.organization_id and c.request_hash is not null;
    return null;
end
$$;
