"""Settings: read from the environment, bounded, refused with the variable's name."""

import os
from pathlib import Path

import annotated_types
import pytest

from events.limits import DEFAULT_LIMITS
from schema.view import ReadLimits
from service.session import read_limits
from service.settings import PREFIX, Settings, SettingsError, read_settings, settings_table, variable
from service.signed_note import SignerKey

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def bounds(kind: type[annotated_types.Ge] | type[annotated_types.Le], attribute: str) -> list[tuple[str, float]]:
    return [
        (name, getattr(constraint, attribute))
        for name, field in Settings.model_fields.items()
        for constraint in field.metadata
        if isinstance(constraint, kind)
    ]


MINIMA = bounds(annotated_types.Ge, "ge")
MAXIMA = bounds(annotated_types.Le, "le")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch):
    for name in list(os.environ):
        if name.startswith(PREFIX) or name == "DATABASE_URL":
            monkeypatch.delenv(name)


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    return str(caught.value)


def test_an_empty_environment_gives_the_documented_defaults():
    settings = read_settings()
    assert settings.database_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.page_size_max, settings.nodes_max) == (100, 100)
    assert (settings.writer_batch_acts, settings.writer_queue_acts) == (64, 1024)
    assert settings.domain_limits() == DEFAULT_LIMITS


def test_what_a_field_answers_at_most_is_a_setting():
    assert read_limits(read_settings()) == ReadLimits()
    chosen = Settings(
        page_size_max=25,
        nodes_max=2,
        compared_objectives=10,
        search_characters=11,
        search_terms=3,
        findings_max=7,
        view_rows=4,
        heat_map_weeks=15,
        summary_sentences=6,
    )
    assert read_limits(chosen) == ReadLimits(
        page_size=25,
        nodes=2,
        compared_objectives=10,
        search_characters=11,
        search_terms=3,
        findings=7,
        view_rows=4,
        heat_map_weeks=15,
        summary_sentences=6,
    )


def test_every_number_has_a_lower_and_an_upper_bound():
    numbers = {name for name, field in Settings.model_fields.items() if field.annotation in {int, float}}
    assert {name for name, _ in MINIMA} == numbers
    assert {name for name, _ in MAXIMA} == numbers
    assert len(numbers) > 40


@pytest.mark.parametrize(("name", "minimum"), MINIMA)
def test_a_number_below_its_minimum_is_refused(name: str, minimum: float, monkeypatch: pytest.MonkeyPatch):
    assert refusal(monkeypatch, **{variable(name): str(minimum - 1)}).startswith(f"{variable(name)} wants a")


@pytest.mark.parametrize(("name", "maximum"), MAXIMA)
def test_a_number_above_its_maximum_is_refused(name: str, maximum: float, monkeypatch: pytest.MonkeyPatch):
    assert refusal(monkeypatch, **{variable(name): str(maximum + 1)}).startswith(f"{variable(name)} wants a")


@pytest.mark.parametrize("value", ["nan", "inf", "ten", "1e999", "0x10"])
def test_what_is_no_finite_number_is_refused(value: str, monkeypatch: pytest.MonkeyPatch):
    assert "OKR_LEDGER_STATEMENT_SECONDS wants a number" in refusal(monkeypatch, OKR_LEDGER_STATEMENT_SECONDS=value)


def test_the_refusal_says_what_the_variable_wants(monkeypatch: pytest.MonkeyPatch):
    assert refusal(monkeypatch, OKR_LEDGER_PORT="http") == (
        "OKR_LEDGER_PORT wants a whole number from 0 to 65 535: Port to listen on; 0 takes a free one."
    )
    monkeypatch.delenv("OKR_LEDGER_PORT")
    assert "one of DEBUG, INFO, WARNING, ERROR" in refusal(monkeypatch, OKR_LEDGER_LOG_LEVEL="loud")


def test_an_unknown_variable_is_refused_with_the_closest_known_one(monkeypatch: pytest.MonkeyPatch):
    assert refusal(monkeypatch, OKR_LEDGER_PROT="80") == "OKR_LEDGER_PROT is no setting: did you mean OKR_LEDGER_PORT?"


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch):
    message = refusal(monkeypatch, OKR_LEDGER_PORT="http", OKR_LEDGER_QUERY_DEPTH="7", OKR_LEDGER_PROT="80")
    assert [line.split()[0] for line in message.splitlines()] == [
        "OKR_LEDGER_PROT",
        "OKR_LEDGER_PORT",
        "OKR_LEDGER_QUERY_DEPTH",
    ]


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OKR_LEDGER_TOKEN", "")
    monkeypatch.setenv("OKR_LEDGER_PORT", "")
    settings = read_settings()
    assert settings.token is None
    assert settings.port == 8000


def test_a_wrong_database_url_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch):
    message = refusal(monkeypatch, DATABASE_URL="mysql://user:secret@host/database")
    assert message.startswith("DATABASE_URL wants a text (the URL starts with postgresql://)")
    assert "secret" not in message


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/database")
    monkeypatch.setenv("OKR_LEDGER_TOKEN", "a-secret-of-some-length")
    settings = read_settings()
    assert "secret" not in repr(settings).replace("SecretStr", "")
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://user:secret@host/database"


def test_a_short_token_is_refused(monkeypatch: pytest.MonkeyPatch):
    message = refusal(monkeypatch, OKR_LEDGER_TOKEN="guessable")
    assert message.startswith("OKR_LEDGER_TOKEN wants a text of at least 16 characters")
    assert "guessable" not in message


def test_a_checkpoint_key_is_read_and_not_shown(monkeypatch: pytest.MonkeyPatch):
    key = SignerKey.new("okr.example.com")
    assert read_settings().signer_key() is None
    monkeypatch.setenv("OKR_LEDGER_CHECKPOINT_KEY", key.exported())
    settings = read_settings()
    assert settings.signer_key() == key
    assert key.exported()[-20:] not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_what_is_no_checkpoint_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch):
    key = SignerKey.new("okr.example.com")
    for wrong in (str(key.verifier), key.exported()[:-4], key.exported().replace("okr", "kro"), "PRIVATE+KEY+"):
        message = refusal(monkeypatch, OKR_LEDGER_CHECKPOINT_KEY=wrong)
        assert message.startswith("OKR_LEDGER_CHECKPOINT_KEY wants a text (")
        assert "made by `okr-ledger checkpoint-key NAME`" in message
        assert wrong[-20:] not in message or wrong == "PRIVATE+KEY+"


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OKR_LEDGER_ALLOWED_ORIGINS", "https://okr.example.com, http://localhost:3000")
    assert read_settings().allowed_origins == ("https://okr.example.com", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["*", "okr.example.com", "https://okr.example.com/", "ftp://okr.example.com"])
def test_what_is_no_origin_is_refused(origin: str, monkeypatch: pytest.MonkeyPatch):
    assert "OKR_LEDGER_ALLOWED_ORIGINS wants a list" in refusal(monkeypatch, OKR_LEDGER_ALLOWED_ORIGINS=origin)


def test_a_minimum_larger_than_its_maximum_is_refused(monkeypatch: pytest.MonkeyPatch):
    assert refusal(monkeypatch, OKR_LEDGER_DATABASE_MIN_CONNECTIONS="11") == (
        "OKR_LEDGER_DATABASE_MIN_CONNECTIONS is at most OKR_LEDGER_DATABASE_MAX_CONNECTIONS"
    )


def test_settings_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 80  # type: ignore[misc]


def test_the_documented_table_is_the_one_of_the_program():
    assert settings_table() in OPERATIONS.read_text()
