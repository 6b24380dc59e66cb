"""Ways on which things are found by keys."""

from enum import StrEnum


class Way(StrEnum):
    """How things are found by keys: by their own identifiers, or that of the objective that they are part of."""

    OBJECTIVES = "objectives"
    KEY_RESULTS = "key_results"
    CHECK_INS = "check_ins"
    CYCLES = "cycles"
    TEAMS = "teams"
    PEOPLE = "people"
    PARTS = "parts"
