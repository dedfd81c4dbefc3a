"""What ends API tokens: every new password, deactivation, admins, and signing out everywhere."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, EndReason, LoginSession, User
from accounts.models.api_token import KEPT_FOR
from accounts.origins import Origin
from accounts.services.password_reset import reset_token
from accounts.services.sessions import sessions_end, sessions_revoke
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
NEW_PASSWORD = "amber-Compass-31"
BOOKS = "/api/v1/books"
SESSIONS = "/api/v1/auth/sessions"

JobOf = Callable[..., ConformingClient]
ClientOf = Callable[[User], ConformingClient]


@pytest.fixture
def plain(ada: User, job_of: JobOf) -> ConformingClient:
    """A job of ada whose token ends when she signs out everywhere."""
    return job_of(ada, name="plain")


@pytest.fixture
def kept(ada: User, job_of: JobOf) -> ConformingClient:
    """A job of ada whose token stays when she signs out everywhere."""
    return job_of(ada, name="kept", keep_on_sign_out=True)


def statuses(*jobs: ConformingClient) -> list[int]:
    return [job.get(BOOKS).status_code for job in jobs]


@pytest.mark.parametrize("query", ["", "?all=true"])
def test_signing_out_everywhere_spares_the_tokens_that_say_so(  # noqa: PLR0913  # fixtures
    *,
    query: str,
    ada: User,
    bob: User,
    plain: ConformingClient,
    kept: ConformingClient,
    job_of: JobOf,
    client_of: ClientOf,
) -> None:
    bobs = job_of(bob)
    assert client_of(ada).delete(f"{SESSIONS}{query}").status_code == 204
    assert statuses(plain, kept, bobs) == [401, 200, 200]
    # Once more: it stays each time.
    assert client_of(User.objects.get(pk=ada.pk)).delete(f"{SESSIONS}{query}").status_code == 204
    assert statuses(kept) == [200]
    assert [token.name for token in ApiToken.objects.filter(user=ada)] == ["kept"]


def test_signing_out_here_ends_no_token(
    ada: User, plain: ConformingClient, kept: ConformingClient, client_of: ClientOf
) -> None:
    client = client_of(ada)
    sid = LoginSession.objects.get(user=ada).sid
    assert client_of(ada).delete(f"{SESSIONS}/{sid}").status_code == 204
    assert client_of(ada).post("/api/v1/auth/logout").status_code == 204
    assert client.get(BOOKS).status_code == 401
    assert statuses(plain, kept) == [200, 200]


def change_password(ada: User, **others: Any) -> None:
    client: ConformingClient = others["client_of"](ada)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client.post("/api/v1/users/me/password", body).status_code == 204


def reset_password(ada: User, **others: Any) -> None:
    body = {"token": reset_token(ada), "new_password": NEW_PASSWORD}
    path = "/api/v1/auth/password-reset/confirm"
    assert ConformingClient().post(path, body).status_code == 200


def deactivate(ada: User, **others: Any) -> None:
    client: ConformingClient = others["client_of"](others["boss"])
    path = f"/api/v1/users/{ada.public_id}"
    assert client.patch(path, {"is_active": False}).status_code == 200
    # They do not come back with the account.
    assert client.patch(path, {"is_active": True}).status_code == 200


def end_sessions(ada: User, **others: Any) -> None:
    client: ConformingClient = others["client_of"](others["boss"])
    assert client.delete(f"/api/v1/users/{ada.public_id}/sessions").status_code == 204


def end_tokens(ada: User, **others: Any) -> None:
    client: ConformingClient = others["client_of"](others["boss"])
    assert client.delete(f"/api/v1/users/{ada.public_id}/tokens").status_code == 204


def sign_out_in_the_admin(ada: User, **others: Any) -> None:
    browser: Client = others["admin_of"](others["boss"])
    form = {"action": "sign_out_everywhere", "_selected_action": ada.pk}
    assert browser.post("/admin/accounts/user/", form).status_code == 302


def set_password_in_the_admin(ada: User, **others: Any) -> None:
    browser: Client = others["admin_of"](others["boss"])
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert browser.post(f"/admin/accounts/user/{ada.pk}/password/", form).status_code == 302


def deactivate_in_the_admin(ada: User, **others: Any) -> None:
    browser: Client = others["admin_of"](others["boss"])
    form = {"name": "ada", "email": "ada@example.org"}
    assert browser.post(f"/admin/accounts/user/{ada.pk}/change/", form).status_code == 302
    User.objects.filter(pk=ada.pk).update(is_active=True)


def set_password_in_code(ada: User, **others: Any) -> None:
    ada.set_password(NEW_PASSWORD)
    ada.save()


def delete_account(ada: User, **others: Any) -> None:
    client: ConformingClient = others["client_of"](ada)
    assert client.delete("/api/v1/users/me", {"password": PASSWORD}).status_code == 204


@pytest.mark.parametrize(
    "act",
    [
        change_password,
        reset_password,
        deactivate,
        end_sessions,
        end_tokens,
        sign_out_in_the_admin,
        set_password_in_the_admin,
        deactivate_in_the_admin,
        set_password_in_code,
        delete_account,
    ],
)
def test_this_ends_all_tokens(  # noqa: PLR0913  # fixtures
    *,
    act: Callable[..., None],
    ada: User,
    boss: User,
    plain: ConformingClient,
    kept: ConformingClient,
    client_of: ClientOf,
    admin_of: Callable[[User], Client],
) -> None:
    assert statuses(plain, kept) == [200, 200]
    act(ada, boss=boss, client_of=client_of, admin_of=admin_of)
    assert statuses(plain, kept) == [401, 401]
    assert not ApiToken.objects.live().filter(user__name="ada").exists()


def test_a_token_that_a_password_ended_does_not_come_back_when_signing_out(
    ada: User, kept: ConformingClient
) -> None:
    set_password_in_code(ada)
    sessions_revoke(user=ada, reason=EndReason.REVOKED, origin=Origin())
    assert statuses(kept) == [401]


def test_an_inactive_user_has_no_token_that_is_accepted(ada: User, kept: ConformingClient) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert statuses(kept) == [401]


def test_prune_removes_tokens_that_expired_long_ago_or_were_ended(
    ada: User, bob: User, token_of: Callable[..., str]
) -> None:
    for name in ("long ago", "lately", "living"):
        token_of(ada, name=name)
    token_of(bob, name="ended")
    token_of(ada, name="for ever", days=None)
    set_password_in_code(bob)
    now = timezone.now()
    ApiToken.objects.filter(name="long ago").update(expires_at=now - KEPT_FOR)
    ApiToken.objects.filter(name="lately").update(expires_at=now - KEPT_FOR + timedelta(hours=1))
    call_command("prune", stdout=StringIO())
    names = set(ApiToken.objects.values_list("name", flat=True))
    assert names == {"lately", "living", "for ever"}


def test_an_import_is_refused_if_its_token_is_ended_meanwhile(
    ada: User, plain: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = "books.transfer.views.imports.require_limit"

    def end(*args: object, **values: object) -> None:
        sessions_end(user=ada, reason=EndReason.REVOKED)

    monkeypatch.setattr(read, end)
    response = plain.post(
        f"{BOOKS}/import", "name,author\nRomola,George Eliot\n", content_type="text/csv"
    )
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert not ada.books.exists()


def test_an_import_goes_on_if_its_token_stays(
    ada: User, kept: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*args: object, **values: object) -> None:
        sessions_end(user=ada, reason=EndReason.REVOKED)

    monkeypatch.setattr("books.transfer.views.imports.require_limit", end)
    response = kept.post(
        f"{BOOKS}/import", "name,author\nRomola,George Eliot\n", content_type="text/csv"
    )
    assert response.status_code == 200
    assert ada.books.count() == 1
