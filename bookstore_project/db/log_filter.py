"""Drops log lines of Django that repeat what another line says when a dependency is down."""

import logging


class UnavailableFilter(logging.Filter):
    """Drops "Service Unavailable: /path", with or without a traceback.

    The code that answers 503 logs the reason (problems.py, counters.py), and the request log has
    the path and the status.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503
