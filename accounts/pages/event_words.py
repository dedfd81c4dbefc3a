"""The events of an account in words, for its owner."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.login.provider_sign_in import PREFIX
from accounts.models import AuthEvent, EventKind
from accounts.tokens.page_token import MARK

# Events whose label, which is for admins, would not tell an owner enough.
FULLER: dict[str, Any] = {
    EventKind.LOGIN_FAILED: _("Sign-in failed: wrong password"),
    EventKind.LOGIN_REFUSED: _("Sign-in refused after too many attempts"),
    EventKind.PASSWORD_WRONG: _("Current password mistyped while signed in"),
    EventKind.SECOND_FACTOR_FAILED: _("Wrong code, or passkey refused, as the second factor"),
    EventKind.REFRESH_REUSED: _("Session ended, because an old refresh token was used again"),
    EventKind.PASSWORD_RESET_REQUESTED: _("New password requested by mail"),
    EventKind.PASSWORD_RESET: _("New password set with a mail"),
    EventKind.EMAIL_DROPPED: _("Email address removed, because another account confirmed it"),
    EventKind.PASSKEY_FAILED: _("Sign-in with a passkey refused: wrong signature"),
    EventKind.PROVIDER_LINKED: _("Sign-in with another provider added"),
    EventKind.PROVIDER_UNLINKED: _("Sign-in with another provider removed"),
}
# Events that their detail makes more exact.
EXACT: dict[tuple[str, str], Any] = {
    (EventKind.LOGIN, MARK): _("Access token made on the account page"),
    (EventKind.EMAIL_CHANGED, "removed"): _("Email address removed"),
    (EventKind.ROLE_CHANGED, "admin: yes"): _("You became an admin"),
    (EventKind.ROLE_CHANGED, "admin: no"): _("You are no longer an admin"),
    (EventKind.ROLE_CHANGED, "editor: yes"): _("You became an editor"),
    (EventKind.ROLE_CHANGED, "editor: no"): _("You are no longer an editor"),
    (EventKind.ROLE_CHANGED, "is_superuser: yes"): _("You became a superuser"),
    (EventKind.ROLE_CHANGED, "is_superuser: no"): _("You are no longer a superuser"),
    (EventKind.ACTIVE_CHANGED, "is_active: yes"): _("Account activated"),
    (EventKind.ACTIVE_CHANGED, "is_active: no"): _("Account deactivated"),
}
# Events that begin with a provider, which their detail names.
BY_PROVIDER: dict[str, Any] = {
    EventKind.LOGIN: _("Signed in with another provider"),
    EventKind.SECOND_FACTOR_ASKED: _("Signed in with another provider; second factor asked for"),
}
# Events whose detail is the name of a passkey, or of a provider.
NAMED_WHOLLY = (
    EventKind.PASSKEY_ADDED,
    EventKind.PASSKEY_REMOVED,
    EventKind.PASSKEY_COPIED,
    EventKind.PROVIDER_LINKED,
    EventKind.PROVIDER_UNLINKED,
)
# Events whose detail is a text of the owner's own: the name of a token, or of the account.
NAMED = (EventKind.API_TOKEN_CREATED, EventKind.API_TOKEN_ENDED, EventKind.NAME_CHANGED)


def event_words(event: AuthEvent) -> str:
    """Return what happened, in the words of the label unless a table above has better ones."""
    if _is_by_provider(event):
        return str(BY_PROVIDER[event.kind])
    words = EXACT.get((event.kind, event.detail)) or FULLER.get(event.kind)
    return str(words or capfirst(event.get_kind_display()))


def event_name(event: AuthEvent) -> str:
    """Return the name of what was made, ended or changed; "" for events without one."""
    if event.kind in NAMED_WHOLLY:
        return event.detail
    if _is_by_provider(event):
        return event.detail.removeprefix(PREFIX)
    if event.kind not in NAMED:
        return ""
    if event.kind == EventKind.NAME_CHANGED:
        return event.detail.removeprefix("name: ")
    # The name may have a colon; the scopes behind the last one have none but their own.
    return event.detail.rpartition(": ")[0]


def _is_by_provider(event: AuthEvent) -> bool:
    return event.kind in BY_PROVIDER and event.detail.startswith(PREFIX)
