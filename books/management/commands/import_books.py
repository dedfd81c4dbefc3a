"""Import books from a file: see docs/import-export.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from accounts.models import User
from accounts.origins import Origin
from books.progress import FileProgress
from books.transfer.dialects.known import OWN
from books.transfer.errors import RunningError, TooLargeError, TooSlowError
from books.transfer.findings import Findings
from books.transfer.imports import Import
from books.transfer.option_names import Interface
from books.transfer.options import HELP, FileOptions, OptionError
from books.transfer.readers.kinds import KINDS, FileKind, kind_named
from books.transfer.report import Report
from bookstore_project.db.lock_waits import COMMANDS_PATIENCE, wait_for_others
from bookstore_project.errors import ConflictError, SessionEndedError

# Large files are allowed. The limit stops a small compressed file that expands without end.
MAXIMUM = 64 * 2**30

STOPPED = (TooLargeError, TooSlowError, RunningError, ConflictError, SessionEndedError)
NOTHING = "Nothing was imported, the store is as it was."


class Command(BaseCommand):
    help = (
        "Import books from a file: CSV, NDJSON, a JSON array or an Excel workbook (.xlsx), which "
        "may be compressed with gzip; also the exports of Goodreads, LibraryThing, Calibre and The "
        "StoryGraph. The command imports all books of the file or none. Running it again changes "
        "nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--owner", required=True, help="The name of the user who will own the books."
        )
        parser.add_argument(
            "--format",
            choices=[kind.name for kind in KINDS],
            help="The format, if neither the name nor the content of the file shows it.",
        )
        for option, text in HELP.items():
            parser.add_argument(
                f"--{option.replace('_', '-')}", help=text.replace("`", "").replace("%", "%%")
            )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Check the file and report what would be imported, but store nothing.",
        )
        parser.add_argument(
            "--on-error",
            choices=("reject", "skip"),
            default="reject",
            help="Refuse the whole file if a row is refused (reject), or leave the row out (skip).",
        )
        parser.add_argument(
            "--max-bytes",
            type=int,
            default=MAXIMUM,
            help=f"Maximum of bytes after decompression (default: {MAXIMUM:,}).",
        )
        parser.add_argument(
            "--max-rows",
            type=int,
            help="Maximum of rows, blank ones included (default: no limit).",
        )
        parser.add_argument(
            "--max-seconds", type=float, help="Maximum of seconds (default: no limit)."
        )

    def handle(self, *args: Any, file: Path, owner: str, **options: Any) -> None:
        kind = _kind(file, options["format"])
        options["reading"] = _reading(options)
        user = User.objects.named(owner).first()
        if user is None:
            raise CommandError(f"There is no user {owner!r}. Name an owner who has an account.")
        try:
            with file.open("rb") as opened:
                report, is_refused = self._import(opened, kind, user, options)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}. {NOTHING}") from error
        self._tell(report)
        if is_refused:
            # Nothing is left out of a file that can't be read to its end.
            skip = ", or give --on-error=skip" if report.is_whole else ""
            raise CommandError(f"{NOTHING} Correct the lines above{skip}.")
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was stored.")

    def _import(
        self, file: IO[bytes], kind: FileKind | None, owner: User, options: dict[str, Any]
    ) -> tuple[Report, bool]:
        progress = FileProgress(self.stderr, file, size=Path(file.name).stat().st_size)
        run = Import(
            owner=owner,
            origin=Origin(),
            maximum=options["max_bytes"],
            options=options["reading"],
            is_dry_run=options["dry_run"],
            skips_refused=options["on_error"] == "skip",
            maximum_rows=options["max_rows"],
            maximum_seconds=options["max_seconds"],
            patience=COMMANDS_PATIENCE,
            interface=Interface.COMMAND,
            show=progress.show,
            show_stored=progress.show_stored,
        )
        try:
            wait_for_others()
            report = run.run(file, kind)
        except STOPPED as error:
            raise CommandError(f"{NOTHING} {error}") from error
        except DatabaseError as error:
            # Only the first line: PostgreSQL's message continues with the statement.
            reason = str(error).partition("\n")[0]
            raise CommandError(f"{NOTHING} {reason}. Run this again.") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was imported.", returncode=130) from None
        progress.finish(report.rows)
        return report, run.refuses(report)

    def _tell(self, report: Report) -> None:
        self._tell_columns(report.findings)
        for error in report.errors:
            self._write(str(error))
        if report.errors_truncated:
            self._write("There are more errors than are listed here.")
        counts = ("created", "changed", "unchanged", "refused")
        self._write(f"books: {', '.join(f'{getattr(report, name):,} {name}' for name in counts)}")

    def _tell_columns(self, findings: Findings) -> None:
        """Say what was taken of the file, unless it has our own columns alone."""
        if findings.dialect in ("", OWN):
            return
        taken = [f"{column} ({', '.join(members)})" for column, members in findings.columns.items()]
        self._write(f"dialect: {findings.dialect}")
        self._write(f"columns taken: {', '.join(taken)}")
        if findings.left:
            self._write(f"columns left out: {', '.join(findings.left)}")
        for note in findings.notes:
            self._write(str(note))

    def _write(self, line: str) -> None:
        # Titles may be in any script, and not every terminal can show them.
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        line = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)
        self.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding))


def _kind(file: Path, name: str | None) -> FileKind | None:
    """Return the kind of a file that its name or the option tells, or None."""
    if name is not None:
        return next(kind for kind in KINDS if kind.name == name)
    return kind_named(file.name)


def _reading(options: dict[str, Any]) -> FileOptions:
    """Return the options of the file. Raises CommandError."""
    try:
        return FileOptions.read({name: options[name] for name in HELP})
    except OptionError as error:
        option = error.name.replace("_", "-")
        raise CommandError(f"--{option} can't be used. {error.detail}") from error
