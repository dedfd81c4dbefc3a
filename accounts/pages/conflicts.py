"""The words for broken rules on pages, beside those of the API, which name its routes.

A rule that pages alone have needs no other words than its own.
"""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookstore_project.errors import ConflictError

# By the stable code of the rule: the field of a form that is wrong, and what to do.
WORDS = {
    "name_taken": ("name", _("This name is taken. Choose another.")),
    "name_look_alike": (
        "name",
        _("This name looks like that of another account. Choose another."),
    ),
    "email_taken": ("email", _("Another account has this email address.")),
    "email_required": (None, _("Your account must have an email address. Change it instead.")),
    "last_admin": (
        None,
        _("You are the last admin. Make another user an admin first."),
    ),
    "too_many_api_tokens": (
        None,
        _("You have as many API tokens as an account can have. End one that you no longer need."),
    ),
    "too_many_passkeys": (
        None,
        _("You have as many passkeys as an account can have. Remove one that you do not use."),
    ),
    "passkey_exists": (None, _("This passkey was added before.")),
    "totp_exists": (None, _("You have an authenticator app. Remove it first.")),
    "totp_not_begun": (
        None,
        _("The secret is of another session, older than an hour, or was replaced. Begin again."),
    ),
    "no_second_factor": (None, _("You have no second factor. Add one first.")),
}


def conflict_words(error: ConflictError, form: forms.Form) -> tuple[str | None, object]:
    """Return the field of `form` that is wrong, None for the whole form, and what to do."""
    field, words = WORDS.get(error.code, (None, gettext(error.detail)))
    return (field if field in form.fields else None), words
