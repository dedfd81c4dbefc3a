"""The rules about accounts that both HTTP surfaces and the admin follow."""

from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from rest_framework.request import Request

from bookstore_project.errors import ConflictError

from .events import changes_record, event_record
from .models import EndReason, EventKind, LoginSession, User
from .origins import Origin
from .sessions import require_same_epoch, sessions_end

# What says what a user may do.
ACCESS_FIELDS = ("admin", "is_active", "is_superuser")


class InvalidCredentialsError(Exception):
    """The name is unknown, the account inactive or the password wrong: nobody learns which."""


def user_register(*, name: str, password: str, email: str | None = None) -> User:
    """Store a new user, who is no admin. The caller has validated the arguments.

    Raises ConflictError (`name_taken`, `email_taken`).
    """
    user = User(name=name, email=email or None)
    _refuse_taken(user)
    user.set_password(password)
    _save(user)
    return user


def user_authenticate(*, request: Request, name: str, password: str) -> User:
    """Return the active user with this name and password. Raises InvalidCredentialsError."""
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise InvalidCredentialsError
    return user


def user_change_password(
    *, user: User, password: str, origin: Origin, keep: LoginSession | None = None
) -> None:
    """Store a new password, which the caller has validated, and end every session but `keep`.

    Raises SessionEndedError if all sessions were ended since `user` was read.
    """
    with transaction.atomic():
        require_same_epoch(user)
        user.set_password(password)
        # Not the epoch: sessions_end() moves it on from what the row has.
        user.save(update_fields=["password"])
        sessions_end(user=user, reason=EndReason.PASSWORD_CHANGED, keep=keep)
        event_record(EventKind.PASSWORD_CHANGED, subject=user, origin=origin)


def user_update_profile(*, user: User, origin: Origin, **changes: str | None) -> None:
    """Store a user's new `name`, `email` or both, and nothing that is not given.

    Raises ConflictError (`name_taken`, `email_taken`), and SessionEndedError if all sessions were
    ended since `user` was read, or the account deleted.
    """
    changed = [field for field, value in changes.items() if getattr(user, field) != (value or None)]
    for field, value in changes.items():
        setattr(user, field, value or None)
    with transaction.atomic():
        require_same_epoch(user)
        _save(user, update_fields=[*changes])
        changes_record(user=user, fields=changed, origin=origin)


def user_update_access(
    *, user: User, origin: Origin, admin: bool | None = None, is_active: bool | None = None
) -> None:
    """Store what a user may do; what is None stays as the row has it.

    Who is no longer an admin is no superuser either.

    Raises ConflictError (`last_admin`) if no active admin would be left, and User.DoesNotExist if
    the account was deleted since `user` was read.
    """
    with transaction.atomic():
        if admin is False or is_active is False:
            require_another_admin(user)
        # Someone may have changed the row since it was read: that must not be undone.
        user.refresh_from_db(from_queryset=User.objects.select_for_update())
        before = {field: getattr(user, field) for field in ACCESS_FIELDS}
        user.admin = user.admin if admin is None else admin
        user.is_active = user.is_active if is_active is None else is_active
        user.is_superuser = user.is_superuser and user.admin
        user.save(update_fields=ACCESS_FIELDS)
        changed = [field for field, value in before.items() if getattr(user, field) != value]
        changes_record(user=user, fields=changed, origin=origin)
        if is_active is False:
            sessions_end(user=user, reason=EndReason.DEACTIVATED)


def user_delete(*, user: User, origin: Origin) -> None:
    """Delete an account, with its sessions and its books. The record of events stays.

    Raises ConflictError (`last_admin`), and SessionEndedError if all sessions were ended since
    `user` was read, or the account deleted.
    """
    with transaction.atomic():
        # Admins are locked first, here as everywhere: two who leave at once wait for one another.
        require_another_admin(user)
        require_same_epoch(user)
        event_record(EventKind.ACCOUNT_DELETED, subject=user, origin=origin)
        user.delete()


def require_another_admin(user: User) -> None:
    """Raise ConflictError (`last_admin`) if `user` is the last active admin.

    Must run in the transaction of the change it guards: the locks make two admins who demote each
    other at once wait for one another.
    """
    admins = User.objects.active_admins().select_for_update().order_by("pk")
    if {admin.pk for admin in admins} == {user.pk}:
        raise ConflictError(
            code="last_admin",
            detail="This is the last active admin. Make another one first.",
        )


def _save(user: User, *, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=update_fields)
    except IntegrityError:
        _refuse_taken(user)
        raise


def _refuse_taken(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    if others.named(user.name).exists():
        raise ConflictError(code="name_taken", detail="This name is taken. Choose another.")
    if user.email:
        require_free_email(user, user.email)


def require_free_email(user: User, email: str) -> None:
    """Raise ConflictError (`email_taken`) if another account than the user's has this address."""
    if User.objects.exclude(pk=user.pk).with_email(email).exists():
        raise ConflictError(code="email_taken", detail="Another account has this email address.")
