-- A batch in one round trip and a transaction of its own, where nobody else writes to the organization.

-- Says, with the head taken, whether the log is as the caller left it: nothing was appended, switched to another generation or
-- redacted, none of the commands was accepted before, and the newest time is of the last second.
-- Volatile, and its plans kept, as those of lock_head.
create function okr_ledger.is_unmoved(
    for_organization uuid, expected_position bigint, expected_hash bytea, expected_generation integer,
    expected_redacted bigint, newest_at timestamptz, key_actor_ids text[], keys text[], command_ids uuid[]
) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    head okr_ledger.organization_head%rowtype;
begin
    perform okr_ledger.check_organization(for_organization);
    select * into head from okr_ledger.organization_head h
    where h.organization_id = for_organization for no key update;
    if not found or head.position <> expected_position or head.hash <> expected_hash
        or head.generation <> expected_generation
        or newest_at not between clock_timestamp() - interval '1 second' and clock_timestamp()
    then
        return false;
    end if;
    if expected_redacted <> (select coalesce(max(r.record_id), 0) from okr_ledger.administration_record r
        where r.organization_id = for_organization)
    then
        return false;
    end if;
    -- A command without a key has no row of its own: its events name it.
    if exists (select from okr_ledger.event e
            where e.organization_id = for_organization and e.command_id = any (command_ids))
        or exists (select from okr_ledger.command c
            where c.organization_id = for_organization and c.command_id = any (command_ids))
    then
        return false;
    end if;
    return cardinality(keys) = 0 or not exists (
        select from unnest(key_actor_ids, keys) as wanted (actor_id, idempotency_key)
        cross join lateral (
            select from okr_ledger.command kept
            where kept.organization_id = for_organization and kept.actor_id = wanted.actor_id
                and kept.idempotency_key = wanted.idempotency_key
            limit 1
        ) c);
end
$$;

-- Writes one batch as write_batch does, if the log is as the caller left it, and answers the present instant. Otherwise
-- writes nothing and answers null.
create function okr_ledger.write_if_unmoved(
    expected_redacted bigint, newest_at timestamptz, looked_up_actor_ids text[], looked_up_keys text[],
    looked_up_command_ids uuid[],
    for_organization uuid, expected_position bigint, expected_hash bytea,
    command_ids uuid[], stream_ids text[], stream_versions bigint[], event_ids uuid[], types text[],
    schema_versions integer[], actor_ids text[], datas text[], salts bytea[], commitments bytea[],
    metadatas text[], effective_ats timestamptz[], recorded_ats timestamptz[], hashes bytea[],
    kept_command_ids uuid[], kept_actor_ids text[], kept_keys text[], kept_request_hashes bytea[],
    kept_first_positions bigint[], kept_last_positions bigint[], kept_recorded_ats timestamptz[],
    kept_expires_ats timestamptz[],
    key_person_ids text[], person_keys bytea[], erased_person_ids text[],
    generation integer, rows text
) returns timestamptz
language plpgsql as $$
begin
    if not okr_ledger.is_unmoved(for_organization, expected_position, expected_hash, generation, expected_redacted,
        newest_at, looked_up_actor_ids, looked_up_keys, looked_up_command_ids)
    then
        return null;
    end if;
    perform okr_ledger.write_batch(for_organization, expected_position, expected_hash, command_ids, stream_ids,
        stream_versions, event_ids, types, schema_versions, actor_ids, datas, salts, commitments, metadatas,
        effective_ats, recorded_ats, hashes, kept_command_ids, kept_actor_ids, kept_keys, kept_request_hashes,
        kept_first_positions, kept_last_positions, kept_recorded_ats, kept_expires_ats, key_person_ids,
        person_keys, erased_person_ids, generation, rows);
    return clock_timestamp();
end
$$;

revoke all on function okr_ledger.is_unmoved(uuid, bigint, bytea, integer, bigint, timestamptz, text[], text[], uuid[]),
    okr_ledger.write_if_unmoved(bigint, timestamptz, text[], text[], uuid[], uuid, bigint, bytea, uuid[], text[], bigint[],
        uuid[], text[], integer[], text[], text[], bytea[], bytea[], text[], timestamptz[], timestamptz[], bytea[], uuid[],
        text[], text[], bytea[], bigint[], bigint[], timestamptz[], timestamptz[], text[], bytea[], text[], integer, text)
    from public;
grant execute on function okr_ledger.is_unmoved(uuid, bigint, bytea, integer, bigint, timestamptz, text[], text[], uuid[]),
    okr_ledger.write_if_unmoved(bigint, timestamptz, text[], text[], uuid[], uuid, bigint, bytea, uuid[], text[], bigint[],
        uuid[], text[], integer[], text[], text[], bytea[], bytea[], text[], timestamptz[], timestamptz[], bytea[], uuid[],
        text[], text[], bytea[], bigint[], bigint[], timestamptz[], timestamptz[], text[], bytea[], text[], integer, text)
    to okr_ledger_application;
