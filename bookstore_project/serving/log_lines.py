"""The format of log lines: one line for each message, without deceptive characters."""

import logging
import re
import unicodedata
from copy import copy
from http import HTTPStatus
from typing import Any

from bookstore_project.http.api_token_text import redacted as api_tokens_redacted
from bookstore_project.http.printable_ascii import printable_ascii

# C0 and C1 control characters: a newline would forge a line, an escape would drive a terminal.
ESCAPED = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}

# Unicode categories that could deceive a reader: format characters (which hide or reverse text),
# line and paragraph separators, spaces other than ASCII's, surrogates, and private or unassigned
# code points.
DECEPTIVE = {"Cf", "Zl", "Zp", "Zs", "Cs", "Co", "Cn"}
# Letters and symbols that are displayed as nothing or as a space.
BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
NOT_ASCII = re.compile("[^\x00-\x7f]")
# The token of a mail, in the address of a page (accounts/pages/mailed_token.py). The request log
# has no query; lines of the development server have one, and so may a Referer that Django repeats.
MAILED_TOKEN = re.compile(r"(?<=[?&]token=)[^\s&\"']+")
# Header fields that Django repeats in its messages: about a wrong host, and about CSRF.
REPEATED = ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER")


class LineFormatter(logging.Formatter):
    """Writes each message as one line; a traceback follows on indented lines.

    Text in any script is kept; characters that would forge or disguise a line are escaped. API
    tokens, which a client may put into an address by mistake, and tokens of mails are redacted.
    """

    def format(self, record: logging.LogRecord) -> str:
        if _is_mistake_of_client(record):
            record = copy(record)
            record.exc_info = record.exc_text = None
        return super().format(_without_spaces_of(getattr(record, "request", None), record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        return redacted(_escaped(super().formatMessage(record)))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the same
        """Return a traceback whose lines can't be mistaken for log lines.

        The message of an exception may repeat text from a client, with line breaks in it.
        """
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {redacted(_escaped(line))}" for line in lines)


def _is_mistake_of_client(record: logging.LogRecord) -> bool:
    """Return whether the record is Django's about a 4xx.

    Its traceback adds nothing to the message, and strangers can cause many of them.
    """
    return (
        HTTPStatus.BAD_REQUEST
        <= getattr(record, "status_code", 0)
        < HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _without_spaces_of(request: Any, record: logging.LogRecord) -> logging.LogRecord:
    """Return a record of Django's about a request, with the texts of the client escaped.

    Otherwise the text after a space in the path could make "Not Found: /x ..." look like a line of
    the request log. Django escapes non-ASCII characters only in most of its records.
    """
    headers = getattr(request, "META", {})
    sent = [getattr(request, "path", ""), *(headers.get(name, "") for name in REPEATED)]
    if not any(" " in text for text in sent):
        return record
    message = record.getMessage()
    for text in sent:
        for written in {text, text.encode("unicode_escape").decode()}:
            message = message.replace(written, printable_ascii(text)) if written else message
    record = copy(record)
    record.msg, record.args = message, None
    return record


def redacted(text: str) -> str:
    """Return a text of the log without the secrets of API tokens and of links in mails."""
    text = api_tokens_redacted(text)
    return MAILED_TOKEN.sub("[redacted]", text) if "token=" in text else text


def _escaped(text: str) -> str:
    return NOT_ASCII.sub(_escape_deceptive, text.translate(ESCAPED))


def _escape_deceptive(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in DECEPTIVE and character not in BLANK:
        return character
    return character.encode("unicode_escape").decode()
