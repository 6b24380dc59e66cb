"""The listings of the nouns that a condition may lead to."""

from collections.abc import Mapping

from events.identifier import Noun
from projections.conversation_listing import COMMENTS, RECOGNITIONS
from projections.custom_field_listing import CUSTOM_VALUES
from projections.initiative_listing import INITIATIVES
from projections.listing import Listing
from projections.objective_listing import CHECK_INS, KEY_RESULTS, OBJECTIVES
from projections.organization_listing import CYCLES, PEOPLE, TEAMS

LISTINGS: Mapping[Noun, Listing] = {
    Noun.OBJECTIVE: OBJECTIVES,
    Noun.KEY_RESULT: KEY_RESULTS,
    Noun.INITIATIVE: INITIATIVES,
    Noun.CHECK_IN: CHECK_INS,
    Noun.CYCLE: CYCLES,
    Noun.TEAM: TEAMS,
    Noun.PERSON: PEOPLE,
    Noun.COMMENT: COMMENTS,
    Noun.RECOGNITION: RECOGNITIONS,
    # As things have them.
    Noun.CUSTOM_FIELD: CUSTOM_VALUES,
}
