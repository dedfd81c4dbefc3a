"""Which lines of Django's log say nothing new while a part around the service is away."""

import logging


class UnavailableFilter(logging.Filter):
    """Drops "Service Unavailable: /path", with or without a traceback.

    Where a 503 is made, a line says why (problems.py, counters.py), and the log of requests has the
    path and the status.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503
