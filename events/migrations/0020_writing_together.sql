-- Batches of several organizations share a transaction, which holds the heads of some while it takes that of the next. So whoever
-- writes if nothing has happened does not wait for a head: who holds it is about to write, and all the others would wait as well.

-- As in 0019_writing_as_json.sql, save that a head which is not held yet is passed over if somebody else holds it.
--
-- Appends events to the log, moves the head, and keeps what belongs to them: the commands that can be sent again, new person
-- keys, and the end of erased ones. `events` and `commands` are arrays of objects with the columns of their tables, `people` is
-- {"keys": {"<person id>": "<key>"}, "erased": ["<person id>"]}; each may be null.
--
-- With an `expected_generation` the head need not be held: then it is taken here, and nothing is written and false answered if
-- somebody else holds it, anything was appended, switched to another generation or redacted, one of the commands looked up was
-- accepted before, or the newest time is not of the last second.
--
-- Runs with the owner's rights, because the application has none on these tables; so it checks all that the log promises by
-- itself, save the hashes. Volatile, and its plans kept, as those of lock_head.
create or replace function okr_ledger.append(
    for_organization uuid, expected_position bigint, expected_hash bytea, events json, commands json, people json,
    expected_generation integer default null, expected_redacted bigint default null, newest_at timestamptz default null,
    looked_up_actor_ids text[] default '{}', looked_up_keys text[] default '{}', looked_up_command_ids uuid[] default '{}'
) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    head okr_ledger.organization_head%rowtype;
    is_rising boolean;
    kept integer;
begin
    if for_organization is distinct from okr_ledger.current_organization() then
        perform okr_ledger.check_organization(for_organization);
    end if;
    if expected_generation is null then
        select * into head from okr_ledger.organization_head h
        where h.organization_id = for_organization for no key update;
        if head.organization_id is null then
            raise exception 'there is no such organization' using errcode = 'no_data_found';
        elsif head.position <> expected_position or head.hash <> expected_hash then
            raise exception 'the log has moved on since its head was locked' using errcode = 'serialization_failure';
        end if;
    else
        select * into head from okr_ledger.organization_head h
        where h.organization_id = for_organization for no key update skip locked;
        if head.organization_id is null or head.position <> expected_position or head.hash <> expected_hash
            or head.generation <> expected_generation
            or newest_at not between clock_timestamp() - interval '1 second' and clock_timestamp()
            or expected_redacted <> (
                select coalesce(max(r.record_id), 0) from okr_ledger.administration_record r
                where r.organization_id = for_organization)
            -- A command without a key has no row of its own: its events name it.
            or exists (
                select from okr_ledger.event e
                where e.organization_id = for_organization and e.command_id = any (looked_up_command_ids))
            or exists (
                select from okr_ledger.command c
                where c.organization_id = for_organization and c.command_id = any (looked_up_command_ids))
        then
            return false;
        end if;
        if cardinality(looked_up_keys) > 0 and exists (
            select from unnest(looked_up_actor_ids, looked_up_keys) as wanted (actor_id, idempotency_key)
            cross join lateral (
                select from okr_ledger.command c
                where c.organization_id = for_organization and c.actor_id = wanted.actor_id
                    and c.idempotency_key = wanted.idempotency_key
                limit 1
            ) found)
        then
            return false;
        end if;
    end if;
    if events is not null then
        -- One statement, so that the events are read once. Times rise strictly from command to command; the events of one command
        -- share an instant.
        with given as materialized (
            select e.*, lag(e.recorded_at, 1, head.recorded_at) over (order by e.number) as recorded_before,
                lag(e.command_id) over (order by e.number) as command_before
            from rows from (json_to_recordset(events) as (
                command_id uuid, stream_id text, stream_version bigint, event_id uuid, type text, schema_version integer,
                actor_id text, data text, salt bytea, commitment bytea, metadata text, effective_at timestamptz,
                recorded_at timestamptz, hash bytea
            )) with ordinality as e (
                command_id, stream_id, stream_version, event_id, type, schema_version, actor_id, data, salt, commitment,
                metadata, effective_at, recorded_at, hash, number)
        ), rising as (
            select not exists (
                select from given g
                where case when g.command_id = g.command_before then g.recorded_at <> g.recorded_before
                    else g.recorded_at <= g.recorded_before end
            ) as is_so
        ), appended as (
            insert into okr_ledger.event
            select for_organization, expected_position + g.number, g.command_id, g.stream_id, g.stream_version, g.event_id,
                g.type, g.schema_version, g.actor_id, g.data, g.salt, g.commitment, g.metadata, g.effective_at, g.recorded_at,
                g.hash
            from given g where (select is_so from rising)
            returning position, recorded_at, hash
        ), moved as (
            update okr_ledger.organization_head h
            set position = newest.position, hash = newest.hash, recorded_at = newest.recorded_at
            from (select * from appended a order by a.position desc limit 1) newest
            where h.organization_id = for_organization
        )
        select r.is_so into is_rising from rising r;
        if not is_rising then
            raise exception 'recorded_at must rise from command to command' using errcode = 'check_violation';
        end if;
    end if;
    if commands is not null then
        -- Expired ones go little by little, a batch at a time, so that nothing else has to clean up.
        delete from okr_ledger.command old where old.ctid = any (array(
            select c.ctid from okr_ledger.command c
            where c.organization_id = for_organization and c.expires_at <= clock_timestamp()
            order by c.expires_at limit 100 + 2 * json_array_length(commands)));
        insert into okr_ledger.command as c
        select for_organization, k.command_id, k.actor_id, k.idempotency_key, k.request_hash, k.first_position,
            k.last_position, k.recorded_at, k.expires_at
        from json_to_recordset(commands) as k (
            command_id uuid, actor_id text, idempotency_key text, request_hash bytea, first_position bigint,
            last_position bigint, recorded_at timestamptz, expires_at timestamptz)
        on conflict (organization_id, actor_id, idempotency_key) where idempotency_key is not null
        do update set command_id = excluded.command_id, request_hash = excluded.request_hash,
            first_position = excluded.first_position, last_position = excluded.last_position,
            recorded_at = excluded.recorded_at, expires_at = excluded.expires_at
        where c.expires_at <= clock_timestamp();
        get diagnostics kept = row_count;
        if kept <> json_array_length(commands) then
            raise exception 'an idempotency key is in use' using errcode = 'unique_violation';
        end if;
    end if;
    if people is not null then
        insert into okr_ledger.person_key
        select for_organization, k.key, k.value::bytea from json_each_text(people -> 'keys') as k;
        delete from okr_ledger.person_key k
        where k.organization_id = for_organization
            and k.person_id = any (array(select json_array_elements_text(people -> 'erased')));
    end if;
    return true;
end
$$;
