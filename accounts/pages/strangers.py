"""Pages with a form for people who are not signed in."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.generic.edit import FormView

from accounts.origins import Origin
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.rate_limits import require_address_limit
from bookstore_project.web.sign_in import open_to_strangers, refusal_words

FormT = TypeVar("FormT", bound=forms.Form)


class StrangersPage(RedirectURLMixin, FormView[FormT], ABC):
    """A form that is open to anyone, under the limit of the API's route that does the same.

    A form that is refused is shown again with the reason. `next` goes along from page to page.
    """

    http_method_names = ("get", "head", "post", "options")
    # A name in settings.RATE_LIMITS.
    limit: str

    def form_valid(self, form: FormT) -> HttpResponse:
        try:
            require_address_limit(self.request, self.limit)
            return self.act(form)
        except LimitExceededError as error:
            form.add_error(None, refusal_words(error))
            return self.form_invalid(form)

    @abstractmethod
    def act(self, form: FormT) -> HttpResponse:
        """Do what a valid form asks for. May raise LimitExceededError."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "next": self.get_redirect_url()}

    @classmethod
    def open(cls) -> Any:
        """Return the function that answers requests for this page, which no browser keeps."""
        return open_to_strangers(never_cache(cls.as_view()), limit=cls.limit)


def stranger(request: HttpRequest) -> Origin:
    """Return the origin of a request whose sender is not known, even if the browser is signed in.

    A route of the API that is open to anyone looks at no credentials either.
    """
    return replace(Origin.of(request), actor=None)
