"""The base class of the canonical API's views."""

from .parameters import KnownParametersMixin


class CanonicalViewMixin(KnownParametersMixin):
    """A view that refuses unknown query parameters."""
