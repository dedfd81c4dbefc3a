"""How pages write a time: one way, in the language of the page, and always with the zone."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext


def moment_text(at: datetime) -> str:
    """Return a time to the minute, such as "28 Nov 2026, 12:05 UTC"."""
    pattern = pgettext("a time, in the letters of Django's date filter", "j M Y, H:i T")
    return date_format(timezone.localtime(at), pattern)


def moment(at: datetime) -> SafeString:
    """Return a time as an element, with the exact time for programs."""
    exact = timezone.localtime(at).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', exact, moment_text(at))


def day(on: date) -> SafeString:
    """Return a day as an element, such as "28 Nov 2026"."""
    pattern = pgettext("a day, in the letters of Django's date filter", "j M Y")
    return format_html('<time datetime="{}">{}</time>', f"{on:%Y-%m-%d}", date_format(on, pattern))
