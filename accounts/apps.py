"""The app of accounts: users, their passwords, sessions and tokens."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from bookstore_project.serving.startup import STARTUP


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")
    # Routes that may hash a password: they wait in a queue of the server (serving/bulkhead.py).
    hashing_routes = (
        "/account/(?:register|reset-password|invitation)/",
        "/admin/login/",
        "/admin/accounts/user/.*",
        "/account/(?:password|name|email|tokens/new|second-factor/app|recovery-codes|deletion)/",
        "/account/(?:email|second-factor/app)/remove/",
        "/account/passkeys/new/",
        "/account/providers/(?:register|link|[0-9a-f-]+/remove)/",
        "/api/v1/auth/(?:register|token|password-reset/confirm)/?",
        "/api/v1/users(?:/.*)?",
    )
    # The tables of the export of an account.
    personal_data = "accounts.services.personal_data"
    # Permissions that the `admin` flag gives in the Django admin.
    admin_permissions = (
        "view_user",
        "add_user",
        "change_user",
        "delete_user",
        "view_authevent",
        "view_apitoken",
        "delete_apitoken",
    )

    def ready(self) -> None:
        """Register the start-up checks, and what follows Django's own sign-ins and migrations."""
        from .keys.checks import check_email_keys, check_keyring  # noqa: PLC0415  # the same
        from .login import browser_events  # noqa: PLC0415  # needs the models, loaded by now
        from .services.name_looks import complete  # noqa: PLC0415  # the same

        register(check_keyring, STARTUP)
        register(check_email_keys, Tags.database)
        browser_events.connect()
        post_migrate.connect(complete, sender=self)

    def start_background(self) -> None:
        """Send queued mails and remove deleted accounts in threads of this process."""
        from .mail import outbox  # noqa: PLC0415  # needs the models
        from .mail.sender import queue_send  # noqa: PLC0415  # the same
        from .services.deletion import start_removing  # noqa: PLC0415  # the same

        outbox.start(queue_send)
        start_removing()

    def prune(self) -> str:
        from .mail.endings import old_mails_give_up  # noqa: PLC0415  # needs the models
        from .services.deletion import deleted_users_remove  # noqa: PLC0415  # the same
        from .services.name_looks import name_looks_fill  # noqa: PLC0415  # the same
        from .services.pruning import prune  # noqa: PLC0415  # the same

        deleted_users_remove()
        name_looks_fill()
        return f"{prune()}\nGave up {old_mails_give_up()} mails that could not be sent."
