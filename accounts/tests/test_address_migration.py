"""Existing addresses after the migration to confirmed ones: the record of events decides."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import AuthEvent, User

from .test_session_migrations import migrate, migrate_to_latest

ADDRESSES: Any = import_module("accounts.migrations.0015_addresses")
REQUESTED, CHANGED = "email_change_requested", "email_changed"
HOUR = timedelta(hours=1)

# The kind, the hours ago, whether the account itself did it, and the detail.
Step = tuple[str, float, bool, str]


@pytest.fixture
def record(make_user: Callable[..., User]) -> Callable[..., User]:
    """Store an account with an address that was changed, and its events."""

    def make(name: str, *steps: Step, email: str = "", version: int = 1) -> User:
        user = make_user(
            name,
            email=email or f"{name}@example.org",
            email_version=version,
            email_confirmed_at=None,
        )
        admin = User.objects.get_or_create(name="boss", defaults={"admin": True})[0]
        for kind, hours, is_own, detail in steps:
            actor = user if is_own else admin
            AuthEvent.objects.create(
                at=timezone.now() - hours * HOUR,
                kind=kind,
                detail=detail,
                subject_id=user.public_id,
                subject_name=name,
                actor_id=actor.public_id,
                actor_name=actor.name,
            )
        return user

    return make


ASKED: Step = (REQUESTED, 50, True, "")
BY_MAIL: Step = (CHANGED, 49.5, True, "")


@pytest.mark.parametrize(
    ("steps", "is_confirmed"),
    [
        pytest.param([ASKED, BY_MAIL], True, id="by mail"),
        pytest.param([ASKED, (CHANGED, 25.1, True, "")], True, id="by a mail that waited a day"),
        pytest.param([ASKED, (REQUESTED, 49.8, True, ""), BY_MAIL], True, id="asked twice"),
        pytest.param(
            [(CHANGED, 90, False, ""), ASKED, BY_MAIL], True, id="by an admin, then by mail"
        ),
        pytest.param([ASKED, BY_MAIL, (REQUESTED, 2, True, "")], True, id="another one is pending"),
        pytest.param([], False, id="no events are left"),
        pytest.param([BY_MAIL], False, id="the request is not there"),
        pytest.param([ASKED, (CHANGED, 24, True, "")], False, id="long after the request"),
        pytest.param([(CHANGED, 5, False, "")], False, id="by an admin"),
        pytest.param([ASKED, BY_MAIL, (CHANGED, 5, False, "")], False, id="by an admin later"),
        pytest.param([ASKED, (CHANGED, 49.5, False, "")], False, id="by an admin after a request"),
        pytest.param([(REQUESTED, 50, False, ""), BY_MAIL], False, id="asked by an admin"),
        pytest.param(
            [ASKED, BY_MAIL, (CHANGED, 5, True, "removed")], False, id="removed and set unseen"
        ),
    ],
)
def test_an_address_that_a_mail_proved_is_confirmed(
    steps: list[Step], is_confirmed: bool, record: Callable[..., User]
) -> None:
    user = record("kim", *steps)
    ADDRESSES.confirm(apps, None)
    user.refresh_from_db()
    assert (user.email_confirmed_at is not None) == is_confirmed
    if is_confirmed:
        changed = AuthEvent.objects.filter(kind=CHANGED, subject_id=user.public_id)
        assert user.email_confirmed_at == changed.latest("at").at
    # A second run, after an interruption, changes nothing.
    before = user.email_confirmed_at
    ADDRESSES.confirm(apps, None)
    user.refresh_from_db()
    assert user.email_confirmed_at == before


def test_addresses_of_registrations_are_unconfirmed(record: Callable[..., User]) -> None:
    user = record("kim", ASKED, BY_MAIL, version=0)
    ADDRESSES.confirm(apps, None)
    user.refresh_from_db()
    assert user.email_confirmed_at is None


def test_an_address_that_is_another_accounts_name_is_unconfirmed(
    record: Callable[..., User], make_user: Callable[..., User]
) -> None:
    make_user("KIM@example.org")
    make_user("kim@BÜCHER.example")
    users = [
        record("kim", ASKED, BY_MAIL),
        record("lee", ASKED, BY_MAIL, email="Kim@bücher.example"),
        record("pat@example.org", ASKED, BY_MAIL, email="pat@example.org"),
    ]
    ADDRESSES.confirm(apps, None)
    for user in users:
        user.refresh_from_db()
    assert [user.email_confirmed_at is not None for user in users] == [False, False, True]


def test_accounts_are_read_in_batches(
    record: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ADDRESSES, "BATCH", 2)
    for number in range(5):
        record(f"kim{number}", ASKED, BY_MAIL)
    ADDRESSES.confirm(apps, None)
    assert User.objects.filter(email_confirmed_at__isnull=False).count() == 5


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The models before addresses were confirmed."""
    executor = MigrationExecutor(connection)
    dependencies = executor.loader.get_migration("accounts", "0015_addresses").dependencies
    yield migrate(dependencies[0][1])
    migrate_to_latest()


def test_the_migration_continues_where_it_was_interrupted(
    before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = before.get_model("accounts", "User").objects.create(
        name="kim", name_key="kim", email="kim@example.org", email_key="kim@example.org"
    )

    def interrupted(*args: Any) -> None:
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(ADDRESSES.Together, "database_forwards", interrupted)
        with pytest.raises(InterruptedError):
            migrate_to_latest()
    migrate_to_latest()

    stored = User.objects.get(pk=user.pk)
    assert (stored.email_confirmed_at, stored.must_confirm_email, stored.invited_at) == (
        None,
        False,
        None,
    )
    other = User.objects.create(name="lee", email="kim@example.org")
    User.objects.filter(pk=other.pk).update(email_confirmed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=stored.pk).update(email_confirmed_at=timezone.now())


def test_a_server_of_the_release_before_goes_on_adding_accounts(before: Any) -> None:
    old_model = before.get_model("accounts", "User")
    migrate_to_latest()
    old_model.objects.create(name="kim", name_key="kim", email="k@e.org", email_key="k@e.org")
    user = User.objects.get()
    assert (user.email_confirmed_at, user.must_confirm_email) == (None, False)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_an_index_waits_longer_for_transactions_than_migrate_does(before: Any) -> None:
    """CONCURRENTLY blocks nobody, but waits for all transactions that are running."""

    def patience() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            found: str = cursor.fetchone()[0]
        return found

    during: list[str] = []
    with connection.cursor() as cursor, connection.schema_editor(atomic=False) as editor:
        cursor.execute("SET lock_timeout = '1s'")
        with ADDRESSES.patient(editor) as beside:
            during += [beside, patience()]
        assert (during, patience()) == (["CONCURRENTLY", "10min"], "1s")
        cursor.execute("RESET lock_timeout")
