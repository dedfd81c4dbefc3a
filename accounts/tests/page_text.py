"""What a page shows: its fields, its errors, and the links of mails that lead to it."""

import html
import re
from typing import Any

from django.core.mail import EmailMessage

# The address of a page of ours in a mail; the path and the query.
LINK = re.compile(r"^    http://localhost:8000(/account/\S+)$", re.MULTILINE)


def page_of(response: Any) -> str:
    return str(response.content.decode())


def inputs_of(response: Any) -> dict[str, str]:
    """Return the tag of each input of the forms in the page, by its name."""
    main = page_of(response).partition("<main")[2]
    return {name: tag for tag, name in re.findall(r'(<input [^>]*?name="([^"]*)"[^>]*>)', main)}


def errors_of(response: Any) -> dict[str, str]:
    """Return the errors of each field, by its name. Each is tied to the field."""
    found = re.findall(
        r'<div class="error" id="id_(\w+)_error">(.*?)</div>', page_of(response), flags=re.DOTALL
    )
    for name, _ in found:
        field = inputs_of(response)[name]
        assert 'aria-invalid="true"' in field
        assert re.search(rf'aria-describedby="[^"]*id_{name}_error', field)
    return {name: html.unescape(re.sub("<[^>]*>", "", text)).strip() for name, text in found}


def csrf_token(response: Any) -> str:
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page_of(response))
    return str(token)


def link_in(mail: EmailMessage) -> str:
    (link,) = LINK.findall(str(mail.body))
    return str(link)
