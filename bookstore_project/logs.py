"""How a log line is written."""

import logging
from copy import copy

# C0 and C1 control characters: a newline would forge a line, an escape would drive a terminal.
ESCAPED = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


# Where the message says all, to whoever sends what: no traceback for strangers' mistakes.
WITHOUT_TRACEBACK = {"django.security.DisallowedHost"}


class LineFormatter(logging.Formatter):
    """Writes one line, whatever the message holds; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name in WITHOUT_TRACEBACK:
            record = copy(record)
            record.exc_info = record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        return super().formatMessage(record).translate(ESCAPED)
