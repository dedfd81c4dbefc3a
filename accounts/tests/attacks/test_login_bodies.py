"""Bodies of a login that are not a name and a password."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import LoginSession, User
from accounts.tests.problems import JSON
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

TOKEN = "/api/v1/auth/token"
RIGHT = json.dumps({"name": "ada", "password": PASSWORD})

NOT_TEXT: dict[str, tuple[Any, str]] = {
    "null": (None, "null"),
    "true": (True, "invalid"),
    "a number": (1, "not_a_text"),
    "an array": (["ada"], "invalid"),
    "an array of both": (["ada", PASSWORD], "invalid"),
    "an object": ({"ada": 1}, "invalid"),
    "an operator of a document database": ({"$ne": None}, "invalid"),
    "a regular expression": ({"$regex": ".*"}, "invalid"),
    "empty": ("", "blank"),
}


@pytest.mark.parametrize("member", ["name", "password"])
@pytest.mark.parametrize(("value", "code"), NOT_TEXT.values(), ids=NOT_TEXT)
def test_what_is_no_text_is_400(  # noqa: PLR0913  # fixtures and the two axes of the table
    *,
    anonymous: ConformingClient,
    ada: User,
    hash_calls: list[str],
    member: str,
    value: Any,
    code: str,
) -> None:
    response = anonymous.post(TOKEN, {"name": "ada", "password": PASSWORD, member: value})
    assert response.status_code == 400
    assert response.json()["code"] == "validation_error"
    assert field_codes(response) == {(f"#/{member}", code)}
    assert hash_calls == []
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        pytest.param(f"[{RIGHT}]", JSON, 400, "validation_error", id="an array of logins"),
        pytest.param(f'"{PASSWORD}"', JSON, 400, "validation_error", id="a text"),
        pytest.param(f'{{"credentials": {RIGHT}}}', JSON, 400, "validation_error", id="nested"),
        pytest.param(RIGHT[:-1] + r', "\ud800": 1}', JSON, 400, "parse_error", id="half a pair"),
        pytest.param(
            RIGHT[:-1] + r', "\ud800": 1, "\ud800": 2}', JSON, 400, "parse_error", id="twice half"
        ),
        pytest.param(f"{RIGHT}{RIGHT}", JSON, 400, "parse_error", id="two objects"),
        pytest.param(f"{RIGHT} // ada", JSON, 400, "parse_error", id="a comment"),
        pytest.param(RIGHT.replace('"', "'"), JSON, 400, "parse_error", id="single quotes"),
        pytest.param(RIGHT[:-1] + ",}", JSON, 400, "parse_error", id="a comma at the end"),
        pytest.param(RIGHT.encode("utf-16"), JSON, 400, "parse_error", id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + RIGHT.encode(), JSON, 400, "parse_error", id="a mark"),
        pytest.param(RIGHT.encode() + b"\xff", JSON, 400, "parse_error", id="not UTF-8"),
        pytest.param('{"name": ' * 1_600, JSON, 400, "parse_error", id="deep"),
        pytest.param(RIGHT[:-1] + ', "x": NaN}', JSON, 400, "parse_error", id="NaN"),
        pytest.param(" " * 1_048_576 + RIGHT, JSON, 413, "payload_too_large", id="a megabyte"),
        pytest.param(RIGHT, "text/plain", 415, "unsupported_media_type", id="text/plain"),
        pytest.param("<a/>", "application/xml", 415, "unsupported_media_type", id="XML"),
        pytest.param("!!a", "application/yaml", 415, "unsupported_media_type", id="YAML"),
    ],
)
def test_another_body_is_refused(  # noqa: PLR0913  # fixtures and the columns of the table
    *,
    anonymous: ConformingClient,
    ada: User,
    hash_calls: list[str],
    body: str | bytes,
    media_type: str,
    status: int,
    code: str,
) -> None:
    octets: Any = body
    response = anonymous.generic("POST", TOKEN, octets, content_type=media_type)
    assert response.status_code == status
    assert response.json()["code"] == code
    assert hash_calls == []
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("ada' OR '1'='1", PASSWORD, id="SQL"),
        pytest.param("ada'--", "", id="an SQL comment"),
        pytest.param("%", PASSWORD, id="a wildcard of LIKE"),
        pytest.param("*", "*", id="a wildcard of LDAP"),
        pytest.param("{{ada}}", PASSWORD, id="a template"),
        pytest.param("аda", PASSWORD, id="a Cyrillic letter"),
        pytest.param("a\u200bda", PASSWORD, id="an invisible letter"),
        pytest.param("ada\u202e", PASSWORD, id="turned around"),
        pytest.param("ada@example.com", PASSWORD, id="nearly the address"),
        pytest.param("ada", PASSWORD + "\n", id="a line feed behind the password"),
        pytest.param("ada", PASSWORD.swapcase(), id="the password in another case"),
        pytest.param("ada", PASSWORD.replace("-", "\u2010"), id="another hyphen"),
        pytest.param("ada", PASSWORD[:-1], id="all but the last letter"),
        pytest.param("ada", PASSWORD * 2, id="the password twice"),
    ],
)
def test_what_is_nearly_right_is_401(
    *, anonymous: ConformingClient, ada: User, hash_calls: list[str], name: str, password: str
) -> None:
    response = anonymous.post(TOKEN, {"name": name, "password": password or "x"})
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"
    assert len(hash_calls) == 1
    assert not LoginSession.objects.exists()


def test_the_hash_of_a_password_is_no_password(anonymous: ConformingClient, ada: User) -> None:
    response = anonymous.post(TOKEN, {"name": "ada", "password": ada.password})
    assert response.status_code == 401
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize("last", [PASSWORD, "wrong"])
def test_two_passwords_in_one_body_are_400(
    anonymous: ConformingClient, ada: User, hash_calls: list[str], last: str
) -> None:
    """RFC 8259 section 4 leaves open which one counts. Neither does, or a body could try two."""
    first = "wrong" if last == PASSWORD else PASSWORD
    body = f'{{"name": "ada", "password": "{first}", "password": "{last}"}}'
    response = anonymous.generic("POST", TOKEN, body, content_type=JSON)
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert hash_calls == []
    assert not LoginSession.objects.exists()


def test_a_hundred_thousand_members_cost_no_more_than_their_reading(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    """A search for the duplicate that compares each pair of names would take minutes."""
    members = ",".join(f'"{number:x}":1' for number in range(90_000))
    before = time.process_time()
    body = f'{{{members},"z":1,"z":1}}'
    # An anonymous client may not send that many.
    response = client_of(ada).generic("POST", "/api/v1/books", body, content_type=JSON)
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert time.process_time() - before < 10


@pytest.mark.parametrize("query", [f"?name=ada&password={PASSWORD}", "?name=ada"])
def test_credentials_in_the_query_are_refused(
    anonymous: ConformingClient, ada: User, query: str
) -> None:
    body = {"name": "ada", "password": "wrong"}
    response = anonymous.post(TOKEN + query, body)
    assert response.status_code == 400
    assert response.json()["code"] == "unknown_parameter"
    assert not LoginSession.objects.exists()
