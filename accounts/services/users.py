"""The rules about accounts, for both HTTP APIs and the Django admin."""

from typing import Any

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.identity.emails import validate_email
from accounts.identity.names import name_key
from accounts.models import EndReason, EventKind, LoginSession, User
from accounts.origins import Origin
from bookstore_project.errors import ConflictError

from .events import changes_record, event_record
from .freed_names import is_name_held, name_free
from .sessions import RIGHTS, require_same_epoch, sessions_end


class InvalidCredentialsError(Exception):
    """The name is unknown, the account inactive or the password wrong. Clients can't tell which."""


class SecondFactorRequiredError(Exception):
    """The name and the password are right, and the account asks for a second factor as well."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


def user_register(*, name: str, password: str, email: str | None = None) -> User:
    """Store a new user without rights. The caller has validated the arguments.

    Raises ConflictError (`name_taken`, `email_taken`).
    """
    user = User(name=name, email=email or None)
    _refuse_taken(user)
    _refuse_held(user)
    user.set_password(password)
    _save(user, takes_name=True)
    return user


def user_authenticate(*, request: Any, name: str, password: str) -> User:
    """Return the active user with this name and password, which are all that the account needs.

    Raises InvalidCredentialsError, and SecondFactorRequiredError for an account with a factor: each
    way to log in has to say what it does with one.
    """
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise InvalidCredentialsError
    if user.has_factor:
        raise SecondFactorRequiredError(user)
    return user


def login_name(*, email: str) -> str:
    """Return the name of the account with this address.

    If no account has it, the text itself is returned, which is the name of some accounts that moved
    in from a copy of the Flask tutorial.
    """
    try:
        validate_email(email)
    except ValidationError:
        return email
    name: str | None = User.objects.with_email(email).values_list("name", flat=True).first()
    return name or email


def user_change_password(
    *, user: User, password: str, origin: Origin, keep: LoginSession | None = None
) -> None:
    """Store a new password, which the caller has validated, and end every session except `keep`.

    Raises SessionEndedError if all sessions were ended since `user` was read.
    """
    with transaction.atomic():
        require_same_epoch(user)
        user.set_password(password)
        # Without the epoch: sessions_end() increments the one in the row.
        user.save(update_fields=["password"])
        sessions_end(user=user, reason=EndReason.PASSWORD_CHANGED, keep=keep)
        event_record(EventKind.PASSWORD_CHANGED, subject=user, origin=origin)


def user_update_profile(*, user: User, origin: Origin, **changes: str | None) -> None:
    """Store a user's new `name`, `email` or both.

    The previous name stays reserved for them for a while: see freed_names.py.

    Raises ConflictError (`name_taken`, `email_taken`), and SessionEndedError if all sessions were
    ended since `user` was read, or the account deleted.
    """
    changed = [field for field, value in changes.items() if getattr(user, field) != (value or None)]
    if "name" not in changed:
        # An unchanged name is not written, because the row may have a newer one.
        changes.pop("name", None)
    for field, value in changes.items():
        setattr(user, field, value or None)
    with transaction.atomic():
        require_same_epoch(user)
        freed = stored_name(user) if "name" in changes else user.name
        is_freed = name_key(freed) != name_key(user.name)
        _save(user, update_fields=[*changes], takes_name=is_freed)
        if is_freed:
            name_free(freed, former_owner=user)
        changes_record(user=user, fields=changed, origin=origin)


def user_update_access(
    *,
    user: User,
    origin: Origin,
    admin: bool | None = None,
    editor: bool | None = None,
    is_active: bool | None = None,
) -> None:
    """Store the rights of a user. An argument of None leaves that right unchanged.

    A user who is no longer an admin is no longer a superuser either.

    Raises ConflictError (`last_admin`) if no active admin would be left, and User.DoesNotExist if
    the account was deleted since `user` was read.
    """
    with transaction.atomic():
        if admin is False or is_active is False:
            require_another_admin(user)
        # Read again, because a change since `user` was read must not be undone.
        user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
        before = {field: getattr(user, field) for field in RIGHTS}
        user.admin = user.admin if admin is None else admin
        user.editor = user.editor if editor is None else editor
        user.is_active = user.is_active if is_active is None else is_active
        user.is_superuser = user.is_superuser and user.admin
        user.save(update_fields=RIGHTS)
        changed = [field for field, value in before.items() if getattr(user, field) != value]
        changes_record(user=user, fields=changed, origin=origin)
        if "is_active" in changed and not user.is_active:
            sessions_end(user=user, reason=EndReason.DEACTIVATED)


def require_another_admin(user: User) -> None:
    """Raise ConflictError (`last_admin`) if `user` is the last active admin.

    Call this in the transaction of the change: its locks make two admins who demote each other at
    the same time wait in turn.
    """
    admins = User.objects.active_admins().select_for_update(no_key=True).order_by("pk")
    if {admin.pk for admin in admins} == {user.pk}:
        raise ConflictError(
            code="last_admin",
            detail="This is the last active admin. Make another user an admin first.",
        )


def stored_name(user: User) -> str:
    """Return the name in the row, which may be newer than `user`. The row must be locked."""
    name: str = User.objects.values_list("name", flat=True).get(pk=user.pk)
    return name


def _save(user: User, *, update_fields: list[str] | None = None, takes_name: bool = False) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=update_fields)
            if takes_name:
                # After the write, because the name may have been given up while it waited.
                _refuse_held(user)
    except IntegrityError:
        _refuse_taken(user)
        raise


def _refuse_taken(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    if others.named(user.name).exists():
        raise _name_taken()
    if user.email:
        require_free_email(user, user.email)


def _refuse_held(user: User) -> None:
    if is_name_held(user):
        # The same error as for a taken name, which does not reveal that somebody had it.
        raise _name_taken()


def _name_taken() -> ConflictError:
    return ConflictError(code="name_taken", detail="This name is taken. Choose another.")


def require_free_email(user: User, email: str) -> None:
    """Raise ConflictError (`email_taken`) if another account has this address."""
    if User.objects.exclude(pk=user.pk).with_email(email).exists():
        raise ConflictError(code="email_taken", detail="Another account has this email address.")
