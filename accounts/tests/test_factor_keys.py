"""The keys that encrypt the secrets of second factors."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts.models import AuthEvent, EventKind, LoginSession, TotpFactor, User
from accounts.services.factor_secrets import secret_rotate
from bookstore_project.http.rate_limits import Limit
from bookstore_project.secret_key import new_factor_key
from bookstore_project.setting_values import factor_keys
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token"
SECOND = "/api/v1/auth/token/second-factor"
ADA = {"name": "ada", "password": PASSWORD}
OLD, NEW, OTHER = new_factor_key(), new_factor_key(), new_factor_key()

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.FACTOR_KEYS = [OLD]


def log_in(client: ConformingClient, **codes: str) -> Any:
    ticket = client.post(TOKEN, ADA).json()["ticket"]
    return client.post(SECOND, {"ticket": ticket, **codes})


def rotate() -> str:
    out = StringIO()
    call_command("factor_keys", "rotate", stdout=out)
    return out.getvalue()


def logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    return (record.getMessage() for record in caplog.records if record.name.startswith("accounts"))


def test_a_generated_key_is_one_that_the_setting_takes() -> None:
    out = StringIO()
    call_command("factor_keys", "generate", stdout=out)
    (key,) = out.getvalue().splitlines()
    assert factor_keys(key) == [key]
    Fernet(key)


def test_the_first_key_encrypts_and_all_decrypt(
    anonymous: ConformingClient, app: Authenticator, bob: User, settings: Any
) -> None:
    settings.FACTOR_KEYS = [NEW, OLD]
    Authenticator(bob)
    assert log_in(anonymous, code=app.fresh()).status_code == 200
    assert Fernet(NEW).decrypt(TotpFactor.objects.get(user=bob).secret)
    assert Fernet(OLD).decrypt(TotpFactor.objects.get(user=app.user).secret)


def test_after_a_rotation_the_old_key_is_not_needed(
    anonymous: ConformingClient, app: Authenticator, settings: Any
) -> None:
    settings.FACTOR_KEYS = [NEW, OLD]
    assert rotate() == "Encrypted 1 second factors by the first key.\n"
    settings.FACTOR_KEYS = [NEW]
    assert log_in(anonymous, code=app.fresh()).status_code == 200


def test_a_rotation_names_what_no_key_decrypts_and_does_the_rest(
    app: Authenticator, bob: User, settings: Any
) -> None:
    settings.FACTOR_KEYS = [OTHER]
    Authenticator(bob)
    settings.FACTOR_KEYS = [NEW, OTHER]
    with pytest.raises(CommandError, match=str(app.user.public_id)):
        rotate()
    assert Fernet(NEW).decrypt(TotpFactor.objects.get(user=bob).secret)
    assert Fernet(OLD).decrypt(TotpFactor.objects.get(user=app.user).secret)


def test_a_rotation_without_a_key_is_refused(settings: Any) -> None:
    settings.FACTOR_KEYS = []
    with pytest.raises(CommandError, match="Set FACTOR_KEYS"):
        rotate()


def test_a_rotation_overwrites_no_newer_secret(app: Authenticator, settings: Any) -> None:
    before = TotpFactor.objects.get()
    TotpFactor.objects.update(secret="of another request")
    assert secret_rotate(before)
    assert TotpFactor.objects.get().secret == "of another request"


def test_without_a_key_no_app_is_added(
    ada: User, client_of: ClientOf, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.FACTOR_KEYS = []
    response = client_of(ada).post("/api/v1/users/me/totp", {"current_password": PASSWORD})
    assert response.status_code == 503
    assert response.json()["code"] == "second_factor_unavailable"
    assert int(response["Retry-After"]) > 0
    assert not TotpFactor.objects.exists()
    assert any("FACTOR_KEYS is not set" in line for line in logged(caplog))


@pytest.mark.parametrize("keys_", [[], [OTHER]])
def test_a_secret_that_no_key_decrypts_is_a_refusal_and_logged(
    anonymous: ConformingClient,
    app: Authenticator,
    settings: Any,
    keys_: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    code = app.fresh()
    settings.FACTOR_KEYS = keys_
    response = log_in(anonymous, code=code)
    assert response.status_code == 503
    assert response.json()["code"] == "second_factor_unavailable"
    assert any(str(app.user.public_id) in line for line in logged(caplog))
    # It was the server's fault: no event, and no failed login.
    assert not AuthEvent.objects.filter(kind=EventKind.SECOND_FACTOR_FAILED).exists()
    assert Limit.named("failed-login").look("name:ada").used == 1
    assert Limit.named("second-factor").look(str(app.user.public_id)).used == 1
    assert not LoginSession.objects.exists()
    # The code is not used up either.
    settings.FACTOR_KEYS = [OLD]
    assert log_in(anonymous, code=code).status_code == 200


def test_a_first_code_that_can_not_be_checked_counts_for_nobody(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    client = client_of(ada)
    client.post("/api/v1/users/me/totp", {"current_password": PASSWORD})
    settings.FACTOR_KEYS = [OTHER]
    response = client.post("/api/v1/users/me/totp/confirm", {"code": "123456"})
    assert response.json()["code"] == "second_factor_unavailable"
    assert Limit.named("second-factor").look(str(ada.public_id)).used == 1
    assert not AuthEvent.objects.filter(kind=EventKind.SECOND_FACTOR_FAILED).exists()


def test_recovery_codes_need_no_key(
    anonymous: ConformingClient, app: Authenticator, settings: Any
) -> None:
    settings.FACTOR_KEYS = []
    assert log_in(anonymous, recovery_code=app.recovery_codes[0]).status_code == 200


def test_the_app_can_be_removed_without_a_key(
    app: Authenticator, client_of: ClientOf, settings: Any
) -> None:
    client = client_of(app.user)
    settings.FACTOR_KEYS = []
    response = client.delete("/api/v1/users/me/totp", {"current_password": PASSWORD})
    assert response.status_code == 204
