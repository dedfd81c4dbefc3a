"""Confirmed addresses, invitations, and the mails for both.

Addresses that were changed by a mail count as confirmed. The record of events decides: the last
event about the address of an account is `email_changed` without `removed`, by the account itself,
and the event about it before that is the account's own `email_change_requested`, at most a day (for
which a mail may wait) and an hour (for which its token is valid) earlier. `email_version` alone
does not decide, because the change of an admin increments it too. An address that was given at
registration, set by an admin or moved in, or whose events are no longer kept, is unconfirmed; so is
one that is the name of another account.

PostgreSQL: without a transaction, so that the indexes are made without a lock on writers. It can be
interrupted and run again: each step before the last does what is left, and the last is done whole
or not at all. A server of the release before goes on: it does not know the new columns, and adds
rows without a confirmation.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import migrations, models, transaction

BATCH = 500
# How long before the change its request may be.
OLDEST_REQUEST = timedelta(days=1, hours=1)
REQUESTED, CHANGED = "email_change_requested", "email_changed"
# A statement that waits for running transactions to end, while it blocks no request.
PATIENCE = "10min"


def confirm(apps: Any, schema_editor: Any) -> None:
    """Confirm the addresses that were changed by a mail, in batches of accounts."""
    users = apps.get_model("accounts", "User").objects
    changed = users.filter(
        email_version__gt=0, email_key__isnull=False, email_confirmed_at=None, deleted_at=None
    )
    last = 0
    while rows := list(
        changed.filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", "public_id", "email", "email_key", "email_version")[:BATCH]
    ):
        last = rows[-1][0]
        proved = proofs(apps, [public_id for _, public_id, *_ in rows])
        keys = {name for _, _, email, key, _ in rows for name in (key, name_key(email))}
        owners = dict(users.filter(name_key__in=keys).values_list("name_key", "pk"))
        for pk, public_id, email, key, version in rows:
            named = {owners.get(name, pk) for name in (key, name_key(email))}
            if public_id in proved and named == {pk}:
                unchanged = users.filter(pk=pk, email_version=version, email_confirmed_at=None)
                unchanged.update(email_confirmed_at=proved[public_id])


def proofs(apps: Any, public_ids: list[Any]) -> dict[Any, datetime]:
    """Return when each of these accounts that did so confirmed its present address by a mail."""
    events = apps.get_model("accounts", "AuthEvent").objects
    rows = (
        events.filter(subject_id__in=public_ids, kind__in=(REQUESTED, CHANGED))
        .order_by("at", "id")
        .values_list("subject_id", "kind", "at", "actor_id", "detail")
    )
    of_account: dict[Any, list[Any]] = defaultdict(list)
    for subject_id, kind, at, actor_id, detail in rows:
        of_account[subject_id].append((kind, at, actor_id == subject_id, detail))
    found: dict[Any, datetime] = {}
    for subject_id, history in of_account.items():
        for (before, asked, is_asked, _), (kind, at, is_own, detail) in pairwise(history):
            if kind != CHANGED:
                continue
            found.pop(subject_id, None)
            is_in_time = timedelta(0) <= at - asked <= OLDEST_REQUEST
            if before == REQUESTED and is_asked and is_own and is_in_time and not detail:
                found[subject_id] = at
    return found


def name_key(name: str) -> str:
    """Return the form in which names are compared, as in accounts/identity/names.py."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


class AddMissingField(migrations.AddField):
    """Adds a column, unless a run that was interrupted has added it."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        with editor.connection.cursor() as cursor:
            columns = editor.connection.introspection.get_table_description(cursor, table)
        if self.name not in {column.name for column in columns}:
            super().database_forwards(app_label, editor, from_state, to_state)


class AddIndexBesideWriters(migrations.AddIndex):
    """Adds an index; on PostgreSQL CONCURRENTLY."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        with patient(editor) as beside:
            # A run that was interrupted leaves an index of this name, on PostgreSQL an invalid one.
            editor.execute(f'DROP INDEX {beside} IF EXISTS "{self.index.name}"')
            editor.add_index(model, self.index, **({"concurrently": True} if beside else {}))


class AddUniqueBesideWriters(migrations.AddConstraint):
    """Adds a unique index with a condition; on PostgreSQL CONCURRENTLY."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        sql = str(self.constraint.create_sql(model, editor))
        with patient(editor) as beside:
            editor.execute(f'DROP INDEX {beside} IF EXISTS "{self.constraint.name}"')
            editor.execute(sql.replace("UNIQUE INDEX", f"UNIQUE INDEX {beside}", 1))


class Together(migrations.SeparateDatabaseAndState):
    """Several operations in one transaction of their own."""

    def __init__(self, operations: list[Any]) -> None:
        super().__init__(database_operations=operations, state_operations=operations)

    def deconstruct(self) -> Any:
        return self.__class__.__name__, [self.database_operations], {}

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        with transaction.atomic(using=editor.connection.alias):
            super().database_forwards(app_label, editor, from_state, to_state)


@contextmanager
def patient(editor: Any) -> Iterator[str]:
    """Yield CONCURRENTLY on PostgreSQL, and wait longer there than `migrate` does for a lock."""
    if editor.connection.vendor != "postgresql":
        yield ""
        return
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        [patience] = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
        try:
            yield "CONCURRENTLY"
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0014_event_kinds_of_proof'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        AddMissingField(
            model_name='user',
            name='email_confirmed_at',
            field=models.DateTimeField(default=None, editable=False, null=True, verbose_name='address confirmed'),
        ),
        AddMissingField(
            model_name='user',
            name='invited_at',
            field=models.DateTimeField(default=None, editable=False, null=True),
        ),
        AddMissingField(
            model_name='user',
            name='must_confirm_email',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunPython(confirm, migrations.RunPython.noop),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(fields=['email_key'], name='user_email'),
        ),
        AddUniqueBesideWriters(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('email_confirmed_at__isnull', False)), fields=('email_key',), name='user_email_confirmed'),
        ),
        Together([
            migrations.RemoveConstraint(
                model_name='queuedmail',
                name='mail_kind_known',
            ),
            migrations.RemoveConstraint(
                model_name='queuedmail',
                name='mail_of_an_account',
            ),
            migrations.AlterField(
                model_name='queuedmail',
                name='kind',
                field=models.CharField(choices=[('reset', 'password reset'), ('confirmation', 'confirmation of an address'), ('changed', 'notice of a changed address'), ('removed', 'notice of a removed address'), ('resend', 'request for a confirmation'), ('invitation', 'invitation')], max_length=20),
            ),
            migrations.AddConstraint(
                model_name='queuedmail',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['reset', 'confirmation', 'changed', 'removed', 'resend', 'invitation'])), name='mail_kind_known'),
            ),
            migrations.AddConstraint(
                model_name='queuedmail',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['reset', 'resend']), ('account_id__isnull', False), _connector='OR'), name='mail_of_an_account'),
            ),
            migrations.AlterField(
                model_name='user',
                name='email_key',
                field=models.CharField(editable=False, max_length=255, null=True),
            ),
        ]),
    ]
