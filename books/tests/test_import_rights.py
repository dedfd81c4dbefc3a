"""An import checks the user's rights again at its end, because it may take 45 seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import EndReason, LoginSession, User
from accounts.origins import Origin
from accounts.services.deletion import user_delete
from accounts.services.sessions import session_open, session_revoke, sessions_end, sessions_revoke
from accounts.services.users import user_update_access
from accounts.tokens.classes import AccessToken
from books.models import Book, BookChange, ImportRun
from books.transfer import imports, stored_books
from books.transfer.errors import LeaseLostError
from books.transfer.runs import Lease
from tests.client import ConformingClient

from .files import EMMA, KNOWN, counts, csv, known, post

HERE = Origin()
EMMA_TOO = f",,{EMMA}"


ENDS: dict[str, Callable[[User], object]] = {
    "all sessions ended": lambda user: sessions_revoke(
        user=user, reason=EndReason.REVOKED, origin=HERE
    ),
    # Like user_change_password(), without computing a hash.
    "another password": lambda user: sessions_end(user=user, reason=EndReason.PASSWORD_CHANGED),
    "deactivated": lambda user: user_update_access(user=user, origin=HERE, is_active=False),
    "no admin any more": lambda user: user_update_access(user=user, origin=HERE, admin=False),
    "deleted": lambda user: user_delete(user=user, origin=HERE),
}


@pytest.fixture
def boss(make_user: Callable[..., User]) -> User:
    """One of two admins, because the last one can't lose the flag."""
    make_user(name="other", admin=True)
    return make_user(name="boss", admin=True)


@pytest.fixture(params=["token", "browser"])
def as_boss(boss: User, request: pytest.FixtureRequest) -> ConformingClient:
    if request.param == "token":
        return ConformingClient(headers={"authorization": f"Bearer {AccessToken.for_user(boss)}"})
    client = ConformingClient()
    client.force_login(boss)
    return client


@pytest.fixture(params=["waiting", "storing"])
def at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run something while an import waits in the queue, or just before it is stored."""

    def do(what: Callable[[], object]) -> None:
        if request.param == "storing":
            complete = imports.Import._complete  # noqa: SLF001  # between reading and storing

            def late(*arguments: Any) -> None:
                what()
                complete(*arguments)

            monkeypatch.setattr(imports.Import, "_complete", late)
            return

        @contextmanager
        def turn(*arguments: object) -> Iterator[None]:
            what()
            yield

        monkeypatch.setattr(imports, "turn", turn)

    return do


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_nothing_is_stored_for_who_may_not_any_more(
    end: Callable[[User], object],
    at: Callable[..., None],
    as_boss: ConformingClient,
    boss: User,
    book: Book,
) -> None:
    at(lambda: end(User.objects.get(pk=boss.pk)))
    response = post(as_boss, csv(f"{known(book)},Changed,B,P", EMMA_TOO, head=KNOWN))
    assert response.status_code == 401
    assert list(Book.objects.values_list("name", flat=True)) == [book.name]
    assert not BookChange.objects.filter(actor_name="boss").exists()
    assert not ImportRun.objects.exists()


def test_nor_for_a_session_that_was_logged_out(
    at: Callable[..., None], as_ada: ConformingClient, ada: User
) -> None:
    at(
        lambda: session_revoke(
            LoginSession.objects.get(user=ada), reason=EndReason.LOGOUT, origin=HERE
        )
    )
    assert post(as_ada, csv(EMMA)).status_code == 401
    assert not Book.objects.exists()


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_nor_for_a_browser_that_signed_out(
    dry_run: str, at: Callable[..., None], boss: User
) -> None:
    client = ConformingClient()
    client.force_login(boss)
    at(client.session.flush)
    assert post(client, csv(EMMA), dry_run=dry_run).status_code == 401
    assert not Book.objects.exists()


def test_another_device_may_be_logged_out(
    at: Callable[..., None], as_ada: ConformingClient, ada: User
) -> None:
    other = session_open(user=ada, origin=HERE)
    at(lambda: session_revoke(other, reason=EndReason.REVOKED, origin=HERE))
    assert counts(post(as_ada, csv(EMMA))) == (1, 0, 0, 0)


@pytest.mark.parametrize("use", ["beat", "renew", "hold", "end"])
def test_a_lease_that_is_lost_at_any_time_is_409(
    use: str, as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(lease: Lease) -> None:
        raise LeaseLostError

    monkeypatch.setattr(Lease, use, lose)
    response = post(as_ada, csv(EMMA))
    if use == "renew":  # only in steps, which such a small file does not have
        assert counts(response) == (1, 0, 0, 0)
        return
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")
    assert response.json()["detail"].startswith("The import stopped responding")
    assert not Book.objects.exists()


def test_a_command_stops_if_the_account_goes(
    ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command's rights are not checked again; its lease or the database stops it."""
    file = tmp_path / "books.csv"
    file.write_text(csv(EMMA))

    def lose(lease: Lease) -> None:
        User.objects.all().delete()
        raise LeaseLostError

    monkeypatch.setattr(Lease, "beat", lose)
    with pytest.raises(CommandError, match="as it was"):
        call_command("import_books", str(file), owner="ada")
    assert not Book.objects.exists()


def test_what_surrounds_a_search_for_titles_is_said_first(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "SELECT 'as a setting of PostgreSQL is'"
    monkeypatch.setitem(stored_books.WITHOUT_SORTING, connection.vendor, (said,))
    with CaptureQueriesContext(connection) as queries:
        post(as_ada, csv(EMMA))
    texts = [query["sql"] for query in queries]
    assert texts[texts.index(said) + 1].startswith("WITH owner AS")
