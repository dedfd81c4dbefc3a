"""Prepare a fresh checkout: what `make run` does before it serves."""

import json
import secrets
import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from books.models import Book

ADMIN_NAME = "admin"
TITLES = Path(__file__).resolve().parents[2] / "data" / "public_domain.json"


class Command(BaseCommand):
    help = (
        "Migrate the database. On the first run, also create an admin with a random password and "
        "load some public-domain titles. Running the command again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="The host of the server.")
        parser.add_argument("--port", default="8000", help="The port of the server.")

    def handle(self, *args: Any, host: str, port: str, **options: Any) -> None:
        _require_free_port(host, port)
        call_command("migrate", verbosity=0)
        password = None if User.objects.active_admins().exists() else _make_admin_with_books()
        self._welcome(base=f"http://{host}:{port}", password=password)

    def _welcome(self, *, base: str, password: str | None) -> None:
        self.stdout.write(f"Browsable API   {base}/api/v1")
        self.stdout.write(f"Documentation   {base}/api/docs")
        self.stdout.write(f"Admin           {base}/admin/")
        if password is not None:
            self.stdout.write(f"\nSign in as      {ADMIN_NAME}")
            self.stdout.write(f"Password        {password}   (shown only once)\n")


def _require_free_port(host: str, port: str) -> None:
    """Raise CommandError with advice if the server can't use this address."""
    if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
        raise CommandError(f"{port!r} is not a port. Try: make run PORT=8001")
    with socket.socket() as probe:
        # The server sets this option too: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise CommandError(
                f"Port {port} can't be used ({error.strerror}). "
                f"Try another: make run PORT={int(port) % 65535 + 1}"
            ) from error


def _make_admin_with_books() -> str:
    """Store the admin and the titles, in one transaction, and return the admin's password."""
    if User.objects.named(ADMIN_NAME).exists():
        raise CommandError(
            f"There is no active admin, and another user has the name {ADMIN_NAME!r}. "
            "Create an admin yourself: manage.py createsuperuser"
        )
    password = secrets.token_urlsafe(15)
    with transaction.atomic():
        admin = User.objects.create_superuser(ADMIN_NAME, password)
        titles = json.loads(TITLES.read_text(encoding="utf-8"))
        Book.objects.bulk_create(Book(owner=admin, **title) for title in titles)
    return password
