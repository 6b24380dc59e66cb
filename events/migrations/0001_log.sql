-- The log: one head, many events per organization. Every key starts with organization_id, so that the
-- schema can be sharded on it; nothing references or joins across organizations.

create schema if not exists okr_ledger;
grant usage on schema okr_ledger to okr_ledger_application;

-- Answers the organization that the connection works for, or null. A setting that was ever set locally
-- reverts to an empty text, not to null, hence the nullif.
create function okr_ledger.current_organization() returns uuid
language sql stable parallel safe
return nullif(current_setting('okr.organization', true), '')::uuid;

-- The newest position of an organization's log, and the only lock that a write takes.
create table okr_ledger.organization_head (
    organization_id uuid        primary key,
    position        bigint      not null check (position >= 0),
    hash            bytea       not null check (octet_length(hash) = 32),
    recorded_at     timestamptz not null,
    generation      integer     not null check (generation > 0),
    created_at      timestamptz not null default clock_timestamp()
) with (fillfactor = 50); -- updated by every write: room for the new version on the same page

-- What happened. `data` and `metadata` are text and not json: what is hashed must come back byte for byte.
-- An event without salt is redacted: `data` and `metadata` are what was left of it.
create table okr_ledger.event (
    organization_id uuid             not null,
    position        bigint           not null check (position > 0),
    command_id      uuid             not null,
    stream_id       text collate "C" not null check (length(stream_id) between 1 and 200),
    stream_version  bigint           not null check (stream_version > 0),
    event_id        uuid             not null,
    type            text collate "C" not null check (length(type) between 1 and 100),
    schema_version  integer          not null check (schema_version > 0),
    actor_id        text collate "C" not null check (length(actor_id) between 1 and 200),
    data            text,
    salt            bytea            check (octet_length(salt) = 16),
    commitment      bytea            not null check (octet_length(commitment) = 32),
    metadata        text             not null,
    effective_at    timestamptz      not null,
    recorded_at     timestamptz      not null,
    hash            bytea            not null check (octet_length(hash) = 32),
    primary key (organization_id, position),
    unique (organization_id, stream_id, stream_version),
    constraint event_is_whole_or_redacted check (salt is null or data is not null)
);
create index event_by_time on okr_ledger.event (organization_id, recorded_at, position);
create index event_by_type on okr_ledger.event (organization_id, type, position);
create index event_by_actor on okr_ledger.event (organization_id, actor_id, position);
create index event_by_command on okr_ledger.event (organization_id, command_id, position);

-- Accepted commands that a client can send again: with a key, or with a request to compare.
-- `last_position` is `first_position - 1` for a command that changed nothing.
create table okr_ledger.command (
    organization_id uuid             not null,
    command_id      uuid             not null,
    actor_id        text collate "C" not null,
    idempotency_key text collate "C" check (length(idempotency_key) between 1 and 255),
    request_hash    bytea            check (octet_length(request_hash) = 32),
    first_position  bigint           not null check (first_position > 0),
    last_position   bigint           not null,
    recorded_at     timestamptz      not null,
    expires_at      timestamptz, -- null: kept for ever, as for an import
    primary key (organization_id, command_id),
    constraint command_range_rises check (last_position >= first_position - 1),
    constraint command_expires_later check (expires_at > recorded_at)
);
create unique index command_by_key on okr_ledger.command (organization_id, actor_id, idempotency_key)
    where idempotency_key is not null;
create index command_by_expiry on okr_ledger.command (organization_id, expires_at)
    where expires_at is not null;

-- The keys that open the names and addresses in person events; the one place from which erasure deletes.
create table okr_ledger.person_key (
    organization_id uuid             not null,
    person_id       text collate "C" not null check (length(person_id) between 1 and 200),
    key             bytea            not null check (octet_length(key) between 16 and 64),
    primary key (organization_id, person_id)
);

-- Refuses what would change the past. The two procedures of 0004_administration.sql announce themselves by
-- a setting; they can do no more than blank a payload, or delete, and only the owner has the rights at all.
create function okr_ledger.refuse_change() returns trigger
language plpgsql as $$
declare
    announced text := current_setting('okr.administration', true);
begin
    if tg_op = 'DELETE' and announced = 'remove ' || old.organization_id::text then
        return old;
    end if;
    if tg_op = 'UPDATE' and announced = 'redact ' || old.organization_id::text || ' ' || old.position::text then
        old.data := new.data;
        old.metadata := new.metadata;
        old.salt := null;
        if old is not distinct from new then
            return new;
        end if;
    end if;
    raise exception 'the log is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
end
$$;
create trigger event_is_immutable before update or delete on okr_ledger.event
    for each row execute function okr_ledger.refuse_change();

create function okr_ledger.refuse_truncate() returns trigger
language plpgsql as $$
begin
    raise exception 'the log is append-only: truncate refused' using errcode = 'restrict_violation';
end
$$;
create trigger event_is_not_truncated before truncate on okr_ledger.event
    for each statement execute function okr_ledger.refuse_truncate();
create trigger head_is_not_truncated before truncate on okr_ledger.organization_head
    for each statement execute function okr_ledger.refuse_truncate();

-- A head goes forward only, and stays as long as its organization.
create function okr_ledger.refuse_head_going_back() returns trigger
language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if current_setting('okr.administration', true) = 'remove ' || old.organization_id::text then
            return old;
        end if;
        raise exception 'the head of an organization cannot be deleted' using errcode = 'restrict_violation';
    end if;
    if new.organization_id <> old.organization_id or new.position < old.position
        or (new.position > old.position and new.recorded_at <= old.recorded_at)
        or (new.position = old.position and (new.recorded_at, new.hash) is distinct from (old.recorded_at, old.hash))
    then
        raise exception 'the head of an organization cannot go back' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger head_goes_forward before update or delete on okr_ledger.organization_head
    for each row execute function okr_ledger.refuse_head_going_back();

-- Tenants are separated by the database itself. Enabled, not forced: migrations, rebuilds and backups run as
-- the owner and see all.
alter table okr_ledger.organization_head enable row level security;
alter table okr_ledger.event enable row level security;
alter table okr_ledger.command enable row level security;
alter table okr_ledger.person_key enable row level security;
create policy own_organization on okr_ledger.organization_head to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
create policy own_organization on okr_ledger.event to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
create policy own_organization on okr_ledger.command to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
create policy own_organization on okr_ledger.person_key to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);

-- The application reads; it writes through the functions of 0002_write_path.sql alone.
grant select on okr_ledger.organization_head, okr_ledger.event, okr_ledger.command, okr_ledger.person_key
    to okr_ledger_application;
