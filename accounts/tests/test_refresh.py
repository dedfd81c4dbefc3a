"""A refresh token is exchanged once; a lost response is repeated, and theft is detected."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.refresh import REFRESH_GRACE, session_refresh
from accounts.tokens.classes import RefreshToken
from bookstore_project.errors import SessionEndedError
from tests.client import ConformingClient

from .attacks.hostile_tokens import token_of, valid_claims

pytestmark = pytest.mark.django_db

REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"
ME = "/api/v1/users/me"


@pytest.fixture
def session(ada: User) -> LoginSession:
    """A new session of ada."""
    RefreshToken.for_user(ada)
    return LoginSession.objects.get()


@pytest.fixture
def first(session: LoginSession) -> str:
    """The session's first refresh token."""
    return str(RefreshToken.of(session))


def refresh(token: str) -> Any:
    return ConformingClient().post(REFRESH, {"refresh": token})


def is_let_in(access: str) -> bool:
    response = ConformingClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")
    assert response.status_code in {200, 401}
    return bool(response.status_code == 200)


def let_pass(session: LoginSession, time: timedelta) -> None:
    """Move the session's last refresh into the past, by this much time."""
    LoginSession.objects.filter(sid=session.sid).update(refreshed_at=F("refreshed_at") - time)


def test_a_chain_of_refreshes_stays_one_row(session: LoginSession, first: str) -> None:
    token = first
    for _ in range(5):
        response = refresh(token)
        assert response.status_code == 200
        token = response.json()["refresh"]
    assert is_let_in(response.json()["access"])
    assert LoginSession.objects.get().generation == 5


def test_an_answer_is_given_again_byte_for_byte(first: str) -> None:
    answer = refresh(first)
    assert refresh(first).content == answer.content
    # The first request with the access token does not end it earlier: there may be other tabs.
    assert is_let_in(answer.json()["access"])
    assert refresh(first).content == answer.content
    assert LoginSession.objects.get().generation == 1


def test_the_successor_goes_on_after_its_answer_was_given_twice(first: str) -> None:
    answer = refresh(first).json()
    refresh(first)
    assert refresh(answer["refresh"]).status_code == 200


def test_a_replay_after_the_grace_is_theft_and_ends_the_session(
    session: LoginSession, first: str
) -> None:
    successor = refresh(first).json()
    assert is_let_in(successor["access"])
    let_pass(session, REFRESH_GRACE + timedelta(seconds=1))

    response = refresh(first)

    assert response.status_code == 401
    assert response.json()["code"] == "refresh_reused"
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    session.refresh_from_db()
    assert session.revoked_because == "refresh_reused"
    # Neither the thief nor the client can continue.
    assert not is_let_in(successor["access"])
    assert refresh(successor["refresh"]).status_code == 401


def test_the_token_before_the_last_is_theft_at_once(session: LoginSession, first: str) -> None:
    second = refresh(first).json()["refresh"]
    third = refresh(second).json()

    assert refresh(first).json()["code"] == "refresh_reused"
    assert not is_let_in(third["access"])


def test_another_session_of_the_same_user_goes_on(ada: User, first: str) -> None:
    other = RefreshToken.for_user(ada)
    second = refresh(first).json()["refresh"]
    refresh(second)
    assert refresh(first).json()["code"] == "refresh_reused"
    assert refresh(str(other)).status_code == 200


def test_a_session_slides_by_14_days_and_ends_after_30(session: LoginSession, first: str) -> None:
    assert session.expires_at - session.created_at == timedelta(days=14)
    LoginSession.objects.update(created_at=timezone.now() - timedelta(days=20))

    claims = jwt.decode(refresh(first).json()["refresh"], options={"verify_signature": False})

    session.refresh_from_db()
    assert session.expires_at == session.created_at + timedelta(days=30)
    assert claims["exp"] == int(session.expires_at.timestamp())


def test_an_access_token_ends_with_its_session_at_the_latest(
    session: LoginSession, first: str
) -> None:
    LoginSession.objects.update(
        created_at=timezone.now() - timedelta(days=30) + timedelta(minutes=5)
    )
    answer = refresh(first).json()
    assert 295 <= answer["expires_in"] <= 300


@pytest.mark.parametrize("change", ["expired", "revoked", "inactive", "epoch"])
def test_a_session_that_is_over_refreshes_nothing(
    change: str, session: LoginSession, first: str, ada: User
) -> None:
    if change == "expired":
        LoginSession.objects.update(expires_at=timezone.now())
    elif change == "revoked":
        LoginSession.objects.update(revoked_at=timezone.now(), revoked_because="logout")
    elif change == "inactive":
        User.objects.filter(pk=ada.pk).update(is_active=False)
    else:
        User.objects.filter(pk=ada.pk).update(session_epoch=F("session_epoch") + 1)

    response = refresh(first)

    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert LoginSession.objects.get().generation == 0


def test_a_deleted_user_is_401(ada: User, first: str) -> None:
    ada.delete()
    assert refresh(first).status_code == 401


def test_a_session_that_ends_in_that_moment_is_401(
    session: LoginSession, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends_first(read: LoginSession, *, generation: int, origin: Origin) -> LoginSession:
        LoginSession.objects.update(revoked_at=timezone.now(), revoked_because="logout")
        return session_refresh(read, generation=generation, origin=origin)

    monkeypatch.setattr("accounts.api.views.auth.session_refresh", ends_first)
    response = refresh(first)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert LoginSession.objects.get().revoked_because == "logout"


def test_a_user_who_is_deleted_in_that_moment_is_401(
    ada: User, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_first(read: LoginSession, *, generation: int, origin: Origin) -> LoginSession:
        ada.delete()
        return session_refresh(read, generation=generation, origin=origin)

    monkeypatch.setattr("accounts.api.views.auth.session_refresh", deleted_first)
    response = refresh(first)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"


def test_a_generation_that_was_never_reached_moves_nothing(session: LoginSession) -> None:
    with pytest.raises(SessionEndedError):
        session_refresh(session, generation=7, origin=Origin())
    assert LoginSession.objects.get().generation == 0


@pytest.mark.parametrize("generation", [1, 2**62, 2**63 - 1])
def test_a_generation_that_was_never_reached_is_401(generation: int, ada: User) -> None:
    token = token_of({**valid_claims(ada, "refresh"), "gen": generation})
    response = refresh(token)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert LoginSession.objects.get().revoked_at is None


@pytest.mark.parametrize("generation", [None, "0", True, 1.0, -1, 2**63, [0]])
def test_a_generation_that_is_none_is_401(generation: object, ada: User) -> None:
    token = token_of({**valid_claims(ada, "refresh"), "gen": generation})
    assert refresh(token).status_code == 401
    assert ConformingClient().post(VERIFY, {"token": token}).status_code == 401


@pytest.mark.parametrize("sid", [None, 7, "junk", ["x"], "00000000-0000-4000-8000-000000000000"])
@pytest.mark.parametrize("token_type", ["access", "refresh"])
def test_a_session_that_is_none_is_401(sid: object, token_type: str, ada: User) -> None:
    token = token_of({**valid_claims(ada, token_type), "sid": sid})
    assert ConformingClient().post(VERIFY, {"token": token}).status_code == 401
    assert not is_let_in(token)


def test_a_token_of_one_users_session_is_none_of_another_user(ada: User, bob: User) -> None:
    token = token_of({**valid_claims(ada, "access"), "public_id": str(bob.public_id)})
    assert not is_let_in(token)


def test_verify_accepts_the_current_refresh_token_and_not_a_used_one(
    session: LoginSession, first: str
) -> None:
    def status(token: str) -> int:
        result: int = ConformingClient().post(VERIFY, {"token": token}).status_code
        return result

    assert status(first) == 200
    answer = refresh(first).json()
    second = answer["refresh"]
    assert (status(first), status(second)) == (200, 200)
    let_pass(session, REFRESH_GRACE + timedelta(seconds=1))
    # The response may have been lost.
    assert (status(first), status(second)) == (200, 200)
    assert is_let_in(answer["access"])
    assert (status(first), status(second)) == (401, 200)
    # A check does not use up the token: the session continues.
    assert LoginSession.objects.live().exists()


def test_each_request_asks_once_for_session_and_user(
    ada: User,
    client_of: Callable[[User], ConformingClient],
    django_assert_num_queries: Callable[..., Any],
) -> None:
    client = client_of(ada)
    with django_assert_num_queries(1):
        assert client.get(ME).status_code == 200
