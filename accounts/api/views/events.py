"""The events of your account."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView

from accounts.api import examples
from accounts.api.serializers.events import EventSerializer
from accounts.models import AuthEvent
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.views import CanonicalViewMixin


@extend_schema_view(
    get=extend_schema(
        summary="List the events of your account",
        examples=examples.LIST_EVENTS,
    )
)
@extend_schema(tags=["users"])
class EventsView(CanonicalViewMixin, ListAPIView[AuthEvent]):
    """Sign-ins, failed sign-ins, password changes and similar events, the latest first."""

    serializer_class = EventSerializer

    def get_queryset(self) -> QuerySet[AuthEvent]:
        if getattr(self, "swagger_fake_view", False):
            return AuthEvent.objects.none()
        return AuthEvent.objects.about(authenticated_user(self.request)).order_by("-at")
