"""What a User-Agent says in words, such as "Firefox on Windows". Anyone can send any text."""

import re

from django.utils.translation import gettext as _

# The first that is found: most browsers also name those that they imitate.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "HeadlessChrome": "Chrome",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
# RFC 9110 section 10.1.5: the first product is the program itself.
PRODUCT = re.compile(r"[\w.+-]+(?:/[\w.+-]+)?")
# Characters of a program's name that a page shows.
LONGEST = 40


def device_words(user_agent: str) -> str:
    """Return the program and the system that a client says it is."""
    browser = _first(BROWSERS, user_agent, suffix="/")
    if browser is None:
        product = PRODUCT.match(user_agent)
        return product[0][:LONGEST].replace("/", " ") if product else _("an unknown program")
    system = _first(SYSTEMS, user_agent)
    return (
        browser
        if system is None
        else _("%(program)s on %(system)s")
        % {
            "program": browser,
            "system": system,
        }
    )


def _first(names: dict[str, str], user_agent: str, *, suffix: str = "") -> str | None:
    return next((name for mark, name in names.items() if mark + suffix in user_agent), None)
