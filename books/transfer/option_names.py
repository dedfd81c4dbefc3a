"""What the API, the command and the admin call an option of an import.

They read files with the same code, whose messages say which option helps. The interface is that of
the import that runs in the current thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .options import IGNORE


class Interface(Enum):
    API = auto()
    COMMAND = auto()
    ADMIN = auto()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let messages name the options of this interface, until the end of the block."""
        token = _interface.set(self)
        try:
            yield
        finally:
            _interface.reset(token)


_interface = ContextVar("interface", default=Interface.API)

# The labels of the fields in the admin's form.
LABELS = {
    "unknown": gettext_lazy("Unknown columns"),
    "columns": gettext_lazy("Columns with other names"),
    "encoding": gettext_lazy("Character set"),
    "date_format": gettext_lazy("How dates are written"),
    "sheet": gettext_lazy("Sheet of a workbook"),
}
LEAVE_OUT = gettext_lazy("Leave them out")


def option(name: str, value: str = "") -> str:
    """Return an option as the client of the current interface gives it, with a value or alone."""
    interface = _interface.get()
    if interface is Interface.ADMIN:
        shown = LEAVE_OUT if value == IGNORE else value
        return (
            _("“%(label)s: %(value)s”") % {"label": LABELS[name], "value": shown}
            if value
            else (_("“%(label)s”") % {"label": LABELS[name]})
        )
    written = f"--{name.replace('_', '-')}" if interface is Interface.COMMAND else name
    return f"{written}={value}" if value else written
