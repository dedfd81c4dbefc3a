"""Over HTTP, a rotation ends no session, and a revoked key makes its tokens useless."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from accounts.keys.ring import DEFAULT_KID, key_add, key_retire, key_revoke
from accounts.models import LoginSession
from tests.client import ConformingClient

from .rings import ALGORITHMS, START, key, write_ring

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
TOKEN = "/api/v1/auth/token"
REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"
ME = "/api/v1/users/me"

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

each_algorithm = pytest.mark.parametrize("alg", ALGORITHMS)


def log_in() -> Any:
    response = ConformingClient().post(TOKEN, {"name": "ada", "password": PASSWORD})
    assert response.status_code == 200
    return response.json()


def refresh(token: str) -> Any:
    return ConformingClient().post(REFRESH, {"refresh": token})


def status(access: str) -> int:
    response = ConformingClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")
    return int(response.status_code)


def signer(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


def rotate(path: Path, alg: str) -> str:
    """Add a key that signs in an hour, and retire the one before; return the new one's name."""
    added = key_add(path=path, alg=alg)
    key_retire(path=path, kid=DEFAULT_KID)
    return added.kid


@pytest.mark.usefixtures("ada")
def test_a_token_names_the_default_key() -> None:
    tokens = log_in()
    assert {signer(tokens["access"]), signer(tokens["refresh"])} == {DEFAULT_KID}


@each_algorithm
@pytest.mark.usefixtures("ada")
def test_a_session_with_each_algorithm(alg: str, ring_path: Path) -> None:
    write_ring(ring_path, key(alg))
    tokens = log_in()
    assert jwt.get_unverified_header(tokens["access"]) == {
        "alg": alg,
        "kid": f"{alg.lower()}-0",
        "typ": "JWT",
    }
    assert status(tokens["access"]) == 200
    successor = refresh(tokens["refresh"])
    assert successor.status_code == 200
    assert status(successor.json()["access"]) == 200


@each_algorithm
@pytest.mark.usefixtures("ada")
def test_tokens_of_before_and_after_are_good_until_they_expire(
    *, alg: str, ring_path: Path, clock: Any, settings: Any
) -> None:
    # The first tokens come from a server without a ring.
    settings.JWT_KEYRING = None
    tokens = {START: log_in()}
    settings.JWT_KEYRING = ring_path
    new = rotate(ring_path, alg)
    begins = START + HOUR
    for moment in (begins - SECOND, begins, begins + SECOND):
        clock.move_to(moment)
        tokens[moment] = log_in()
    signers = [signer(pair["refresh"]) for pair in tokens.values()]
    assert signers == [DEFAULT_KID, DEFAULT_KID, new, new]

    for moment in (begins + SECOND, START + 14 * DAY - SECOND, begins + 14 * DAY - 2 * SECOND):
        clock.move_to(moment)
        for issued, pair in tokens.items():
            is_access_live = moment < issued + timedelta(minutes=45)
            assert status(pair["access"]) == (200 if is_access_live else 401)
            verified = ConformingClient().post(VERIFY, {"token": pair["refresh"]})
            assert verified.status_code == (200 if moment < issued + 14 * DAY else 401)


@each_algorithm
@pytest.mark.usefixtures("ada")
def test_a_session_goes_on_through_a_rotation_to_the_last_second(
    alg: str, ring_path: Path, clock: Any
) -> None:
    # Issued in the last second of the old key, and used in the token's own last second.
    new = rotate(ring_path, alg)
    clock.move_to(START + HOUR - SECOND)
    last = log_in()["refresh"]
    assert signer(last) == DEFAULT_KID
    clock.move_to(START + HOUR + 14 * DAY - 2 * SECOND)
    response = refresh(last)
    assert response.status_code == 200
    assert signer(response.json()["refresh"]) == new
    # Then the old key has retired, and the session continues.
    clock.move_to(START + HOUR + 14 * DAY)
    assert ConformingClient().post(VERIFY, {"token": last}).status_code == 401
    assert refresh(response.json()["refresh"]).status_code == 200


@each_algorithm
@pytest.mark.parametrize("after", [timedelta(0), SECOND, 5 * SECOND])
@pytest.mark.usefixtures("ada")
def test_a_lost_answer_is_given_again_to_the_letter_across_the_change(
    alg: str, after: timedelta, ring_path: Path, clock: Any
) -> None:
    write_ring(ring_path, key(alg, 0), key("EdDSA", 1, not_before=START + HOUR))
    first = log_in()["refresh"]
    clock.move_to(START + HOUR - SECOND)
    lost = refresh(first).json()
    clock.move_to(START + HOUR + after)
    assert refresh(first).json() == lost
    assert signer(lost["access"]) == f"{alg.lower()}-0"
    assert signer(refresh(lost["refresh"]).json()["access"]) == "eddsa-1"


@each_algorithm
@pytest.mark.usefixtures("ada", "clock")
def test_a_fraction_of_the_second_makes_no_difference(alg: str, ring_path: Path) -> None:
    """A token's `iat` has whole seconds, but the row has fractions."""
    write_ring(ring_path, key("EdDSA", 1), key(alg, 0, not_before=START))
    first = log_in()["refresh"]
    for microseconds in (0, 1, 999_999):
        moment = START + timedelta(microseconds=microseconds)
        LoginSession.objects.update(generation=1, refreshed_at=moment)
        assert signer(refresh(first).json()["access"]) == f"{alg.lower()}-0"


@pytest.mark.usefixtures("ada")
def test_a_revoked_key_ends_what_it_signed_and_nothing_else(ring_path: Path, clock: Any) -> None:
    write_ring(ring_path, key("EdDSA", 0))
    old = log_in()
    key_add(path=ring_path, alg="EdDSA", lead=timedelta(0))
    clock.move_to(START + SECOND)
    new = log_in()

    key_revoke(path=ring_path, kid="eddsa-0")

    assert (status(old["access"]), status(new["access"])) == (401, 200)
    response = refresh(old["refresh"])
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert refresh(new["refresh"]).status_code == 200
    # No attempt with it has changed the session.
    assert LoginSession.objects.filter(generation=0).count() == 1


@pytest.mark.usefixtures("ada")
def test_an_answer_that_was_lost_before_its_key_was_revoked_is_signed_anew(
    ring_path: Path, clock: Any
) -> None:
    write_ring(ring_path, key("EdDSA", 0), key("EdDSA", 1, not_before=START))
    first = log_in()["refresh"]
    clock.move_to(START + HOUR)
    write_ring(ring_path, key("EdDSA", 0), key("EdDSA", 1), key("ES256", 0, not_before=START))
    lost = refresh(first).json()
    assert signer(lost["access"]) == "es256-0"
    key_revoke(path=ring_path, kid="es256-0")
    again = refresh(first).json()
    assert signer(again["access"]) == "eddsa-1"
    assert (status(lost["access"]), status(again["access"])) == (401, 200)


@pytest.mark.usefixtures("ada")
def test_a_key_is_accepted_before_it_signs(ring_path: Path, clock: Any) -> None:
    """A machine whose clock is ahead signs with it first."""
    soon = key("ES256", not_before=START + HOUR)
    write_ring(ring_path, key("EdDSA"), soon)
    claims = jwt.decode(log_in()["access"], options={"verify_signature": False})
    ahead = jwt.encode(claims, soon.private, algorithm="ES256", headers={"kid": soon.kid})
    assert status(ahead) == 200
