-- The write path. A batch is four round trips: BEGIN, lock_head, write_batch, COMMIT.

-- Refuses to work for an organization other than the connection's own. The functions below that run with the
-- owner's rights pass no row-level policy, so this is their wall between tenants.
create function okr_ledger.check_organization(for_organization uuid) returns void
language plpgsql stable as $$
begin
    if for_organization is distinct from okr_ledger.current_organization() then
        raise exception 'the connection works for another organization' using errcode = 'insufficient_privilege';
    end if;
end
$$;

-- Begins an organization with an empty log; answers false when it exists already.
create function okr_ledger.create_organization(for_organization uuid, genesis bytea, first_generation integer)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform okr_ledger.check_organization(for_organization);
    insert into okr_ledger.organization_head (organization_id, position, hash, recorded_at, generation)
    values (for_organization, 0, genesis, 'epoch', first_generation)
    on conflict (organization_id) do nothing;
    return found;
end
$$;

-- Takes the head and answers, as rows of three kinds: 'head' (one, with the present instant in now_at);
-- 'event', the tail of the log since the caller's position, left out when longer than tail_limit; and
-- 'command', the accepted commands that the caller's keys and command ids name.
-- Volatile on purpose: each statement sees what was committed while the one before waited for the lock.
-- Its plans are kept from the first calls on, when the tables may be empty and a sequential scan looks good:
-- hence the planner settings, here and below.
create function okr_ledger.lock_head(
    for_organization uuid, known_position bigint, tail_limit integer,
    key_actor_ids text[], keys text[], command_ids uuid[]
) returns table (
    kind text, "position" bigint, command_id uuid, stream_id text, stream_version bigint, event_id uuid,
    type text, schema_version integer, actor_id text, data text, salt bytea, commitment bytea, metadata text,
    effective_at timestamptz, recorded_at timestamptz, hash bytea, generation integer, now_at timestamptz,
    idempotency_key text, request_hash bytea, first_position bigint, last_position bigint
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    head okr_ledger.organization_head%rowtype;
begin
    perform okr_ledger.check_organization(for_organization);
    select * into head from okr_ledger.organization_head h
    where h.organization_id = for_organization for no key update;
    if not found then
        return;
    end if;
    kind := 'head';
    "position" := head.position;
    hash := head.hash;
    recorded_at := head.recorded_at;
    generation := head.generation;
    now_at := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');
    return next;
    if head.position > known_position and head.position - known_position <= tail_limit then
        return query
        select 'event', e.position, e.command_id, e.stream_id, e.stream_version, e.event_id, e.type,
            e.schema_version, e.actor_id, e.data, e.salt, e.commitment, e.metadata, e.effective_at,
            e.recorded_at, e.hash, null::integer, null::timestamptz, null::text, null::bytea,
            null::bigint, null::bigint
        from okr_ledger.event e
        where e.organization_id = for_organization and e.position > known_position
        order by e.position;
    end if;
    if cardinality(keys) > 0 then
        return query
        select 'command', null::bigint, c.command_id, null::text, null::bigint, null::uuid, null::text,
            null::integer, c.actor_id, null::text, null::bytea, null::bytea, null::text, null::timestamptz,
            c.recorded_at, null::bytea, null::integer, null::timestamptz, c.idempotency_key, c.request_hash,
            c.first_position, c.last_position
        from unnest(key_actor_ids, keys) as wanted (actor_id, idempotency_key)
        join okr_ledger.command c
            on c.organization_id = for_organization and c.actor_id = wanted.actor_id
            and c.idempotency_key = wanted.idempotency_key
        where c.expires_at is null or c.expires_at > clock_timestamp();
    end if;
    if cardinality(command_ids) > 0 then
        -- A command without a key has no row of its own: its events name it.
        return query
        select 'command', null::bigint, wanted.id, null::text, null::bigint, null::uuid, null::text,
            null::integer, coalesce(c.actor_id, e.actor_id), null::text, null::bytea, null::bytea, null::text,
            null::timestamptz, coalesce(c.recorded_at, e.recorded_at), null::bytea, null::integer,
            null::timestamptz, c.idempotency_key, c.request_hash,
            coalesce(c.first_position, e.first_position), coalesce(c.last_position, e.last_position)
        from unnest(command_ids) as wanted (id)
        left join okr_ledger.command c on c.organization_id = for_organization and c.command_id = wanted.id
        left join lateral (
            select min(v.actor_id) as actor_id, max(v.recorded_at) as recorded_at,
                min(v.position) as first_position, max(v.position) as last_position
            from okr_ledger.event v
            where v.organization_id = for_organization and v.command_id = wanted.id
        ) e on true
        where c.command_id is not null or e.first_position is not null;
    end if;
end
$$;

-- Appends events to the log, moves the head, and keeps what belongs to them: the commands that can be sent
-- again, new person keys, and the end of erased ones. Runs with the owner's rights, because the application
-- has none on these tables; so it checks all that the log promises by itself, save the hashes.
create function okr_ledger.append(
    for_organization uuid, expected_position bigint, expected_hash bytea,
    command_ids uuid[], stream_ids text[], stream_versions bigint[], event_ids uuid[], types text[],
    schema_versions integer[], actor_ids text[], datas text[], salts bytea[], commitments bytea[],
    metadatas text[], effective_ats timestamptz[], recorded_ats timestamptz[], hashes bytea[],
    kept_command_ids uuid[], kept_actor_ids text[], kept_keys text[], kept_request_hashes bytea[],
    kept_first_positions bigint[], kept_last_positions bigint[], kept_recorded_ats timestamptz[],
    kept_expires_ats timestamptz[],
    key_person_ids text[], person_keys bytea[], erased_person_ids text[]
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    head okr_ledger.organization_head%rowtype;
    amount integer := cardinality(event_ids);
    kept integer;
begin
    perform okr_ledger.check_organization(for_organization);
    select * into strict head from okr_ledger.organization_head h
    where h.organization_id = for_organization for no key update;
    if head.position <> expected_position or head.hash <> expected_hash then
        raise exception 'the log has moved on since its head was locked' using errcode = 'serialization_failure';
    end if;
    if amount > 0 then
        -- Rises strictly from command to command; the events of one command share an instant.
        if exists (
            select from (
                select w.recorded_at, w.command_id,
                    lag(w.recorded_at, 1, head.recorded_at) over (order by w.number) as recorded_before,
                    lag(w.command_id) over (order by w.number) as command_before
                from unnest(recorded_ats, command_ids) with ordinality as w (recorded_at, command_id, number)
            ) pair
            where case when pair.command_id = pair.command_before then pair.recorded_at <> pair.recorded_before
                else pair.recorded_at <= pair.recorded_before end
        ) then
            raise exception 'recorded_at must rise from command to command' using errcode = 'check_violation';
        end if;
        insert into okr_ledger.event
        select for_organization, expected_position + e.number, e.command_id, e.stream_id, e.stream_version,
            e.event_id, e.type, e.schema_version, e.actor_id, e.data, e.salt, e.commitment, e.metadata,
            e.effective_at, e.recorded_at, e.hash
        from unnest(command_ids, stream_ids, stream_versions, event_ids, types, schema_versions, actor_ids, datas,
            salts, commitments, metadatas, effective_ats, recorded_ats, hashes) with ordinality
            as e (command_id, stream_id, stream_version, event_id, type, schema_version, actor_id, data,
            salt, commitment, metadata, effective_at, recorded_at, hash, number);
        update okr_ledger.organization_head h
        set position = expected_position + amount, hash = hashes[amount], recorded_at = recorded_ats[amount]
        where h.organization_id = for_organization;
    end if;
    if cardinality(kept_command_ids) > 0 then
        -- Expired ones go little by little, a batch at a time, so that nothing else has to clean up.
        delete from okr_ledger.command old where old.ctid = any (array(
            select c.ctid from okr_ledger.command c
            where c.organization_id = for_organization and c.expires_at <= clock_timestamp()
            order by c.expires_at limit 100 + 2 * cardinality(kept_command_ids)));
        insert into okr_ledger.command as c
        select for_organization, k.command_id, k.actor_id, k.idempotency_key, k.request_hash, k.first_position,
            k.last_position, k.recorded_at, k.expires_at
        from unnest(kept_command_ids, kept_actor_ids, kept_keys, kept_request_hashes, kept_first_positions,
            kept_last_positions, kept_recorded_ats, kept_expires_ats)
            as k (command_id, actor_id, idempotency_key, request_hash, first_position, last_position, recorded_at,
            expires_at)
        on conflict (organization_id, actor_id, idempotency_key) where idempotency_key is not null
        do update set command_id = excluded.command_id, request_hash = excluded.request_hash,
            first_position = excluded.first_position, last_position = excluded.last_position,
            recorded_at = excluded.recorded_at, expires_at = excluded.expires_at
        where c.expires_at <= clock_timestamp();
        get diagnostics kept = row_count;
        if kept <> cardinality(kept_command_ids) then
            raise exception 'an idempotency key is in use' using errcode = 'unique_violation';
        end if;
    end if;
    if cardinality(key_person_ids) > 0 then
        insert into okr_ledger.person_key
        select for_organization, k.person_id, k.key
        from unnest(key_person_ids, person_keys) as k (person_id, key);
    end if;
    if cardinality(erased_person_ids) > 0 then
        delete from okr_ledger.person_key k
        where k.organization_id = for_organization and k.person_id = any (erased_person_ids);
    end if;
end
$$;

-- Writes the rows of projections: {"<table>": {"close": [{"id", "to_position"}], "insert": [{column: value}]}}.
-- Closing comes first, for a row that is replaced in the same batch has the same key. Runs with the
-- application's rights, so row-level security holds for what the rows say.
create function okr_ledger.write_rows(for_organization uuid, generation integer, rows text) returns void
language plpgsql as $$
declare
    target text := 'projection_' || generation::text;
    written record;
    closed integer;
begin
    for written in select each.key as name, each.value as changes from jsonb_each(rows::jsonb) as each loop
        if jsonb_array_length(written.changes -> 'close') > 0 then
            execute format(
                'update %I.%I as t set to_position = c.to_position '
                'from jsonb_to_recordset($2) as c (id text, to_position bigint) '
                'where t.organization_id = $1 and t.id = c.id and t.to_position = 9223372036854775807',
                target, written.name)
            using for_organization, written.changes -> 'close';
            get diagnostics closed = row_count;
            if closed <> jsonb_array_length(written.changes -> 'close') then
                raise exception 'projection %: % rows to close, % found', written.name,
                    jsonb_array_length(written.changes -> 'close'), closed using errcode = 'data_corrupted';
            end if;
        end if;
        if jsonb_array_length(written.changes -> 'insert') > 0 then
            execute format(
                'insert into %1$I.%2$I select * from jsonb_populate_recordset(null::%1$I.%2$I, $1)',
                target, written.name)
            using written.changes -> 'insert';
        end if;
    end loop;
end
$$;

-- Writes one batch: events, head, commands, keys, and the rows that projections make of them.
create function okr_ledger.write_batch(
    for_organization uuid, expected_position bigint, expected_hash bytea,
    command_ids uuid[], stream_ids text[], stream_versions bigint[], event_ids uuid[], types text[],
    schema_versions integer[], actor_ids text[], datas text[], salts bytea[], commitments bytea[],
    metadatas text[], effective_ats timestamptz[], recorded_ats timestamptz[], hashes bytea[],
    kept_command_ids uuid[], kept_actor_ids text[], kept_keys text[], kept_request_hashes bytea[],
    kept_first_positions bigint[], kept_last_positions bigint[], kept_recorded_ats timestamptz[],
    kept_expires_ats timestamptz[],
    key_person_ids text[], person_keys bytea[], erased_person_ids text[],
    generation integer, rows text
) returns void
language plpgsql as $$
begin
    perform okr_ledger.append(for_organization, expected_position, expected_hash, command_ids, stream_ids,
        stream_versions, event_ids, types, schema_versions, actor_ids, datas, salts, commitments, metadatas,
        effective_ats, recorded_ats, hashes, kept_command_ids, kept_actor_ids, kept_keys, kept_request_hashes,
        kept_first_positions, kept_last_positions, kept_recorded_ats, kept_expires_ats, key_person_ids,
        person_keys, erased_person_ids);
    if rows is not null then
        perform okr_ledger.write_rows(for_organization, generation, rows);
    end if;
end
$$;

-- A function can be executed by everybody unless that is taken back.
revoke all on all functions in schema okr_ledger from public;
grant execute on function okr_ledger.current_organization(), okr_ledger.check_organization(uuid),
    okr_ledger.create_organization(uuid, bytea, integer),
    okr_ledger.lock_head(uuid, bigint, integer, text[], text[], uuid[]),
    okr_ledger.append(uuid, bigint, bytea, uuid[], text[], bigint[], uuid[], text[], integer[], text[], text[],
        bytea[], bytea[], text[], timestamptz[], timestamptz[], bytea[], uuid[], text[], text[], bytea[], bigint[],
        bigint[], timestamptz[], timestamptz[], text[], bytea[], text[]),
    okr_ledger.write_rows(uuid, integer, text),
    okr_ledger.write_batch(uuid, bigint, bytea, uuid[], text[], bigint[], uuid[], text[], integer[], text[], text[],
        bytea[], bytea[], text[], timestamptz[], timestamptz[], bytea[], uuid[], text[], text[], bytea[], bigint[],
        bigint[], timestamptz[], timestamptz[], text[], bytea[], text[], integer, text)
    to okr_ledger_application;
