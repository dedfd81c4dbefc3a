"""Import the database of the Flask tutorial: see docs/moving-in.md."""

import os
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from books.moving_in.move import move_in
from books.moving_in.old_file import OldFileError, Reading
from books.moving_in.report import Report
from books.progress import Progress


class Command(BaseCommand):
    help = (
        "Import users and books from the SQLite file of the Flask tutorial, all of them or none. "
        "The file is not modified. Running the command again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="The old app's bookstore.db.")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Report what would be imported, but store nothing.",
        )
        parser.add_argument(
            "--report",
            type=Path,
            help="Write the notes to this file, one JSON object per line, not to the terminal.",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="OURS=THEIRS",
            help="A table or a column that has another name in the file, such as users=accounts "
            "or users.name=nickname. Can be given several times.",
        )
        parser.add_argument(
            "--owner",
            help="The name of a user, here or in the file, who gets all books that have no owner.",
        )

    def handle(
        self, *args: Any, file: Path, dry_run: bool, report: Path | None, **options: Any
    ) -> None:
        if report is not None:
            _require_writable(report)
        reading = Reading(told=tuple(options["map"]), owner=options["owner"])
        with closing(Report()) as found:
            self._move_in(file, reading, is_dry_run=dry_run, found=found)
            self._summarise(found)
            self._tell(found, report)
        if dry_run:
            self._write("This was a dry run: nothing was stored.")

    def _move_in(self, file: Path, reading: Reading, *, is_dry_run: bool, found: Report) -> None:
        progress = Progress(self.stderr)
        try:
            move_in(file, reading, is_dry_run=is_dry_run, report=found, progress=progress)
        except OldFileError as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        except DatabaseError as error:
            # Only the first line: PostgreSQL's message continues with the statement.
            reason = str(error).partition("\n")[0]
            raise CommandError(
                f"Nothing was imported, the store is as it was: {reason}. "
                "Has it been migrated (manage.py migrate)? Then run this again."
            ) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was imported.", returncode=130) from None

    def _summarise(self, found: Report) -> None:
        for table in ("users", "books"):
            taken, here = found.taken[table], found.already_here[table]
            self._write(f"{table}: {taken:,} imported, {here:,} already here")
        self._write(f"notes: {found.notes:,}")

    def _tell(self, found: Report, report: Path | None) -> None:
        if report is None:
            for line in found.lines():
                self._write(line)
            return
        try:
            found.save(report)
        except OSError as error:
            raise CommandError(
                f"The import is done, but {report} can't be written: {error.strerror}. "
                "Run it again to get the same notes; it will change nothing else."
            ) from error

    def _write(self, line: str) -> None:
        # Titles may be in any script, and not every terminal can show them.
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        self.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding))


def _require_writable(report: Path) -> None:
    """Raise CommandError early if the report obviously can't be written."""
    if report.is_dir() or not os.access(report.parent, os.W_OK):
        raise CommandError(f"Nothing was imported. {report} can't be written: choose another file.")
