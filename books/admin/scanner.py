"""A field for scanners in the Django admin: an ISBN leads to its book, or to the form for it."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from books.models import Book
from books.values.isbn import normalize_isbn

LIST = "admin:books_book_changelist"
# The tag of a message after which the field for scanners has the focus (includes/scanner.html).
SCANNED = "scanned"
# The longest part of a scanned text that a message repeats.
SHOWN = 50


class ScannerMixin(admin.ModelAdmin[Book]):
    """Answers the field for scanners, which is on the index of the site and on the list."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.isbn_view)
        return [path("isbn/", view, name="books_book_isbn"), *super().get_urls()]

    def isbn_view(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the book with an ISBN, to the list of several, or to the form for a new one.

        A text that is not an ISBN leads back to the list, where a message says what was scanned and
        why nothing was found; the next scan goes into the field again.
        """
        text = request.GET.get("isbn", "")
        try:
            isbn = normalize_isbn(text)
        except ValidationError as error:
            message = _("Nothing was found for “%(text)s”. %(reason)s")
            shown = {"text": text[:SHOWN], "reason": error.messages[0]}
            messages.error(request, message % shown, extra_tags=SCANNED)
            return redirect(LIST)
        found = list(Book.objects.filter(isbn=isbn).values_list("pk", flat=True)[:2])
        if len(found) == 1:
            return redirect("admin:books_book_change", found[0])
        if found:
            return redirect(f"{reverse(LIST)}?{urlencode({'q': isbn})}")
        message = _("No book has the ISBN %(isbn)s yet. You can add it here.")
        messages.info(request, message % {"isbn": isbn})
        return redirect(f"{reverse('admin:books_book_add')}?{urlencode({'isbn': isbn})}")
