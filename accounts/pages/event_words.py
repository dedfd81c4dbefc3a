"""The events of an account in words, for its owner."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import AuthEvent, EventKind
from accounts.tokens.page_token import MARK

WORDS: dict[str, Any] = {
    EventKind.LOGIN: _("Signed in"),
    EventKind.LOGIN_FAILED: _("Sign-in failed: wrong password"),
    EventKind.LOGIN_REFUSED: _("Sign-in refused after too many attempts"),
    EventKind.PASSWORD_WRONG: _("Current password mistyped while signed in"),
    EventKind.SECOND_FACTOR_ASKED: _("Right password; the second factor was asked for"),
    EventKind.SECOND_FACTOR_FAILED: _("Wrong code, or passkey refused, as the second factor"),
    EventKind.STEPPED_UP: _("Second factor proved again"),
    EventKind.LOGOUT: _("Signed out"),
    EventKind.REFRESH_REUSED: _("Session ended, because an old refresh token was used again"),
    EventKind.REFRESH_REPEATED: _("The tokens of a program were sent again, to another network"),
    EventKind.SESSION_REVOKED: _("One session ended"),
    EventKind.SESSIONS_REVOKED: _("All sessions ended"),
    EventKind.OTHER_SESSIONS_REVOKED: _("All other sessions ended"),
    EventKind.API_TOKEN_CREATED: _("API token made"),
    EventKind.API_TOKEN_ENDED: _("API token ended"),
    EventKind.PASSWORD_CHANGED: _("Password changed"),
    EventKind.PASSWORD_RESET_REQUESTED: _("New password requested by mail"),
    EventKind.PASSWORD_RESET: _("New password set with a mail"),
    EventKind.EMAIL_CHANGE_REQUESTED: _("Another email address given, and a mail sent to it"),
    EventKind.EMAIL_CHANGED: _("Email address changed"),
    EventKind.EMAIL_CONFIRMED: _("Email address confirmed"),
    EventKind.EMAIL_DROPPED: _("Email address removed, because another account confirmed it"),
    EventKind.MAIL_FAILED: _("A mail to you could not be sent"),
    EventKind.NAME_CHANGED: _("Name changed"),
    EventKind.ROLE_CHANGED: _("Rights changed"),
    EventKind.ACTIVE_CHANGED: _("Account activated or deactivated"),
    EventKind.KEY_CHANGED: _("Signing key changed"),
    EventKind.TOTP_ADDED: _("Authenticator app added"),
    EventKind.TOTP_REMOVED: _("Authenticator app removed"),
    EventKind.PASSKEY_ADDED: _("Passkey added"),
    EventKind.PASSKEY_REMOVED: _("Passkey removed"),
    EventKind.PASSKEY_FAILED: _("Sign-in with a passkey refused: wrong signature"),
    EventKind.PASSKEY_COPIED: _("Passkey refused, because somebody may have a copy of it"),
    EventKind.RECOVERY_CODES_MADE: _("New recovery codes made"),
    EventKind.RECOVERY_CODE_USED: _("Recovery code used"),
    EventKind.FACTORS_REMOVED: _("Second factor removed by an admin"),
    EventKind.ACCOUNT_INVITED: _("Account made, and invitation sent"),
    EventKind.ACCOUNT_EXPORTED: _("Data exported"),
    EventKind.ACCOUNT_DELETED: _("Account deleted"),
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
# Events whose detail is the name of a passkey.
OF_PASSKEYS = (EventKind.PASSKEY_ADDED, EventKind.PASSKEY_REMOVED, EventKind.PASSKEY_COPIED)
# Events whose detail is a text of the owner's own: the name of a token, or of the account.
NAMED = (EventKind.API_TOKEN_CREATED, EventKind.API_TOKEN_ENDED, EventKind.NAME_CHANGED)


def event_words(event: AuthEvent) -> str:
    """Return what happened. A kind of a newer version has the words of the admin."""
    exact = EXACT.get((event.kind, event.detail))
    return str(exact or WORDS.get(event.kind) or event.get_kind_display())


def event_name(event: AuthEvent) -> str:
    """Return the name of what was made, ended or changed; "" for events without one."""
    if event.kind in OF_PASSKEYS:
        return event.detail
    if event.kind not in NAMED:
        return ""
    if event.kind == EventKind.NAME_CHANGED:
        return event.detail.removeprefix("name: ")
    # The name may have a colon; the scopes behind the last one have none but their own.
    return event.detail.rpartition(": ")[0]
