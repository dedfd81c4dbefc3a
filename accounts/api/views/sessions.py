"""Lists and ends sessions."""

from typing import Any, NoReturn

from django.contrib.auth import logout
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import DestroyAPIView, GenericAPIView, ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import examples, refresh_cookie
from accounts.api.permissions import IsAdmin
from accounts.api.serializers.sessions import SessionSerializer
from accounts.api.view_pages import SessionsPage
from accounts.login.own_account import own_sessions_end
from accounts.models import EndReason, LoginSession, User
from accounts.models.browser_session import listed_sessions
from accounts.origins import Origin
from accounts.services.access import may_act_on
from accounts.services.sessions import session_revoke, sessions_revoke
from accounts.tokens.authentication import authenticated_user, current_login, token_session
from accounts.tokens.classes import RefreshToken
from accounts.tokens.required_factor import BrowserAuthentication
from bookstore_project.api.parameters import boolean_parameter, invalid_parameter
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.openapi.security import TokenScheme

from .paths import PUBLIC_ID, SID

COOKIE_DELETED = refresh_cookie.cookie_header(
    204, "Deletes the cookie `__Secure-refresh`, if it named the session."
)
ALL = OpenApiParameter(
    "all", OpenApiTypes.BOOL, description="End the session of this request as well.", default=False
)


@extend_schema(tags=["sessions"])
class LogoutView(CanonicalViewMixin):
    """End the session of this request. Its tokens are refused from now on.

    With `X-Refresh-Cookie: 1` it is the session of the cookie `__Secure-refresh`, which is deleted;
    another token of the request is not read.
    """

    authentication_classes = (refresh_cookie.RefreshCookieAuthentication, BrowserAuthentication)

    @extend_schema(
        summary="Sign out",
        request=None,
        responses={204: None},
        parameters=[*refresh_cookie.PROOF, COOKIE_DELETED],
        examples=examples.LOG_OUT,
        auth=[*({name: []} for name in TokenScheme.name), refresh_cookie.SECURITY],  # type: ignore[list-item]  # the document's own form
    )
    def post(self, request: Request) -> Response:
        session = token_session(request)
        if session is None:
            logout(request)
        else:
            session_revoke(session, reason=EndReason.LOGOUT, origin=Origin.of(request))
        response = Response(status=204)
        if isinstance(request.auth, RefreshToken):
            refresh_cookie.delete_cookie(response)
        return response

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        """Refuse a request that has nothing but the cookie, without the header, with 403."""
        if refresh_cookie.is_sent(request):
            refresh_cookie.require_proof(request)
        super().permission_denied(request, message, code)


class ListedSessions(CanonicalViewMixin, GenericAPIView[LoginSession]):
    """The live sessions of one user: by default the caller's own."""

    serializer_class = SessionSerializer
    pagination_tiebreaker = "sid"

    def get_queryset(self) -> QuerySet[LoginSession]:
        if getattr(self, "swagger_fake_view", False):
            return LoginSession.objects.none()
        return listed_sessions(self.get_user()).select_related("user").order_by("-created_at")

    def get_user(self) -> User:
        return authenticated_user(self.request)


@extend_schema_view(
    get=extend_schema(summary="List your sessions", examples=examples.LIST_SESSIONS),
)
@extend_schema(tags=["sessions"])
class SessionsView(ListedSessions, ListAPIView[LoginSession]):
    """Your live sessions, one for each sign-in: of programs and of browsers."""

    query_parameters = {"DELETE": ("all",)}
    page_class = SessionsPage

    @extend_schema(
        operation_id="auth_sessions_destroy_all",
        summary="End your other sessions",
        parameters=[ALL],
        responses={204: None},
        examples=examples.END_SESSIONS,
    )
    def delete(self, request: Request) -> Response:
        """End all your other sessions, also in browsers; with `all=true` this one too.

        Your API tokens end too, except those with `keep_on_sign_out`.
        """
        user = authenticated_user(request)
        if len(request.body) > len("{}"):
            # An ignored `all` in a body would leave this session alive and still answer 204.
            raise invalid_parameter("all", "Give it in the query, as ?all=true, not in a body.")
        is_all = boolean_parameter(request, "all")
        own_sessions_end(request, user=user, keep=None if is_all else current_login(request))
        return Response(status=204)


@extend_schema_view(
    delete=extend_schema(summary="End a session", parameters=[SID], examples=examples.END_SESSION)
)
@extend_schema(tags=["sessions"])
class SessionView(ListedSessions, DestroyAPIView[LoginSession]):
    """End one of your sessions. Its tokens, or its browser, are refused from then on."""

    lookup_field = "sid"

    def perform_destroy(self, instance: LoginSession) -> None:
        session_revoke(instance, reason=EndReason.REVOKED, origin=Origin.of(self.request))


@extend_schema_view(
    get=extend_schema(
        summary="List the sessions of a user",
        parameters=[PUBLIC_ID],
        examples=examples.LIST_SESSIONS,
    )
)
@extend_schema(tags=["users"])
class UserSessionsView(ListedSessions, ListAPIView[LoginSession]):
    """The live sessions of a user, for admins: of programs and of browsers."""

    permission_classes = (IsAdmin,)
    query_parameters = dict.fromkeys(("GET", "HEAD", "OPTIONS"), ("limit", "cursor", "count"))

    def get_user(self) -> User:
        """Return the user in the path. Raises Http404."""
        user: User = get_object_or_404(User, public_id=self.kwargs["public_id"])
        return user

    @extend_schema(
        operation_id="users_sessions_destroy_all",
        summary="End all sessions of a user",
        parameters=[PUBLIC_ID],
        responses={204: None},
        examples=examples.END_SESSION,
    )
    def delete(self, request: Request, public_id: Any) -> Response:
        """End all sessions of a user, including those of browsers, and all their API tokens.

        Only a superuser may end the sessions of a superuser.
        """
        user = self.get_user()
        if not may_act_on(request.user, user):
            raise PermissionDenied("Only a superuser may end the sessions of a superuser.")
        try:
            sessions_revoke(user=user, reason=EndReason.REVOKED_BY_ADMIN, origin=Origin.of(request))
        except User.DoesNotExist as error:
            # The account was deleted since it was read.
            raise NotFound from error
        return Response(status=204)
