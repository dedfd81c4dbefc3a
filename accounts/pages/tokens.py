"""One's own API tokens: a list, a form that makes one, and the end of each."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.login.own_account import own_api_token_create
from accounts.models import ApiToken
from accounts.models.api_token import MAXIMUM_DAYS, MAXIMUM_NAME
from accounts.services.api_tokens import NewToken, api_token_end
from bookstore_project.http.scopes import READ, WRITE
from bookstore_project.web.forms import PageForm

from .credential_fields import LabelField
from .lists import ListPage
from .proof import FreshFactorPage, ProofForm, ProofPage

# What a token may do. Writing includes reading, so that one scope says all.
SCOPES = {
    READ: _("Read books"),
    WRITE: _("Read, add, change and delete books"),
}
DAYS = (7, 30, 90, 180, MAXIMUM_DAYS)
NEVER = 0
USUAL = 90


def scope_words(token: ApiToken) -> Any:
    """Return what a token may do, in words."""
    return SCOPES[WRITE if WRITE in token.scopes else READ]


class TokensPage(ListPage):
    """The tokens that are accepted now, the latest first."""

    template_name = "account/tokens.html"

    def get_queryset(self) -> QuerySet[ApiToken]:
        tokens = ApiToken.objects.live().filter(user=self.user)
        return tokens.select_related("user").order_by("-created_at")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        tokens = [{"row": row, "may": scope_words(row)} for row in context["rows"]]
        return {**context, "tokens": tokens}


class TokenForm(ProofForm):
    """What somebody chooses about a new token."""

    name = LabelField(
        max_length=MAXIMUM_NAME,
        help_text=_("What the token is for, such as the name of a job."),
    )
    scope = forms.ChoiceField(label=_("It may"), choices=SCOPES.items)
    days = forms.TypedChoiceField(label=_("It expires"), coerce=int, initial=USUAL)
    keep_on_sign_out = forms.BooleanField(
        label=_("Keep it if I end all my other sessions"),
        required=False,
        help_text=_("A new password ends it anyway."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        after = ngettext_lazy("after %(days)d day", "after %(days)d days", "days")
        choices: list[tuple[int, Any]] = [(days, after % {"days": days}) for days in DAYS]
        if settings.API_TOKENS_WITHOUT_EXPIRY:
            choices.append((NEVER, _("never")))
        self.fields["days"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def asked(self) -> NewToken:
        """What the valid form asks for."""
        sent = self.cleaned_data
        return NewToken(
            name=sent["name"],
            scopes=(sent["scope"],),
            days=sent["days"] or None,
            keep_on_sign_out=sent["keep_on_sign_out"],
        )


class NewTokenPage(ProofPage):
    """Makes a token, and shows it once."""

    title = _("Make an API token")
    submit = _("Make the token")
    template_name = "account/new_token.html"
    cancel = "account:tokens"
    form_class = TokenForm

    def done(self, form: TokenForm) -> HttpResponse:
        row, token = own_api_token_create(self.request, user=self.user, asked=form.asked)
        context = self.get_context_data(form=form, row=row, token=token, may=scope_words(row))
        return self.response_class(
            request=self.request, template=["account/made_token.html"], context=context
        )


class EndTokenPage(FreshFactorPage):
    """Ends a token."""

    title = _("End this API token?")
    submit = _("End the token")
    is_danger = True
    template_name = "account/end_token.html"
    cancel = "account:tokens"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(token=self.get_token(), **kwargs)

    def get_token(self) -> ApiToken:
        """Return the token of the address. Raises Http404."""
        tokens = ApiToken.objects.live().filter(user=self.user).select_related("user")
        token: ApiToken = get_object_or_404(tokens, pk=self.kwargs["id"])
        return token

    def done(self, form: PageForm) -> HttpResponse:
        api_token_end(self.get_token(), origin=self.origin)
        messages.success(self.request, _("The API token has ended."))
        return redirect("account:tokens")
