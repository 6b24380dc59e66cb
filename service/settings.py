"""Everything that can be set from outside, with its bounds: one class, read once at the start.

`python -m service.settings` prints the table of docs/operations.md.
"""

import difflib
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

import annotated_types
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from events.limits import Limits
from service.access_log import AccessLimits
from service.openid import ALGORITHMS, OpenIdLimits
from service.signed_note import SignerKey
from service.tables.sheet import SheetLimits, TableLimits
from service.token_desk import TokenLimits

PREFIX = "OKR_LEDGER_"
DATABASE_URL = "DATABASE_URL"


class SettingsError(Exception):
    """Variables of the environment that are unknown or malformed; the message names each and what it wants."""


def _whole(default: int, minimum: int, maximum: int, description: str) -> Any:
    return Field(default=default, ge=minimum, le=maximum, description=description)


def _seconds(default: float, minimum: float, maximum: float, description: str) -> Any:
    return Field(default=default, ge=minimum, le=maximum, description=f"{description}, in seconds")


class Settings(BaseSettings):
    """The settings of one process. Each is the variable OKR_LEDGER_ + its name in capitals, but for DATABASE_URL."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=DATABASE_URL,
        description="URL of a PostgreSQL 15 or newer; without it, an embedded server keeps its data in the data directory",
    )
    data_directory: Path = Field(default=Path("data"), description="Folder of the embedded server's data")
    token: SecretStr | None = Field(
        default=None, min_length=16, description="Bearer token of the demonstration; without it, one is made and printed"
    )
    checkpoint_key: SecretStr | None = Field(
        default=None,
        description="Private key that signs checkpoints of the log, made by `okr-ledger checkpoint-key NAME`; without it, none"
        " are signed",
    )
    openid_issuer: str | None = Field(
        default=None,
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$)).*$",
        description="Issuer of the OpenID provider whose tokens are taken, as its configuration spells it",
    )
    openid_audience: str | None = Field(default=None, min_length=1, description="Audience that these tokens must be for")
    openid_algorithms: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("RS256", "PS256", "ES256", "EdDSA"),
        description=f"Signatures that these tokens may have, separated by commas, of {', '.join(ALGORITHMS)}",
    )
    openid_leeway_seconds: float = _seconds(60, 0, 600, "Difference between the provider's clock and ours that is let pass")
    openid_keys_seconds: float = _seconds(3_600, 10, 86_400, "Time for which the provider's keys are kept")
    openid_refresh_seconds: float = _seconds(30, 1, 3_600, "Least pause between two requests for the provider's keys")
    openid_fetch_seconds: float = _seconds(5, 0.1, 60, "Time-out of a request for the provider's keys")
    openid_token_characters: int = _whole(8_192, 256, 16_000, "Characters of such a token")
    invitation_days: int = _whole(7, 1, 365, "Days for which an invitation can be accepted")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on")
    port: int = _whole(8000, 0, 65_535, "Port to listen on; 0 takes a free one")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level that is logged")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of web pages that may call the API, separated by commas, such as https://okr.example.com",
    )
    token_days: int = _whole(90, 1, 3_650, "Days for which a token holds that is made through the API and names no end")
    token_days_max: int = _whole(365, 1, 3_650, "Days for which such a token holds at most")
    tokens_per_actor: int = _whole(100, 1, 1_000, "Tokens of one person or program that hold at a time")
    calendar_links_per_person: int = _whole(10, 1, 1_000, "Links to the calendar of one person that hold at a time")
    calendar_entries: int = _whole(1_000, 1, 100_000, "Entries of a calendar; the later ones are left out")
    calendar_requests: int = _whole(60, 1, 1_000_000, "Requests for one calendar that a process answers in a window")
    calendar_window_seconds: int = _whole(3_600, 1, 86_400, "Length of that window, in seconds")
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Bearer token that /metrics asks for; without it, only this machine's own addresses get an answer",
    )
    figures_seconds: float = _seconds(15, 0.1, 3_600, "Pause between two readings of the logs' figures for /metrics")
    traces_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://.+$",
        description="Where traces are sent to by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces; without it, nowhere",
    )
    traces_ratio: float = Field(default=1.0, ge=0, le=1, description="Share of the requests and batches that are traced")
    access_log_seconds: float = _seconds(5, 0.1, 600, "Pause after which what was noted for the access log is kept")
    access_log_days: int = _whole(365, 1, 3_650, "Days for which the access log is kept")
    access_log_records: int = _whole(
        1_000, 1, 1_000_000, "Records an hour of an organization, and of nobody, in which one process tells addresses apart"
    )
    introspection: Literal["NOBODY", "AUTHENTICATED", "ANYBODY"] = Field(
        default="NOBODY",
        description="Who may read the schema, through GraphQL and at /schema.graphql, and is told of names alike",
    )
    graphiql_enabled: bool = Field(default=False, description="Whether browsers get GraphiQL at /graphql")
    documents: Literal["ANY", "TRUSTED"] = Field(
        default="ANY",
        description="Which documents are carried out: any, or only registered ones",
    )
    cost_budget: int = _whole(10_000_000, 1_000, 1_000_000_000_000, "Cost that one actor may ask of a process in a window")
    cost_window_seconds: int = _whole(60, 1, 86_400, "Length of that window, in seconds")

    database_min_connections: int = _whole(1, 0, 1_000, "Connections to PostgreSQL that are kept open")
    database_max_connections: int = _whole(10, 2, 1_000, "Connections to PostgreSQL at most")
    database_connect_seconds: float = _seconds(10, 1, 600, "Time-out of connecting to PostgreSQL")
    database_acquire_seconds: float = _seconds(10, 0.1, 600, "Wait for a free connection")
    statement_seconds: float = _seconds(30, 0.1, 3_600, "Time-out of one statement")
    lock_seconds: float = _seconds(5, 0.1, 600, "Wait for the head of an organization")
    idle_in_transaction_seconds: float = _seconds(10, 1, 600, "Time after which an abandoned transaction gives its locks back")

    writer_batch_acts: int = _whole(64, 1, 1_000, "Acts (mutations) that are committed together")
    writer_batch_commands: int = _whole(500, 1, 10_000, "Commands that are committed together")
    writer_queue_acts: int = _whole(
        1_024, 1, 100_000, "Acts that wait for one organization's writer; more are refused with 429"
    )
    writers: int = _whole(1_000, 1, 100_000, "Organizations whose folded states stay in memory")
    writer_retry_seconds: float = _seconds(30, 0, 600, "Time a batch is tried again while PostgreSQL does not answer")
    retry_after_seconds: float = _seconds(1, 0.1, 600, "Wait that a refused client is asked for")
    command_retention_days: int = _whole(7, 1, 365, "Days for which a repeated idempotency key is recognized")

    body_bytes: int = _whole(1_048_576, 1_024, 104_857_600, "Size of a request's body")
    body_seconds: float = _seconds(10, 0.1, 600, "Time in which a request's body has to come")
    header_seconds: float = _seconds(10, 0.1, 600, "Time in which a connection has to begin a request and to send its headers")
    connections: int = _whole(2_000, 10, 1_000_000, "Connections of clients that are answered; with more, requests get 503")
    request_seconds: float = _seconds(30, 0.1, 3_600, "Time-out of one request")
    drain_seconds: float = _seconds(20, 0, 600, "Time that running requests get after SIGTERM")

    exports_concurrent: int = _whole(2, 1, 64, "Exports that one process makes at the same time")
    exports_queue: int = _whole(100, 1, 100_000, "Exports that wait for their turn in one process; more are refused with 429")
    exports_per_person: int = _whole(20, 1, 10_000, "Files of one person that are being made or held")
    export_rows: int = _whole(1_000_000, 1, 1_000_000_000, "Rows of an export")
    export_bytes: int = _whole(268_435_456, 1_024, 1_000_000_000_000, "Bytes of an export, and of what it is made from")
    export_seconds: float = _seconds(600, 1, 86_400, "Time in which an export is to be made, waiting included")
    export_expiry_seconds: float = _seconds(3_600, 1, 2_592_000, "Time for which a file can be fetched; then it is deleted")

    import_bytes: int = _whole(524_288, 1_024, 104_857_600, "Bytes of a table that is imported")
    import_unpacked_bytes: int = _whole(
        16_777_216, 1_024, 1_073_741_824, "Bytes that a spreadsheet to be imported may unpack into"
    )
    import_rows: int = _whole(1_000, 1, 20_000, "Rows of a table that is imported, which are accepted together or not at all")
    import_columns: int = _whole(100, 1, 1_000, "Columns of a table that is imported")
    import_problems: int = _whole(100, 1, 10_000, "Problems of a table that are told")

    clock_seconds: int = _whole(
        60,
        1,
        60,
        "Seconds between two ticks of the clock by which the present is read: what the clock alone moves stays the same",
    )
    kept_rows: int = _whole(
        100_000,
        0,
        100_000_000,
        "Rows of read models that are kept in memory, each of one to two kilobytes and two more of JSON, "
        "and as many for which it is known when they are valid; 0 keeps none",
    )
    kept_answer_bytes: int = _whole(
        67_108_864, 0, 100_000_000_000, "Bytes of answers that are kept until something changes; 0 keeps none"
    )
    page_size_max: int = _whole(100, 25, 100, "Members of a page at most; the schema promises no more")
    nodes_max: int = _whole(100, 1, 100, "Ids in one `nodes`; the schema promises no more")
    findings_max: int = _whole(100, 1, 100, "Findings of one mutation; the schema promises no more")
    search_characters: int = _whole(200, 10, 10_000, "Characters of the text that is searched for")
    search_terms: int = _whole(10, 1, 100, "Words of the text that is searched for")
    compared_objectives: int = _whole(5_000, 10, 100_000, "Objectives of a scope that are compared at two moments")
    view_rows: int = _whole(
        500, 1, 500, "Rows of a list in the heat map, focus, alignment or workload of a cycle; the schema promises no more"
    )
    heat_map_weeks: int = _whole(53, 14, 53, "Weeks of a heat map; the schema promises no more, and draws 14 unasked")
    summary_sentences: int = _whole(20, 1, 20, "Sentences of a section of a summary; the schema promises no more")
    report_objectives: int = _whole(30, 1, 1_000, "Objectives whose curves a report draws, the first by priority")
    report_rows: int = _whole(200, 10, 10_000, "Rows of one table of a report")
    query_characters: int = _whole(50_000, 1_000, 1_000_000, "Characters of a GraphQL document")
    query_tokens: int = _whole(2_000, 600, 100_000, "Tokens of a GraphQL document")
    query_depth: int = _whole(12, 8, 50, "Depth of a GraphQL operation")
    query_aliases: int = _whole(100, 1, 10_000, "Aliases of a GraphQL operation, fragments expanded")
    query_selections: int = _whole(1_000, 100, 100_000, "Fields and fragments of a GraphQL document, fragments expanded")
    query_repetitions: int = _whole(
        1_000, 10, 100_000, "Pairs of selections of a GraphQL operation under one name at one place"
    )
    query_root_fields: int = _whole(20, 1, 1_000, "Root fields of a GraphQL operation")
    query_directives: int = _whole(50, 1, 1_000, "Directives of a GraphQL operation")
    query_cost: int = _whole(50_000, 100, 10_000_000, "Cost of a GraphQL operation: about the fields of its largest answer")
    cached_documents: int = _whole(1_000, 1, 100_000, "GraphQL documents whose parsing and validation are remembered")

    title_length: int = _whole(500, 10, 10_000, "Characters of a title")
    name_length: int = _whole(200, 10, 10_000, "Characters of a name or label")
    text_length: int = _whole(10_000, 100, 1_000_000, "Characters of any other text")
    decimal_digits: int = _whole(30, 6, 1_000, "Digits of a decimal")
    decimal_places: int = _whole(12, 0, 100, "Digits of a decimal after the point")
    key_results_per_objective: int = _whole(50, 1, 1_000, "Key results of an objective")
    contributors_per_objective: int = _whole(50, 1, 1_000, "Contributors of an objective")
    labels_per_objective: int = _whole(20, 1, 1_000, "Labels of an objective, a key result, an initiative or a KPI")
    parents_per_objective: int = _whole(20, 1, 1_000, "Parents that an objective is aligned to")
    stages_per_metric: int = _whole(50, 1, 1_000, "Stages of a milestone metric")
    checkpoints_per_metric: int = _whole(100, 1, 1_000, "Phased targets of a metric")
    alignment_depth: int = _whole(20, 1, 1_000, "Levels of alignment")
    check_ins_per_key_result: int = _whole(5_000, 1, 1_000_000, "Check-ins of a key result")
    initiatives_per_objective: int = _whole(100, 1, 10_000, "Initiatives behind an objective and its key results")
    supports_per_initiative: int = _whole(20, 1, 1_000, "Objectives and key results that an initiative stands behind")
    links_per_initiative: int = _whole(20, 1, 1_000, "Links of an initiative")
    dependencies_per_thing: int = _whole(
        20, 1, 1_000, "Things that an initiative or a key result depends on, and that depend on it"
    )
    url_length: int = _whole(2_000, 100, 100_000, "Characters of the address of a link")
    comments_per_thing: int = _whole(5_000, 1, 1_000_000, "Comments on one thing, replies and withdrawn ones included")
    comment_thread_depth: int = _whole(10, 0, 1_000, "Levels of replies below a comment")
    mentions_per_comment: int = _whole(50, 1, 1_000, "People mentioned in a comment")
    reactions_per_comment: int = _whole(1_000, 1, 100_000, "Reactions to a comment, of all kinds and people")
    people_per_recognition: int = _whole(50, 1, 1_000, "People recognized at once")
    readings_per_kpi: int = _whole(5_000, 1, 1_000_000, "Readings of a KPI")
    bands_per_kpi: int = _whole(100, 1, 10_000, "Bands that a KPI had, one after the other")
    key_results_per_kpi: int = _whole(50, 1, 1_000, "Key results that take their values from one KPI")
    kpi_links_per_thing: int = _whole(20, 1, 1_000, "KPIs that an objective or a key result is linked to")
    placeholders_per_template: int = _whole(100, 1, 1_000, "Placeholders of a template")
    custom_fields_per_noun: int = _whole(50, 1, 1_000, "Custom fields of objectives, of key results, of initiatives or of KPIs")
    choices_per_custom_field: int = _whole(200, 1, 1_000, "Choices of a custom field, retired ones included")
    custom_text_length: int = _whole(1_000, 1, 10_000, "Characters of a text in a custom field")
    commands_per_act: int = _whole(200, 1, 10_000, "Commands that are accepted together or not at all")

    @field_validator("allowed_origins", "openid_algorithms", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        return tuple(origin.strip() for origin in value.split(",") if origin.strip()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not rest or "/" in rest:
                message = "an origin is http:// or https:// and a host, without a path"
                raise ValueError(message)
        return value

    @field_validator("openid_algorithms")
    @classmethod
    def _check_algorithms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= set(ALGORITHMS):
            message = f"of {', '.join(ALGORITHMS)}"
            raise ValueError(message)
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            message = "the URL starts with postgresql://"
            raise ValueError(message)
        return value

    @field_validator("checkpoint_key")
    @classmethod
    def _check_checkpoint_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            SignerKey.parse(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        for smaller, larger in (
            ("database_min_connections", "database_max_connections"),
            ("decimal_places", "decimal_digits"),
            ("token_days", "token_days_max"),
        ):
            if getattr(self, smaller) > getattr(self, larger):
                message = f"{variable(smaller)} is at most {variable(larger)}"
                raise ValueError(message)
        if (self.openid_issuer is None) != (self.openid_audience is None):
            message = f"{variable('openid_issuer')} and {variable('openid_audience')} belong together"
            raise ValueError(message)
        return self

    def access_limits(self) -> AccessLimits:
        """Answer how the access log is kept."""
        return AccessLimits(
            pause_seconds=self.access_log_seconds, days=self.access_log_days, records_per_hour=self.access_log_records
        )

    def token_limits(self) -> TokenLimits:
        """Answer how long tokens hold that are made through the API, and how many."""
        return TokenLimits(usual_days=self.token_days, longest_days=self.token_days_max, per_actor=self.tokens_per_actor)

    def table_limits(self) -> TableLimits:
        """Answer the bounds of tables that are imported."""
        sheet = SheetLimits(
            bytes=self.import_bytes,
            unpacked_bytes=self.import_unpacked_bytes,
            rows=self.import_rows,
            columns=self.import_columns,
        )
        return TableLimits(sheet=sheet, problems=self.import_problems)

    def openid_limits(self) -> OpenIdLimits | None:
        """Answer what tokens of the OpenID provider must say, None where none are taken."""
        if self.openid_issuer is None or self.openid_audience is None:
            return None
        return OpenIdLimits(
            issuer=self.openid_issuer,
            audience=self.openid_audience,
            algorithms=self.openid_algorithms,
            leeway_seconds=self.openid_leeway_seconds,
            keys_seconds=self.openid_keys_seconds,
            refresh_seconds=self.openid_refresh_seconds,
            fetch_seconds=self.openid_fetch_seconds,
            token_characters=self.openid_token_characters,
        )

    def signer_key(self) -> SignerKey | None:
        """Answer the key that signs checkpoints."""
        return None if self.checkpoint_key is None else SignerKey.parse(self.checkpoint_key.get_secret_value())

    def domain_limits(self) -> Limits:
        """Answer the bounds of an organization's data."""
        return Limits(
            title_length=self.title_length,
            name_length=self.name_length,
            text_length=self.text_length,
            decimal_digits=self.decimal_digits,
            decimal_places=self.decimal_places,
            key_results_per_objective=self.key_results_per_objective,
            contributors_per_objective=self.contributors_per_objective,
            labels_per_objective=self.labels_per_objective,
            parents_per_objective=self.parents_per_objective,
            stages_per_metric=self.stages_per_metric,
            checkpoints_per_metric=self.checkpoints_per_metric,
            alignment_depth=self.alignment_depth,
            check_ins_per_key_result=self.check_ins_per_key_result,
            initiatives_per_objective=self.initiatives_per_objective,
            supports_per_initiative=self.supports_per_initiative,
            links_per_initiative=self.links_per_initiative,
            dependencies_per_thing=self.dependencies_per_thing,
            url_length=self.url_length,
            comments_per_thing=self.comments_per_thing,
            comment_thread_depth=self.comment_thread_depth,
            mentions_per_comment=self.mentions_per_comment,
            reactions_per_comment=self.reactions_per_comment,
            people_per_recognition=self.people_per_recognition,
            readings_per_kpi=self.readings_per_kpi,
            bands_per_kpi=self.bands_per_kpi,
            key_results_per_kpi=self.key_results_per_kpi,
            kpi_links_per_thing=self.kpi_links_per_thing,
            placeholders_per_template=self.placeholders_per_template,
            custom_fields_per_noun=self.custom_fields_per_noun,
            choices_per_custom_field=self.choices_per_custom_field,
            custom_text_length=self.custom_text_length,
            commands_per_act=self.commands_per_act,
        )


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a variable is unknown or malformed.
    """
    problems = _unknown_variables()
    try:
        settings = Settings()
    except ValidationError as error:
        problems += [_problem(dict(each)) for each in error.errors()]
    else:
        if not problems:
            return settings
    raise SettingsError("\n".join(problems))


def settings_table() -> str:
    """Answer all settings as a table in Markdown."""
    lines = ["| variable | default | allowed | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{variable(name)}` | {_default(field)} | {_allowed(field)} | {field.description} |")
    return "\n".join(lines) + "\n"


def variable(name: str) -> str:
    """Answer the variable of the environment that sets `name`."""
    return DATABASE_URL if name == "database_url" else PREFIX + name.upper()


def _unknown_variables() -> list[str]:
    known = {variable(name) for name in Settings.model_fields}
    problems: list[str] = []
    for given in sorted(os.environ):
        if given.upper().startswith(PREFIX) and given.upper() not in known:
            closest = difflib.get_close_matches(given.upper(), known, n=1)
            advice = f"did you mean {closest[0]}?" if closest else "docs/operations.md lists the settings."
            problems.append(f"{given} is no setting: {advice}")
    return problems


def _problem(error: dict[str, Any]) -> str:
    if not error["loc"]:
        return str(error["ctx"]["error"])
    name = "database_url" if error["loc"][0] == DATABASE_URL else str(error["loc"][0])
    field = Settings.model_fields.get(name)
    if field is None:
        return f"{variable(name)} is no setting"
    reason = f" ({error['ctx']['error']})" if error["type"] == "value_error" else ""
    return f"{variable(name)} wants {_allowed(field)}{reason}: {field.description}."


def _allowed(field: FieldInfo) -> str:
    bounds: dict[str, Any] = {}
    for constraint in field.metadata:
        match constraint:
            case annotated_types.Ge(ge=minimum):
                bounds["minimum"] = minimum
            case annotated_types.Le(le=maximum):
                bounds["maximum"] = maximum
            case annotated_types.MinLen(min_length=length):
                bounds["length"] = length
            case _:
                pass
    if "minimum" in bounds:
        kind = "a whole number" if field.annotation is int else "a number"
        return f"{kind} from {bounds['minimum']:,} to {bounds['maximum']:,}".replace(",", " ")
    if field.annotation is bool:
        return "true or false"
    if bounds.get("length", 1) > 1:
        return f"a text of at least {bounds['length']} characters"
    choices: tuple[Any, ...] = getattr(field.annotation, "__args__", ())
    if choices and all(isinstance(choice, str) for choice in choices):
        return "one of " + ", ".join(choices)
    return "a list" if field.annotation == tuple[str, ...] else "a path" if field.annotation is Path else "a text"


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return "`true`" if default else "`false`"
    if isinstance(default, tuple):
        return f"`{','.join(cast('tuple[str, ...]', default))}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(settings_table())
