"""Email addresses: what register and users/me accept, and how two are compared."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from accounts import emails
from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON, ascii_json

LONG_DOMAIN = ".".join(["d" * 60] * 4)
REFUSED = [
    pytest.param("ada", {"invalid"}, id="no at sign"),
    pytest.param("ada@", {"invalid"}, id="no domain"),
    pytest.param("a b@example.org", {"invalid"}, id="space"),
    pytest.param("ada@example.org\nBcc: all", {"invalid"}, id="newline"),
    pytest.param("", {"blank"}, id="empty"),
    pytest.param(f"{'a' * 64}@{LONG_DOMAIN}.org", {"max_length"}, id="too long"),
    pytest.param("a\x00@example.org", {"invalid", "null_characters_not_allowed"}, id="NUL"),
    pytest.param(
        "a\ud800@example.org", {"invalid", "surrogate_characters_not_allowed"}, id="surrogate"
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "codes"), REFUSED)
def test_registering_with_a_refused_address_is_400(
    anonymous: ConformingClient, email: str, codes: set[str]
) -> None:
    body = ascii_json({"name": "ada", "password": PASSWORD, "email": email})
    response = anonymous.post("/api/v1/auth/register", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/email", code) for code in codes}
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "codes"), REFUSED)
def test_changing_to_a_refused_address_is_400(
    ada: User, client_of: Callable[[User], ConformingClient], email: str, codes: set[str]
) -> None:
    body = ascii_json({"email": email, "current_password": PASSWORD})
    response = client_of(ada).post("/api/v1/users/me/email", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/email", code) for code in codes}
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


@pytest.mark.parametrize("email", [None, ""])
def test_no_address_has_no_key(email: str | None) -> None:
    assert emails.email_key(email) is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("ADA@Example.ORG", "ada@example.org"),
        ("ada@Straße.example", "ada@strasse.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@ｅxample。org", "ada@example.org"),
        ("ada@exam\u200bple.org", "ada@example.org"),
        ("ada@exam\u00adple.org", "ada@example.org"),
    ],
)
def test_addresses_of_one_mailbox_have_one_key(address: str, key: str) -> None:
    assert emails.email_key(address) == key


@pytest.mark.parametrize(
    "address",
    [
        "a@b＞，＜victim＠example.org",
        "user@example.org＠evil.example",
        "a@b⑴.example",
        '"a\x0cX"@example.org',
        '"Bcc: all"@example.org',
        "ſam@example.org",
        "a@[127.0.0.1]",
        "a@exam\u2028ple.org",
        "a@exam\u202eple.org",
    ],
)
def test_an_address_that_is_not_what_it_seems_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        emails.validate_email(address)


def test_an_impossible_address_has_a_key_that_is_nobodys() -> None:
    assert emails.email_key("a@b⑴.EXAMPLE") == "a@b⑴.example"


def test_one_mistake_is_one_error(anonymous: ConformingClient) -> None:
    body = {"name": "ada", "password": PASSWORD, "email": "nope"}
    response = anonymous.post("/api/v1/auth/register", body)
    assert len(response.json()["errors"]) == 1


def test_an_address_whose_key_would_not_fit_its_column_is_refused() -> None:
    # A letter as it is written is seven characters as it is looked up.
    address = f"a@{'.'.join(['é'] * 100)}.example"
    assert len(address) <= emails.MAXIMUM_LENGTH
    with pytest.raises(ValidationError) as refused:
        emails.validate_email(address)
    assert refused.value.code == "max_length"
