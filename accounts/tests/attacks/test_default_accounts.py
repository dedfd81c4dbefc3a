"""A new store has no account whose name and password somebody could know: ASVS 5.0, 6.3.2."""

import pytest

from accounts.models import User
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

NAMES = ("admin", "administrator", "root", "sa", "test", "guest", "user", "bookstore", "operator")
PASSWORDS = ("", "admin", "password", "changeme", "bookstore", "123456", "secret")


def test_a_new_store_has_no_account() -> None:
    """The migrations have made none."""
    assert not User.everyone.exists()


@pytest.mark.parametrize("name", NAMES)
def test_nobody_logs_in_by_a_usual_name(name: str) -> None:
    for password in PASSWORDS:
        body = {"name": name, "password": password or name}
        response = ConformingClient().post("/api/v1/auth/token", body)
        assert response.status_code == 401
        assert response.json()["code"] == "invalid_credentials"
