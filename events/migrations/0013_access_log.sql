-- Who came in and what was refused, summed up by the hour so that a flood of requests is no flood of rows. It is no part of
-- the log: nothing is decided by it, and it is forgotten after a while.
create table okr_ledger.access_record (
    record_id       uuid             primary key, -- rises with the time
    organization_id uuid,                         -- null for callers who are nobody
    kind            text             not null check (length(kind) between 1 and 50),
    code            text             check (length(code) between 1 and 50),
    detail          text             check (length(detail) between 1 and 50),
    actor_id        text collate "C" check (length(actor_id) between 1 and 200),
    token_id        uuid,
    subject_id      text collate "C" check (length(subject_id) between 1 and 200),
    address         text             check (length(address) between 1 and 100),
    hour            timestamptz      not null,
    request_count   bigint           not null check (request_count > 0),
    first_at        timestamptz      not null,
    last_at         timestamptz      not null,
    unique nulls not distinct (organization_id, hour, kind, code, detail, actor_id, token_id, subject_id, address)
);
create index access_record_newest on okr_ledger.access_record (organization_id, record_id desc);
create index access_record_of_actor on okr_ledger.access_record (organization_id, actor_id, record_id desc);
create index access_record_by_age on okr_ledger.access_record (last_at);

alter table okr_ledger.access_record enable row level security;
create policy own_organization on okr_ledger.access_record to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select on okr_ledger.access_record to okr_ledger_application;

-- Adds to what was noted in the same hour; callers may be of any organization and of none. Of an organization that is removed,
-- and of a person whose key is gone or is just going, nothing is noted.
create function okr_ledger.note_access(noted jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    perform from okr_ledger.person_key k
    where (k.organization_id, k.person_id) in (
        select n.organization_id, n.actor_id from jsonb_to_recordset(noted) as n (organization_id uuid, actor_id text)
    )
    order by k.organization_id, k.person_id
    for key share;
    insert into okr_ledger.access_record as known (record_id, organization_id, kind, code, detail, actor_id, token_id,
        subject_id, address, hour, request_count, first_at, last_at)
    select n.record_id, n.organization_id, n.kind, n.code, n.detail, n.actor_id, n.token_id, n.subject_id, n.address,
        date_trunc('hour', n.first_at, 'UTC'), n.request_count, n.first_at, n.last_at
    from jsonb_to_recordset(noted) as n (record_id uuid, organization_id uuid, kind text, code text, detail text,
        actor_id text, token_id uuid, subject_id text, address text, request_count bigint, first_at timestamptz,
        last_at timestamptz)
    where (n.organization_id is null or exists (
        select from okr_ledger.organization_head h where h.organization_id = n.organization_id
    )) and not exists (
        select from unnest(array[n.actor_id, n.subject_id]) as person (id)
        where starts_with(person.id, 'person_') and not exists (
            select from okr_ledger.person_key k where k.organization_id = n.organization_id and k.person_id = person.id
        )
    )
    order by n.organization_id, n.kind, n.code, n.detail, n.actor_id, n.token_id, n.subject_id, n.address
    on conflict (organization_id, hour, kind, code, detail, actor_id, token_id, subject_id, address) do update
    set request_count = known.request_count + excluded.request_count,
        first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at);
end
$$;

-- Deletes what is older than some days, at most 10,000 records at a time, and what was noted of an organization at the very
-- moment in which it was removed.
create function okr_ledger.forget_access(days integer) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    with over as (
        select r.record_id from okr_ledger.access_record r
        where r.last_at < clock_timestamp() - make_interval(days => days)
            or r.organization_id is not null and not exists (
                select from okr_ledger.organization_head h where h.organization_id = r.organization_id
            )
        limit 10000 for update skip locked
    ), forgotten as (
        delete from okr_ledger.access_record r using over where r.record_id = over.record_id returning 1
    )
    select count(*) from forgotten
$$;

-- Answers whose a token was that holds no more, and why: for the access log alone, never for the caller.
create function okr_ledger.find_ended_token(wanted_digest bytea) returns table (
    token_id uuid, organization_id uuid, actor_id text, is_revoked boolean
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.token_id, t.organization_id, t.actor_id, t.revoked_at is not null from okr_ledger.token t
    where t.digest = wanted_digest and (t.revoked_at is not null or t.expires_at <= clock_timestamp())
$$;

-- With the key of an erased person goes what was noted of them.
create function okr_ledger.forget_access_of_person() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from okr_ledger.access_record r
    where r.organization_id = old.organization_id and old.person_id in (r.actor_id, r.subject_id);
    return null;
end
$$;
create trigger access_goes_with_a_person_key after delete on okr_ledger.person_key
    for each row execute function okr_ledger.forget_access_of_person();

revoke all on function okr_ledger.note_access(jsonb), okr_ledger.forget_access(integer), okr_ledger.find_ended_token(bytea),
    okr_ledger.forget_access_of_person() from public;
grant execute on function okr_ledger.note_access(jsonb), okr_ledger.forget_access(integer), okr_ledger.find_ended_token(bytea)
    to okr_ledger_application;
