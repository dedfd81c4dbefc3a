"""Authenticates a name and a password; gives admins and editors permissions in the Django admin."""

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
from bookstore_project.errors import EmailUnconfirmedError

from .models import User


class NameBackend(ModelBackend):
    """Django's backend with names in any case, confirmed addresses, and limits on failed logins.

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
        """Return the user of a name or an address and a password, or None.

        Raises LimitExceededError, and EmailUnconfirmedError after the right password.
        """
        # Otherwise anyone could make the server hash a megabyte.
        if password is None or len(password) > MAXIMUM_LENGTH:
            return None
        text = username or kwargs.get(User.USERNAME_FIELD) or ""
        if request is None:
            user = self._checked(User.objects.of_login(text), password)
            if user is not None and user.awaits_confirmation:
                raise EmailUnconfirmedError(user)
            return user
        attempt = begin_login(request, text)
        # A right password that must not log in could cause its hash to be upgraded.
        user = self._checked(attempt.account if attempt.can_succeed else None, password)
        if user is None:
            record = failure_record if attempt.can_succeed else unchecked_record
            record(request, attempt.account)
            attempt.failed()
            return None
        attempt.succeeded()
        if user.awaits_confirmation:
            failure_record(request, user, detail="the address is not confirmed")
            raise EmailUnconfirmedError(user)
        return user

    # Django inspects the signature for each login; computing it takes as long as a query.
    authenticate.__signature__ = signature(authenticate)  # type: ignore[attr-defined]  # PEP 362

    def _checked(self, user: User | None, password: str) -> User | None:
        """Return the user if the password is right and the account active. One hash, always."""
        if user is None:
            User().set_password(password)
            return None
        is_right = user.check_password(password)
        return user if is_right and self.user_can_authenticate(user) else None

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
