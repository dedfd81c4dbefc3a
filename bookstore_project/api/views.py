"""What every view of the canonical API has."""

from .parameters import KnownParametersMixin


class CanonicalViewMixin(KnownParametersMixin):
    """A view that refuses unknown query parameters."""
