"""Pages on which a password is typed: masked, and open to password managers."""

import re

import pytest
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize(
    "path",
    [
        "/api/session/login/",
        "/admin/login/",
        "/account/register/",
        "/api/v1/auth/register",
        "/api/v1/auth/token",
    ],
)
def test_a_password_is_masked_and_may_be_pasted(client: Client, ada: User, path: str) -> None:
    """ASVS 5.0, 6.2.6 and 6.2.7."""
    response = client.get(path, headers={"Accept": "text/html"})
    page = response.content.decode()
    (field,) = re.findall(r'<input[^>]*name="password"[^>]*>', page)
    assert 'type="password"' in field
    assert 'autocomplete="off"' not in field
    assert "maxlength" not in field or 'maxlength="1024"' in field
    assert "onpaste" not in page
