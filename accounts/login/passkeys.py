"""Signing in by a passkey alone, under the limits."""

from dataclasses import replace

from django.http import HttpRequest

from accounts.models import EventKind, User
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.services.passkey_answers import Assertion
from accounts.services.passkey_proofs import PasskeyFailedError, passkey_sign_in
from bookstore_project.errors import EmailUnconfirmedError
from bookstore_project.http.rate_limits import Limit

from .browser_events import sign_in
from .limits import require_login_limit
from .refusals import failure_record


def passkey_authenticate(request: HttpRequest, answer: Assertion) -> tuple[User, tuple[str, ...]]:
    """Use up the answer of a passkey, and return its user and the methods of the sign-in.

    The caller then opens the session. Only the address of the client is limited: nobody guesses a
    signature, and a limit on the account would let a stranger keep its owner out.

    Raises PasskeyRefusedError, LimitExceededError, EmailUnconfirmedError, and RefusedError
    (`passkeys_unavailable`).
    """
    require_login_limit(request)
    try:
        user, methods = passkey_sign_in(answer, origin=Origin.of(request))
    except PasskeyFailedError as error:
        _failure_record(request, error.user)
        raise
    if user.awaits_confirmation:
        failure_record(request, user, detail="the address is not confirmed")
        raise EmailUnconfirmedError(user)
    return user, methods


def browser_passkey_sign_in(request: HttpRequest, answer: Assertion) -> None:
    """Sign the user of a passkey in, in the browser of this request. Raises as the above does.

    Raises SessionEndedError if the account was deleted meanwhile.
    """
    user, methods = passkey_authenticate(request, answer)
    # Django gives it another key only if nobody is signed in, or somebody else.
    request.session.cycle_key()
    sign_in(request, user, methods=methods)


def _failure_record(request: HttpRequest, user: User) -> None:
    """Record a wrong signature, as often as failed logins are allowed in each of their windows.

    Otherwise somebody who knows the id of a passkey could fill the record of its account.
    """
    failures = replace(Limit.named("failed-login"), name="failed-passkey")
    if not failures.take(str(user.public_id)).is_exceeded:
        origin = replace(Origin.of(request), actor=None)
        event_record(EventKind.PASSKEY_FAILED, subject=user, origin=origin)
