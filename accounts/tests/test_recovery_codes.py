"""Recovery codes."""

from collections.abc import Callable

import pytest

from accounts.models import AuthEvent, EventKind, RecoveryCode, User
from accounts.origins import Origin
from accounts.services.factor_proofs import WrongFactorError, factor_verify
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

CODES = "/api/v1/users/me/recovery-codes"
CURRENT = {"current_password": PASSWORD}

ClientOf = Callable[[User], ConformingClient]


def use(user: User, code: str) -> None:
    factor_verify(user=user, recovery_code=code, origin=Origin(actor=user))


def test_new_codes_make_the_old_ones_void(ada: User, client_of: ClientOf) -> None:
    old = Authenticator(ada).recovery_codes
    response = client_of(ada).post(CODES, CURRENT)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    new = response.json()["recovery_codes"]
    assert len(new) == 10
    assert not set(old) & set(new)
    for code in old:
        with pytest.raises(WrongFactorError):
            use(ada, code)
    use(ada, new[0])
    event = AuthEvent.objects.get(kind=EventKind.RECOVERY_CODES_MADE)
    assert (event.subject_id, event.actor_id) == (ada.public_id, ada.public_id)


def test_codes_without_a_factor_are_409(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).post(CODES, CURRENT)
    assert (response.status_code, response.json()["code"]) == (409, "no_second_factor")
    assert not RecoveryCode.objects.exists()


def test_a_code_works_once_and_is_recorded(ada: User) -> None:
    codes = Authenticator(ada).recovery_codes
    use(ada, codes[3])
    with pytest.raises(WrongFactorError):
        use(ada, codes[3])
    assert RecoveryCode.objects.count() == 9
    event = AuthEvent.objects.get(kind=EventKind.RECOVERY_CODE_USED)
    assert (event.subject_id, event.actor_id) == (ada.public_id, ada.public_id)
    # Nobody knows who sent the second one.
    failed = AuthEvent.objects.get(kind=EventKind.SECOND_FACTOR_FAILED)
    assert (failed.subject_id, failed.actor_id) == (ada.public_id, None)


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')}\n",
        # Letters that are read for digits.
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.replace("0", "O").replace("1", "I"),
    ],
)
def test_a_code_is_taken_as_people_type_it(ada: User, typed: Callable[[str], str]) -> None:
    code = Authenticator(ada).recovery_codes[0]
    use(ada, typed(code))
    assert RecoveryCode.objects.count() == 9


def test_a_code_is_of_one_account(ada: User, bob: User) -> None:
    code = Authenticator(ada).recovery_codes[0]
    Authenticator(bob)
    with pytest.raises(WrongFactorError):
        use(bob, code)
    use(ada, code)


@pytest.mark.parametrize("code", ["", "-", "\ud800", "\0", "x" * 100, "🦉"])
def test_what_is_no_code_is_wrong(ada: User, code: str) -> None:
    Authenticator(ada)
    with pytest.raises(WrongFactorError):
        use(ada, code)


def test_a_factor_without_codes_has_one_method(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    for code in Authenticator(ada).recovery_codes:
        use(ada, code)
    shown = client.get("/api/v1/users/me/factors").json()
    assert (shown["methods"], shown["recovery_codes_left"]) == (["totp"], 0)
