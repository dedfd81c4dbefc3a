"""Restores deleted books for the pages of the Django admin, and says what came of it."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.restoring import book_bring_back
from bookstore_project.errors import ConflictError
from bookstore_project.web.sign_in import refusal_words

# Digits of a book's id: the databases have no longer ids.
MAXIMUM_DIGITS = 18


def is_number(text: str) -> bool:
    """Return whether a text can be the id of a book."""
    return text.isascii() and text.isdecimal() and len(text) <= MAXIMUM_DIGITS


def last_deletion(number: int) -> BookChange | None:
    """Return the deletion of a book that is deleted now, or None."""
    last = BookChange.objects.of_book(number).order_by("-version").first()
    return last if last is not None and last.kind == ChangeKind.DELETED else None


def books_bring_back(request: HttpRequest, numbers: Iterable[int]) -> None:
    """Restore the last version of each of the books that is deleted."""
    restored = [book for number in numbers if (book := book_brought_back(request, number))]
    if len(restored) == 1:
        text = _("Restored %(book)s.") % {"book": restored[0]}
        messages.success(request, text)
    elif restored:
        count = len(restored)
        text = ngettext("Restored %(count)d book.", "Restored %(count)d books.", count)
        messages.success(request, text % {"count": count})


def book_brought_back(
    request: HttpRequest, number: int, *, version: int | None = None
) -> Book | None:
    """Restore a deleted book; a message says why, if that is not possible."""
    deletion = last_deletion(number)
    if deletion is None:
        messages.warning(request, _("Book %(id)s is not deleted.") % {"id": number})
        return None
    try:
        return book_bring_back(deletion=deletion, origin=Origin.of(request), version=version)
    except (ConflictError, Book.DoesNotExist) as error:
        messages.error(request, format_html("{}: {}", deletion.title, not_restored(error)))
        return None


def not_restored(error: ConflictError | Book.DoesNotExist) -> str:
    """Return why a book is not restored, in the language of the page."""
    if isinstance(error, ConflictError):
        return refusal_words(error)
    return gettext("The book, or the account of its owner, was deleted meanwhile.")
