"""Imports users, and finds the owners of books."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.hashers import make_password

from accounts.identity.names import MAXIMUM_KEY_LENGTH, MAXIMUM_LENGTH, name_key
from accounts.models import User

from .batches import batched
from .old_file import OldBook, OldUser
from .report import Problem, Report, Row
from .user_rules import (
    derived_id,
    user_admin,
    user_name,
    user_password,
    user_public_id,
)
from .values import Value, text_of

# Room for a hyphen and a number.
SUFFIX_LENGTH = 15


@dataclass(slots=True, kw_only=True)
class Newcomer:
    """A row of the old file, and the user that it becomes."""

    row: Row
    user: User
    old_name: Value

    @property
    def is_named_as_it_was(self) -> bool:
        name: str = self.user.name
        return name == text_of(self.old_name)


class UserMover:
    """Stores users with their public_id. Users whose public_id exists here are not changed."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._owners: dict[Value, int] = {}
        self._former_owners: dict[Value, User] = {}
        self._seen: set[UUID] = set()
        self._numbers: dict[str, int] = {}
        self._to_rename: list[Newcomer] = []

    def move(self, users: Iterable[OldUser]) -> None:
        for batch in batched(users):
            self._move_batch([self._newcomer(user) for user in batch])
        # Last, so that a new name never equals one that is in the file.
        for newcomer in self._to_rename:
            self._rename(newcomer)

    def owner(self, row: Row, book: OldBook) -> int:
        """Return the key of a book's owner. A book without one goes to an inactive account."""
        owner = self._owners.get(book.user_id)
        if owner is not None:
            return owner
        if book.user_id not in self._former_owners:
            self._former_owners[book.user_id] = self._former_owner(book.user_id)
        former = self._former_owners[book.user_id]
        done = f"given to {former.name!r}, an inactive account"
        row.note(Problem.OWNER_MISSING, "user_id", was=book.user_id, done=done)
        return former.pk

    def _newcomer(self, old: OldUser) -> Newcomer:
        row = Row(table="users", id=old.id)
        public_id = user_public_id(row, old, seen=self._seen)
        user = User(
            public_id=public_id,
            name=user_name(row, old.name, public_id=public_id),
            password=user_password(row, old.password),
            admin=user_admin(row, old.admin),
        )
        return Newcomer(row=row, user=user, old_name=old.name)

    def _move_batch(self, newcomers: list[Newcomer]) -> None:
        public_ids = [newcomer.user.public_id for newcomer in newcomers]
        here = {user.public_id: user for user in User.objects.filter(public_id__in=public_ids)}
        keys = [name_key(newcomer.user.name) for newcomer in newcomers]
        users = User.objects.filter(name_key__in=keys)
        taken = set(users.values_list("name_key", flat=True))
        to_store = []
        for newcomer, key in zip(newcomers, keys, strict=True):
            if stored := here.get(newcomer.user.public_id):
                self._recognise(newcomer, stored)
            elif newcomer.is_named_as_it_was and key not in taken:
                taken.add(key)
                to_store.append(newcomer)
            else:
                self._to_rename.append(newcomer)
        self._store(to_store)

    def _recognise(self, newcomer: Newcomer, stored: User) -> None:
        if stored.name != newcomer.user.name:
            self._note_name(newcomer, stored.name)
        self._report.already_here["users"] += 1
        self._finish(newcomer, stored)

    def _rename(self, newcomer: Newcomer) -> None:
        name = self._free_name(newcomer.user.name)
        if name != newcomer.user.name:
            self._note_name(newcomer, name)
            newcomer.user.name = name
        self._store([newcomer])

    def _store(self, newcomers: list[Newcomer]) -> None:
        User.objects.bulk_create(newcomer.user for newcomer in newcomers)
        for newcomer in newcomers:
            self._report.taken["users"] += 1
            self._finish(newcomer, newcomer.user)

    def _note_name(self, newcomer: Newcomer, name: str) -> None:
        done = f"the name here is {name!r}"
        newcomer.row.note(Problem.NAME_TAKEN, "name", was=newcomer.old_name, done=done)

    def _finish(self, newcomer: Newcomer, user: User) -> None:
        self._owners[newcomer.row.id] = user.pk
        self._report.add(newcomer.row)

    def _free_name(self, name: str) -> str:
        """Return the name if it is free, or the first free one of `name-2`, `name-3`, …"""
        key = name_key(name)
        if not User.objects.named(name).exists():
            return name
        stem = name[: MAXIMUM_LENGTH - SUFFIX_LENGTH]
        if len(name_key(stem)) > MAXIMUM_KEY_LENGTH - SUFFIX_LENGTH:
            stem = "user"
        number = self._numbers.get(key, 2)
        while User.objects.named(f"{stem}-{number}").exists():
            number += 1
        self._numbers[key] = number + 1
        return f"{stem}-{number}"

    def _former_owner(self, old_id: Value) -> User:
        public_id = derived_id("former owner", old_id)
        stored: User | None = User.objects.filter(public_id=public_id).first()
        if stored is not None:
            return stored
        suffix = f"-{old_id}" if isinstance(old_id, int) else ""
        name = self._free_name(f"former-owner{suffix}")
        former: User = User.objects.create(
            public_id=public_id, name=name, password=make_password(None), is_active=False
        )
        return former
