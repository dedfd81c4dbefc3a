"""The production server: granian, with worker processes that each answer one request at a time.

Requests that hash a password or import a file run in other threads: see bulkhead.py.

docs/serving.md lists the tasks of a proxy in front. One thread for each worker and the frozen
objects were chosen with a prototype, and not measured again here.
"""

import gc
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import mp
from granian.wsgi import _callback_wrapper

from bookstore_project.db.migrations import wait_for_migrations

from . import reload
from .bulkhead import Bulkhead
from .streams import Streams

logger = logging.getLogger("bookstore.serve")

APPLICATION = "bookstore_project.wsgi.application"

# Connections that wait in the kernel, and the open connections of all workers together.
BACKLOG = 1_024
# Milliseconds in which a client must send the headers of a request; also the idle timeout.
HEADERS_TIMEOUT = 15_000
# Seconds in which a worker that is told to stop may finish its requests.
STOP_TIMEOUT = 30
# granian itself answers /healthz with this file, in its network thread, so that it answers even
# while the application in every worker waits for the database.
HEALTHZ = Path(__file__).parent / "healthz"
# Seconds between the start of a new worker and the stop of the old one, at least. granian waits a
# fixed time, whether the new one is ready or not; on an idle machine a worker starts in 1 s.
RELOAD_INTERVAL = 10
# The check before a reload loads the same code as a new worker. On a busy machine granian waits
# this many times as long as the check took.
CHECKS_PER_INTERVAL = 3


def available_cpus() -> int:
    """Return the number of CPUs that this process may use; the machine may have more."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_frozen() -> Any:
    """Load the application completely, and exclude its objects from garbage collection.

    Objects created at start-up live as long as the worker, but a full collection would visit each
    of them while a request waits (for how long was not measured). The routes are loaded here,
    because otherwise the first request would wait for them.
    """
    application = import_string(APPLICATION)
    # These are not part of our lines, but looked up for each (Logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    _ = get_resolver().url_patterns
    wait_for_migrations()
    gc.collect()
    gc.freeze()
    # granian has no public hook between its protocol and the application.
    mp._wsgi_call_wrap = behind_bulkhead  # type: ignore[attr-defined, assignment]  # noqa: SLF001  # as said
    return in_one_piece(application)


def in_one_piece(application: Any) -> Any:
    """Return a WSGI application that returns the body as a list of bytes, unless it is streamed.

    granian sends a list at once, and any other iterable in chunks, which made a page 4 % slower.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        response = application(environ, start_response)
        if response.streaming:
            return response
        content = [response.content]
        response.close()
        return content

    return answer


def behind_bulkhead(application: Any, *options: Any) -> Bulkhead:
    """Return granian's callback for a WSGI application, behind the bulkheads."""
    return Bulkhead(Streams(_callback_wrapper(application, *options)))


class CheckedReloadServer(mp.MPServer):
    """granian's server, except that SIGHUP keeps the workers if `serve --check` fails.

    granian itself stops a worker a fixed time after it started the next one, ready or not: on a
    busy machine nobody would serve meanwhile. The check runs in a new interpreter, which loads the
    code on disk, so its duration says how long a worker needs now. It runs in a thread, because a
    signal handler must return at once.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._checking = threading.Lock()

    def signal_handler_reload(self, *args: Any, **options: Any) -> None:
        threading.Thread(target=self._reload_if_sound, daemon=True).start()

    def _reload_if_sound(self) -> None:
        """Check the version on disk, one check at a time, and reload if it passes."""
        with self._checking:
            begun = time.monotonic()
            problem = reload.problem_of_new_version()
            taken = time.monotonic() - begun
        if problem:
            logger.error("SIGHUP: the new version is not loaded; the workers continue. %s", problem)
            return
        self.respawn_interval = max(RELOAD_INTERVAL, CHECKS_PER_INTERVAL * taken)
        super().signal_handler_reload()  # type: ignore[no-untyped-call]  # untyped there


def production_server(*, host: str, port: int, workers: int) -> CheckedReloadServer:
    """Return the server. SIGTERM or SIGINT ends its serve(), and SIGHUP starts new workers."""
    return CheckedReloadServer(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        # As in the prototype: Python runs only one thread of a process at a time.
        blocking_threads=1,
        backlog=BACKLOG,
        static_path_route=["/healthz"],
        static_path_mount=[HEALTHZ],
        static_path_dir_to_file="ok.json",
        static_path_expires=0,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_TIMEOUT),
        respawn_failed_workers=True,
        respawn_interval=RELOAD_INTERVAL,
        workers_kill_timeout=STOP_TIMEOUT,
        log_level=LogLevels(settings.LOG_LEVEL.lower()),
        log_dictconfig=_log_lines(),
    )


def _log_lines() -> dict[str, Any]:
    """Return the logging configuration that formats the server's lines like the application's."""
    line = {name: settings.LOGGING[name] for name in ("version", "filters", "formatters")}
    own = {"handlers": ["console"], "propagate": False}
    return {**line, "handlers": settings.LOGGING["handlers"], "loggers": {"_granian": own}}
