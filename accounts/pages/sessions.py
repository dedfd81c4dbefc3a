"""Where somebody is signed in, browsers and programs alike, and the end of those sessions."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _

from accounts.login.own_account import own_sessions_end
from accounts.models import EndReason, LoginSession, SessionKind
from accounts.models.browser_session import listed_sessions
from accounts.services.sessions import session_revoke
from accounts.tokens.page_token import is_page_token
from bookstore_project.web.forms import PageForm

from .devices import device_words
from .lists import ListPage
from .proof import CheckedFormPage


@dataclass(frozen=True, kw_only=True)
class ListedSession:
    """A session as the page shows it."""

    row: LoginSession
    is_current: bool

    @property
    def device(self) -> str:
        if is_page_token(self.row):
            return str(_("Access token, made on your account page"))
        return device_words(self.row.user_agent)

    @property
    def kind(self) -> Any:
        return _("Browser") if self.row.kind == SessionKind.BROWSER else _("Program")


class SessionsPage(ListPage):
    """The live sessions, the latest sign-in first."""

    template_name = "account/sessions.html"
    tiebreaker = "sid"

    def get_queryset(self) -> QuerySet[LoginSession]:
        return listed_sessions(self.user).order_by("-created_at")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        current = self.login.sid
        sessions = [
            ListedSession(row=row, is_current=row.sid == current) for row in context["rows"]
        ]
        has_others = not (context["is_first"] and all(each.is_current for each in sessions))
        return {**context, "sessions": sessions, "has_others": has_others}


class EndPage(CheckedFormPage):
    """A question whether sessions are to be ended: one may end them without any further proof."""

    is_danger = True


class EndOthersPage(EndPage):
    """Ends all sessions but the one of this browser."""

    title = _("End all your other sessions?")
    submit = _("End all other sessions")
    template_name = "account/end_sessions.html"
    cancel = "account:sessions"

    def done(self, form: PageForm) -> HttpResponse:
        own_sessions_end(self.request, user=self.user, keep=self.login)
        messages.success(self.request, _("All your other sessions have ended."))
        return redirect("account:sessions")


class EndSessionPage(EndPage):
    """Ends one session."""

    title = _("End this session?")
    submit = _("End the session")
    template_name = "account/end_session.html"
    cancel = "account:sessions"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.get_session()
        session = ListedSession(row=row, is_current=row.sid == self.login.sid)
        return super().get_context_data(session=session, **kwargs)

    def get_session(self) -> LoginSession:
        """Return the session of the address. Raises Http404."""
        row: LoginSession = get_object_or_404(listed_sessions(self.user), sid=self.kwargs["sid"])
        return row

    def done(self, form: PageForm) -> HttpResponse:
        session_revoke(self.get_session(), reason=EndReason.REVOKED, origin=self.origin)
        messages.success(self.request, _("The session has ended."))
        # If it was the one of this browser, the next page asks to sign in.
        return redirect("account:sessions")
