"""How a name and a password become a user, and what an admin may do in the Django admin."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from .models import User
from .passwords import MAXIMUM_LENGTH

# What the `admin` flag allows in the Django admin. Accounts are deactivated, never deleted there.
ADMIN_PERMISSIONS = frozenset(
    {
        "accounts.view_user",
        "accounts.add_user",
        "accounts.change_user",
        "books.view_book",
        "books.add_book",
        "books.change_book",
        "books.delete_book",
    }
)


class NameBackend(ModelBackend):
    """Django's backend (one hash, whoever asks) over login names."""

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
        return super().authenticate(request, username=username, password=password, **kwargs)

    def get_all_permissions(
        self, user_obj: User | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        permissions = super().get_all_permissions(user_obj, obj)
        if isinstance(user_obj, User) and user_obj.is_active and user_obj.admin and obj is None:
            return permissions | ADMIN_PERMISSIONS
        return permissions
