"""Enums of the domain as enums of the API: same members, each with a description."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar, cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

Member = TypeVar("Member", bound=Enum)


def described(enumeration: type[Member], name: str, description: str, values: Mapping[Member, str]) -> type[Member]:
    """Make an enum known to the API and answer it.

    Raises:
        ValueError: a member has no description.
    """
    undescribed = [member.name for member in enumeration if member not in values]
    if undescribed:
        raise ValueError(f"{name} has undescribed members: {undescribed}")
    if "__strawberry_definition__" not in enumeration.__dict__:
        strawberry.enum(enumeration)
    # A filter that was imported before may refer to the definition already, so it is completed, not replaced.
    definition = cast("StrawberryEnumDefinition", enumeration.__dict__["__strawberry_definition__"])
    definition.name, definition.description = name, description
    for value in definition.values:
        value.description = values[enumeration[value.name]]
    return enumeration
