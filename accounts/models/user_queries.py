"""Stores accounts, and finds them by name and by address."""

from functools import cache
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.identity import emails, names
from bookstore_project.speed.compiled_sql import CompiledQuery

from .name_look import NameLookQuerySet

if TYPE_CHECKING:
    from .user import User


class UserQuerySet(NameLookQuerySet["User"]):
    def named(self, name: str) -> Self:
        """Return the user with that login name, in any case or Unicode form, or no row."""
        key = possible_key(name)
        return self.none() if key is None else self.filter(name_key=key)

    def with_email(self, email: str) -> Self:
        """Return the users who have given an address: any number, and one at most confirmed it."""
        return self.filter(email_key=emails.email_key(email))

    def with_confirmed_email(self, email: str) -> Self:
        return self.with_email(email).filter(email_confirmed_at__isnull=False)

    def with_unconfirmed_email(self, email: str) -> Self:
        return self.with_email(email).filter(email_confirmed_at=None)

    def of_address(self, address: str) -> Self:
        """Return the users who may log in with an address: as their name, or confirmed.

        These are two at most. One query, or none for a text that is no address.
        """
        key, email_key = possible_key(address), _possible_email_key(address)
        if email_key is None:
            return self.named(address)
        confirmed = Q(email_key=email_key, email_confirmed_at__isnull=False)
        return self.filter(confirmed if key is None else Q(name_key=key) | confirmed)

    def active_admins(self) -> Self:
        return self.filter(admin=True, is_active=True)

    def deleted(self) -> Self:
        """Return the accounts that are closed but not removed yet; use it on `User.everyone`."""
        return self.filter(deleted_at__isnull=False)


# mypy can't follow a base class that a call returns.
class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # the same
    def get_queryset(self) -> UserQuerySet:
        """Return the accounts that are not deleted: see services/deletion.py."""
        users: UserQuerySet = super().get_queryset().filter(deleted_at=None)
        return users

    def create_user(
        self,
        name: str,
        password: str | None = None,
        email: str | None = None,
        **fields: Any,
    ) -> "User":
        """Store a user. Without a password, nobody can log in to the account."""
        user: User = self.model(name=name, email=email or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self,
        name: str,
        password: str | None = None,
        email: str | None = None,
        **fields: Any,
    ) -> "User":
        """Store an admin. Raises ValidationError if the name looks like that of another user."""
        self.model(name=name).require_distinct_name()
        return self.create_user(
            name, password, email, **{"admin": True, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, name: str | None) -> "User":
        """Return the user whose login name is `name`. Raises User.DoesNotExist."""
        key = possible_key(name or "")
        found = [] if key is None else _users_of_key()(key=key)
        if not found:
            raise self.model.DoesNotExist
        user: User = found[0]
        return user

    def of_login(self, text: str) -> "User | None":
        """Return the user who logs in with a text: the one of that name, or of that address.

        Only a confirmed address is accepted, and a name comes before an address.
        """
        if "@" in text:
            of_name_first = sorted(self.of_address(text), key=lambda user: not user.is_named(text))
            return next(iter(of_name_first), None)
        key = possible_key(text)
        return None if key is None else next(iter(_users_of_key()(key=key)), None)


@cache
def _users_of_key() -> "CompiledQuery[Any]":
    model: Any = apps.get_model("accounts", "User")
    return CompiledQuery(
        lambda *, key: model.objects.filter(name_key=key), key=model._meta.get_field("name_key")
    )


def possible_key(name: str) -> str | None:
    """Return the key of a name; None if the name is invalid, so that nobody has it."""
    try:
        names.validate_name(name)
    except ValidationError:
        # Some invalid names, such as one with a NUL, can't even be sent to the database.
        return None
    return names.name_key(name)


def _possible_email_key(address: str) -> str | None:
    try:
        emails.validate_email(address)
    except ValidationError:
        return None
    return emails.email_key(address)
