"""Forms of the sign-in pages, and the checks of their requests before a form is read.

The pages themselves know accounts: see accounts/login/pages.py.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from bookstore_project.errors import ConflictError, EmailUnconfirmedError, LimitExceededError
from bookstore_project.http import cross_site
from bookstore_project.http.body_length import declared_length
from bookstore_project.http.charset import require_utf8_form
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.http.problems import bad_request, error_page
from bookstore_project.http.rate_limits import require_address_limit
from bookstore_project.http.refusal import RefusedError

from .forms import PageForm

TOO_LONG = gettext_noop("The text in the form, or the address of this page, is too long.")
TOO_MANY_ATTEMPTS = _("There were too many attempts. Try again in %(wait)d seconds.")

# Characters of an email address.
MAXIMUM_ADDRESS = 254

View = TypeVar("View", bound=Callable[..., Any])


def refusal_words(error: ConflictError | LimitExceededError | RefusedError) -> str:
    """Return why a form is refused, in the language of the page."""
    if isinstance(error, LimitExceededError):
        return str(TOO_MANY_ATTEMPTS % {"wait": error.wait})
    if isinstance(error, ConflictError):
        return gettext(error.detail)
    return gettext(error.refusal.detail)


def open_to_strangers(view: View, *, limit: str = "login") -> View:
    """Check a request of an anonymous person before its form is read, as api/anonymous.py does.

    A form that another site's page sent is refused (403), and so is a long one (413). The client's
    address is counted against the limit of that name; if it is used up, the form says so. A page
    that would repeat a long address or input, beyond the length of a form, is replaced by an error
    page.
    """
    protected = csrf_protect(view)

    # Exempt from Django's middleware, which would read the form before the address is counted.
    @csrf_exempt
    @wraps(view)
    def settled(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            if cross_site.is_cross_site(request):
                return error_page(
                    request, status=403, code=cross_site.CODE, detail=cross_site.DETAIL
                )
            with suppress(LimitExceededError):
                require_address_limit(request, limit)
            if declared_length(request) > STRANGERS_MAXIMUM:
                return bad_request(request, RequestDataTooBig())
            require_utf8_form(request)
        response: HttpResponseBase = protected(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            page = response.render()
            if len(page.content) > STRANGERS_MAXIMUM:
                return error_page(request, status=400, code="bad_request", detail=TOO_LONG)
            return page
        return response

    return cast("View", settled)


class LimitedSignInMixin(PageForm):
    """Takes a name or an address, and reports why nobody is signed in as an error of the form.

    `unconfirmed` is the account whose right password was sent before its address is confirmed.
    """

    unconfirmed: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of an address; a name is shorter.
        name = self.fields["username"]
        name.label = _("Name or email address")
        name.max_length = MAXIMUM_ADDRESS  # type: ignore[attr-defined]  # a CharField
        name.widget.attrs["maxlength"] = MAXIMUM_ADDRESS

    def clean(self) -> Any:
        try:
            return super().clean()
        except LimitExceededError as error:
            raise forms.ValidationError(
                TOO_MANY_ATTEMPTS,
                code="throttled",
                params={"wait": error.wait},
            ) from error
        except EmailUnconfirmedError as error:
            self.unconfirmed = error.user
            raise forms.ValidationError(
                _("Confirm your email address first, by the mail that was sent to it."),
                code="email_unconfirmed",
            ) from error


class SignInForm(LimitedSignInMixin, AuthenticationForm):
    """The browsable API's form."""

    error_messages = {
        **AuthenticationForm.error_messages,
        # Django's text says that names are case-sensitive; ours are not.
        "invalid_login": _("The name or the password is wrong."),
    }
