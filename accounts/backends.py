"""Authenticates a name and a password; gives admins and editors permissions in the Django admin."""

from contextlib import suppress
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
from accounts.login.refusals import failure_record, unchecked_record

from .models import User


class NameBackend(ModelBackend):
    """Django's backend with login names in any case, and with the limits on failed logins.

    Every login uses it: JSON, Basic, the tutorial's route, and both sign-in pages. Like Django's,
    it hashes one password per login, also for an unknown name.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        # Otherwise anyone could make the server hash a megabyte.
        if password is None or len(password) > MAXIMUM_LENGTH:
            return None
        name = username or kwargs.get(User.USERNAME_FIELD) or ""
        if request is None:
            return self._checked(None, name, password)
        attempt = begin_login(request, name)
        check = self._checked if attempt.can_succeed else _check_for_show
        user = check(request, name, password)
        if user is None:
            record = failure_record if attempt.can_succeed else unchecked_record
            record(request, name)
            attempt.failed()
        else:
            attempt.succeeded()
        return user

    # Django inspects the signature for each login; computing it takes as long as a query.
    authenticate.__signature__ = signature(authenticate)  # type: ignore[attr-defined]  # PEP 362

    def _checked(self, request: HttpRequest | None, name: str, password: str) -> User | None:
        return super().authenticate(request, username=name, password=password)

    def get_all_permissions(
        self, user_obj: User | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        permissions = super().get_all_permissions(user_obj, obj)
        if isinstance(user_obj, User) and user_obj.is_active and obj is None:
            for flag in ("admin", "editor"):
                if getattr(user_obj, flag):
                    permissions = permissions | flag_permissions(flag)
        return permissions


@cache
def flag_permissions(flag: str) -> frozenset[str]:
    """Return the permissions of a flag in the Django admin: each app names its own."""
    return frozenset(
        f"{config.label}.{name}"
        for config in apps.get_app_configs()
        for name in getattr(config, f"{flag}_permissions", ())
    )


def _check_for_show(request: HttpRequest, name: str, password: str) -> None:
    """Take as long as a real check, so that the time does not tell a client that there was none.

    The password is not compared: a correct one could cause its stored hash to be upgraded.
    """
    with suppress(User.DoesNotExist):
        User.objects.get_by_natural_key(name)
    User().set_password(password)
