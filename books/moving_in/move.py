"""Runs the import, which stores everything or nothing."""

from pathlib import Path

from django.db import transaction

from books.progress import Progress

from .book_mover import BookMover
from .book_owners import BookOwners
from .columns import COLUMNS
from .old_file import OldFile, Reading, open_old_file
from .report import Problem, Report, Row
from .store import last_book_id, locked, skip_book_ids
from .user_mover import UserMover

# What the report says about a table that is not there.
WITHOUT = {"users": "no users are imported", "books": "only users are imported"}


def move_in(
    path: Path, reading: Reading, *, is_dry_run: bool, report: Report, progress: Progress
) -> None:
    """Store the users and books of an old file that are not here yet, in one transaction.

    Raises OldFileError and django.db.DatabaseError. Nothing is stored then.
    """
    with open_old_file(path, reading) as old, locked():
        _note_what_is_absent(old, report)
        _note_what_stays(old, report)
        users = UserMover(report)
        users.move(progress.track("users", old.users(), total=old.count("users")))
        absent = {column for table, column in old.absent if table == "books"}
        owners = BookOwners(users, name=reading.owner, is_told="user_id" in absent)
        first_new_id = max(last_book_id(), old.last_book_id()) + 1
        books = BookMover(report, owners, first_new_id=first_new_id, absent=absent)
        books.move(progress.track("books", old.books(), total=old.count("books")))
        if is_dry_run:
            transaction.set_rollback(True)
        else:
            skip_book_ids()


def _note_what_is_absent(old: OldFile, report: Report) -> None:
    has_roles = ("users", "role") not in old.absent
    for table, column in old.absent:
        done = COLUMNS[table][column].absent if column else WITHOUT[table]
        if done and not (column == "admin" and has_roles):
            _note(report, Problem.ABSENT, table, column, done=done)


def _note_what_stays(old: OldFile, report: Report) -> None:
    for table, column in old.left_behind:
        _note(report, Problem.NOT_IMPORTED, table, column, done="left in the old file")


def _note(report: Report, problem: Problem, table: str, column: str, *, done: str) -> None:
    row = Row(table=table, id=None)
    row.note(problem, column or "all", was=None, done=done)
    report.add(row)
