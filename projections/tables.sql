-- The tables of one generation of read models; `{projection}` stands for its schema. They are derived from the
-- log and can be dropped and rebuilt, so they have no migrations: a change of this file is a new generation.
--
-- A row is valid for the positions [from_position, to_position); a row of now has the greatest bigint as
-- to_position. Rows of a command begin at its last position. A thing at position p is found by
-- `to_position > p order by to_position limit 1`, provided `from_position <= p`. Rows are never deleted and
-- never changed save that a later one closes them.
--
-- Columns named …_folded hold a text as it is sorted and compared without case. Metrics, bands and changes are
-- JSON texts. Exact decimals are numeric and are never filtered on: under row-level security
-- numeric comparison may not use an index.

create schema {projection};
grant usage on schema {projection} to okr_ledger_application;

-- The organization's settings.
create table {projection}.organization (
    organization_id         uuid             not null,
    id                      text collate "C" not null,
    from_position           bigint           not null,
    to_position             bigint           not null check (to_position > from_position),
    name                    text collate "C" not null,
    time_zone               text collate "C" not null,
    first_day_of_week       integer          not null,
    fiscal_year_start_month integer          not null,
    check_in_cadence_days   integer          not null,
    check_in_grace_days     integer          not null,
    check_in_weekday        integer          not null,
    pace_bands              text collate "C" not null, -- {"behind": -0.1, "far_behind": -0.25}
    score_bands             text collate "C" not null, -- [{"name": "red", "start": 0.0}, …]
    disabled_findings       text[]           not null,
    version                 integer          not null,
    primary key (organization_id, id, to_position)
);

-- People; the key that opens `sealed` stands in okr_ledger.person_key until the person is erased.
create table {projection}.person (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    sealed          text collate "C" not null,
    role            text collate "C" not null,
    deactivated_at  timestamptz,
    erased_at       timestamptz,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);

-- Teams.
create table {projection}.team (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    name            text collate "C" not null,
    name_folded     text collate "C" not null,
    parent_id       text collate "C",
    lead_id         text collate "C",
    archived_at     timestamptz,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);
create index team_by_parent on {projection}.team (organization_id, parent_id, to_position, from_position);
create index team_by_lead on {projection}.team (organization_id, lead_id, to_position, from_position);

-- Programs: what acts by itself, with a role and no ownership.
create table {projection}.program (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    name            text collate "C" not null,
    name_folded     text collate "C" not null,
    role            text collate "C" not null,
    retired_at      timestamptz,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);

-- Who belongs to which team: id is `<team id> <person id>`; a membership that ended has no current row.
create table {projection}.team_member (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    team_id         text collate "C" not null,
    person_id       text collate "C" not null,
    primary key (organization_id, id, to_position)
);
create index team_member_by_team on {projection}.team_member (organization_id, team_id, to_position, from_position);
create index team_member_by_person on {projection}.team_member (organization_id, person_id, to_position, from_position);

-- Cycles. The seal is that of the close event while the cycle is closed.
create table {projection}.cycle (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    name            text collate "C" not null,
    name_folded     text collate "C" not null,
    phase           text collate "C" not null,
    starts_on       date             not null,
    ends_on         date,
    parent_id       text collate "C",
    seal_position   bigint,
    seal_hash       bytea,
    sealed_at       timestamptz,
    created_at      timestamptz      not null,
    created_by      text collate "C" not null,
    updated_at      timestamptz      not null,
    updated_by      text collate "C" not null,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);
create index cycle_by_parent on {projection}.cycle (organization_id, parent_id, to_position, from_position);

-- Numbers of cycles: the means over their objectives that count, private ones included, against the targets in force and against
-- the original ones, and null without any. A version for each change of either rounded mean: they are both progress curves.
create table {projection}.cycle_number (
    organization_id   uuid             not null,
    id                text collate "C" not null,
    from_position     bigint           not null,
    to_position       bigint           not null check (to_position > from_position),
    progress          float8,
    original_progress float8,
    primary key (organization_id, id, to_position)
);

-- Definitions of objectives: wide and rarely changed.
create table {projection}.objective (
    organization_id        uuid             not null,
    id                     text collate "C" not null,
    from_position          bigint           not null,
    to_position            bigint           not null check (to_position > from_position),
    cycle_id               text collate "C" not null,
    team_id                text collate "C",
    owner_id               text collate "C",
    title                  text collate "C" not null,
    title_folded           text collate "C" not null,
    description            text collate "C",
    text_folded            text collate "C", -- description, labels and review, for the search
    ambition               text collate "C" not null,
    visibility             text collate "C" not null,
    driver                 text collate "C" not null,
    priority               integer,
    labels                 text[]           not null,
    contributor_ids        text[]           not null,
    parent_ids             text[]           not null,
    successor_ids          text[]           not null,
    carried_over_from_id   text collate "C",
    template_id            text collate "C", -- of the template that it was made from, of the library too
    state                  text collate "C" not null,
    activated_at           timestamptz,
    review_score           float8,
    review_proposed_score  float8,
    review_explanation     text collate "C",
    review_root_cause      text collate "C",
    review_learned         text collate "C",
    review_decision        text collate "C", -- null without a review
    review_position        bigint,           -- null without a review
    created_at             timestamptz      not null,
    created_by             text collate "C" not null,
    updated_at             timestamptz      not null,
    updated_by             text collate "C" not null,
    version                integer          not null,
    primary key (organization_id, id, to_position)
);
create index objective_by_cycle on {projection}.objective (organization_id, cycle_id, to_position, from_position);
create index objective_by_team on {projection}.objective (organization_id, team_id, to_position, from_position);
create index objective_by_owner on {projection}.objective (organization_id, owner_id, to_position, from_position);
create index objective_by_template on {projection}.objective (organization_id, template_id, to_position, from_position)
    where template_id is not null;
create index objective_by_position on {projection}.objective (organization_id, to_position, from_position);

-- Numbers of objectives: narrow and often changed; their versions are the progress curve.
create table {projection}.objective_number (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    progress        float8,
    raw_progress    float8,
    confidence      float8,
    reported_status text collate "C",
    checked_in_at   timestamptz,
    stalest_at      timestamptz,
    primary key (organization_id, id, to_position)
);

-- What the number that an objective froze was made of when it was closed or cancelled, the event at `position`: parts is
-- [{"id": …, "weight": …, "progress": …}, …]. Not read from the rows of that time, for rows show no state between the
-- events of a command.
create table {projection}.objective_ending (
    organization_id uuid             not null,
    objective_id    text collate "C" not null,
    position        bigint           not null,
    parts           text collate "C" not null,
    primary key (organization_id, objective_id, position)
);

-- Definitions of key results. objective_state and cycle_id are those of the objective at the same position.
create table {projection}.key_result (
    organization_id      uuid             not null,
    id                   text collate "C" not null,
    from_position        bigint           not null,
    to_position          bigint           not null check (to_position > from_position),
    objective_id         text collate "C" not null,
    objective_state      text collate "C" not null,
    cycle_id             text collate "C" not null,
    title                text collate "C" not null,
    title_folded         text collate "C" not null,
    kind                 text collate "C" not null, -- of the metric, for conditions
    metric               text collate "C" not null, -- as events store it
    original             text collate "C" not null,
    weight               numeric          not null,
    owner_id             text collate "C",
    due_on               date,
    priority             integer,
    labels               text[]           not null,
    replaces_id          text collate "C",
    carried_over_from_id text collate "C",
    ordinal              bigint           not null, -- the position at which it came to its objective
    live_at              timestamptz,
    dropped_at           timestamptz,
    created_at           timestamptz      not null,
    created_by           text collate "C" not null,
    updated_at           timestamptz      not null,
    updated_by           text collate "C" not null,
    version              integer          not null,
    primary key (organization_id, id, to_position)
);
create index key_result_by_position on {projection}.key_result (organization_id, to_position, from_position);
create index key_result_by_objective on {projection}.key_result (organization_id, objective_id, to_position, from_position);
create index key_result_by_cycle on {projection}.key_result (organization_id, cycle_id, to_position, from_position);
create index key_result_by_owner on {projection}.key_result (organization_id, owner_id, to_position, from_position);

-- Numbers of key results; their versions are the progress curve.
create table {projection}.key_result_number (
    organization_id  uuid             not null,
    id               text collate "C" not null,
    from_position    bigint           not null,
    to_position      bigint           not null check (to_position > from_position),
    progress         float8,
    raw_progress     float8,
    current          numeric,
    done_stage_ids   text[]           not null,
    held_share       float8,
    confidence       float8,
    reported_status  text collate "C",
    last_check_in_id text collate "C",
    check_in_count   integer          not null,
    checked_in_at    timestamptz,
    primary key (organization_id, id, to_position)
);

-- Which objective serves which objective or key result: id is `<parent id> <child id>`.
create table {projection}.alignment (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    parent_id       text collate "C" not null, -- of an objective or of a key result
    child_id        text collate "C" not null, -- of an objective
    primary key (organization_id, id, to_position)
);
create index alignment_by_parent on {projection}.alignment (organization_id, parent_id, to_position, from_position);
create index alignment_by_child on {projection}.alignment (organization_id, child_id, to_position, from_position);

-- Initiatives. links is [{"url": …, "title": …}, …]; objective_ids are the objectives of supported_ids at the same position.
create table {projection}.initiative (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    title           text collate "C" not null,
    title_folded    text collate "C" not null,
    description     text collate "C",
    text_folded     text collate "C", -- description and labels, for the search
    state           text collate "C" not null,
    owner_id        text collate "C",
    begins_on       date,
    due_on          date,
    labels          text[]           not null,
    priority        integer,
    links           text collate "C" not null,
    supported_ids   text[]           not null, -- of objectives and of key results
    objective_ids   text[]           not null,
    started_at      timestamptz,
    ended_at        timestamptz,
    created_at      timestamptz      not null,
    created_by      text collate "C" not null,
    updated_at      timestamptz      not null,
    updated_by      text collate "C" not null,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);
create index initiative_by_owner on {projection}.initiative (organization_id, owner_id, to_position, from_position);
create index initiative_by_position on {projection}.initiative (organization_id, to_position, from_position);

-- Which initiative stands behind what: id is `<supported id> <initiative id>`.
create table {projection}.initiative_support (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    supported_id    text collate "C" not null, -- of an objective or of a key result
    objective_id    text collate "C" not null, -- that objective, or that of the key result at the same position
    initiative_id   text collate "C" not null,
    primary key (organization_id, id, to_position)
);
create index initiative_support_by_supported
    on {projection}.initiative_support (organization_id, supported_id, to_position, from_position);
create index initiative_support_by_objective
    on {projection}.initiative_support (organization_id, objective_id, to_position, from_position);

-- What depends on what, initiatives among each other and key results among each other: id is `<blocker id> <dependent id>`.
create table {projection}.dependency (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    blocker_id      text collate "C" not null,
    dependent_id    text collate "C" not null,
    note            text collate "C",
    primary key (organization_id, id, to_position)
);
create index dependency_by_blocker on {projection}.dependency (organization_id, blocker_id, to_position, from_position);
create index dependency_by_dependent on {projection}.dependency (organization_id, dependent_id, to_position, from_position);

-- Check-ins as they stand, corrected and retracted ones included. objective_id is that of the key result when
-- the row began; author, position and recorded_at are those of the first recording.
create table {projection}.check_in (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    key_result_id   text collate "C" not null,
    objective_id    text collate "C" not null,
    value           numeric,
    done_stage_ids  text[]           not null,
    confidence      float8,
    status          text collate "C" not null,
    comment         text collate "C",
    blockers        text collate "C",
    next_steps      text collate "C",
    text_folded     text collate "C", -- comment, blockers and next steps, for the search
    effective_at    timestamptz      not null,
    recorded_at     timestamptz      not null,
    corrected_at    timestamptz,
    retracted_at    timestamptz,
    author_id       text collate "C" not null,
    position        bigint           not null,
    reading_id      text collate "C", -- of the KPI's reading that the value was taken from
    acknowledged_at timestamptz, -- since its last wording
    acknowledged_by_id   text collate "C",
    acknowledgement_note text collate "C",
    progress_before float8,
    progress_after  float8,
    primary key (organization_id, id, to_position)
);
create index check_in_by_key_result on {projection}.check_in (organization_id, key_result_id, effective_at, position);

-- Every wording of a check-in: its recording and each correction, in the order of `position`, that of the event.
-- `author_id` is who wrote this wording. Valid from its position on.
create table {projection}.check_in_revision (
    organization_id uuid             not null,
    check_in_id     text collate "C" not null,
    position        bigint           not null,
    key_result_id   text collate "C" not null,
    value           numeric,
    done_stage_ids  text[]           not null,
    confidence      float8,
    status          text collate "C" not null,
    comment         text collate "C",
    blockers        text collate "C",
    next_steps      text collate "C",
    effective_at    timestamptz      not null,
    recorded_at     timestamptz      not null,
    author_id       text collate "C" not null,
    primary key (organization_id, check_in_id, position)
);

-- Comments as they stand, withdrawn ones included, without their text. Who may see one follows from what it is about:
-- objective_id is that of an objective, key_result_id that of a key result or of the one that a check-in measures; both
-- are null where everybody may. author, position and written_at are those of the first wording. The versions of a
-- comment are its wordings: reactions have rows of their own.
create table {projection}.comment (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    subject_id      text collate "C" not null,
    objective_id    text collate "C",
    key_result_id   text collate "C",
    reply_to_id     text collate "C",
    text            text collate "C",
    text_folded     text collate "C",
    mention_ids     text[]           not null,
    author_id       text collate "C" not null,
    written_at      timestamptz      not null,
    edited_at       timestamptz,
    withdrawn_at    timestamptz,
    position        bigint           not null,
    primary key (organization_id, id, to_position)
);
create index comment_by_subject on {projection}.comment (organization_id, subject_id, to_position, from_position);
create index comment_by_reply on {projection}.comment (organization_id, reply_to_id, to_position, from_position);
create index comment_by_position on {projection}.comment (organization_id, to_position, from_position);

-- Who is mentioned in which comment: id is `<comment id> <person id>`.
create table {projection}.comment_mention (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    comment_id      text collate "C" not null,
    person_id       text collate "C" not null,
    primary key (organization_id, id, to_position)
);
create index comment_mention_by_person on {projection}.comment_mention (organization_id, person_id, to_position, from_position);

-- Who reacted how to which comment: id is `<comment id> <kind> <actor id>`.
create table {projection}.comment_reaction (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    comment_id      text collate "C" not null,
    kind            text collate "C" not null,
    actor_id        text collate "C" not null, -- of a person or of a program
    primary key (organization_id, id, to_position)
);
create index comment_reaction_by_comment
    on {projection}.comment_reaction (organization_id, comment_id, to_position, from_position);

-- Recognitions as they stand, withdrawn ones included, without their text; objective_id and key_result_id as of comments.
create table {projection}.recognition (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    subject_id      text collate "C",
    objective_id    text collate "C",
    key_result_id   text collate "C",
    person_ids      text[]           not null,
    text            text collate "C",
    author_id       text collate "C" not null,
    recognized_at   timestamptz      not null,
    withdrawn_at    timestamptz,
    position        bigint           not null,
    primary key (organization_id, id, to_position)
);
create index recognition_by_position on {projection}.recognition (organization_id, to_position, from_position);

-- Who was recognized: id is `<recognition id> <person id>`.
create table {projection}.recognition_person (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    recognition_id  text collate "C" not null,
    person_id       text collate "C" not null,
    primary key (organization_id, id, to_position)
);
create index recognition_person_by_person
    on {projection}.recognition_person (organization_id, person_id, to_position, from_position);

-- KPIs. The four bounds are those of the bands in force; band_history has all of them, the oldest first,
-- [{"since": …, "bands": {…}}, …].
create table {projection}.kpi (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    title           text collate "C" not null,
    title_folded    text collate "C" not null,
    description     text collate "C",
    text_folded     text collate "C", -- description and labels, for the search
    priority        integer,
    labels          text[]           not null,
    team_id         text collate "C", -- null for one of the organization
    owner_id        text collate "C",
    direction       text collate "C" not null,
    unit            text collate "C" not null,
    unit_label      text collate "C",
    currency        text collate "C",
    critical_below  numeric,
    warning_below   numeric,
    warning_above   numeric,
    critical_above  numeric,
    band_history    text collate "C" not null,
    frequency       text collate "C" not null,
    archived_at     timestamptz,
    created_at      timestamptz      not null,
    created_by      text collate "C" not null,
    updated_at      timestamptz      not null,
    updated_by      text collate "C" not null,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);
create index kpi_by_position on {projection}.kpi (organization_id, to_position, from_position);
create index kpi_by_team on {projection}.kpi (organization_id, team_id, to_position, from_position);
create index kpi_by_owner on {projection}.kpi (organization_id, owner_id, to_position, from_position);

-- Numbers of KPIs that were ever read: the value that counts, null where all are retracted, and the event that made it
-- count. Their versions are the curve as it was recorded.
create table {projection}.kpi_number (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    value           numeric,
    effective_at    timestamptz,
    reading_id      text collate "C",
    reading_count   integer          not null, -- without retracted ones
    position        bigint           not null,
    primary key (organization_id, id, to_position)
);

-- Readings as they stand, corrected and retracted ones included; author, position and recorded_at are those of the first
-- recording, written_at is the position of the newest event.
create table {projection}.kpi_reading (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    kpi_id          text collate "C" not null,
    value           numeric          not null,
    comment         text collate "C",
    effective_at    timestamptz      not null,
    recorded_at     timestamptz      not null,
    corrected_at    timestamptz,
    retracted_at    timestamptz,
    author_id       text collate "C" not null,
    position        bigint           not null,
    written_at      bigint           not null,
    primary key (organization_id, id, to_position)
);
create index kpi_reading_by_kpi on {projection}.kpi_reading (organization_id, kpi_id, effective_at, position);

-- Which objective or key result is about which KPI: id is `<KPI id> <id of the other>`.
create table {projection}.kpi_link (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    kpi_id          text collate "C" not null,
    linked_id       text collate "C" not null, -- of an objective or of a key result
    takes_values    boolean          not null,
    primary key (organization_id, id, to_position)
);
create index kpi_link_by_kpi on {projection}.kpi_link (organization_id, kpi_id, to_position, from_position);
create index kpi_link_by_linked on {projection}.kpi_link (organization_id, linked_id, to_position, from_position);

-- Templates of the organization; those of the library are no rows.
create table {projection}.template (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    title           text collate "C" not null,
    title_folded    text collate "C" not null,
    description     text collate "C",
    text_folded     text collate "C", -- the description and the titles of key results, for the search
    function        text collate "C" not null,
    language        text collate "C" not null,
    content         text collate "C" not null, -- as events store it
    archived_at     timestamptz,
    created_at      timestamptz      not null,
    created_by      text collate "C" not null,
    updated_at      timestamptz      not null,
    updated_by      text collate "C" not null,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);
create index template_by_position on {projection}.template (organization_id, to_position, from_position);

-- Custom fields. choices is [{"choice_id": …, "name": …, "is_retired": …}, …], choice_ids the same in order, for sorting.
create table {projection}.custom_field (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    applies_to      text collate "C" not null,
    kind            text collate "C" not null,
    name            text collate "C" not null,
    name_folded     text collate "C" not null,
    description     text collate "C",
    is_required     boolean          not null,
    choices         text collate "C" not null,
    choice_ids      text[]           not null,
    archived_at     timestamptz,
    created_at      timestamptz      not null,
    created_by      text collate "C" not null,
    updated_at      timestamptz      not null,
    updated_by      text collate "C" not null,
    version         integer          not null,
    primary key (organization_id, id, to_position)
);
create index custom_field_by_position on {projection}.custom_field (organization_id, to_position, from_position);

-- What things have in custom fields: id is `<thing id> <field id>`, and one of the seven is not null, save that a number is
-- there twice: as it was given, and as it is compared and sorted.
create table {projection}.custom_value (
    organization_id uuid             not null,
    id              text collate "C" not null,
    from_position   bigint           not null,
    to_position     bigint           not null check (to_position > from_position),
    thing_id        text collate "C" not null, -- of an objective, a key result, an initiative or a KPI
    field_id        text collate "C" not null,
    text            text collate "C",
    text_folded     text collate "C",
    exact_number    numeric,
    number          float8,
    day             date,
    choice_id       text collate "C",
    person_id       text collate "C",
    url             text collate "C",
    primary key (organization_id, id, to_position)
);
create index custom_value_by_thing on {projection}.custom_value (organization_id, thing_id, to_position, from_position);
create index custom_value_by_field on {projection}.custom_value (organization_id, field_id, to_position, from_position);

-- What each event is about and what it changed: the thing itself, the objective it belongs to (null for other
-- nouns; of a moved key result the one it left), the version that the event gave the thing's definition (null where
-- it changes none, as a check-in), the fields that differ, [{"field": …, "before": …, "after": …}, …], and the code
-- of the reason that was given. One row per event and not per field: they are always read together, and a check-in
-- alone has eight. moved_ids are the key results and objectives whose progress the event moved, revalued_id the key
-- result whose value that counts it changed; both null where it is the only one of its command. objective_ids are those
-- that an initiative stood behind just before or after the event, of which one must be seen; null for other nouns.
create table {projection}.event_subject (
    organization_id uuid             not null,
    position        bigint           not null,
    subject_id      text collate "C" not null,
    objective_id    text collate "C",
    subject_version integer,
    changes         text collate "C" not null,
    reason_code     text collate "C",
    moved_ids       text[],
    revalued_id     text collate "C",
    objective_ids   text[],
    primary key (organization_id, position)
);
create index event_subject_by_subject on {projection}.event_subject (organization_id, subject_id, position);
create index event_subject_by_reason on {projection}.event_subject (organization_id, reason_code, position)
    where reason_code is not null;

-- In whose history an event stands: that of the thing it is about and of all that the thing was part of at the time,
-- a check-in's key result, its objective and its cycle. What moves stands in the history of both places.
create table {projection}.event_thing (
    organization_id uuid             not null,
    thing_id        text collate "C" not null,
    position        bigint           not null,
    primary key (organization_id, thing_id, position)
);

-- Tenants are separated here as in the log; the application adds rows and closes them, and can do no more.
do $$
declare
    each record;
begin
    for each in select tablename from pg_tables where schemaname = '{projection}' loop
        execute format('alter table {projection}.%I enable row level security', each.tablename);
        execute format(
            'create policy own_organization on {projection}.%I to okr_ledger_application '
            'using (organization_id = nullif(current_setting(''okr.organization'', true), '''')::uuid)',
            each.tablename);
        execute format('grant select, insert on {projection}.%I to okr_ledger_application', each.tablename);
        if exists (
            select from pg_attribute
            where attrelid = format('{projection}.%I', each.tablename)::regclass and attname = 'to_position'
        ) then
            execute format('grant update (to_position) on {projection}.%I to okr_ledger_application', each.tablename);
        end if;
    end loop;
end
$$;

-- Closes and adds the rows of a batch, and answers the present instant: `given` has for each table what to close
-- ({"<id>": to_position}) and what to insert, each only if there is something; an inserted row that names no organization is of
-- the one written for. Written out for each table, because a statement that is put together anew is planned anew, which took
-- most of a commit's time.
do $$
declare
    each record;
    body text := '';
begin
    for each in
        select t.tablename as name, exists (
            select from pg_attribute
            where attrelid = format('{projection}.%I', t.tablename)::regclass and attname = 'to_position'
        ) as is_versioned
        from pg_tables t where t.schemaname = '{projection}' order by t.tablename
    loop
        body := body || format(
            E'    if given ? %1$L then\n        handled := handled + 1;\n        changes := given -> %1$L;\n', each.name);
        if each.is_versioned then
            body := body || format(
                E'        if changes ? ''close'' then\n'
                '            ends := changes -> ''close'';\n'
                '            ids := array(select jsonb_object_keys(ends));\n'
                '            update {projection}.%1$I as t set to_position = (ends ->> t.id)::bigint\n'
                '            where t.organization_id = for_organization and t.id = any (ids)\n'
                '                and t.to_position = 9223372036854775807;\n'
                '            get diagnostics found = row_count;\n'
                '            if found <> cardinality(ids) then\n'
                '                raise exception ''projection %%: %% rows to close, %% found'', %1$L, cardinality(ids), found\n'
                '                    using errcode = ''data_corrupted'';\n'
                '            end if;\n'
                '        end if;\n', each.name);
        end if;
        body := body || format(
            E'        if changes ? ''insert'' then\n'
            '            insert into {projection}.%1$I select * from jsonb_populate_recordset(\n'
            '                jsonb_populate_record(null::{projection}.%1$I, own), changes -> ''insert'');\n'
            '        end if;\n'
            '    end if;\n', each.name);
    end loop;
    execute
        'create function {projection}.write_rows(for_organization uuid, given jsonb) returns timestamptz language plpgsql '
        -- Its plans are kept from the first calls on, when a table may be empty and a sequential scan looks good.
        'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as '
        || quote_literal(
            E'#variable_conflict use_column\ndeclare\n    ids text[];\n    ends jsonb;\n    changes jsonb;\n    found bigint;\n'
            '    handled integer := 0;\n    own jsonb := jsonb_build_object(''organization_id'', for_organization);\nbegin\n'
            || body ||
            E'    if handled <> (select count(*) from jsonb_object_keys(given)) then\n'
            '        raise exception ''rows of an unknown table'' using errcode = ''data_corrupted'';\n'
            '    end if;\n    return clock_timestamp();\nend');
end
$$;

-- How far this generation was brought for an organization that reads another one: written by rebuilds alone, as
-- the owner. Tables above are complete up to here.
create table {projection}.reached (
    organization_id uuid   primary key,
    position        bigint not null check (position >= 0)
);
alter table {projection}.reached enable row level security;
