-- State of the running service that is neither event nor projection.

-- Bearer tokens; only the digest of the secret is kept.
create table okr_ledger.token (
    digest          bytea            primary key check (octet_length(digest) = 32), -- sha256 of the secret
    token_id        uuid             not null unique,
    organization_id uuid             not null,
    actor_id        text collate "C" not null check (length(actor_id) between 1 and 200),
    name            text             not null check (length(name) between 1 and 200),
    created_at      timestamptz      not null default clock_timestamp(),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz
);
create index token_by_organization on okr_ledger.token (organization_id, actor_id);
alter table okr_ledger.token enable row level security;
create policy own_organization on okr_ledger.token to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select, insert, update on okr_ledger.token to okr_ledger_application;

-- Answers the token of a digest as long as it is valid: the one look-up that cannot know its organization
-- yet. Runs with the owner's rights and takes a digest, so nobody can list the tokens of others.
-- The last use is noted to the minute, since each note is a write.
create function okr_ledger.find_token(wanted_digest bytea) returns table (
    token_id uuid, organization_id uuid, actor_id text, name text, created_at timestamptz, expires_at timestamptz,
    last_used_at timestamptz
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    if not pg_is_in_recovery() then
        update okr_ledger.token t set last_used_at = clock_timestamp()
        where t.digest = wanted_digest and t.revoked_at is null
            and (t.expires_at is null or t.expires_at > clock_timestamp())
            and (t.last_used_at is null or t.last_used_at < clock_timestamp() - interval '1 minute');
    end if;
    return query
    select t.token_id, t.organization_id, t.actor_id, t.name, t.created_at, t.expires_at, t.last_used_at
    from okr_ledger.token t
    where t.digest = wanted_digest and t.revoked_at is null
        and (t.expires_at is null or t.expires_at > clock_timestamp());
end
$$;
revoke all on function okr_ledger.find_token(bytea) from public;
grant execute on function okr_ledger.find_token(bytea) to okr_ledger_application;

-- How far the log of an organization has been verified; written by the owner alone.
create table okr_ledger.verification (
    organization_id uuid        primary key,
    position        bigint      not null check (position >= 0),
    hash            bytea       not null check (octet_length(hash) = 32),
    verified_at     timestamptz not null
);
alter table okr_ledger.verification enable row level security;
create policy own_organization on okr_ledger.verification to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select on okr_ledger.verification to okr_ledger_application;
