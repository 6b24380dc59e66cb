-- GraphQL documents that the operator has registered, for all organizations; the application reads them.
create table okr_ledger.trusted_document (
    hash          text collate "C" primary key check (hash ~ '^[0-9a-f]{64}$'), -- sha256 of the text
    text          text             not null,
    registered_at timestamptz      not null default clock_timestamp()
);
grant select on okr_ledger.trusted_document to okr_ledger_application;
