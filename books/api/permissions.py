"""Decides who may change a book."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.tokens.authentication import authenticated_user
from books.models import Book

# Every user may read a book, but not its history.
HISTORY_MESSAGE = "Only the owner, an editor or an admin may see the history of this book."


class MayEditBook(BasePermission):
    """Allows reading to everyone, and writing to users whose editable_by() contains the book."""

    message = _("Only the owner, an editor or an admin may change this book.")

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        if request.method in SAFE_METHODS:
            return True
        if Book.objects.editable_by(authenticated_user(request)).filter(pk=obj.pk).exists():
            return True
        if not Book.objects.filter(pk=obj.pk).exists():
            # The book was deleted after it was read.
            raise NotFound
        return False
