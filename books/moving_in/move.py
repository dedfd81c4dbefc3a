"""Runs the import, which stores everything or nothing."""

from pathlib import Path

from django.db import transaction

from books.progress import Progress

from .book_mover import BookMover
from .old_file import OldFile, open_old_file
from .report import Problem, Report, Row
from .store import last_book_id, locked, skip_book_ids
from .user_mover import UserMover


def move_in(path: Path, *, is_dry_run: bool, report: Report, progress: Progress) -> None:
    """Store the users and books of an old file that are not here yet, in one transaction.

    Raises OldFileError and django.db.DatabaseError. Nothing is stored then.
    """
    with open_old_file(path) as old, locked():
        _note_what_stays(old, report)
        users = UserMover(report)
        users.move(progress.track("users", old.users(), total=old.count("users")))
        first_new_id = max(last_book_id(), old.last_book_id()) + 1
        books = BookMover(report, users, first_new_id=first_new_id)
        books.move(progress.track("books", old.books(), total=old.count("books")))
        if is_dry_run:
            transaction.set_rollback(True)
        else:
            skip_book_ids()


def _note_what_stays(old: OldFile, report: Report) -> None:
    for table, column in old.left_behind():
        row = Row(table=table, id=None)
        row.note(Problem.NOT_IMPORTED, column or "all", was=None, done="left in the old file")
        report.add(row)
