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
    body = ascii_json({"email": email})
    response = client_of(ada).patch("/api/v1/users/me", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/email", code) for code in codes}
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


@pytest.mark.parametrize("email", [None, ""])
def test_no_address_has_no_key(email: str | None) -> None:
    assert emails.email_key(email) is None


def test_a_key_is_case_folded_and_normalised() -> None:
    assert emails.email_key("ADA@Straße.example") == "ada@strasse.example"


def test_an_address_whose_key_would_not_fit_its_column_is_refused() -> None:
    # The capital I with a dot folds to two characters, in a domain that Django's check allows.
    address = f"a@{'.'.join(['İ' * 55] * 3)}.example"
    assert len(address) <= emails.MAXIMUM_LENGTH
    with pytest.raises(ValidationError) as refused:
        emails.validate_email(address)
    assert refused.value.code == "max_length"
