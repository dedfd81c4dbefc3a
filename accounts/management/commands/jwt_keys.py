"""Lists, adds, retires and removes the keys that sign tokens: see docs/keys.md."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from accounts.keys.key import KeyringError, time_text
from accounts.keys.ring import (
    DEFAULT_LEAD,
    Keyring,
    default_keyring,
    key_add,
    key_remove,
    key_retire,
    key_revoke,
)
from accounts.keys.ring_file import keys_read
from accounts.keys.signatures import ALGORITHMS
from accounts.models import EventKind
from accounts.origins import Origin
from accounts.services.events import event_record

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
COLUMNS = ("kid", "alg", "state", "not_before", "retire_at")


class Command(BaseCommand):
    help = "List, add, retire and remove the keys in the file that JWT_KEYRING names."
    # The checks would refuse a missing or broken file, which this command creates or repairs.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)

        def action(name: str, run: Callable[..., None], text: str) -> ArgumentParser:
            subparser: ArgumentParser = actions.add_parser(name, help=text, description=text)
            subparser.set_defaults(run=run)
            return subparser

        action("list", self._list, "Show the keys without their secret parts.")
        add = action("add", self._add, "Add a key; a new file begins with the default key.")
        add.add_argument("--alg", choices=ALGORITHMS, required=True)
        add.add_argument(
            "--lead",
            type=duration,
            default=DEFAULT_LEAD,
            help="The time between publication and first signature: 30m, 1h (the default), 2d, 0s.",
        )
        retire = action("retire", self._retire, "Retire a key once its last token has expired.")
        retire.add_argument("kid")
        retire.add_argument(
            "--now", action="store_true", help="Retire it at once and refuse its tokens."
        )
        action("remove", self._remove, "Delete a retired key.").add_argument("kid")

    def handle(self, *args: Any, run: Callable[..., None], **options: Any) -> None:
        try:
            run(**options)
        except KeyringError as error:
            raise CommandError(str(error)) from error

    def _list(self, **options: Any) -> None:
        rows = [COLUMNS, *_rows(_ring())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())

    def _add(self, *, alg: str, lead: timedelta, **options: Any) -> None:
        key = key_add(path=_path(), alg=alg, lead=lead)
        self._record(f"{key.kid} added, {alg}")
        self.stdout.write(f"Added {key.kid}. It signs from {time_text(key.not_before)} on.")

    def _retire(self, *, kid: str, now: bool, **options: Any) -> None:
        if now:
            self._revoke(kid)
            return
        key = key_retire(path=_path(), kid=kid)
        self._record(f"{kid} retires {_until(key.retire_at)}")
        self.stdout.write(f"{kid} retires. It verifies until {_until(key.retire_at)}.")

    def _revoke(self, kid: str) -> None:
        before = {key.kid: key.retire_at for key in _ring().keys}
        key_revoke(path=_path(), kid=kid)
        ring = _ring()
        signing = ring.key_for(timezone.now())
        said = [f"{kid} is retired: its tokens are refused from now on. {signing.kid} signs."]
        said += [
            f"{key.kid} stays longer: it was due to retire at {_until(before[key.kid])}, and now "
            + (f"at {_until(key.retire_at)}." if key.retire_at else "never. Retire it again later.")
            for key in ring.keys
            if key.kid != kid and key.retire_at != before[key.kid]
        ]
        self._record(f"{kid} retired now; {signing.kid} signs")
        self.stdout.write("\n".join(said))

    def _remove(self, *, kid: str, **options: Any) -> None:
        key_remove(path=_path(), kid=kid)
        self._record(f"{kid} removed")
        self.stdout.write(f"Removed {kid}.")

    def _record(self, detail: str) -> None:
        """Record the change as an event. Without a database, the change is made all the same."""
        try:
            event_record(EventKind.KEY_CHANGED, subject=None, origin=Origin(), detail=detail)
        except DatabaseError as error:
            self.stderr.write(f"The change was made, but not recorded as an event: {error}")


def duration(text: str) -> timedelta:
    """Return the duration of a text such as 30m. Raises ArgumentTypeError."""
    match = re.fullmatch(r"([0-9]{1,4})([smhd])", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is not a number with a unit (s, m, h or d), such as 30m")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _rows(ring: Keyring) -> list[tuple[str, ...]]:
    return [
        (key.kid, key.alg, ring.state(key), time_text(key.not_before), _until(key.retire_at))
        for key in ring.keys
    ]


def _until(time: datetime | None) -> str:
    return "-" if time is None else time_text(time)


def _ring() -> Keyring:
    """Return the stored ring, even if a server would refuse it."""
    if settings.JWT_KEYRING is None:
        return default_keyring(settings.JWT_SIGNING_KEY)
    return Keyring(keys_read(settings.JWT_KEYRING))


def _path() -> Path:
    path: Path | None = settings.JWT_KEYRING
    if path is None:
        raise CommandError("Set JWT_KEYRING to the path of the file for the keys.")
    return path
