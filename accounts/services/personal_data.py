"""What this app keeps about a user, as tables for the export of an account.

docs/decisions/account-export.md lists the models that are in the export and those that are not.
Each column of a model is exported or left out on purpose: a test fails for any other.
"""

from django.contrib.admin.models import LogEntry

from accounts.models import (
    ApiToken,
    AuthEvent,
    KnownNetwork,
    LoginSession,
    QueuedMail,
    User,
)

from .export_section import Record, Section
from .personal_factors import FACTORS


def _event(user: User, event: Record) -> Record:
    """Return an event as its list shows it: without the address and device of another user."""
    is_yours = event["actor_id"] == user.public_id
    is_of_another = event["actor_id"] is not None and not is_yours
    return {
        "at": event["at"],
        "kind": event["kind"],
        "name": event["subject_name"],
        "detail": event["detail"],
        "is_yours": is_yours,
        "address": None if is_of_another else event["address"],
        "user_agent": "" if is_of_another else event["user_agent"],
        "request_id": event["request_id"],
    }


ACCOUNT = Section(
    name="account",
    model=User,
    rows=lambda user: User.objects.filter(pk=user.pk),
    order=("id",),
    columns=(
        "public_id",
        "name",
        "email",
        "email_confirmed_at",
        "must_confirm_email",
        "invited_at",
        "has_factor",
        "admin",
        "editor",
        "is_active",
        "is_superuser",
        "date_joined",
        "last_login",
    ),
    left_out={
        "id": "an internal number",
        "password": "a hash, with which the password could be guessed",
        "name_key": "follows from the name",
        "name_spaced": "follows from the name",
        "name_skeleton": "follows from the name",
        "name_script": "follows from the name",
        "email_key": "follows from the address",
        "email_version": "a counter",
        "session_epoch": "a counter",
        "deleted_at": "empty while the account exists",
    },
)

TABLES = (
    ACCOUNT,
    Section(
        name="sessions",
        model=LoginSession,
        rows=lambda user: LoginSession.objects.filter(user=user),
        order=("created_at", "sid"),
        columns=(
            "sid",
            "kind",
            "created_at",
            "authenticated_at",
            "amr",
            "refreshed_at",
            "expires_at",
            "revoked_at",
            "revoked_because",
            "address",
            "refreshed_address",
            "user_agent",
        ),
        left_out={
            "user": "it is you",
            "epoch": "a counter",
            "generation": "a counter",
            "undelivered_generation": "a counter",
            "browser": "a session, which is in this table",
        },
    ),
    Section(
        name="api_tokens",
        model=ApiToken,
        rows=lambda user: ApiToken.objects.filter(user=user),
        order=("created_at", "id"),
        columns=(
            "id",
            "name",
            "scope",
            "created_at",
            "expires_at",
            "keep_on_sign_out",
            "last_used_at",
            "last_used_network",
        ),
        left_out={
            "user": "it is you",
            "digest": "finds the token, and no token can be made of it",
            "epoch": "a counter",
        },
    ),
    Section(
        name="events",
        model=AuthEvent,
        rows=AuthEvent.objects.about,
        order=("at", "id"),
        columns=(
            "at",
            "kind",
            "subject_name",
            "detail",
            "actor_id",
            "address",
            "user_agent",
            "request_id",
        ),
        members=("at", "kind", "name", "detail", "is_yours", "address", "user_agent", "request_id"),
        shown=_event,
        left_out={
            "id": "an internal number",
            "subject_id": "it is you",
            "actor_name": "perhaps another user's",
        },
    ),
    Section(
        name="events_of_others_that_you_caused",
        model=AuthEvent,
        rows=lambda user: AuthEvent.objects.filter(actor_id=user.public_id).exclude(
            subject_id=user.public_id
        ),
        order=("at", "id"),
        columns=("at", "kind", "address", "user_agent", "request_id"),
        left_out={
            "id": "an internal number",
            "actor_id": "it is you",
            "actor_name": "it is you",
            "subject_id": "another user's",
            "subject_name": "another user's",
            "detail": "about another user",
        },
    ),
    *FACTORS,
    Section(
        name="known_networks",
        model=KnownNetwork,
        rows=lambda user: KnownNetwork.objects.filter(user=user),
        order=("network",),
        columns=("network", "seen_at"),
        left_out={"id": "an internal number", "user": "it is you", "epoch": "a counter"},
    ),
    Section(
        name="waiting_mails",
        model=QueuedMail,
        rows=lambda user: QueuedMail.objects.filter(account_id=user.public_id),
        order=("id",),
        columns=(
            "kind",
            "event_kind",
            "address",
            "created_at",
            "client_address",
            "user_agent",
            "request_id",
        ),
        left_out={
            "id": "an internal number",
            "account_id": "it is you",
            "session_epoch": "a counter",
            "email_version": "a counter",
            "due_at": "about the sending",
            "leased_until": "about the sending",
            "attempts": "about the sending",
            "is_counted": "about the sending",
        },
    ),
    Section(
        name="actions_in_the_admin",
        model=LogEntry,
        rows=lambda user: LogEntry.objects.filter(user=user),
        order=("id",),
        columns=("action_time", "action_flag", "content_type__model", "object_id"),
        left_out={
            "id": "an internal number",
            "user": "it is you",
            "content_type": "its name is in the export",
            "object_repr": "perhaps another user's name",
            "change_message": "about the changed record",
        },
    ),
)

# The models without a section, each with the reason.
NOT_EXPORTED = {
    "accounts.User_groups": "not used: two flags give the permissions",
    "accounts.User_user_permissions": "not used, likewise",
    "accounts.RecoveryCode": "digests of codes, whose number is at /api/v1/users/me/factors",
    "accounts.BrowserSession": "a digest, and what a browser keeps for a page; its sign-in is in "
    "the table of sessions",
    "accounts.UsedChallenge": "digests of random texts, about no user",
    "accounts.FreedName": "a digest, in which nobody can read a name",
    "auth.Permission": "about no user",
    "auth.Group_permissions": "about no user",
    "auth.Group": "about no user",
    "contenttypes.ContentType": "about no user",
    "sessions.Session": "of the release before: no browser is signed in by it",
}
