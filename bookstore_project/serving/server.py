"""The production server: granian, with worker processes that each answer one request at a time.

A request that hashes a password or imports a file is answered beside it: see bulkhead.py.

What the server leaves to a proxy in front is in docs/serving.md. One thread for each worker and
the frozen objects follow the prototype: neither was measured again here.
"""

import gc
import logging
import os
import threading
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

# Connections that wait in the kernel, and those that all workers together take on at a time.
BACKLOG = 1_024
# Milliseconds that a client may take for the headers of a request, and idle between two requests.
HEADERS_TIMEOUT = 15_000
# Seconds that a worker gets to finish what it answers, once it is told to stop.
STOP_TIMEOUT = 30
# granian itself answers /healthz with this file, in the thread that reads from the network: also
# while the application of every worker waits for the database.
HEALTHZ = Path(__file__).parent / "healthz"
# Seconds that a new worker gets to start before the old one ends. granian waits no longer and no
# shorter, whether the new one is ready or not; one takes 1 s to start on a machine that is idle.
RELOAD_INTERVAL = 10


def available_cpus() -> int:
    """Return how many CPUs this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_frozen() -> Any:
    """Load the application whole, and keep the garbage collector from going through it again.

    What is there when a worker starts stays as long as the worker; a full collection would visit
    each object of it while some request waits. How long was not measured. The routes would be
    loaded by the first request, which would wait for them.
    """
    application = import_string(APPLICATION)
    # Not in our lines, and looked up for each (Logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    _ = get_resolver().url_patterns
    wait_for_migrations()
    gc.collect()
    gc.freeze()
    # granian has no other place for what runs between its protocol and the application.
    mp._wsgi_call_wrap = behind_bulkhead  # type: ignore[attr-defined, assignment]  # noqa: SLF001  # as said
    return in_one_piece(application)


def in_one_piece(application: Any) -> Any:
    """Return a WSGI application that gives the server a whole body, unless it is streamed.

    granian sends a list of bytes at once, and takes anything else for chunks, which made
    a page 4 % slower.
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
    """Return what granian makes of a WSGI application, behind the bulkheads."""
    return Bulkhead(Streams(_callback_wrapper(application, *options)))


class CheckedReloadServer(mp.MPServer):
    """granian's server, whose workers stay if the new version does not pass `serve --check`.

    granian itself ends a worker 10 s after it started the next one, ready or not. The check runs in
    a new interpreter, which loads the code as it is now, in a thread, since a signal handler must
    return at once.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._checking = threading.Lock()

    def signal_handler_reload(self, *args: Any, **options: Any) -> None:
        threading.Thread(target=self._reload_if_sound, daemon=True).start()

    def _reload_if_sound(self) -> None:
        """Check the version on disk, one check at a time, and have it taken up."""
        with self._checking:
            problem = reload.problem_of_new_version()
        if problem:
            logger.error("SIGHUP: the new version is not taken up; workers go on. %s", problem)
            return
        super().signal_handler_reload()  # type: ignore[no-untyped-call]  # untyped there


def production_server(*, host: str, port: int, workers: int) -> CheckedReloadServer:
    """Return the server; its serve() ends by SIGTERM or SIGINT, and SIGHUP starts new workers."""
    return CheckedReloadServer(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        # As in the prototype: Python runs one thread of a process at a time.
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
    """Have the server's own lines written as the application writes its own."""
    line = {name: settings.LOGGING[name] for name in ("version", "filters", "formatters")}
    own = {"handlers": ["console"], "propagate": False}
    return {**line, "handlers": settings.LOGGING["handlers"], "loggers": {"_granian": own}}
