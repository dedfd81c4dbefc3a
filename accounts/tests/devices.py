"""Devices with passkeys of users, and the requests that passkeys need."""

from typing import Any

from accounts.models import LoginSession, Passkey, User
from accounts.origins import Origin
from accounts.services.passkey_answers import registration_of
from accounts.services.passkey_challenges import Purpose
from accounts.services.passkeys import passkey_add, passkey_begin
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.passkey_authenticator import Device

PASSKEYS = "/api/v1/users/me/passkeys"
NEW = f"{PASSKEYS}/options"
OPTIONS = "/api/v1/auth/passkey/options"
LOGIN = "/api/v1/auth/passkey"
TOKEN = "/api/v1/auth/token"
SECOND = "/api/v1/auth/token/second-factor"
STEP_UP = "/api/v1/auth/step-up"
CURRENT = {"current_password": PASSWORD}


def device_of(user: User, *, name: str = "phone", **attributes: Any) -> Device:
    """Return a device that has a new passkey of a user, whose sessions go on."""
    device = Device(**attributes)
    login = LoginSession.objects.filter(user=user).first()
    purpose = Purpose.adding(user, login)
    made = registration_of(device.create(passkey_begin(user=user, purpose=purpose)))
    passkey_add(user=user, name=name, answer=made, purpose=purpose, origin=Origin())
    user.refresh_from_db()
    return device


def passkey_of(device: Device) -> Passkey:
    return Passkey.objects.get(credential_id=device.id)


def creation_options(client: ConformingClient) -> dict[str, Any]:
    response = client.post(NEW, CURRENT)
    assert response.status_code == 200
    options: dict[str, Any] = response.json()["public_key"]
    return options


def add(client: ConformingClient, device: Device, *, name: str = "phone") -> Any:
    """Send a passkey that the device makes with new options."""
    made = device.create(creation_options(client))
    return client.post(PASSKEYS, {"name": name, "credential": made})


def sign_in_options(client: ConformingClient, **ticket: str) -> dict[str, Any]:
    response = client.post(OPTIONS, ticket)
    assert response.status_code == 200
    options: dict[str, Any] = response.json()["public_key"]
    return options


def sign_in(client: ConformingClient, device: Device, **members: Any) -> Any:
    """Send what the device answers to a new challenge."""
    return client.post(LOGIN, {"credential": device.get(sign_in_options(client)), **members})


def ticket_of(client: ConformingClient, name: str = "ada") -> str:
    """Return the ticket of a login whose password is right."""
    response = client.post(TOKEN, {"name": name, "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (401, "second_factor_required")
    ticket: str = response.json()["ticket"]
    return ticket
