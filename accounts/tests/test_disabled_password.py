"""An admin who disables a password is told who can still sign in to the account."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.devices import device_of, sign_in
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db


def test_a_passkey_signs_in_without_a_password_until_the_account_is_inactive(
    ada: User, boss: User, admin_of: Callable[[User], Client], anonymous: ConformingClient
) -> None:
    device, admin = device_of(ada), admin_of(boss)
    page = f"/admin/accounts/user/{ada.pk}/password/"
    assert "Passkeys and providers of the account still sign in" in admin.get(page).content.decode()

    form = {"usable_password": "false", "password1": "", "password2": "", "unset-password": "1"}
    assert admin.post(page, form).status_code == 302

    ada.refresh_from_db()
    assert not ada.has_usable_password()
    sent = {"name": ada.name, "password": PASSWORD}
    assert anonymous.post("/api/v1/auth/token", sent).status_code == 401
    assert sign_in(anonymous, device).status_code == 200
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert sign_in(anonymous, device).status_code == 401
