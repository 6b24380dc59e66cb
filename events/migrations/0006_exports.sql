-- Files for analysts: what was asked for, and the files themselves until they expire.

-- An export of one person. A row lives until `expires_at`, its file with it. One that is still RUNNING at `fails_at`
-- was left by a process that ended, and reads as FAILED.
create table okr_ledger.export (
    organization_id uuid             not null references okr_ledger.organization_head on delete cascade,
    export_id       uuid             not null,
    creator_id      text collate "C" not null check (length(creator_id) between 1 and 200),
    content         text collate "C" not null check (length(content) between 1 and 100),
    format          text collate "C" not null check (length(format) between 1 and 100),
    position        bigint           not null check (position >= 0), -- up to which it reads
    state           text collate "C" not null default 'RUNNING' check (state in ('RUNNING', 'READY', 'FAILED')),
    idempotency_key text collate "C" check (length(idempotency_key) between 1 and 255), -- null once it failed
    request_hash    bytea            not null check (octet_length(request_hash) = 32),
    secret          bytea            not null check (octet_length(secret) = 32), -- from which its token is derived
    token_digest    bytea            not null unique check (octet_length(token_digest) = 32), -- sha256 of the token
    file_name       text collate "C" not null check (length(file_name) between 1 and 200),
    byte_size       bigint           check (byte_size >= 0),
    failure_code    text collate "C",
    failure_message text,
    created_at      timestamptz      not null default clock_timestamp(),
    fails_at        timestamptz      not null,
    expires_at      timestamptz      not null,
    primary key (organization_id, export_id),
    constraint export_is_whole_when_ready check (state <> 'READY' or byte_size is not null),
    constraint export_says_why_it_failed check ((state = 'FAILED') = (failure_code is not null and failure_message is not null))
);
create unique index export_by_key on okr_ledger.export (organization_id, creator_id, idempotency_key)
    where idempotency_key is not null;
create index export_by_creator on okr_ledger.export (organization_id, creator_id);
create index export_by_expiry on okr_ledger.export (expires_at);
create index export_by_failing on okr_ledger.export (fails_at) where state = 'RUNNING';

-- The bytes of a file, in the order of `number`, which counts from 0.
create table okr_ledger.export_chunk (
    organization_id uuid    not null,
    export_id       uuid    not null,
    number          integer not null check (number >= 0),
    content         bytea   not null,
    primary key (organization_id, export_id, number),
    foreign key (organization_id, export_id) references okr_ledger.export on delete cascade
);

alter table okr_ledger.export enable row level security;
alter table okr_ledger.export_chunk enable row level security;
create policy own_organization on okr_ledger.export to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
create policy own_organization on okr_ledger.export_chunk to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select, insert, update, delete on okr_ledger.export, okr_ledger.export_chunk to okr_ledger_application;

-- Answers the file of a token's digest as long as it can be fetched: like `find_token` a look-up that cannot know its
-- organization yet, and takes a digest, so that nobody can list the files of others.
create function okr_ledger.find_export(wanted_digest bytea) returns table (
    organization_id uuid, export_id uuid, format text, file_name text, byte_size bigint
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select x.organization_id, x.export_id, x.format, x.file_name, x.byte_size
    from okr_ledger.export x
    where x.token_digest = wanted_digest and x.state = 'READY' and x.expires_at > clock_timestamp()
$$;

-- Deletes exports that are over, of whatever organization, and frees what those left that no process makes any more.
-- A hundred of each at a time, so that no statement takes long.
create function okr_ledger.sweep_exports(lapsed_message text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from okr_ledger.export old where (old.organization_id, old.export_id) in (
        select x.organization_id, x.export_id from okr_ledger.export x
        where x.expires_at <= clock_timestamp() order by x.expires_at limit 100
        for update skip locked);
    with lapsed as (
        update okr_ledger.export left_behind
        set state = 'FAILED', idempotency_key = null, failure_code = 'INTERRUPTED',
            failure_message = lapsed_message
        where (left_behind.organization_id, left_behind.export_id) in (
            select x.organization_id, x.export_id from okr_ledger.export x
            where x.state = 'RUNNING' and x.fails_at <= clock_timestamp() order by x.fails_at limit 100
            for update skip locked)
        returning left_behind.organization_id, left_behind.export_id
    )
    delete from okr_ledger.export_chunk c using lapsed
    where c.organization_id = lapsed.organization_id and c.export_id = lapsed.export_id;
end
$$;

-- Who is erased must not live on in a file: with a person's key go all files of the organization, for any of them
-- may hold the name. One that is being made finds its row gone and is thrown away.
create function okr_ledger.forget_exports() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from okr_ledger.export x where x.organization_id = old.organization_id;
    return null;
end
$$;
create trigger exports_go_with_a_person_key after delete on okr_ledger.person_key
    for each row execute function okr_ledger.forget_exports();

revoke all on function okr_ledger.find_export(bytea), okr_ledger.sweep_exports(text), okr_ledger.forget_exports()
    from public;
grant execute on function okr_ledger.find_export(bytea), okr_ledger.sweep_exports(text) to okr_ledger_application;
