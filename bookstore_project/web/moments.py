"""How pages write a time: as bookstore_project/formats says, always with the zone."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString


def moment_text(at: datetime) -> str:
    """Return a time to the minute, such as "2026-11-28 12:05 UTC"."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def moment(at: datetime) -> SafeString:
    """Return a time as an element, with the exact time for programs."""
    exact = timezone.localtime(at).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', exact, moment_text(at))


def day(on: date) -> SafeString:
    """Return a day as an element, such as "2026-11-28"."""
    text = date_format(on, "DATE_FORMAT")
    return format_html('<time datetime="{}">{}</time>', f"{on:%Y-%m-%d}", text)
