"""Imports users, and finds the owners of books."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.identity.emails import email_key
from accounts.identity.names import MAXIMUM_KEY_LENGTH, MAXIMUM_LENGTH, name_key
from accounts.models import User

from .batches import batched
from .old_file import OldUser
from .report import Problem, Report, Row
from .user_rules import (
    derived_id,
    note_password,
    parsed_uuid,
    user_admin,
    user_email,
    user_name,
    user_password,
    user_public_id,
)
from .values import Value, plain_text, text_of

# Room for a hyphen and a number.
SUFFIX_LENGTH = 15


@dataclass(slots=True, kw_only=True)
class Newcomer:
    """A row of the old file, and the user that it becomes."""

    row: Row
    user: User
    old: OldUser

    @property
    def is_named_as_it_was(self) -> bool:
        name: str = self.user.name
        return name == text_of(self.old.name)


class UserMover:
    """Stores users with their public_id. Users whose public_id exists here are not changed."""

    def __init__(self, report: Report) -> None:
        self._report = report
        # Keys of the owners by their old ids as texts, since 2 and "2" are the same.
        self._owners: dict[str, int] = {}
        # Some copies store the owner's public_id, name or address with a book.
        self._owners_by_public_id: dict[UUID, int] = {}
        self._owners_by_name: dict[str, int] = {}
        self._seen: set[UUID] = set()
        self._numbers: dict[str, int] = {}
        self._to_rename: list[Newcomer] = []

    def move(self, users: Iterable[OldUser]) -> None:
        for batch in batched(users):
            self._move_batch([self._newcomer(user) for user in batch])
        # Last, so that a new name never equals one that is in the file.
        for newcomer in self._to_rename:
            self._rename(newcomer)

    def owner(self, old_id: Value) -> int | None:
        """Return the key of the user whom a book names as its owner, or None if there is none."""
        key = plain_text(old_id)
        if key in self._owners:
            return self._owners[key]
        public_id = parsed_uuid(key)
        if public_id is not None:
            return self._owners_by_public_id.get(public_id)
        # A number is an id, although somebody's name may be a number.
        return None if key.isdecimal() else self._owners_by_name.get(key)

    def former_owner(self, old_id: Value) -> User:
        """Return an inactive account for the books of a user who is not in the file."""
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

    def _newcomer(self, old: OldUser) -> Newcomer:
        row = Row(table="users", id=old.id)
        password = user_password(old.password)
        public_id = user_public_id(row, old, seen=self._seen)
        user = User(
            public_id=public_id,
            name=user_name(row, old.name, public_id=public_id),
            email=user_email(row, old.email),
            password=password or make_password(None),
            # A reset by mail sets a password of who has none.
            invited_at=None if password else timezone.now(),
            admin=user_admin(row, old),
        )
        return Newcomer(row=row, user=user, old=old)

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
        self._give_up_taken_emails(newcomers)
        User.objects.bulk_create(newcomer.user for newcomer in newcomers)
        for newcomer in newcomers:
            self._report.taken["users"] += 1
            self._finish(newcomer, newcomer.user)

    def _give_up_taken_emails(self, newcomers: list[Newcomer]) -> None:
        """Store no address that another account has confirmed. The others are unconfirmed."""
        keys = [email_key(newcomer.user.email) for newcomer in newcomers]
        confirmed = User.objects.filter(
            email_key__in=[key for key in keys if key is not None],
            email_confirmed_at__isnull=False,
        )
        taken = set(confirmed.values_list("email_key", flat=True))
        for newcomer, key in zip(newcomers, keys, strict=True):
            if key in taken:
                newcomer.user.email = None
                done = "stored without an address, which is another user's"
                newcomer.row.note(Problem.EMAIL_TAKEN, "email", was=newcomer.old.email, done=done)

    def _note_name(self, newcomer: Newcomer, name: str) -> None:
        done = f"the name here is {name!r}"
        newcomer.row.note(Problem.NAME_TAKEN, "name", was=newcomer.old.name, done=done)

    def _finish(self, newcomer: Newcomer, user: User) -> None:
        if user_password(newcomer.old.password) is None:
            note_password(newcomer.row, email=user.email)
        self._owners[plain_text(newcomer.old.id)] = user.pk
        self._owners_by_public_id[user.public_id] = user.pk
        for name in filter(None, map(plain_text, (newcomer.old.name, newcomer.old.email))):
            # Of two users with one name, the tutorial logged in the first.
            self._owners_by_name.setdefault(name, user.pk)
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
