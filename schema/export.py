"""Export: write the schema as SDL to `schema/schema.graphql`, or check that the file is what the code says."""

import argparse
import difflib
import sys
from pathlib import Path

from schema.build import build_schema

SDL_FILE = Path(__file__).with_name("schema.graphql")


def exported() -> str:
    """Return the SDL of the schema with a final line break."""
    return build_schema().as_str().rstrip("\n") + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or with `--check` answer 1 and print the difference when it is not up to date."""
    parser = argparse.ArgumentParser(prog="python -m schema.export", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not up to date")
    options = parser.parse_args(arguments)
    text = exported()
    if not options.check:
        SDL_FILE.write_text(text, encoding="utf-8")
        return 0
    known = SDL_FILE.read_text(encoding="utf-8") if SDL_FILE.exists() else ""
    difference = difflib.unified_diff(
        known.splitlines(keepends=True), text.splitlines(keepends=True), "schema/schema.graphql", "the code's schema"
    )
    sys.stdout.writelines(difference)
    return 0 if known == text else 1


if __name__ == "__main__":
    sys.exit(main())
