"""Says what to do about dates in forms that a file has to name."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from books.values.publication import MESSAGE

from .dialects.general import DATES
from .errors import RowError
from .option_names import option

# Dates that may mean two days, or that only people of one country know how to read.
FORMS = (
    (re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", re.ASCII), "%d.%m.%Y"),
    (re.compile(r"[0-9]{1,2}\.[0-9]{4}", re.ASCII), "%m.%Y"),
    (re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", re.ASCII), "%Y/%m/%d"),
    (re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", re.ASCII), "%d/%m/%Y or %m/%d/%Y"),
    (re.compile(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}", re.ASCII), "%d-%m-%Y or %m-%d-%Y"),
)


def advised(error: RowError, members: Mapping[str, Any]) -> RowError:
    """Return the error of a date with the name of its form, if it has a usual one."""
    member = error.pointer.removeprefix("#/")
    value = members.get(member)
    if member not in DATES or not isinstance(value, str):
        return error
    form = next((form for pattern, form in FORMS if pattern.fullmatch(value.strip())), None)
    if form is None:
        return error
    advice = _("If the file has its dates so, name their form: %(option)s.") % {
        "option": option("date_format", form)
    }
    # Without the hint for years: more than the year is known.
    detail = str(MESSAGE) if error.detail.startswith(str(MESSAGE)) else error.detail
    return replace(error, detail=f"{detail} {advice}")
