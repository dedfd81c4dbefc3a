"""A statement that must not wait for a lock, and the transaction around it."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from bookstore_project.db import lock_waits

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL has the functions; test_delivery.py uses them"
)


@pytest.fixture
def lock_timeout() -> dict[str, str]:
    """PostgreSQL's lock_timeout, or SQLite's busy_timeout, which rollbacks do not reset."""
    setting = {"lock_timeout": "30s"}

    def set_config(name: str, value: str, is_local: int) -> str:
        assert is_local
        setting[name] = value
        return value

    connection.ensure_connection()
    connection.connection.create_function("current_setting", 1, setting.__getitem__)
    connection.connection.create_function("set_config", 3, set_config)
    return setting


@pytest.mark.django_db
def test_on_postgresql_the_setting_is_that_of_one_statement(
    ada: User, lock_timeout: dict[str, str]
) -> None:
    with patch.object(connection, "vendor", "postgresql"), lock_waits.no_lock_wait():
        assert lock_timeout == {"lock_timeout": "10ms"}
        User.objects.update(email_version=1)
    assert lock_timeout == {"lock_timeout": "30s"}
    assert User.objects.get().email_version == 1


@pytest.mark.django_db
def test_what_fails_is_undone_and_the_transaction_goes_on(
    ada: User, lock_timeout: dict[str, str]
) -> None:
    def fails() -> None:
        with patch.object(connection, "vendor", "postgresql"), lock_waits.no_lock_wait():
            User.objects.update(email_version=1)
            raise OperationalError

    with transaction.atomic():
        with pytest.raises(OperationalError):
            fails()
        assert User.objects.get().email_version == 0
