"""Serve in production: see docs/serving.md."""

import multiprocessing
import socket
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management.base import BaseCommand, CommandError

from bookstore_project.db.migrations import missing_if_reachable
from bookstore_project.serving.server import available_cpus, load_frozen, production_server

DEFAULT_BIND = "127.0.0.1:8000"


class Command(BaseCommand):
    help = (
        "Serve in production, with one worker process for each CPU. On SIGTERM it finishes the "
        "running requests and stops; on SIGHUP it loads a new version of the code if that passes "
        "--check. It does not start if a setting is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--bind",
            type=_address,
            default=DEFAULT_BIND,
            help=f"HOST:PORT, by default {DEFAULT_BIND}.",
        )
        parser.add_argument(
            "--workers",
            type=_count,
            default=available_cpus(),
            help="Processes that answer requests, by default one for each CPU.",
        )

        parser.add_argument(
            "--check",
            action="store_true",
            help="Check whether this code can be served with its settings and its database, and "
            "exit, with status 0 if it can.",
        )

    def handle(
        self, *args: Any, bind: tuple[str, int], workers: int, check: bool, **options: Any
    ) -> None:
        if settings.DEBUG:
            raise CommandError(
                "DEBUG is on, which shows the code to everybody who finds an error in it. "
                "Set BOOKSTORE_ENV=production, or use runserver."
            )
        _require_migrations()
        if check:
            return
        if _lacks_static_files():
            self.stderr.write("Pages for people need their static files: manage.py collectstatic")
        if workers > 1 and _counts_by_process():
            self.stderr.write(
                f"Each of the {workers} processes counts failed sign-ins by itself, which makes "
                f"the limits {workers} times as high. Set CACHE_URL to a Redis, or --workers=1"
            )
        host, port = bind
        _require_free_address(host, port)
        # A forked worker would keep the modules loaded here, also after a reload.
        multiprocessing.set_start_method("spawn", force=True)
        server = production_server(host=host, port=port, workers=workers)
        server.serve(target_loader=load_frozen, wrap_loader=False)


def _address(text: str) -> tuple[str, int]:
    """Return the host and the port of HOST:PORT. An IPv6 address is in brackets."""
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
        raise ArgumentTypeError(f"{text!r} is not HOST:PORT, such as {DEFAULT_BIND}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"{text!r} is not a number of processes, 1 or more")
    return int(text)


def _require_migrations() -> None:
    """Raise CommandError if the database lacks a migration of this code."""
    if missing := missing_if_reachable():
        raise CommandError(
            f"The database lacks {len(missing)} migrations, {missing[0]} first. "
            "Run them: manage.py migrate"
        )


def _lacks_static_files() -> bool:
    # Only production's storage has a manifest; in development nothing is collected.
    storage = staticfiles_storage
    return isinstance(storage, ManifestFilesMixin) and storage.read_manifest() is None


def _counts_by_process() -> bool:
    return isinstance(caches[DEFAULT_CACHE_ALIAS], LocMemCache)


def _require_free_address(host: str, port: int) -> None:
    """Raise CommandError if the address is in use or can't be bound.

    The workers bind with SO_REUSEPORT, so a second server would silently share the clients of the
    first one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the workers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{host} port {port} can't be used ({error.strerror}). Choose another with --bind."
            ) from error
