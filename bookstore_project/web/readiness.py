"""Checks of the database and of the counters of the rate limits, for /readyz."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from django.apps import apps
from django.core.cache import cache
from django.db import Error, connection

from bookstore_project.db import disk
from bookstore_project.db.errors import is_read_only
from bookstore_project.db.migrations import missing_migrations
from bookstore_project.errors import LimitsUnavailableError


@runtime_checkable
class Upgradable(Protocol):
    """The configuration of an app with work to do after an upgrade."""

    def unfinished_work(self) -> str:
        """Return a sentence that says what to do, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The reason why a check fails. `code` is for programs, `detail` for people."""

    code: str
    detail: str


AWAY = Fault(code="database_unavailable", detail="The database does not answer.")
READ_ONLY = Fault(
    code="database_read_only",
    detail="The database is read-only, or a standby.",
)
FULL = Fault(code="disk_full", detail="The disk of the database is full.")
UNCOUNTED = Fault(
    code="limits_unavailable",
    detail="Attempts can't be counted: sign-ins, registrations and resets are refused.",
)
UNFINISHED = Fault(
    code="reindex_unfinished",
    detail="Some books lack search texts and sort keys. Run: manage.py reindex",
)


def database_fault() -> Fault | None:
    """Return the fault that prevents requests from using the database, or None."""
    try:
        with _patience():
            missing = missing_migrations()
    except Error as error:
        return READ_ONLY if is_read_only(error) else AWAY
    if missing:
        return Fault(code="migrations_missing", detail=f"The database lacks {', '.join(missing)}.")
    return next(_faults_of_disk(), None)


def unfinished_work() -> Fault | None:
    """Return what an operator has to do after an upgrade, or None: requests are answered."""
    for app in apps.get_app_configs():
        if isinstance(app, Upgradable) and (detail := app.unfinished_work()):
            return Fault(code="reindex_unfinished", detail=detail)
    return None


def counters_fault() -> Fault | None:
    """Return the fault of the counters, or None."""
    try:
        cache.get("readiness")
    except LimitsUnavailableError:
        return UNCOUNTED
    return None


def _patience() -> AbstractContextManager[None]:
    """Use the short connect timeout of PostgreSQL for queries, instead of that of requests."""
    if connection.vendor != "postgresql":
        return nullcontext()
    wrapper: Any = connection
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    patience: AbstractContextManager[None] = wrapper.patient_for_connecting()
    return patience


def _faults_of_disk() -> Iterator[Fault]:
    wrapper: Any = connection
    if wrapper.vendor == "postgresql":
        if disk.SERVER.is_full:
            yield FULL
    elif not wrapper.is_in_memory_db():
        try:
            disk.require_room(Path(wrapper.settings_dict["NAME"]))
        except OSError as error:
            yield READ_ONLY if disk.is_not_writable(error) else FULL
