"""Which representation a response has, by the Accept of its request."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from bookstore_project.http.problems import CONTENT_TYPE


class ProblemNegotiation(DefaultContentNegotiation):
    """Serves a client that accepts problem details and no other media type.

    Generated clients send only the media types that the document lists for a route: where success
    is a 204 without a body, that is the media type of errors alone. A server may disregard Accept
    instead of answering 406 (RFC 9110 section 12.5.1); a success then has the media type that it
    would have without Accept.
    """

    def get_accept_list(self, request: Request) -> list[str]:
        accepted: list[str] = super().get_accept_list(request)
        names = {each.partition(";")[0].strip().lower() for each in accepted}
        # DRF prefers every other media type to this one.
        return [*accepted, "*/*"] if CONTENT_TYPE in names else accepted
