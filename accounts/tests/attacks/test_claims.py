"""Claims that a holder of the key could sign, but that are refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from tests.client import ConformingClient

from .hostile_tokens import token_of, valid_claims

ME = "/api/v1/users/me"
USERS = "/api/v1/users"
REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"


def get(path: str, claims: dict[str, Any]) -> Any:
    return ConformingClient().get(path, HTTP_AUTHORIZATION=f"Bearer {token_of(claims)}")


@pytest.mark.parametrize(
    "promotion",
    [
        {"admin": True},
        {"is_superuser": True, "is_staff": True},
        {"role": "admin", "roles": ["admin"], "groups": ["admin"]},
        {"scope": "admin users:write", "scp": ["admin"]},
        {"user": {"admin": True}},
        {"sub": "boss", "name": "boss", "user_id": 1, "id": 1},
    ],
    ids=lambda promotion: next(iter(promotion)),
)
def test_a_claim_promotes_nobody(ada: User, boss: User, promotion: dict[str, Any]) -> None:
    claims = {**valid_claims(ada, "access"), **promotion}
    account = get(ME, claims)
    assert account.status_code == 200
    assert (account.json()["name"], account.json()["admin"]) == ("ada", False)
    response = get(USERS, claims)
    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"


@pytest.mark.parametrize("token_type", ["access", "refresh"])
@pytest.mark.parametrize("swapped", ["public_id", "sid"])
def test_one_users_session_is_no_other_users(
    *, token_type: str, swapped: str, ada: User, bob: User
) -> None:
    """Substitution (RFC 8725 section 2.7): the user and the session must belong together."""
    theirs = session_open(user=bob, origin=Origin())
    other = {"public_id": str(bob.public_id), "sid": str(theirs.sid)}
    claims = {**valid_claims(ada, token_type), swapped: other[swapped]}

    answers = [
        get(ME, claims),
        ConformingClient().post(REFRESH, {"refresh": token_of(claims)}),
        ConformingClient().post(VERIFY, {"token": token_of(claims)}),
    ]

    for response in answers:
        assert response.status_code == 401
        assert response.json()["code"] == "token_invalid"
    assert set(LoginSession.objects.values_list("generation", "revoked_at")) == {(0, None)}


@pytest.mark.parametrize(
    ("claimed", "door"),
    [("access", "refresh"), ("refresh", "bearer")],
    ids=["an access token refreshes", "a refresh token lets in"],
)
def test_a_token_of_one_type_is_none_of_the_other(claimed: str, door: str, ada: User) -> None:
    """A `gen` claim does not turn an access token into a refresh token."""
    claims = {**valid_claims(ada, "refresh"), "token_type": claimed}
    if door == "bearer":
        response = get(ME, claims)
    else:
        response = ConformingClient().post(REFRESH, {"refresh": token_of(claims)})
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert LoginSession.objects.get().generation == 0


def test_an_access_token_expires_to_the_second(ada: User, clock: Any) -> None:
    claims = valid_claims(ada, "access")
    issued = timezone.now()
    claims["exp"] = claims["iat"] + 60
    clock.move_to(issued + timedelta(seconds=59))
    assert get(ME, claims).status_code == 200
    clock.move_to(issued + timedelta(seconds=60))
    response = get(ME, claims)
    assert response.status_code == 401
    assert response.json()["code"] == "token_expired"


def test_a_token_is_not_good_before_its_time(ada: User, clock: Any) -> None:
    claims = valid_claims(ada, "access")
    issued = timezone.now()
    claims["nbf"] = claims["iat"] + 60
    # Except the 30 seconds by which another server's clock may be ahead.
    clock.move_to(issued + timedelta(seconds=29))
    response = get(ME, claims)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    clock.move_to(issued + timedelta(seconds=30))
    assert get(ME, claims).status_code == 200


def test_a_far_expiry_outlives_no_session(ada: User, clock: Any) -> None:
    """The row decides when the session ends, not the claims of a token."""
    claims = valid_claims(ada, "access")
    claims["exp"] = claims["iat"] + 10 * 365 * 86_400
    clock.move_to(timezone.now() + timedelta(days=14) - timedelta(seconds=1))
    assert get(ME, claims).status_code == 200
    clock.move_to(timezone.now() + timedelta(seconds=1))
    response = get(ME, claims)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
