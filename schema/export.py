"""Export: write what is made from the schema, its SDL and the client kit, or check that the files are what the code says."""

import argparse
import difflib
import sys
from pathlib import Path

import graphql

from schema.build import build_schema
from schema.client_kit import client_kit

SDL_FILE = Path(__file__).with_name("schema.graphql")
KIT_FOLDER = Path(__file__).parents[1] / "docs" / "clients"


def exported() -> str:
    """Return the SDL of the schema with a final line break."""
    return build_schema().as_str().rstrip("\n") + "\n"


def exported_files() -> dict[Path, str]:
    """Return the text of every file that is made from the schema."""
    text = exported()
    kit = client_kit(graphql.build_schema(text))
    return {SDL_FILE: text, **{KIT_FOLDER / name: content for name, content in kit.items()}}


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with `--check` answer 1 and print the differences when they are not up to date."""
    parser = argparse.ArgumentParser(prog="python -m schema.export", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    options = parser.parse_args(arguments)
    files = exported_files()
    if not options.check:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        return 0
    difference = [line for path, text in files.items() for line in _difference(path, text)]
    sys.stdout.writelines(difference)
    return 1 if difference else 0


def _difference(path: Path, text: str) -> list[str]:
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    name = f"{path.parent.name}/{path.name}"
    return list(
        difflib.unified_diff(known.splitlines(keepends=True), text.splitlines(keepends=True), name, "the code's schema")
    )


if __name__ == "__main__":
    sys.exit(main())
