"""A word in `next` that is no address is no error of the server."""

import json

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.devices import device_of, sign_in_options
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db


def test_the_step_up_page_of_an_account_without_a_factor_leads_on(ada: User) -> None:
    browser = Client()
    browser.force_login(ada)
    assert browser.get("/api/session/step-up/?next=word").headers["Location"] == "word"


def test_a_sign_in_by_a_passkey_leads_on(ada: User) -> None:
    answer = device_of(ada).get(sign_in_options(ConformingClient()))
    form = {"passkey": json.dumps(answer), "next": "word"}
    assert Client().post("/api/session/passkey/", form).headers["Location"] == "word"
