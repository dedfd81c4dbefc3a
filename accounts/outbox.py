"""Work that no answer waits for: finding out who gets a mail, and sending it.

One thread of this process does it, one piece after the other; Python lets it finish what is waiting
before it exits. What is lost when the process is killed can be asked for again.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import BoundedSemaphore
from traceback import extract_tb
from typing import Any

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)

CAPACITY = 1000

_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
_places = BoundedSemaphore(CAPACITY)


def submit(work: Callable[..., None], **arguments: Any) -> None:
    """Have `work` done soon, and return at once; if too much is waiting, it is dropped."""
    if not _places.acquire(blocking=False):
        logger.error("Too much is waiting: dropped %s.", work.__name__)
        return
    try:
        # In this context, so that the log has the id of the request.
        _worker.submit(copy_context().run, _do, work, arguments)
    except RuntimeError:
        _places.release()
        logger.warning("The server is going down: dropped %s.", work.__name__)


def _do(work: Callable[..., None], arguments: dict[str, Any]) -> None:
    try:
        close_old_connections()
        work(**arguments)
    except Exception as error:  # noqa: BLE001  # whatever it is, the next mail must go out
        # Neither the message nor the arguments: an address or a token may stand in them.
        place = extract_tb(error.__traceback__)[-1]
        logger.error(  # noqa: TRY400  # a traceback ends in the message
            "Failed: %s, by %s at %s:%s.",
            work.__name__,
            type(error).__name__,
            place.filename,
            place.lineno,
        )
    finally:
        connections.close_all()
        _places.release()
