"""The views that show the history of a book, list deleted books, and restore versions."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.origins import Origin
from accounts.tokens.authentication import authenticated_user
from books.api import examples
from books.api.filters import DeletedBookFilter
from books.api.permissions import HISTORY_MESSAGE, MayEditBook
from books.api.serializers import (
    BookSerializer,
    ChangeSerializer,
    DeletedBookSerializer,
    RestoreSerializer,
)
from books.api.view_pages import DeletedBooksPage, HistoryPage, RestorePage
from books.models import Book, BookChange, ChangeKind
from books.services.restoring import book_bring_back, book_restore
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.preconditions import IF_MATCH, Precondition
from bookstore_project.paging.tagged import TaggedListMixin

from .conditional import ConditionalMixin
from .parameters import ETAG_IF_ANY, ID, STALE

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def changed_book(user: User, pk: int, *, refusal: "StrOrPromise") -> Book | BookChange:
    """Return a book that `user` may change, or the deletion of a book that they may restore.

    Raises PermissionDenied with `refusal` for a book of another user, and NotFound for a deleted
    one, so that other users can't tell it from a book that never existed.
    """
    books = Book.objects.filter(pk=pk).select_related("owner")
    book = books.editable_by(user).first()
    if book is not None:
        return book
    if books.visible_to(user).exists():
        raise PermissionDenied(refusal)
    deletion = BookChange.objects.last_of(book_id=pk, user=user)
    # The last change is no deletion if its record went with the account of a later owner.
    if deletion is None or deletion.kind != ChangeKind.DELETED:
        raise NotFound
    return deletion


def _title(subject: Book | BookChange) -> str:
    return subject.name if isinstance(subject, Book) else subject.title


@extend_schema_view(
    get=extend_schema(
        summary="List the changes of a book",
        parameters=[ID],
        examples=examples.HISTORY,
    )
)
@extend_schema(tags=["books"])
class BookHistoryView(CanonicalViewMixin, TaggedListMixin, ListAPIView[BookChange]):
    """The changes of a book, latest first: who made each, when, and the book before and after it.

    For the owner, an editor or an admin. The history of a deleted book is for its last owner, an
    editor or an admin.
    """

    serializer_class = ChangeSerializer
    page_class = HistoryPage
    filter_backends = ()
    pagination_tiebreaker = "version"
    query_parameters = dict.fromkeys(("GET", "HEAD", "OPTIONS"), ("limit", "cursor", "count"))
    # Of the book whose changes are listed: its page is named after it.
    book_title = ""

    def get_queryset(self) -> QuerySet[BookChange]:
        if getattr(self, "swagger_fake_view", False):
            return BookChange.objects.none()
        pk = int(self.kwargs["pk"])
        user = authenticated_user(self.request)
        self.book_title = _title(changed_book(user, pk, refusal=HISTORY_MESSAGE))
        return BookChange.objects.of_book(pk).order_by("-version")


@extend_schema_view(
    get=extend_schema(
        summary="List deleted books",
        examples=examples.DELETED,
    )
)
@extend_schema(tags=["books"])
class DeletedBooksView(CanonicalViewMixin, TaggedListMixin, ListAPIView[BookChange]):
    """Your deleted books, which can be restored, the latest deletion first.

    Editors and admins see the deleted books of all users, or of one `owner`.
    """

    serializer_class = DeletedBookSerializer
    page_class = DeletedBooksPage
    filterset_class = DeletedBookFilter

    def get_queryset(self) -> QuerySet[BookChange]:
        if getattr(self, "swagger_fake_view", False):
            return BookChange.objects.none()
        user = authenticated_user(self.request)
        return BookChange.objects.of_deleted_books().restorable_by(user).order_by("-id")


@extend_schema(tags=["books"])
class BookRestoreView(CanonicalViewMixin, ConditionalMixin):
    """Restore an earlier version of a book, or a deleted book.

    Without `version`, the last version that differs from the stored book is restored. The book gets
    a new version, unless it already has all these values. Its owner does not change, and a deleted
    book keeps its id.
    """

    serializer_class = RestoreSerializer
    page_class = RestorePage

    @extend_schema(
        summary="Restore an earlier version of a book, or a deleted book",
        parameters=[ID, IF_MATCH, ETAG_IF_ANY],
        responses={200: BookSerializer, **STALE},
        examples=examples.RESTORE,
    )
    def post(self, request: Request, pk: str) -> Response:
        subject = changed_book(authenticated_user(request), int(pk), refusal=MayEditBook.message)
        condition = Precondition.of(request)
        sent = self.checked(request)
        asked: dict[str, Any] = {
            "version": sent.get("version"),
            "origin": Origin.of(request),
            "condition": condition,
        }
        with self.changing():
            book = (
                book_restore(book=subject, **asked)
                if isinstance(subject, Book)
                else book_bring_back(deletion=subject, **asked)
            )
        return self.tagged(Response(BookSerializer(book).data))
