-- Who signs in through an OpenID provider: a subject of an issuer stands for one person in each of some organizations.
create table okr_ledger.identity (
    issuer          text collate "C" not null check (length(issuer) between 1 and 500),
    subject         text collate "C" not null check (length(subject) between 1 and 255),
    organization_id uuid             not null,
    person_id       text collate "C" not null check (length(person_id) between 1 and 200),
    linked_at       timestamptz      not null default clock_timestamp(),
    primary key (issuer, subject, organization_id)
);
create index identity_by_person on okr_ledger.identity (organization_id, person_id);

-- Secrets that let their holder link their subject to a person, once; only the digest is kept.
create table okr_ledger.invitation (
    digest          bytea            primary key check (octet_length(digest) = 32), -- sha256 of the secret
    organization_id uuid             not null,
    person_id       text collate "C" not null check (length(person_id) between 1 and 200),
    created_by      text collate "C" not null check (length(created_by) between 1 and 200),
    created_at      timestamptz      not null default clock_timestamp(),
    expires_at      timestamptz      not null,
    unique (organization_id, person_id) -- a new one takes the place of the one before
);

alter table okr_ledger.identity enable row level security;
alter table okr_ledger.invitation enable row level security;
create policy own_organization on okr_ledger.identity to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
create policy own_organization on okr_ledger.invitation to okr_ledger_application
    using (organization_id = nullif(current_setting('okr.organization', true), '')::uuid);
grant select, insert, delete on okr_ledger.identity to okr_ledger_application;
grant select, insert, update, delete on okr_ledger.invitation to okr_ledger_application;

-- Answers for whom a subject stands: a look-up that cannot know the organization yet. The program asks it only for
-- subjects whose token it has verified.
create function okr_ledger.find_identities(of_issuer text, of_subject text) returns table (
    organization_id uuid, person_id text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select i.organization_id, i.person_id from okr_ledger.identity i
    where i.issuer = of_issuer and i.subject = of_subject order by i.organization_id limit 100
$$;

-- Links a subject to the person of an invitation, which ends with it. Answers nothing for a secret that is unknown,
-- used or over. A subject that is linked in the organization already goes over to the person of the invitation.
create function okr_ledger.accept_invitation(wanted_digest bytea, by_issuer text, by_subject text) returns table (
    organization_id uuid, person_id text
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    accepted okr_ledger.invitation%rowtype;
begin
    delete from okr_ledger.invitation i where i.digest = wanted_digest returning i.* into accepted;
    if not found or accepted.expires_at <= clock_timestamp() then
        return;
    end if;
    insert into okr_ledger.identity as known (issuer, subject, organization_id, person_id)
    values (by_issuer, by_subject, accepted.organization_id, accepted.person_id)
    on conflict (issuer, subject, organization_id)
    do update set person_id = excluded.person_id, linked_at = clock_timestamp();
    return query select accepted.organization_id, accepted.person_id;
end
$$;

-- With the key of an erased person go their identities and what invites them.
create function okr_ledger.forget_identities() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from okr_ledger.identity i where i.organization_id = old.organization_id and i.person_id = old.person_id;
    delete from okr_ledger.invitation i where i.organization_id = old.organization_id and i.person_id = old.person_id;
    return null;
end
$$;
create trigger identities_go_with_a_person_key after delete on okr_ledger.person_key
    for each row execute function okr_ledger.forget_identities();

revoke all on function okr_ledger.find_identities(text, text), okr_ledger.accept_invitation(bytea, text, text),
    okr_ledger.forget_identities() from public;
grant execute on function okr_ledger.find_identities(text, text), okr_ledger.accept_invitation(bytea, text, text)
    to okr_ledger_application;
