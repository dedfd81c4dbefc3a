"""How a name and a password become a user, and what an admin may do in the Django admin."""

from contextlib import suppress
from dataclasses import replace
from functools import cache
from inspect import signature
from typing import Any

from django.apps import apps
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from accounts.login.limits import begin_login
from accounts.login.passwords import MAXIMUM_LENGTH
from accounts.services.events import event_record

from .models import EventKind, User
from .origins import Origin


class NameBackend(ModelBackend):
    """Django's backend (one hash, whoever asks) over login names, within the limits of a login.

    Every way in comes by here: JSON, Basic, the tutorial's route, and both sign-in pages.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        # Hashing a megabyte is work that anyone could ask for.
        if password is None or len(password) > MAXIMUM_LENGTH:
            return None
        name = username or kwargs.get(User.USERNAME_FIELD) or ""
        if request is None:
            return self._checked(None, name, password)
        attempt = begin_login(request, name)
        check = self._checked if attempt.can_succeed else _check_for_show
        user = check(request, name, password)
        if user is None:
            _record_failure(request, name)
            attempt.failed()
        else:
            attempt.succeeded()
        return user

    # Django looks at it for each login, which took as long as a query.
    authenticate.__signature__ = signature(authenticate)  # type: ignore[attr-defined]  # PEP 362

    def _checked(self, request: HttpRequest | None, name: str, password: str) -> User | None:
        return super().authenticate(request, username=name, password=password)

    def get_all_permissions(
        self, user_obj: User | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        permissions = super().get_all_permissions(user_obj, obj)
        if isinstance(user_obj, User) and user_obj.is_active and user_obj.admin and obj is None:
            return permissions | admin_permissions()
        return permissions


@cache
def admin_permissions() -> frozenset[str]:
    """Return what the `admin` flag allows in the Django admin, as each app says."""
    return frozenset(
        f"{config.label}.{name}"
        for config in apps.get_app_configs()
        for name in getattr(config, "admin_permissions", ())
    )


def _check_for_show(request: HttpRequest, name: str, password: str) -> None:
    """Take as long as a check of this password: it must not show that there was nothing to check.

    The password itself is not looked at, since the right one may have its hash replaced.
    """
    with suppress(User.DoesNotExist):
        User.objects.get_by_natural_key(name)
    User().set_password(password)


def _record_failure(request: HttpRequest, name: str) -> None:
    """Store that a login failed, for a name that is nobody's too: the same work for both."""
    subject = User.objects.named(name).first()
    # By nobody, even if the browser is signed in as someone: who is at it is not known. What was
    # typed is not kept, it may be a password.
    origin = replace(Origin.of(request), actor=None)
    event_record(EventKind.LOGIN_FAILED, subject=subject, origin=origin)
