"""The Content-Security-Policy, written once for all answers that have the settings' own."""

from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """django-csp's middleware; it copies and joins all directives for each answer, twice.

    An answer that a view gave a policy of its own, or a page with a nonce, is left to it.
    """

    @cached_property
    def policy(self) -> str:
        text: str = build_policy()
        return text

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_own = "_csp" in " ".join([*vars(response), *vars(request)])
        if is_own or settings.DEBUG or HEADER in response:
            left: HttpResponseBase = super().process_response(request, response)
            return left
        response[HEADER] = self.policy
        return response
