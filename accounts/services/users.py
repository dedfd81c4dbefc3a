"""The rules about accounts, for both HTTP APIs and the Django admin."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

from accounts.identity.look_alikes import looks_different, name_skeleton, name_spaced
from accounts.identity.names import name_key
from accounts.mail.queue import confirmation_mail_queue
from accounts.models import EndReason, EventKind, LoginSession, User
from accounts.origins import Origin
from bookstore_project.db.turns import take_turns
from bookstore_project.errors import ConflictError

from .access import require_may_act_on
from .email_confirmation import email_taken
from .events import changes_record, event_record
from .freed_names import is_name_held, name_free
from .sessions import RIGHTS, require_same_epoch, sessions_end

# The first key of the advisory locks of names: "name" in ASCII.
NAMES = 0x6E616D65


class InvalidCredentialsError(Exception):
    """The name is unknown, the account inactive or the password wrong. Clients can't tell which."""


class SecondFactorRequiredError(Exception):
    """The name and the password are right, and the account asks for a second factor as well."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


def user_register(
    *, name: str, password: str, email: str | None = None, origin: Origin | None = None
) -> User:
    """Store a new user without rights, and mail a confirmation to the address, if any.

    The caller has validated the arguments. With EMAIL_VERIFICATION=required, the same statements
    run for an address that is another account's, which nobody is told: its owner gets a mail.

    Raises ConflictError (`name_taken`, `name_look_alike`, `email_taken`).
    """
    is_required = settings.EMAIL_VERIFICATION == "required"
    user = User(name=name, email=email or None, must_confirm_email=is_required)
    _refuse_taken(user)
    _refuse_held(user)
    refuse_look_alike(user)
    if email and not is_required and User.objects.with_confirmed_email(email).exists():
        raise email_taken()
    user.set_password(password)
    with transaction.atomic():
        user_store(user, takes_name=True, takes_look=True)
        if email:
            confirmation_mail_queue(user=user, email=email, origin=origin or Origin())
    return user


def user_authenticate(*, request: Any, name: str, password: str) -> User:
    """Return the active user with this name, or confirmed address, and password: all that it needs.

    Raises InvalidCredentialsError, EmailUnconfirmedError after the right password, and
    SecondFactorRequiredError for an account with a factor: each way to log in has to say what it
    does with one.
    """
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise InvalidCredentialsError
    if user.has_factor:
        raise SecondFactorRequiredError(user)
    return user


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
    """Store a user's new `name`, `email` or both. A new address is unconfirmed.

    The previous name stays reserved for them for a while: see freed_names.py.

    Raises ConflictError (`name_taken`, `name_look_alike`), and SessionEndedError if all sessions
    were ended since `user` was read, or the account deleted.
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
        user_store(
            user,
            update_fields=[*changes],
            takes_name=is_freed,
            takes_look=looks_different(freed, user.name),
        )
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

    Raises ConflictError (`last_admin`) if no active admin would be left, SuperuserSparedError if
    `user` is a superuser and the actor is not, and User.DoesNotExist if the account was deleted
    since `user` was read.
    """
    with transaction.atomic():
        if admin is False or is_active is False:
            require_another_admin(user)
        # Read again, because a change since `user` was read must not be undone.
        user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
        require_may_act_on(origin.actor, user)
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


def user_store(
    user: User,
    *,
    update_fields: list[str] | None = None,
    takes_name: bool = False,
    takes_look: bool = False,
) -> None:
    """Store a user, or some columns of one, and wait in turn for a name.

    Args:
        update_fields: the columns to store; None for a new user.
        takes_name: whether the name has to be free of a former owner.
        takes_look: whether the name has to look different from the names of others.

    Raises ConflictError (`name_taken`, `name_look_alike`).
    """
    try:
        with transaction.atomic():
            if takes_look:
                # Two who choose names that look alike at the same time wait in turn.
                take_turns(NAMES, [name_spaced(user.name), name_skeleton(user.name) or ""])
            user.save(update_fields=update_fields)
            if takes_look:
                refuse_look_alike(user)
            if takes_name:
                # After the write, because the name may have been given up while it waited.
                _refuse_held(user)
    except IntegrityError:
        _refuse_taken(user)
        raise


def _refuse_taken(user: User) -> None:
    if User.objects.exclude(pk=user.pk).named(user.name).exists():
        raise name_taken()


def _refuse_held(user: User) -> None:
    if is_name_held(user):
        # The same error as for a taken name, which does not reveal that somebody had it.
        raise name_taken()


def refuse_look_alike(user: User) -> None:
    if User.objects.exclude(pk=user.pk).looking_like(user.name).exists():
        raise ConflictError(
            code="name_look_alike",
            detail="This name looks like that of another account. Choose another.",
        )


def name_taken() -> ConflictError:
    return ConflictError(code="name_taken", detail="This name is taken. Choose another.")
