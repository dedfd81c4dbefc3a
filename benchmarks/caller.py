"""The accounts that send requests, as JSON: a reader who owns a thousand books, and a writer.

bench.py runs this as a process, because Django reads its database from the environment.
"""

import json
import re
import sys
import time
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Count, Q

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book

BOOKS = 1_000
PASSWORD = "violet-Harbour-27"  # of an invented user in an invented store
MOST_OF_FEW = 15


def main() -> None:
    owners = User.objects.annotate(count=Count("books"))
    reader = min(owners, key=lambda owner: abs(owner.count - BOOKS))
    User.objects.filter(pk=reader.pk).update(password=make_password(PASSWORD))
    writer = User.objects.create_user("bench-writer")
    own = Book.objects.owned_by(reader).order_by("pk")
    middle = own[own.count() // 2]
    found = {
        "reader": {"name": reader.name, "password": PASSWORD, **tokens(reader)},
        "writer": tokens(writer),
        "book": middle.pk,
        "few": rare_word(list(own)),
        "many": "history",
        "none": "qxzvjkqxz",
    }
    sys.stdout.write(json.dumps(found))


def tokens(user: User) -> dict[str, str]:
    """Return the product's token, and one for django-bolt, with the primary key in `sub`."""
    now = int(time.time())
    claims = {"sub": str(user.pk), "iat": now, "exp": now + 2_700}
    key = settings.SECRET_KEY
    return {"token": str(AccessToken.for_user(user)), "bolt": jwt.encode(claims, key, "HS256")}


def rare_word(books: list[Book]) -> str:
    """Return a word in Latin letters that few books of the store have."""
    for book in books:
        for word in re.findall(r"\b[a-z]{9,}\b", book.name, re.ASCII):
            has: Any = Q(name__icontains=word) | Q(author__icontains=word)
            count = Book.objects.filter(has | Q(publisher__icontains=word)).count()
            if 1 <= count <= MOST_OF_FEW:
                return str(word)
    raise SystemExit("The store has no rare word.")


if __name__ == "__main__":
    main()
