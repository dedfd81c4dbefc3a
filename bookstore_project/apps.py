"""The project as an app (for its templates and static files), and its admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import register

from .db.file_mode import check_database_file
from .speed import connection_health


class BookstoreProjectConfig(AppConfig):
    name = "bookstore_project"
    verbose_name = "Bookstore"
    default = True
    # Routes that read a password: they wait in a queue of the server (serving/bulkhead.py).
    hashing_routes = ("/login", "/register", "/api/session/login/")

    def ready(self) -> None:
        """Skip health checks of recently used connections, and register the system check."""
        connection_health.connect()
        register(check_database_file)


class BookstoreAdminConfig(admin_apps.AdminConfig):
    default_site = "accounts.login.admin_site.AccountsAdminSite"
    default = False
