"""The view that does many operations on books at once."""

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.origins import Origin
from accounts.tokens.authentication import authenticated_user
from books.api import idempotency
from books.api.batch import Batch
from books.api.batch_examples import BATCH
from books.api.batch_serializers import BatchOutcomesSerializer, BatchSerializer
from books.api.idempotency import answer_once
from books.api.slow_batches import charged
from books.models import Book
from bookstore_project.api.parsers import JSONParser
from bookstore_project.api.views import CanonicalViewMixin

from .parameters import STALE


@extend_schema(tags=["books"])
class BookBatchView(CanonicalViewMixin, GenericAPIView[Book]):
    """Create, change and delete up to 200 books in one transaction: all of them, or none.

    Operations are done in their order, each by the rules of the single request that it stands for:
    the same rights, the same conflicts, a history with every change and deletion. `change` has the
    members of a PATCH. `version` makes an operation conditional, as If-Match does.

    The form of all operations is checked first. Then the first one that can't be done decides the
    answer: `errors` points to it, and nothing is stored. More books are what imports are for.
    """

    serializer_class = BatchSerializer
    # A form can't have lists of operations.
    parser_classes = (JSONParser,)

    @extend_schema(
        summary="Create, change and delete many books at once",
        parameters=idempotency.parameters(status=200),
        responses={200: BatchOutcomesSerializer, **STALE},
        examples=BATCH,
    )
    def post(self, request: Request) -> Response:
        return answer_once(request, lambda: self._answer(request))

    def _answer(self, request: Request) -> Response:
        user = authenticated_user(request)
        with charged(user):
            operations = self.checked(request)["operations"]
            batch = Batch(operations, user=user, origin=Origin.of(request))
            return Response({"outcomes": batch.run()})
