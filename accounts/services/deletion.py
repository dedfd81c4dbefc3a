"""The deletion of an account, at once or in steps.

To delete thousands of records takes seconds, in which SQLite admits no other writer and PostgreSQL
keeps rows locked. An account with many records is therefore only closed in the request. A thread of
the server or `manage.py prune` removes it afterwards, in steps.
"""

import time
import uuid
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from accounts.models import EndReason, EventKind, User
from accounts.origins import Origin
from bookstore_project.db import pace
from bookstore_project.db.file_lock import FileLock
from bookstore_project.db.long_writes import require_no_long_write
from bookstore_project.errors import ConflictError
from bookstore_project.serving.background import BackgroundWorker

from .access import require_may_act_on
from .events import event_record
from .freed_names import name_free
from .sessions import require_same_epoch, sessions_end
from .users import require_another_admin, stored_name

# Records of one kind that one transaction deletes: at first and after a slow step, and at most. A
# model can have a smaller maximum, `deleted_at_once`.
FIRST, MOST = 5, 500
# A step that takes as many seconds is slow.
QUICK = 0.02
# The suffix of the lock that the one process has which removes accounts from a SQLite database.
REMOVING = "-removal"

# The thread of a server process that removes closed accounts.
_remover = BackgroundWorker(
    name="remover", complaint="Deleted accounts can't be removed now: %s. They wait."
)


def user_delete(*, user: User, origin: Origin) -> None:
    """Delete the account of the user who asks, with its sessions and its books. Its events stay.

    Its name stays reserved for a while: see freed_names.py. An account with many records is closed,
    so that nobody finds it, until deleted_users_remove() has removed it.

    Raises ConflictError (`last_admin`), SessionEndedError if all sessions were ended since `user`
    was read, or the account deleted, and LongWriteError.
    """
    with transaction.atomic():
        # Every transaction locks admins first, so that two who leave at once wait in turn.
        require_another_admin(user)
        require_same_epoch(user)
        _delete(user, origin=origin)


def user_erase(*, user: User, origin: Origin) -> None:
    """Delete somebody else's account, by the rules of user_delete(), for an admin or a command.

    Sessions that the user opened or ended since `user` was read are no obstacle.

    Raises ConflictError (`own_account` for the admin's own, `last_admin`), SuperuserSparedError if
    `user` is a superuser and the actor is not, LongWriteError, and User.DoesNotExist if the account
    was deleted since `user` was read.
    """
    if origin.actor is not None and origin.actor.pk == user.pk:
        raise ConflictError(
            code="own_account", detail="This is your own account. Delete it at /api/v1/users/me."
        )
    with transaction.atomic():
        require_another_admin(user)
        stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        require_may_act_on(origin.actor, stored)
        _delete(stored, origin=origin)


def _delete(user: User, *, origin: Origin) -> None:
    """Delete or close an account whose row is locked."""
    require_no_long_write([user.pk])
    event_record(EventKind.ACCOUNT_DELETED, subject=user, origin=origin)
    name_free(stored_name(user), former_owner=None)
    if _has_many_records(user):
        _close(user)
    else:
        user.delete()


def deleted_users_remove() -> None:
    """Remove the accounts that were closed for deletion, unless another process does so."""
    users, lock = list(User.everyone.deleted().order_by("pk")), FileLock(REMOVING)
    if not users or not lock.acquire():
        return
    try:
        for user in users:
            with pace.kept() as kept:
                _remove(user, kept)
    finally:
        lock.release()


def start_removing() -> None:
    """Start the thread that removes closed accounts in this process."""
    _remover.start(deleted_users_remove)


def _close(user: User) -> None:
    """Leave an account that nobody finds, can log in to or give rights to.

    Its name, address and `public_id` are those of nobody now: a new account may have them.
    """
    user.public_id, user.deleted_at = uuid.uuid4(), timezone.now()
    user.email = user.email_confirmed_at = None
    user.name = f"deleted {user.public_id}"
    user.is_active = user.admin = user.editor = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    sessions_end(user=user, reason=EndReason.DEACTIVATED)
    transaction.on_commit(_remover.wake)


def _remove(user: User, kept: pace.Pace) -> None:
    for records in _records(user):
        # What a record weighs differs a hundredfold, so that no number of them is always quick.
        number = FIRST
        while keys := list(records.order_by("pk").values_list("pk", flat=True)[:number]):
            if _remover.is_stopping:
                return
            started = time.monotonic()
            with transaction.atomic():
                records.filter(pk__in=keys).delete()
            seconds = time.monotonic() - started
            number = min(number * 2, _most(records)) if seconds < QUICK else FIRST
            kept.give_way(seconds)
    user.delete()


def _most(records: QuerySet[Any]) -> int:
    """Return how many records are deleted in one transaction, and with the account itself."""
    most: int = getattr(records.model, "deleted_at_once", MOST)
    return most


def _has_many_records(user: User) -> bool:
    many = (
        Q(Exists(records.order_by("pk")[most : most + 1]))
        for records in _records(user)
        for most in [_most(records)]
    )
    rows: QuerySet[User] = User.objects.filter(reduce(or_, many), pk=user.pk)
    return rows.exists()


def _records(user: User) -> Iterator[QuerySet[Any]]:
    """Yield the records that are deleted with an account: every foreign key with CASCADE."""
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE:
            yield QuerySet(relation.related_model).filter(**{relation.field.name: user.pk})
