"""Hashes of the Flask tutorial verify at the next login, which upgrades them to Argon2id."""

import base64
import hashlib
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher, identify_hasher

from accounts.login.werkzeug import WerkzeugPasswordHasher, stored_form
from accounts.models import User
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"

# Written by generate_password_hash(PASSWORD) of Werkzeug 2.0.3 (with several methods, and by
# default) and 3.1.9 (by default), and by hashlib, behind the prefix that they are stored with.
HASHES = {
    "sha256": (
        "werkzeug$sha256$OhItftcqQeMQCelu$"
        "faf1971c2a969e795a2c08733833f54fe4b07306a7f0d9dc589d381631b2e3cd"
    ),
    "pbkdf2": (
        "werkzeug$pbkdf2:sha256:260000$mxJumXPeJ4JOKO4T$"
        "015688278f1341265417d41fb4402ce134033bdd9c81bf5c15026dfe6f281ef4"
    ),
    "scrypt": (
        "werkzeug$scrypt:32768:8:1$a35nHl0bf9mUqPWV$"
        "abb3d8a08e88a1f6fcc9f7a5d240a05395ce5c6709e9a9ecf813b2e61486ff77"
        "eb4d56ff7cbd2f599e7a81ab0bb9b14959b839f4a951396dd2f2561b7477c265"
    ),
    "pbkdf2 of sha1": (
        "werkzeug$pbkdf2:sha1:1000$TR86m7iYWBUSE5tm$1e3a8fb60c46bf90f7380c978ca628a9d3d1f06b"
    ),
    "pbkdf2 of sha512": (
        "werkzeug$pbkdf2:sha512:15000$hIGcizmBfOWp1A5M$"
        "57b705a9f809ec51e583863cf58e056b9d735a4776d0daf6c75280ae0710dad0"
        "f37468ee18b79ebd856fd2039ba25a5185f2c8c00d832369afd827ab3ea8fb39"
    ),
    "sha1": "werkzeug$sha1$VcKqcR0hQv2ao2op$18e861d7c93b4263fe2b6f1d9b8f5b92420c9ddf",
    "sha512": (
        "werkzeug$sha512$M1HwT5XYrTQUgUUv$"
        "bddd1a2bb23990ff9d860e7adee75da47aff10b06b3d3e3da869923fe73b5aec"
        "3509259ee662ff6aaf4287f20af0686ed633787b5fe0a6c9ad48aa715ac81bdf"
    ),
    "bare": "werkzeug$sha256$$8b8467300c56ff45c7539c8324944b2c78443e8e6992906b8df494c96e47db2c",
}


@pytest.fixture(params=list(HASHES))
def newcomer(request: pytest.FixtureRequest) -> User:
    """A user with a hash from the tutorial's database."""
    user: User = User.objects.create(name="grace", password=HASHES[request.param])
    return user


def log_in(password: str) -> int:
    credentials = base64.b64encode(f"grace:{password}".encode()).decode()
    response = ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")
    status: int = response.status_code
    return status


@pytest.mark.usefixtures("real_hashing")
def test_the_old_password_logs_in_and_its_hash_becomes_argon2id(newcomer: User) -> None:
    assert log_in(PASSWORD) == 200
    newcomer.refresh_from_db()
    assert newcomer.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert log_in(PASSWORD) == 200


def test_a_wrong_password_is_401_and_leaves_the_hash(newcomer: User) -> None:
    before = newcomer.password
    assert log_in("violet-Harbour-28") == 401
    newcomer.refresh_from_db()
    assert newcomer.password == before


def test_a_wrong_password_costs_a_hash_of_ours_too(newcomer: User, hash_calls: list[str]) -> None:
    """A faster refusal would reveal accounts that were imported and have not logged in."""
    assert log_in("violet-Harbour-28") == 401
    assert hash_calls.count("argon2.encode") == 1


def test_a_summary_shows_no_part_of_salt_or_hash() -> None:
    summary = identify_hasher(HASHES["scrypt"]).safe_summary(HASHES["scrypt"])
    assert summary == {"algorithm": "werkzeug", "method": "scrypt:32768:8:1"}


def test_django_never_hardens_with_it() -> None:
    hasher = get_hasher("werkzeug")
    hasher.harden_runtime(PASSWORD, HASHES["sha256"])
    assert hasher.verify(PASSWORD, HASHES["sha256"])


def test_a_method_that_the_tutorial_never_wrote_is_no_silent_failure() -> None:
    with pytest.raises(ValueError, match="'md5' is not a method"):
        get_hasher("werkzeug").verify(PASSWORD, "werkzeug$md5$salt$00")


HEX = "0" * 64


@pytest.mark.parametrize("kind", list(HASHES))
def test_a_hash_of_werkzeugs_has_a_stored_form(kind: str) -> None:
    old_hash = HASHES[kind].removeprefix("werkzeug$").removeprefix("sha256$$")
    assert stored_form(old_hash) == HASHES[kind]


@pytest.mark.parametrize(
    "werkzeug_hash",
    [
        "",
        "violet-Harbour-27",
        f"md5$salt${HEX[:32]}",
        f"sha256$${HEX}",
        f"sha256$salt${HEX[:-1]}",
        f"sha256$salt${'Z' * 64}",
        f"sha256$salt${HEX}\n",
        f"sha256$sa\x00lt${HEX}",
        f"sha256$sa\udce9lt${HEX}",
        f"sha256${'s' * 200}${HEX}",
        f"pbkdf2:sha256$salt${HEX}",
        f"pbkdf2:sha1:1000$salt${HEX}",
        f"pbkdf2:md5:1000$salt${HEX[:32]}",
        f"sha512$salt${HEX}",
        HEX[:-1],
        HEX[:32],
        f"{HEX}\n",
        f"pbkdf2:sha256:0$salt${HEX}",
        f"pbkdf2:sha256:10000001$salt${HEX}",
        f"scrypt:32768:8:1$salt${HEX}",
        f"scrypt:0:8:1$salt${HEX * 2}",
        f"scrypt:1:8:1$salt${HEX * 2}",
        f"scrypt:128:8:1$salt${HEX * 2}",
        f"scrypt:32767:8:1$salt${HEX * 2}",
        f"scrypt:32768:0:1$salt${HEX * 2}",
        f"scrypt:32768:8:0$salt${HEX * 2}",
        f"scrypt:32768:8:17$salt${HEX * 2}",
        f"scrypt:524288:8:1$salt${HEX * 2}",
    ],
)
def test_what_could_not_be_verified_or_would_take_minutes_has_none(werkzeug_hash: str) -> None:
    assert stored_form(werkzeug_hash) is None


@pytest.mark.parametrize("costs", ["256:1:1", "256:8:16", "1024:256:1", "262144:8:1"])
def test_what_has_a_stored_form_can_be_verified(costs: str) -> None:
    """hashlib raises an error for impossible costs, which would be a 500 at a login."""
    stored = stored_form(f"scrypt:{costs}$salt${HEX * 2}")
    assert stored is not None
    assert get_hasher("werkzeug").verify(PASSWORD, stored) is False


def test_the_memory_of_scrypt_is_a_limit_that_hashlib_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits: list[int] = []

    def scrypt(password: bytes, **options: Any) -> bytes:
        limits.append(options["maxmem"])
        return b""

    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    old = stored_form(f"scrypt:262144:8:16$salt${'0' * 128}")
    assert old is not None
    assert not WerkzeugPasswordHasher().verify("x", old)
    assert limits == [2**31 - 1]
