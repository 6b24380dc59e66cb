"""How texts are sorted, told a second time and apart from the product."""

import unicodedata


def sorted_as(text: str) -> str:
    """Answer a text as it is sorted: without regard to case, accents and width."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in decomposed if not "\u0300" <= each <= "\u036f")
    return unicodedata.normalize("NFKC", bare.casefold())
