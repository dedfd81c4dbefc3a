"""Attacks on passkeys: each answer is right but for one thing, and lets nobody in."""

import re
import struct
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pyotp
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.utils import timezone
from fido2 import cbor

from accounts.mail.notices import NOTICES
from accounts.models import AuthEvent, LoginSession, Passkey, TotpFactor, User
from accounts.services import passkey_proofs
from accounts.services.passkey_answers import MAXIMUM_ATTESTATION
from accounts.tests.devices import (
    CURRENT,
    LOGIN,
    PASSKEYS,
    SECOND,
    STEP_UP,
    add,
    creation_options,
    device_of,
    passkey_of,
    sign_in,
    sign_in_options,
    ticket_of,
)
from accounts.tests.pages import browser_of
from accounts.tests.proofs import logged_in
from tests.authenticator import Authenticator
from tests.client import ConformingClient
from tests.passkey_authenticator import (
    ATTESTED,
    BACKED_UP,
    CREATE,
    ELIGIBLE,
    GET,
    PRESENT,
    VERIFIED,
    Device,
    cose_key,
    decoded,
    encoded,
)

pytestmark = pytest.mark.django_db

TOTP = "/api/v1/users/me/totp"

ClientOf = Callable[[User], ConformingClient]

# One lie each of an otherwise honest device, at a sign-in and when a passkey is added.
LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://localhost:8001"},
    "no TLS or too much": {"origin": "https://localhost:8000"},
    "a list of origins": {"origin": ["http://localhost:8000"]},
    "no origin": {"origin": None},
    "another relying party": {"rp_id": "evil.example"},
    "in a frame": {"client": {"crossOrigin": True}},
    "with a page around": {"client": {"topOrigin": "https://evil.example"}},
    "nobody there": {"flags": VERIFIED},
    "nobody verified": {"flags": PRESENT},
    "backed up without being eligible": {"flags": PRESENT | VERIFIED | BACKED_UP},
    "another ceremony": {"client": {"type": "payment.get"}},
}


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def is_refused(response: Any, status: int = 401) -> bool:
    return refusal(response) == (status, "passkey_refused")


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_logs_nobody_in(lie: str, ada: User, anonymous: ConformingClient) -> None:
    device = device_of(ada)
    honest = Device(**vars(device))
    for name, value in LIES[lie].items():
        setattr(device, name, value)
    assert is_refused(sign_in(anonymous, device))
    assert not LoginSession.objects.exists()
    assert sign_in(anonymous, honest).status_code == 200


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_adds_no_passkey(lie: str, ada: User, client_of: ClientOf) -> None:
    assert is_refused(add(client_of(ada), Device(**LIES[lie])), 403)
    assert not Passkey.objects.exists()
    assert add(client_of(ada), Device()).status_code == 201


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_no_second_factor(lie: str, ada: User, anonymous: ConformingClient) -> None:
    device, ticket = device_of(ada), ticket_of(anonymous)
    for name, value in LIES[lie].items():
        setattr(device, name, value)
    passkey = device.get(sign_in_options(anonymous, ticket=ticket))
    assert is_refused(anonymous.post(SECOND, {"ticket": ticket, "passkey": passkey}))
    assert not LoginSession.objects.exists()


# --- Challenges ----------------------------------------------------------------------------------


def test_a_challenge_is_used_once(ada: User, anonymous: ConformingClient) -> None:
    device = device_of(ada, steps=0)
    options = sign_in_options(anonymous)
    answer = {"credential": device.get(options)}
    assert anonymous.post(LOGIN, answer).status_code == 200
    assert is_refused(anonymous.post(LOGIN, answer))
    # Another answer to the same challenge is not accepted either.
    assert is_refused(anonymous.post(LOGIN, {"credential": device.get(options)}))
    assert LoginSession.objects.count() == 1


def test_an_answer_that_is_sent_twice_is_no_sign_of_a_copy(
    ada: User, anonymous: ConformingClient
) -> None:
    device = device_of(ada)
    answer = {"credential": device.get(sign_in_options(anonymous))}
    anonymous.post(LOGIN, answer)
    assert is_refused(anonymous.post(LOGIN, answer))
    assert not AuthEvent.objects.filter(kind="passkey_copied").exists()


def test_a_challenge_ends_after_five_minutes(ada: User, anonymous: ConformingClient) -> None:
    device, start = device_of(ada), timezone.now().replace(microsecond=0)
    with time_machine.travel(start, tick=False) as clock:
        options = sign_in_options(anonymous)
        clock.move_to(start + timedelta(minutes=5))
        assert anonymous.post(LOGIN, {"credential": device.get(options)}).status_code == 200
        options = sign_in_options(anonymous)
        clock.shift(timedelta(minutes=5, seconds=1))
        assert is_refused(anonymous.post(LOGIN, {"credential": device.get(options)}))


@pytest.mark.parametrize(
    "challenge",
    [
        b"x",
        b"\xff" * 32,
        b"abc:1uxyz:signature",
        "ch\u00e4llenge:1u:x".encode(),
        b":" * 99,
        b"a" * 2000,
    ],
)
def test_a_challenge_that_the_server_did_not_make_is_refused(
    challenge: bytes, ada: User, anonymous: ConformingClient
) -> None:
    answer = device_of(ada).get({"challenge": encoded(challenge)})
    assert is_refused(anonymous.post(LOGIN, {"credential": answer}))


def test_a_challenge_is_for_one_purpose(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    device, ticket, client = device_of(ada), ticket_of(anonymous), client_of(ada)
    options = {
        "sign-in": sign_in_options(anonymous),
        "second factor": sign_in_options(anonymous, ticket=ticket),
        "step-up": client.post(f"{STEP_UP}/options").json()["public_key"],
        "adding": creation_options(client),
    }

    def send(purpose: str, challenge: str) -> Any:
        if purpose == "adding":
            made = Device().create({**options["adding"], "challenge": challenge})
            return client.post(PASSKEYS, {"name": "x", "credential": made})
        answer = device.get({"challenge": challenge})
        if purpose == "sign-in":
            return anonymous.post(LOGIN, {"credential": answer})
        if purpose == "step-up":
            return client.post(STEP_UP, {"passkey": answer})
        return anonymous.post(SECOND, {"ticket": ticket, "passkey": answer})

    # A ticket takes five answers.
    for purpose in options:
        for other in options:
            if other != purpose:
                assert refusal(send(purpose, options[other]["challenge"]))[1] == "passkey_refused"
    for purpose, own in options.items():
        assert send(purpose, own["challenge"]).status_code in (200, 201)


def test_a_challenge_of_another_login_is_refused(ada: User, anonymous: ConformingClient) -> None:
    device = device_of(ada)
    one, other = ticket_of(anonymous), ticket_of(anonymous)
    passkey = device.get(sign_in_options(anonymous, ticket=one))
    assert is_refused(anonymous.post(SECOND, {"ticket": other, "passkey": passkey}))


def test_a_challenge_of_another_session_is_refused(ada: User, client_of: ClientOf) -> None:
    device = device_of(ada)
    one, other = client_of(ada), client_of(ada)
    options = one.post(f"{STEP_UP}/options").json()["public_key"]
    assert is_refused(other.post(STEP_UP, {"passkey": device.get(options)}), 403)
    made = Device().create(creation_options(one))
    assert is_refused(other.post(PASSKEYS, {"name": "x", "credential": made}), 403)


def test_a_challenge_of_another_account_is_refused(
    ada: User, bob: User, client_of: ClientOf
) -> None:
    made = Device().create(creation_options(client_of(bob)))
    assert is_refused(client_of(ada).post(PASSKEYS, {"name": "x", "credential": made}), 403)


def test_adding_that_began_with_the_password_ends_when_a_factor_is_added(ada: User) -> None:
    """Otherwise a thief who knows the password could wait for it."""
    thief = logged_in(ada)
    made = Device().create(creation_options(thief))
    Authenticator(ada)
    assert is_refused(thief.post(PASSKEYS, {"name": "x", "credential": made}), 403)


def test_a_challenge_that_added_a_passkey_adds_no_second_one(
    ada: User, client_of: ClientOf
) -> None:
    device_of(ada)
    client = client_of(ada)
    options = creation_options(client)
    bodies = [{"name": "x", "credential": Device().create(options)} for _ in range(2)]
    assert client.post(PASSKEYS, bodies[0]).status_code == 201
    assert is_refused(client.post(PASSKEYS, bodies[1]), 403)
    assert Passkey.objects.count() == 2


# --- Credentials and accounts --------------------------------------------------------------------


def test_a_passkey_that_nobody_has_logs_nobody_in(ada: User, anonymous: ConformingClient) -> None:
    device_of(ada)
    stranger = Device(key=ec.generate_private_key(ec.SECP256R1()), handle=encoded(b"x" * 64))
    assert is_refused(sign_in(anonymous, stranger))


def test_all_refusals_that_depend_on_accounts_look_the_same(
    ada: User, bob: User, anonymous: ConformingClient
) -> None:
    inactive, removed, wrong = device_of(ada), device_of(bob), device_of(bob)
    Passkey.objects.filter(credential_id=removed.id).delete()
    User.objects.filter(pk=ada.pk).update(is_active=False)
    wrong.key = ec.generate_private_key(ec.SECP256R1())
    bodies = [sign_in(anonymous, device).json() for device in (inactive, removed, wrong)]
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "passkey_refused"


def test_a_closed_account_is_not_found(ada: User, anonymous: ConformingClient) -> None:
    device = device_of(ada)
    User.objects.filter(pk=ada.pk).update(deleted_at=timezone.now(), is_active=False, email=None)
    assert is_refused(sign_in(anonymous, device))


def test_a_passkey_of_another_user_is_no_factor(
    ada: User, bob: User, anonymous: ConformingClient
) -> None:
    device_of(ada)
    ticket = ticket_of(anonymous)
    passkey = device_of(bob).get(sign_in_options(anonymous, ticket=ticket))
    assert is_refused(anonymous.post(SECOND, {"ticket": ticket, "passkey": passkey}))


@pytest.mark.parametrize("handle", [None, encoded(b"x" * 64)])
def test_a_sign_in_names_the_user_of_the_passkey(
    handle: str | None, ada: User, anonymous: ConformingClient
) -> None:
    device = device_of(ada)
    device.handle = handle
    assert is_refused(sign_in(anonymous, device))


def test_a_second_factor_that_names_a_user_names_the_right_one(
    ada: User, anonymous: ConformingClient
) -> None:
    device, ticket = device_of(ada), ticket_of(anonymous)
    device.handle = encoded(b"x" * 64)
    passkey = device.get(sign_in_options(anonymous, ticket=ticket))
    assert is_refused(anonymous.post(SECOND, {"ticket": ticket, "passkey": passkey}))


@pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature"])
def test_what_was_changed_after_signing_is_refused(
    member: str, ada: User, anonymous: ConformingClient
) -> None:
    device = device_of(ada)
    answer = device.get(sign_in_options(anonymous))
    changed = bytearray(decoded(answer["response"][member]))
    # White space behind the JSON, a higher counter, another number of the signature.
    changed = changed + b" " if member == "clientDataJSON" else changed
    if member != "clientDataJSON":
        changed[-1] ^= 1
    answer["response"][member] = encoded(bytes(changed))
    assert is_refused(anonymous.post(LOGIN, {"credential": answer}))
    assert AuthEvent.objects.latest("pk").kind == "passkey_failed"


def test_a_passkey_does_not_become_eligible_for_copies(
    ada: User, anonymous: ConformingClient
) -> None:
    device = device_of(ada)
    device.flags |= ELIGIBLE
    assert is_refused(sign_in(anonymous, device))


def test_wrong_signatures_fill_no_record(
    ada: User, anonymous: ConformingClient, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (3, 900)}
    device = device_of(ada)
    honest = Device(**vars(device))
    device.key = ec.generate_private_key(ec.SECP256R1())
    for _ in range(5):
        assert is_refused(sign_in(anonymous, device))
    assert AuthEvent.objects.filter(kind="passkey_failed", actor_id=None).count() == 3
    # The owner is not kept out by them.
    assert sign_in(anonymous, honest).status_code == 200


@pytest.mark.parametrize("count", [4, 5, 0])
def test_a_counter_that_does_not_grow_is_refused_and_told(
    count: int, ada: User, anonymous: ConformingClient, mailoutbox: Any
) -> None:
    device = device_of(ada, count=4)
    assert sign_in(anonymous, device).status_code == 200
    mailoutbox.clear()
    device.count, device.steps = count, 0
    assert is_refused(sign_in(anonymous, device))
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.detail, event.actor_id) == ("passkey_copied", "phone", None)
    assert passkey_of(device).sign_count == 5
    assert [sent.subject for sent in mailoutbox] == [
        f"{NOTICES['passkey_copied'].subject} – Bookstore"
    ]
    device.steps = 6
    assert sign_in(anonymous, device).status_code == 200


def test_of_two_answers_with_one_counter_the_second_is_refused(
    ada: User, anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another answer was stored between the look at the counter and the UPDATE."""
    device = device_of(ada)

    def stored(*args: Any) -> bool:
        Passkey.objects.update(sign_count=9)
        return True

    monkeypatch.setattr(passkey_proofs, "_is_higher", stored)
    assert is_refused(sign_in(anonymous, device))


# --- Bytes of another form -----------------------------------------------------------------------


def members(**changed: Any) -> dict[str, Any]:
    sent = {"id": "AAAA", "type": "public-key", "response": {}, **changed}
    return {name: value for name, value in sent.items() if value is not ...}


NO_ANSWERS: dict[str, Any] = {
    "a text": "x",
    "a number": 7,
    "null": None,
    "a list": [],
    "nothing": {},
    "no response": members(response=...),
    "a response that is a text": members(response="x"),
    "an empty response": members(),
    "another type": members(type="password"),
    "an id that is a number": members(id=7),
}


@pytest.mark.parametrize("case", NO_ANSWERS)
def test_what_is_no_answer_is_400(
    case: str, ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    for response in (
        anonymous.post(LOGIN, {"credential": NO_ANSWERS[case]}),
        client_of(ada).post(PASSKEYS, {"name": "x", "credential": NO_ANSWERS[case]}),
    ):
        assert response.status_code == 400
        assert [each["pointer"] for each in response.json()["errors"]] == ["#/credential"]


@pytest.mark.parametrize(
    "text", ["", "a", "a+b/", "YQ==", "ä", "x" * 8000, 7, None, ["x"], {"a": "b"}]
)
def test_bytes_that_are_no_base64url_or_too_many_are_400(
    text: Any, ada: User, anonymous: ConformingClient
) -> None:
    device = device_of(ada)
    for member in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        if (text, member) == (None, "userHandle"):
            continue
        answer = device.get(sign_in_options(anonymous))
        answer["response"][member] = text
        assert refusal(anonymous.post(LOGIN, {"credential": answer})) == (400, "validation_error")


def test_a_body_that_is_too_long_is_413(anonymous: ConformingClient) -> None:
    body = {"credential": members(response={"clientDataJSON": "x" * 20_000})}
    assert refusal(anonymous.post(LOGIN, body)) == (413, "payload_too_large")


CLIENT_DATA = [
    b"x",
    b"\xff",
    b"[]",
    b"7",
    b"null",
    b'"x"',
    b"{}",
    b'{"challenge": 1000000000000, "origin": "x", "type": "webauthn.get"}',
    b'{"challenge": [], "origin": "x"}',
    b"[" * 4000,
    b'{"a":' * 800,
]


@pytest.mark.parametrize("raw", CLIENT_DATA)
def test_client_data_of_another_form_is_refused(
    raw: bytes, ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    device = device_of(ada)
    answer = device.get(sign_in_options(anonymous), clientDataJSON=raw)
    assert is_refused(anonymous.post(LOGIN, {"credential": answer}))
    client = client_of(ada)
    made = Device().create(creation_options(client), clientDataJSON=raw)
    assert is_refused(client.post(PASSKEYS, {"name": "x", "credential": made}), 403)


@pytest.mark.parametrize(
    "raw",
    [
        b"x",
        bytes(36),
        # Flags that announce a credential and extensions that are not there, or are no CBOR.
        bytes(32) + struct.pack(">BI", PRESENT | VERIFIED | ATTESTED, 1),
        bytes(32) + struct.pack(">BI", PRESENT | VERIFIED | 0x80, 1),
        bytes(32) + struct.pack(">BI", PRESENT | VERIFIED | 0x80, 1) + b"\x81" * 1900,
        bytes(32) + struct.pack(">BI", PRESENT | VERIFIED | 0x80, 1) + b"\xa1\xa0\xa0",
        bytes(32) + struct.pack(">BI", PRESENT | VERIFIED, 1) + b"rest",
    ],
)
def test_authenticator_data_of_another_form_is_refused(
    raw: bytes, ada: User, anonymous: ConformingClient
) -> None:
    answer = device_of(ada).get(sign_in_options(anonymous), authenticatorData=raw)
    assert is_refused(anonymous.post(LOGIN, {"credential": answer}))


ATTESTATIONS = {
    "no CBOR": b"\xff",
    "a tag": b"\xc1\x00",
    "cut off": b"\xa3cfmt",
    "a list": cbor.encode([1]),
    "a number": cbor.encode(7),
    "an empty map": cbor.encode({}),
    # bytes(n) would be a gigabyte of zeros.
    "a number of bytes": cbor.encode({"fmt": "none", "attStmt": {}, "authData": 2**30}),
    "a text": cbor.encode({"fmt": "none", "attStmt": {}, "authData": "x"}),
    "keys of maps": b"\xa1\xa0\xa0",
    "lists in lists": b"\x81" * MAXIMUM_ATTESTATION,
    "a list of 2^64": b"\x9b" + b"\xff" * 8,
    "as many elements": b"\x99\x1f\xff" + b"\x00" * 8000,
    "more behind it": cbor.encode({}) + b"x",
}


@pytest.mark.parametrize("case", ATTESTATIONS)
def test_an_attestation_of_another_form_is_refused(
    case: str, ada: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    made = Device().create(creation_options(client), attestationObject=ATTESTATIONS[case])
    assert is_refused(client.post(PASSKEYS, {"name": "x", "credential": made}), 403)


def rsa_key(bits: int = 2048) -> dict[int, Any]:
    return cose_key(rsa.generate_private_key(65537, bits))


EC = cose_key(ec.generate_private_key(ec.SECP256R1()))
KEYS: dict[str, Any] = {
    "no map": [],
    "no algorithm": {1: 2},
    "an algorithm that is a text": {**EC, 3: "ES256"},
    "an algorithm that was not offered": {**EC, 3: -35},
    "SHA-1": {**rsa_key(), 3: -65535},
    "a short RSA key": rsa_key(1024),
    "a long modulus": {1: 3, 3: -257, -1: b"\xff" * 1000, -2: b"\x01\x00\x01"},
    "a long exponent": {**rsa_key(), -2: b"\x01" + bytes(9)},
    "an even modulus": {**rsa_key(), -1: b"\xff" * 255 + b"\xfe", -2: b"\x00"},
    "a modulus that is a number": {**rsa_key(), -1: 7},
    "no point": {1: 2, 3: -7, -1: 1},
    "a point that is not on the curve": {**EC, -2: bytes(31) + b"\x01"},
    "a point of numbers": {**EC, -2: 7},
    "another curve": {**EC, -1: 2},
    "an Ed25519 key of 31 bytes": {1: 1, 3: -8, -1: 6, -2: bytes(31)},
}


@pytest.mark.parametrize("case", KEYS)
def test_a_key_that_is_none_or_weak_is_refused(case: str, ada: User, client_of: ClientOf) -> None:
    client, device = client_of(ada), Device()
    credential = struct.pack(">16sH", bytes(16), 32) + device.credential_id
    data = device.data(ATTESTED) + credential + cbor.encode(KEYS[case])
    attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
    made = device.create(creation_options(client), attestationObject=attestation)
    assert is_refused(client.post(PASSKEYS, {"name": "x", "credential": made}), 403)
    assert not Passkey.objects.exists()


def test_an_attestation_without_a_key_is_refused(ada: User, client_of: ClientOf) -> None:
    client, device = client_of(ada), Device()
    attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": device.data()})
    made = device.create(creation_options(client), attestationObject=attestation)
    assert is_refused(client.post(PASSKEYS, {"name": "x", "credential": made}), 403)


def test_the_id_of_the_answer_is_that_of_the_key(ada: User, client_of: ClientOf) -> None:
    client, device = client_of(ada), Device()
    made = device.create(creation_options(client))
    made["id"] = encoded(b"x" * 32)
    assert is_refused(client.post(PASSKEYS, {"name": "x", "credential": made}), 403)


def test_an_id_that_could_be_guessed_is_refused(ada: User, client_of: ClientOf) -> None:
    assert is_refused(add(client_of(ada), Device(credential_id=b"x" * 15)), 403)


def test_an_answer_of_a_sign_in_adds_nothing(ada: User, client_of: ClientOf) -> None:
    client, device = client_of(ada), Device()
    options = creation_options(client)
    raw = device.client_data(GET, options["challenge"])
    made = device.create(options, clientDataJSON=raw)
    assert is_refused(client.post(PASSKEYS, {"name": "x", "credential": made}), 403)


def test_an_answer_that_made_a_passkey_logs_nobody_in(
    ada: User, anonymous: ConformingClient
) -> None:
    device, options = device_of(ada), sign_in_options(anonymous)
    answer = device.get(options, clientDataJSON=device.client_data(CREATE, options["challenge"]))
    assert is_refused(anonymous.post(LOGIN, {"credential": answer}))


def test_a_text_of_a_form_that_is_too_deep_is_400(ada: User) -> None:
    form = {"name": "x", "credential": "[" * 5000}
    response = logged_in(ada).post(PASSKEYS, form, format="multipart")
    assert refusal(response) == (400, "validation_error")


def test_a_page_of_another_site_asks_for_nothing(anonymous: ConformingClient) -> None:
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    for path in (LOGIN, f"{LOGIN}/options"):
        response = anonymous.post(path, {}, headers=elsewhere)
        assert refusal(response) == (403, "cross_site")


def test_members_that_browsers_add_are_ignored(ada: User, anonymous: ConformingClient) -> None:
    answer = device_of(ada).get(sign_in_options(anonymous), publicKeyAlgorithm=-7)
    answer["nextYear"] = {"more": True}
    assert anonymous.post(LOGIN, {"credential": answer}).status_code == 200


# --- An app that was begun before the passkey ----------------------------------------------------


@pytest.mark.parametrize("has_stepped_up", [False, True], ids=["before", "after"])
def test_an_app_that_was_begun_with_the_password_is_not_confirmed_beside_a_passkey(
    has_stepped_up: bool, ada: User, client_of: ClientOf
) -> None:
    """Otherwise somebody with a stolen session would have a factor without having proved one."""
    thief = client_of(ada)
    begun = thief.post(TOTP, CURRENT)
    app = pyotp.parse_uri(begun.json()["otpauth_uri"])
    assert isinstance(app, pyotp.TOTP)
    device = device_of(ada)
    codes = sorted(ada.recovery_codes.values_list("digest", flat=True))
    if has_stepped_up:
        client = client_of(ada)
        options = client.post(f"{STEP_UP}/options").json()["public_key"]
        assert client.post(STEP_UP, {"passkey": device.get(options)}).status_code == 200
    assert refusal(thief.post(f"{TOTP}/confirm", {"code": app.now()})) == (409, "totp_not_begun")
    assert sorted(ada.recovery_codes.values_list("digest", flat=True)) == codes
    assert not AuthEvent.objects.filter(kind="totp_added").exists()


def test_nor_is_it_on_a_page(ada: User) -> None:
    thief = browser_of(ada)
    begun = thief.post("/account/second-factor/app/", CURRENT)
    [uri] = re.findall(r'name="uri" value="([^"]+)"', begun.content.decode())
    app = pyotp.parse_uri(unescape(uri))
    assert isinstance(app, pyotp.TOTP)
    device_of(ada)
    answer = thief.post("/account/second-factor/app/confirm/", {"code": app.now()})
    assert "older than an hour, or was replaced. Begin again." in answer.content.decode()
    assert not TotpFactor.objects.exists()
