"""`manage.py changepassword`: a password is set by the operator."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import AuthEvent, EndReason, LoginSession, User
from accounts.origins import Origin
from accounts.services.deletion import user_erase
from accounts.services.sessions import session_open, sessions_revoke
from accounts.services.users import user_update_access
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "amber-Compass-31"
TOKEN = "/api/v1/auth/token"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the operator type these texts, once `meanwhile` has run."""

    def use(*texts: str, meanwhile: Callable[[], Any] = lambda: None) -> None:
        answers: Iterator[str] = iter(texts)

        def asked(prompt: str) -> str:
            if prompt == "Password: ":
                meanwhile()
            return next(answers)

        monkeypatch.setattr("getpass.getpass", asked)

    return use


def login(name: str = "ada") -> Any:
    return ConformingClient().post(TOKEN, {"name": name, "password": NEW_PASSWORD})


def test_a_second_factor_that_is_added_while_the_password_is_typed_stays(
    ada: User, typed: Callable[..., None]
) -> None:
    typed(NEW_PASSWORD, NEW_PASSWORD, meanwhile=lambda: Authenticator(ada))
    call_command("changepassword", "ada", stdout=StringIO())
    answer = login()
    assert (answer.status_code, answer.json()["code"]) == (401, "second_factor_required")


def test_what_was_taken_meanwhile_does_not_come_back(
    ada: User, boss: User, root: User, typed: Callable[..., None]
) -> None:
    typed(
        NEW_PASSWORD,
        NEW_PASSWORD,
        meanwhile=lambda: user_update_access(
            user=boss, admin=False, is_active=False, origin=Origin(actor=root)
        ),
    )
    call_command("changepassword", "boss", stdout=StringIO())
    boss = User.objects.get(name="boss")
    assert (boss.admin, boss.is_active) == (False, False)
    assert login("boss").status_code == 401


def test_a_session_that_is_opened_after_all_were_ended_meanwhile_ends(
    ada: User, typed: Callable[..., None]
) -> None:
    def ended_and_opened() -> None:
        sessions_revoke(user=ada, reason=EndReason.REVOKED, origin=Origin())
        session_open(user=ada, origin=Origin())

    typed(NEW_PASSWORD, NEW_PASSWORD, meanwhile=ended_and_opened)
    call_command("changepassword", "ada", stdout=StringIO())
    assert LoginSession.objects.exists()
    assert not LoginSession.objects.live().exists()


def test_nobody_waits_while_the_password_is_typed(ada: User, typed: Callable[..., None]) -> None:
    """On SQLite a transaction would keep everybody from writing."""
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    typed(
        NEW_PASSWORD,
        NEW_PASSWORD,
        meanwhile=lambda: seen.append(len(connection.savepoint_ids) - depth),
    )
    call_command("changepassword", "ada", stdout=StringIO())
    assert seen == [0]
    assert login().status_code == 200


def test_an_account_that_was_deleted_meanwhile_is_said(
    ada: User, typed: Callable[..., None]
) -> None:
    typed(NEW_PASSWORD, NEW_PASSWORD, meanwhile=lambda: user_erase(user=ada, origin=Origin()))
    with pytest.raises(CommandError, match="has just been deleted"):
        call_command("changepassword", "ada", stdout=StringIO())


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        call_command("changepassword", "nobody")


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ((NEW_PASSWORD, "another"), "do not match"),
        (("short", "short"), "too short"),
    ],
)
def test_a_refused_password_is_asked_for_three_times(
    texts: tuple[str, str], complaint: str, ada: User, typed: Callable[..., None]
) -> None:
    out = StringIO()
    typed(*texts * 3)
    with pytest.raises(CommandError, match="after 3 attempts"):
        call_command("changepassword", "ada", stdout=out, stderr=out)
    assert out.getvalue().count(complaint) == 3
    assert not AuthEvent.objects.exists()
    typed(*texts, NEW_PASSWORD, NEW_PASSWORD)
    call_command("changepassword", "ADA", stdout=out, stderr=out)
    assert login().status_code == 200
