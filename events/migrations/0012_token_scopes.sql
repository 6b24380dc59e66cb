-- What a token is held to: names of rights, of which it may use those that its holder has; null for all of them.
alter table okr_ledger.token add column scopes text[] check (cardinality(scopes) <= 100);

-- As in 0003_service_state.sql, with the scopes.
drop function okr_ledger.find_token(bytea);
create function okr_ledger.find_token(wanted_digest bytea) returns table (
    token_id uuid, organization_id uuid, actor_id text, name text, created_at timestamptz, expires_at timestamptz,
    last_used_at timestamptz, scopes text[]
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
    select t.token_id, t.organization_id, t.actor_id, t.name, t.created_at, t.expires_at, t.last_used_at, t.scopes
    from okr_ledger.token t
    where t.digest = wanted_digest and t.revoked_at is null
        and (t.expires_at is null or t.expires_at > clock_timestamp());
end
$$;
revoke all on function okr_ledger.find_token(bytea) from public;
grant execute on function okr_ledger.find_token(bytea) to okr_ledger_application;
