"""The commands of the front page: from an account to a restored book."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

BEARER = '-H "Authorization: Bearer $TOKEN"'
JSON = "-H 'Content-Type: application/json'"
# Ends the line after the answer.
LINE = r"-w '\n'"


@dataclass(frozen=True, kw_only=True)
class Step:
    title: Any
    command: str


def first_steps(address: str) -> list[Step]:
    """Return the steps, for a server at `address`. Each uses the variables of those before it."""
    return [
        _account(address),
        Step(
            title=_("Get a token, which is valid for 45 minutes."),
            command='TOKEN=$(curl -s -X POST $API/auth/token -u "$NAME:$PASSWORD" \\\n'
            r"""  | sed 's/.*"access":"\([^"]*\)".*/\1/')""",
        ),
        Step(
            title=_("Add a book, and keep its number."),
            command=f"BOOK=$(curl -s $API/books {BEARER} \\\n  {JSON} \\\n"
            """  -d '{"name": "Romola", "author": "George Eliot", "price": "12.50"}' \\\n"""
            r"""  | sed 's/.*"id":\([0-9]*\).*/\1/')""",
        ),
        Step(
            title=_("List your books."),
            command=f'curl -s "$API/books?owner=me" {BEARER} {LINE}',
        ),
        Step(
            title=_("Change its price."),
            command=f"curl -s -X PATCH $API/books/$BOOK {BEARER} \\\n  {JSON} {LINE} \\\n"
            """  -d '{"price": "9.50"}'""",
        ),
        Step(
            title=_("Restore the first version: every change can be undone."),
            command=f"curl -s -X POST $API/books/$BOOK/restore {BEARER} \\\n  {JSON} {LINE} \\\n"
            """  -d '{"version": 1}'""",
        ),
    ]


def _account(address: str) -> Step:
    api = f"API={address}api/v1\n"
    if settings.EMAIL_VERIFICATION == "required":
        return Step(
            title=_(
                "Register on this site, and confirm your address by the mail. Then put your name "
                "and your password here."
            ),
            command=f"{api}NAME='your name'; PASSWORD='your password'",
        )
    return Step(
        title=_(
            "Register. The name and the password are made up for you, and shown: you can also sign "
            "in here with them."
        ),
        command=f'{api}NAME="reader-$(date +%s)"; PASSWORD=$(openssl rand -hex 12)\n'
        f"curl -s $API/auth/register {JSON} {LINE} \\\n"
        """  -d '{"name": "'$NAME'", "password": "'$PASSWORD'"}'\n"""
        'echo "$NAME $PASSWORD"',
    )
