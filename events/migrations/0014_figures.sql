-- What those who run the service watch, of all organizations together: how much of the logs no verification has seen yet, for
-- how long that has been so at the worst, and in how many logs the last one found a problem.
create function okr_ledger.log_figures() returns table (
    organizations bigint, events bigint, unverified_events bigint, unverified_seconds double precision, logs_with_problems bigint
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select count(*), coalesce(sum(h.position), 0)::bigint,
        coalesce(sum(h.position - coalesce(v.position, 0)), 0)::bigint,
        coalesce(max(extract(epoch from clock_timestamp() - coalesce(v.verified_at, h.created_at)))
            filter (where h.position > coalesce(v.position, 0)), 0)::double precision,
        count(*) filter (where v.problem_position is not null)
    from okr_ledger.organization_head h
    left join okr_ledger.verification v on v.organization_id = h.organization_id
$$;
revoke all on function okr_ledger.log_figures() from public;
grant execute on function okr_ledger.log_figures() to okr_ledger_application;
