"""Malformed HTTP Basic (RFC 7617), on both routes that accept it."""

import base64

import pytest

from accounts.models import LoginSession, User
from conftest import PASSWORD
from tests.client import ConformingClient

DOORS = ["/api/v1/auth/token", "/login"]


def basic(credentials: str | bytes, scheme: str = "Basic ") -> str:
    octets = credentials.encode() if isinstance(credentials, str) else credentials
    return scheme + base64.b64encode(octets).decode()


RIGHT = f"ada:{PASSWORD}"
ENCODED = basic(RIGHT, "")

each_door = pytest.mark.parametrize("door", DOORS)


@each_door
@pytest.mark.parametrize(
    ("header", "hashes"),
    [
        # No credentials, so nothing is hashed.
        pytest.param("Basic", 0, id="scheme alone"),
        pytest.param(basic("ada"), 0, id="no colon"),
        pytest.param(basic(""), 0, id="nothing"),
        pytest.param("Basic ====", 0, id="padding alone"),
        pytest.param(f"Basic {RIGHT}", 0, id="not encoded"),
        pytest.param(f"Basic {ENCODED} {ENCODED}", 0, id="twice"),
        pytest.param(f"Basic {ENCODED}, Basic {ENCODED}", 0, id="two headers joined"),
        pytest.param(f"Basic {ENCODED}, Bearer x", 0, id="another scheme behind a comma"),
        pytest.param(f"Basic realm=x {ENCODED}", 0, id="a parameter first"),
        pytest.param(basic(ENCODED), 0, id="encoded twice"),
        pytest.param(f"Basic {ENCODED[:8]}\x00{ENCODED[8:]}", 0, id="NUL inside"),
        pytest.param(f"Basic {ENCODED[:8]}\r\n {ENCODED[8:]}", 0, id="folded over two lines"),
        pytest.param(basic(f"ada:{'x' * 1_000_000}"), 0, id="a megabyte of password"),
        # Credentials, but not ada's: one hash, as for all credentials.
        pytest.param(basic(f"{'a' * 1_000_000}:{PASSWORD}"), 1, id="a megabyte of name"),
        pytest.param(basic(b"ada:\xff\xfe"), 1, id="not UTF-8"),
        pytest.param(basic("ada:pä".encode("latin-1")), 1, id="Latin-1"),
        pytest.param(basic(RIGHT.encode("utf-16")), 1, id="UTF-16"),
        pytest.param(basic("ada:"), 1, id="no password"),
        pytest.param(basic(f":{PASSWORD}"), 1, id="no name"),
        pytest.param(basic(":"), 1, id="a colon alone"),
        pytest.param(basic(f"ada:{PASSWORD}\x00"), 1, id="NUL behind the password"),
        pytest.param(basic(f"ada\x00:{PASSWORD}"), 1, id="NUL behind the name"),
        pytest.param(basic(f"ada\x7f:{PASSWORD}"), 1, id="DEL behind the name"),
        pytest.param(basic(f"a\u200bda:{PASSWORD}"), 1, id="an invisible letter in the name"),
        pytest.param(basic(f"аda:{PASSWORD}"), 1, id="a Cyrillic letter in the name"),
        pytest.param(basic(f"ada:{PASSWORD.upper()}"), 1, id="the password in capitals"),
        pytest.param(basic(f"ada: {PASSWORD}"), 1, id="a space before the password"),
        pytest.param(basic(f"ada:{PASSWORD}:"), 1, id="a colon behind the password"),
        pytest.param(basic(f"ada' OR '1'='1:{PASSWORD}"), 1, id="SQL in the name"),
        pytest.param(basic(f"%:{PASSWORD}"), 1, id="a wildcard"),
        pytest.param(basic(f"ada)(|(cn=*:{PASSWORD}"), 1, id="LDAP in the name"),
    ],
)
def test_bent_basic_is_401(  # noqa: PLR0913  # fixtures and the two axes of the table
    *,
    anonymous: ConformingClient,
    ada: User,
    hash_calls: list[str],
    door: str,
    header: str,
    hashes: int,
) -> None:
    response = anonymous.post(door, HTTP_AUTHORIZATION=header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith('Basic realm="bookstore"')
    if door == "/login":
        assert response.content == b"could not verify"
    else:
        assert response.json()["code"] == "invalid_credentials"
    assert len(hash_calls) == hashes
    assert not LoginSession.objects.exists()


@each_door
@pytest.mark.parametrize(
    "header",
    [
        pytest.param(basic(RIGHT, "BASIC "), id="scheme in capitals"),
        pytest.param(basic(RIGHT, "Basic    "), id="spaces"),
        pytest.param(f"  {basic(RIGHT)}  ", id="spaces around"),
    ],
)
def test_what_rfc_9110_allows_logs_in(
    anonymous: ConformingClient, ada: User, door: str, header: str
) -> None:
    assert anonymous.post(door, HTTP_AUTHORIZATION=header).status_code == 200
    assert LoginSession.objects.get().user == ada


@pytest.mark.parametrize("header", [basic("ada:wrong"), "Basic ?"], ids=["wrong", "malformed"])
def test_a_right_body_does_not_help_a_wrong_header(
    anonymous: ConformingClient, ada: User, bob: User, header: str
) -> None:
    """A request has one pair of credentials, so that it can't guess two passwords."""
    body = {"name": "bob", "password": PASSWORD}
    response = anonymous.post(DOORS[0], body, HTTP_AUTHORIZATION=header)
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"
    assert not LoginSession.objects.exists()


def test_a_right_header_logs_in_whomever_it_names(
    anonymous: ConformingClient, ada: User, bob: User
) -> None:
    body = {"name": "bob", "password": PASSWORD}
    response = anonymous.post(DOORS[0], body, HTTP_AUTHORIZATION=basic(RIGHT))
    assert response.status_code == 200
    assert LoginSession.objects.get().user == ada
