"""All rules of the coach, and the version of the set."""

from typing import Any

from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import LOAD_RULES, OBJECTIVE_RULES
from events.coach.rule import Rule
from events.coach.standing_rules import STANDING_RULES

RULE_SET_VERSION = 2
"""Rises whenever a rule, a bound or a word list changes; every finding and every event names it."""

RULES: tuple[Rule[Any], ...] = (*LOAD_RULES, *OBJECTIVE_RULES, *KEY_RESULT_RULES, *STANDING_RULES)
