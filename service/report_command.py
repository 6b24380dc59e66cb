"""The command that writes the report of a cycle: a page, and its pictures as files of their own."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service.command_options import AsOf, Data, Organization, chosen_moment, chosen_organization, chosen_settings, run
from service.progress_bar import progress_bar
from service.report.failure import ReportError
from service.request_log import configure_logging
from service.running_database import prepare_to_serve, running_database

_STANDARD_OUTPUT = Path("-")


def report_command(  # noqa: PLR0917 - all that the command line says
    cycle: Annotated[str, typer.Argument(help="Identifier of the cycle, its name, or a part of the name that no other has")],
    output: Annotated[Path, typer.Argument(help="File to write, '-' for standard output")] = _STANDARD_OUTPUT,
    as_of: AsOf = None,
    png: Annotated[Path | None, typer.Option("--png", help="Folder that gets the charts as PNG files as well")] = None,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Write a cycle as one HTML page: its curves, what changed, check-ins, scores; a closed one as it was sealed."""
    settings = chosen_settings(data)
    configure_logging("ERROR")
    _check_writable(output, png)
    # The schema and the library that draws take seconds, which every other command would wait for.
    from service.report.page import render  # noqa: PLC0415
    from service.report.pictures import pictures_of  # noqa: PLC0415
    from service.report.reading import read_report  # noqa: PLC0415

    with running_database(settings) as database_url, progress_bar("Reading") as advance:
        run(prepare_to_serve(database_url))
        organization_id = run(chosen_organization(database_url, organization))
        report = run(read_report(settings, database_url, organization_id, cycle, chosen_moment(as_of), advance))
    pictures = pictures_of(report)
    with progress_bar("Drawing the page") as advance:
        page = render(report, pictures, advance).encode()
    with _told(output):
        if output == _STANDARD_OUTPUT:
            sys.stdout.buffer.write(page)
        else:
            output.write_bytes(page)
    if png is None:
        return
    with progress_bar("Drawing files") as advance, _told(png):
        for number, picture in enumerate(pictures, 1):
            drawn = picture.png(report.name)
            if drawn is not None:
                (png / f"{picture.name}.png").write_bytes(drawn)
            advance(number, len(pictures))


def _check_writable(output: Path, png: Path | None) -> None:
    """Find out before the work what would only fail after it."""
    if output.is_dir() or not output.parent.is_dir():
        raise ReportError(f"cannot write {output}: there is a folder of this name, or none to put it in")
    if png is not None:
        with _told(png):
            png.mkdir(parents=True, exist_ok=True)


@contextmanager
def _told(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}") from error
