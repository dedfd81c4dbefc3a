"""Views that sign in, whose refusals by the limit of the address are recorded."""

from rest_framework.request import Request

from accounts.login.refusals import address_refusal_record
from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.errors import LimitExceededError


class LimitedLoginMixin(AnonymousMixin):
    """A view open to anyone that counts requests against the limit of sign-ins of their address."""

    address_limit = "login"

    def check_throttles(self, request: Request) -> None:
        try:
            super().check_throttles(request)
        except LimitExceededError:
            address_refusal_record(request)
            raise
