-- A write reads the rows that it is about and no others, also when nothing is known of the tables yet.

-- As in 0002_write_path.sql, save that rows are closed by a list of identifiers: what is joined with a set of unknown
-- size may be hashed against, or looked for among, all current rows of a table.
create or replace function okr_ledger.write_rows(for_organization uuid, generation integer, rows text) returns void
language plpgsql as $$
declare
    target text := 'projection_' || generation::text;
    written record;
    ids text[];
    positions jsonb;
    closed integer;
begin
    for written in select each.key as name, each.value as changes from jsonb_each(rows::jsonb) as each loop
        if jsonb_array_length(written.changes -> 'close') > 0 then
            select array_agg(c.id), jsonb_object_agg(c.id, c.to_position) into ids, positions
            from jsonb_to_recordset(written.changes -> 'close') as c (id text, to_position bigint);
            execute format(
                'update %I.%I as t set to_position = ($2 ->> t.id)::bigint '
                'where t.organization_id = $1 and t.id = any ($3) and t.to_position = 9223372036854775807',
                target, written.name)
            using for_organization, positions, ids;
            get diagnostics closed = row_count;
            if closed <> cardinality(ids) then
                raise exception 'projection %: % rows to close, % found', written.name, cardinality(ids), closed
                    using errcode = 'data_corrupted';
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

-- As in 0002_write_path.sql, save that each key is looked up by itself (`limit` keeps the planner from another order), and
-- that the row 'head' has the newest record of administration in first_position.
create or replace function okr_ledger.lock_head(
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
    -- Who has folded the log before an event of it was redacted has to do so again.
    first_position := (select coalesce(max(r.record_id), 0) from okr_ledger.administration_record r
        where r.organization_id = for_organization);
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
        cross join lateral (
            select * from okr_ledger.command kept
            where kept.organization_id = for_organization and kept.actor_id = wanted.actor_id
                and kept.idempotency_key = wanted.idempotency_key
                and (kept.expires_at is null or kept.expires_at > clock_timestamp())
            limit 1
        ) c;
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
